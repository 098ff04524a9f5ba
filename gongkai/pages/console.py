"""Standard output for ``rich``, without the blanks with which it fills its tables."""

from __future__ import annotations

import re
import sys
from typing import IO, Any, cast

from rich.console import Console, Group
from rich.text import Text


class _Trimmed:
    """A stream whose lines end with no blanks: in a file, a pipe or a search they are only in the way."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(re.sub(r" +(?=\n)", "", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def standard_output() -> Console:
    """A console on standard output."""
    return Console(highlight=False, emoji=False, file=cast("IO[str]", _Trimmed(sys.stdout)))


def unbroken(line: Text) -> Group:
    """A line that is there to be copied, such as a path: the terminal breaks it, no line end or cut does.

    What prints it (or a group that holds it) is to be given ``crop=False``.
    """
    line.no_wrap, line.overflow = True, "ignore"
    return Group(line)  # a text that is printed by itself is put into a new one, which knows nothing of this


__all__ = ["standard_output", "unbroken"]
