"""PDFium's functions by plain addresses: a page takes thousands of calls, and pointer objects are most of what each costs.

``calls.FPDFPage_GetObject`` and its like are those of :mod:`pypdfium2.raw`, but handles are numbers (pointer objects are taken, too), and
what is returned by reference goes into :class:`Returned`.  Python's lock is kept: none of the functions used so takes long.
"""

from __future__ import annotations

import ctypes
from functools import partial
from struct import Struct
from typing import Any

import pypdfium2.raw as raw


def __getattr__(name: str) -> Any:
    """A function or constant of PDFium; from then on it is a name of this module."""
    found = getattr(raw, name)
    if hasattr(found, "argtypes"):
        made = ctypes.PYFUNCTYPE(_plain(found.restype), *map(_plain, found.argtypes))
        found = made(address(found))
    globals()[name] = found
    return found


def _plain(kind: Any) -> Any:
    return ctypes.c_void_p if isinstance(kind, type) and issubclass(kind, ctypes._Pointer) else kind


def address(handle: Any) -> int:
    """The number that a pointer object holds."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


class Returned:
    """``count`` values of a kind of :mod:`struct` (``f``, ``d``, ``I``, ``i``) that PDFium returns, ``at`` these addresses; ``read`` gives them."""

    def __init__(self, kind: str, count: int) -> None:
        form = Struct(f"{count}{kind}")
        memory = bytearray(form.size)
        self._memory = (ctypes.c_char * form.size).from_buffer(memory)
        start, step = ctypes.addressof(self._memory), form.size // count
        self.at = tuple(range(start, start + form.size, step))
        self.read = partial(form.unpack_from, memory)
