"""Numbers whose digits stand apart in their cell (``3 5 1``, or ``11`` over ``19``): one number where the sums of the table prove it.

Letter-spaced and distributed type, and numbers wrapped in a narrow cell, look like several numbers.  Such a cell is read only if a sum
in which it stands holds with its digits put together, and no sum fails by it; else it stays unreadable.  Table 2 has no sums: there it
is read where the sums of the others prove that the whole report is set so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from corpus.codebook import APPLICANTS, OUTCOMES, result_rows
from corpus.datafile import later
from corpus.forms.columns import T3_COLUMNS, T4_GROUPS
from corpus.text.normalise import squeeze
from corpus.types import Cell

_APART = later(r"(?=\S+\s)\d{1,4}(?:\s*\.\s*\d{1,4}|\s+\d{1,4})*")
#: every digit stands alone, a point may stand at one
_ALL_APART = later(r"\d(?:\s*\.\s*\d|\s+\d)*")
_MOST_DIGITS = 7
#: so many proved numbers show how the whole report is set, if no number of several digits is set otherwise
_FEWEST = 5

#: cell codes of both sides of an equation
Equation = tuple[tuple[str, ...], tuple[str, ...]]


def join_digits(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells, with those that the sums prove to be one number read as it."""
    apart = {
        c.code: Decimal(squeeze(c.raw))
        for c in cells
        if c.state == "unreadable" and _APART.fullmatch(c.raw.strip()) and _is_number(squeeze(c.raw))
    }
    if not apart:
        return tuple(cells)
    values = {c.code: c.value for c in cells if c.value is not None}
    values |= {c.code: Decimal(0) for c in cells if c.state in ("blank", "dash")}
    proved, failed = _proved(apart, values, _equations(cells))
    if not failed and len(proved) >= _FEWEST and all(c.code in apart or _one_digit(c.raw) for c in cells):
        proved |= {c.code for c in cells if c.code in apart and _ALL_APART.fullmatch(c.raw.strip())}
    return tuple(replace(c, value=apart[c.code], state="value") if c.code in proved else c for c in cells)


def _proved(
    apart: Mapping[str, Decimal], values: Mapping[str, Decimal], equations: Sequence[Equation]
) -> tuple[set[str], set[str]]:
    """Codes of the cells in sums that hold and in none that fails, and of those in sums that fail."""
    known = {**values, **apart}
    proved: set[str] = set()
    failed: set[str] = set()
    for left, right in equations:
        members = (*left, *right)
        mine = apart.keys() & set(members)
        if not mine or not known.keys() >= set(members):
            continue
        (proved if sum(known[c] for c in left) == sum(known[c] for c in right) else failed).update(mine)
    return proved - failed, failed


def _is_number(text: str) -> bool:
    whole, _, rest = text.partition(".")
    return len(whole) <= _MOST_DIGITS and "." not in rest


def _one_digit(raw: str) -> bool:
    return sum(c.isdigit() for c in raw) < 2


def _equations(cells: Sequence[Cell]) -> list[Equation]:
    codes = {c.code for c in cells}
    rows = tuple(dict.fromkeys(c.code.rsplit(".", 1)[0] for c in cells if c.code.startswith("t3.")))
    found: list[Equation] = [(tuple(f"{row}.{a}" for a in APPLICANTS), (f"{row}.total",)) for row in rows]
    form = "2021" if any(c.startswith("t3.other_misc") for c in codes) else "2019"
    for column in T3_COLUMNS:
        found.append((tuple(f"{row}.{column}" for row in result_rows(form)), (f"t3.total.{column}",)))
        found.append(((f"t3.new.{column}", f"t3.carried_in.{column}"), (f"t3.total.{column}", f"t3.carried_out.{column}")))
    return found + [(tuple(f"t4.{group}.{o}" for o in OUTCOMES), (f"t4.{group}.total",)) for group in T4_GROUPS]
