"""``gongkai kwic``: the hits under one another, whatever the width of the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gongkai.codes import codes_of, name_of
from gongkai.commands.opening import open_store
from gongkai.commands.query import SHOWN, format_rows, note
from gongkai.compare.words import keyword_in_context
from gongkai.pages.console import standard_output
from gongkai.pages.words import clean
from models.taxonomy import Taxonomy

_GAP = 2


def run(folder: Path, pattern: str, width: int, labels: Sequence[str], regex: bool, fmt: str) -> None:
    """Print keywords in context."""
    store = open_store(folder)
    found = keyword_in_context(store, pattern, width=width, labels=labels or None, regex=regex)
    if fmt == "table":
        print_hits(found, codes_of(store))
    else:
        sys.stdout.write(format_rows(found, fmt))


def print_hits(found: Any, codes: Taxonomy, console: Console | None = None) -> None:
    """One line for each hit: agency, year and label, then the words with what is around them.

    Widths are those of a terminal, where a Chinese character takes two columns.  What has no room is cut at the far ends.
    """
    console = console or standard_output()
    rows = found.slice(0, SHOWN).to_pylist()
    for row in rows:
        row["what"] = clean(f" {row['year'] or '–'} {name_of(codes, row['label'], 'label')}")
        row["who"] = clean(row["agency"] or "–") + row["what"]
        row |= {k: clean(row[k]).replace("\t", " ") for k in ("left", "hit", "right")}
    widest = {k: max((cell_len(r[k]) for r in rows), default=0) for k in ("who", "left", "hit", "right")}
    whole = console.width >= sum(widest.values()) + 2 * _GAP
    who = widest["who"] if whole else min(widest["who"], console.width // 3)
    hit = min(widest["hit"], max(2, (console.width - who) // 3))
    room = console.width - who - hit - 2 * _GAP
    left, right = _shared(room, widest["left"], widest["right"])
    for row in rows:
        line = Text(_named(row["who"], row["what"], who) + " " * _GAP, "dim")
        line.append(_fitted(row["left"], left, from_end=True), "not dim")
        middle = _fitted(row["hit"], max(hit, 0)).rstrip(" ") if cell_len(row["hit"]) > hit else row["hit"]
        line.append(middle, "not dim bold red")
        line.append(_fitted(row["right"], right).rstrip(" "), "not dim")
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
    said = note(found.num_rows)
    console.print(Text(said if whole else f"{said}; cut to fit {console.width} columns, whole with --format csv", "dim"))


def _named(who: str, what: str, width: int) -> str:
    """Agency, year and label; the agency is cut first, as long as six columns of it are left."""
    tail = cell_len(what)
    if cell_len(who) <= width or width < tail + 6:
        return _fitted(who, width)
    return _fitted(who[: -len(what)], width - tail) + what


def _shared(room: int, left: int, right: int) -> tuple[int, int]:
    """The columns of both sides: half each, and what one does not need for the other."""
    half = max(room, 0) // 2
    if left <= half:
        return left, min(right, max(room - left, 0))
    return (max(room - right, 0), right) if right <= half else (half, half)


def _fitted(text: str, width: int, *, from_end: bool = False) -> str:
    """``text`` in just ``width`` columns: cut with ``…`` or filled with blanks, at its beginning if its end matters.

    >>> _fitted("及时更新", 5), _fitted("及时更新", 5, from_end=True), _fitted("更新", 6)
    ('及时…', '…更新', '更新  ')
    """
    if (long := cell_len(text)) <= width:
        return " " * (width - long) + text if from_end else text + " " * (width - long)
    kept, used = "", 0
    for c in reversed(text) if from_end else text:
        if used + cell_len(c) > width - 1:
            break
        kept, used = c + kept if from_end else kept + c, used + cell_len(c)
    mark = "…" if width else ""
    blank = " " * (width - used - len(mark))
    return blank + mark + kept if from_end else kept + mark + blank


__all__ = ["print_hits", "run"]
