"""Names of the wide table's variables: at most 32 characters, from the fixed list ``gongkai/data/variables.csv``.

Stata allows no longer ones.  The list is written once and never renamed, so that a do-file of last year runs on this year's export.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from corpus.errors import DataError

_SOURCE = "data/variables.csv"
_COLUMNS = ["variable", "kind", "code", "zh", "unit"]
KINDS = ("id", "cell", "indicator", "label", "problem", "measure")


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of the wide table.

    ``kind`` is one of :data:`KINDS`; ``code`` the code that it holds (a cell's, an indicator's, …) or the column of ``reports``.
    """

    name: str
    kind: str
    code: str
    zh: str
    unit: str


@cache
def variables() -> tuple[Variable, ...]:
    """All variables in the order of the wide table.

    Raises:
        DataError: other columns, an unknown kind, or a name that is given twice or is no name in Stata.
    """
    text = files("gongkai").joinpath(_SOURCE).read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines())
    if reader.fieldnames != _COLUMNS:
        raise DataError(f"columns are {reader.fieldnames}", source=_SOURCE, remedy=f"give {', '.join(_COLUMNS)}")
    found: dict[str, Variable] = {}
    for line, row in enumerate(reader, 2):
        made = Variable(row["variable"], row["kind"], row["code"], row["zh"], row["unit"])
        short = made.name.isascii() and made.name.isidentifier() and len(made.name) <= 32
        if made.name in found or not short or made.kind not in KINDS:
            raise DataError(
                f"{row} is no variable",
                source=f"{_SOURCE}:{line}",
                remedy="give a new name of at most 32 letters, digits and _",
            )
        found[made.name] = made
    return tuple(found.values())


def of_kind(kind: str) -> tuple[Variable, ...]:
    """Variables of one kind."""
    return tuple(v for v in variables() if v.kind == kind)
