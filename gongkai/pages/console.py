"""Standard output for ``rich``, without the blanks with which it fills its tables."""

from __future__ import annotations

import re
import sys
from typing import IO, Any, cast

from rich.console import Console


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


__all__ = ["standard_output"]
