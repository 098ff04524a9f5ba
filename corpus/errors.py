"""Errors that stop the work on a file, and issues that do not.

Every message names the file, the place, the value and the remedy.  An ``Issue`` is a finding inside a report that could be
read: it is stored with the results and never hides a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]


class GongkaiError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: what is wrong, with the offending value.
        remedy: what the user can do about it.
        source: file (and place in it) that the error is about.
    """

    code = "error"

    def __init__(self, message: str, *, remedy: str = "", source: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.source = source

    def __str__(self) -> str:
        parts = [f"{self.source}: " if self.source else "", self.message]
        if self.remedy:
            stop = "" if self.message.endswith((".", "!", "?", "。", "！", "？")) else "."
            parts.append(f"{stop} Remedy: {self.remedy}")
        return "".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        # keyword arguments survive pickling between worker processes
        return _rebuild, (type(self), self.message, self.remedy, self.source)


def _rebuild(cls: type[GongkaiError], message: str, remedy: str, source: str) -> GongkaiError:
    return cls(message, remedy=remedy, source=source)


def why_unread(error: OSError) -> str:
    """What is wrong with a file that cannot be read, in words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return "is a folder" if isinstance(error, IsADirectoryError) else f"cannot be read ({error.strerror})"


class ReadError(GongkaiError):
    """A file cannot be read as a report: missing, empty, binary, undecodable, of an unknown format."""

    code = "read"


class UnknownFormat(ReadError):
    """No reader is registered for this kind of file."""

    code = "unknown_format"


class UsageError(GongkaiError):
    """Arguments that do not fit together (exit code 2 on the command line)."""

    code = "usage"


class StoreError(GongkaiError):
    """A result folder that is missing, foreign, damaged or would be overwritten."""

    code = "store"


class DataError(GongkaiError):
    """A data file (rules, codebook, gold, model) that does not fit the code that loads it."""

    code = "data"


@dataclass(frozen=True, slots=True)
class Issue:
    """A finding that does not stop the run.

    ``start``/``end`` are offsets in the canonical text, or ``None`` where the finding is about the whole report.
    ``code`` is one of the codes listed by ``gongkai schema``.
    """

    code: str
    severity: Severity
    message: str
    start: int | None = None
    end: int | None = None
    page: int | None = None
