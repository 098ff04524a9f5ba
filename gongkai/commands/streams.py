"""Standard output and error as every command needs them."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path


def prepare_streams() -> None:
    """Both in UTF-8, and one that leads nowhere where there is none: ``>&-``, or a window without a console.

    The code page of a Windows console or pipe (cp1252, cp936) has no room for what is printed, and a report may hold a lone surrogate.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


__all__ = ["prepare_streams"]
