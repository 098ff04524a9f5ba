"""Tables for spreadsheets: the one place where CSV is written, so that no cell of it is run as a formula.

A text that begins like a formula gets an apostrophe before it (OWASP, *CSV Injection*): ``=``, ``+``, ``-``, ``@``, also in full width, a tab
or the end of a line.  A text that has apostrophes before such a sign gets one more, so that :func:`typed` gives back exactly what
:func:`safe` was given.  Numbers are written as numbers; NaN and infinity, which spreadsheets have not, as nothing.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from corpus.datafile import later
from corpus.files import written

#: Excel knows UTF-8 by it
MARK = "\ufeff"
#: up to here a float says every whole number exactly
_EXACT = 2**53
#: a lone full-width dash stands for nothing in many tables, and is no formula
_FORMULA = later(r"'*(?:[=+\-@＝＠\t\r\n]|[＋－].)", flags=re.DOTALL)
_KEPT = later(r"'+(?:[=+\-@＝＠\t\r\n]|[＋－].)", flags=re.DOTALL)


def safe(text: str) -> str:
    """A text as a spreadsheet may see it.

    >>> safe("=1+1"), safe("- 条"), safe("12件"), safe("'=a"), safe("'a"), safe("－")
    ("'=1+1", "'- 条", '12件', "''=a", "'a", '－')
    """
    return "'" + text if _FORMULA.match(text) else text


def typed(text: str) -> str:
    """The text that :func:`safe` was given.

    >>> typed("'=1+1"), typed("''=a"), typed("'a"), typed("=1")
    ('=1+1', "'=a", "'a", '=1')
    """
    return text[1:] if _KEPT.match(text) else text


def number(value: Any) -> Any:
    """A value as files of text hold it: whole numbers without ``.0``, NaN and infinity, which JSON and spreadsheets have not, as nothing.

    >>> number(2245.0), number(98.5), number(float("nan")), number("12.0"), number(1e20)
    (2245, 98.5, None, '12.0', 1e+20)
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def guarded(value: Any) -> Any:
    """A value as a cell may hold it: texts safe, numbers as :func:`number` says."""
    return safe(value) if isinstance(value, str) else number(value)


def write_rows(stream: TextIO, header: Sequence[str], rows: Iterable[Iterable[Any]], end: str = "\r\n") -> None:
    """A table as CSV, each cell guarded, null empty."""
    writer = csv.writer(stream, lineterminator=end)
    writer.writerow([safe(h) for h in header])
    writer.writerows([guarded(v) for v in row] for row in rows)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """A file of CSV in UTF-8 with the mark by which Excel knows it; it has its name once it is whole.

    Raises:
        StoreError: it cannot be written.
    """
    with written(path, newline="") as stream:
        stream.write(MARK)
        write_rows(stream, header, rows)


__all__ = ["MARK", "guarded", "number", "safe", "typed", "write_csv", "write_rows"]
