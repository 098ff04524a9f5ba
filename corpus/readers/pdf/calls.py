"""PDFium's functions by plain addresses: a page takes thousands of calls, and pointer objects are most of what each costs.

``calls.FPDFPage_GetObject`` and its like are those of :mod:`pypdfium2.raw`, but handles are numbers (pointer objects are taken, too), and
what is returned by reference goes into :class:`Returned`.  Python's lock is kept: none of the functions used so takes long.
Arguments that are converted cost half of a call: the last ones are given as they are, which small numbers and :class:`Returned` can be.
"""

from __future__ import annotations

import ctypes
from array import array
from typing import Any

import pypdfium2.raw as raw


def __getattr__(name: str) -> Any:
    """A function or constant of PDFium; from then on it is a name of this module."""
    found = getattr(raw, name)
    if hasattr(found, "argtypes"):
        kinds = [_plain(kind) for kind in found.argtypes]
        while len(kinds) > 1 and kinds[-1] not in (ctypes.c_float, ctypes.c_double):
            kinds.pop()
        found = ctypes.PYFUNCTYPE(_plain(found.restype), *kinds)(address(found))
    globals()[name] = found
    return found


def _plain(kind: Any) -> Any:
    return ctypes.c_void_p if isinstance(kind, type) and issubclass(kind, ctypes._Pointer) else kind


def address(handle: Any) -> int:
    """The number that a pointer object holds."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


class Returned:
    """``count`` values of a kind of :mod:`array` (``f``, ``d``, ``I``, ``i``) that PDFium returns, ``at`` these addresses; ``read`` gives them."""

    def __init__(self, kind: str, count: int) -> None:
        values: array[Any] = array(kind, [0] * count)
        self._memory = (ctypes.c_char * (values.itemsize * count)).from_buffer(values)
        self.at = tuple(ctypes.byref(self._memory, n * values.itemsize) for n in range(count))
        self.read = values.tolist
