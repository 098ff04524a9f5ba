"""Samples drawn from a page of the explorer, with the code of ``gongkai sample``, and kept with their texts among what people wrote.

A draw keeps what coders read, so that it can still be coded, compared and trained on when the results were made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from gongkai.codes import codes_of
from gongkai.compare.passage_sheet import DESIGNS as OF_REPORTS
from gongkai.compare.passage_sheet import EMPTY, POPULATION, STATE, draw_sheet
from gongkai.store_access import Store
from gongkai.tasks import draw_from, tasks_of
from gongkai.web.coding.numbers import NUMBERS, draw_numbers, indicator_codes
from gongkai.web.writing.people import Act, ActKind, People, Written
from models.taxonomy import Taxonomy, from_text, to_text
from training.coding.annotation import to_record
from training.coding.dataset import UNCERTAINTY
from training.coding.sampling import ALLOCATIONS
from training.coding.sampling import DESIGNS as OF_PASSAGES

DRAW, ROWS = ActKind("coding.draw"), ActKind("coding.rows")
#: every way to draw: section 五 of whole reports first, which corrects shares
DESIGNS = (*OF_REPORTS, *OF_PASSAGES, NUMBERS)
#: a page that nobody would code to its end
MOST = 2000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn, as :func:`gongkai.commands.sample.run` takes it."""

    by: str
    n: int
    strata: tuple[str, ...] = ()
    allocate: str = ALLOCATIONS[0]
    seed: int = 0


@dataclass(frozen=True)
class Draw:
    """A draw: ``rows`` as the sheet has them, in the order in which they are coded; ``act`` says who drew it and when."""

    name: str
    wish: Wish
    act: Act
    codes: Taxonomy
    population: int
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def of_reports(self) -> bool:
        """Whether whole sections 五 were drawn, by which shares are corrected."""
        return self.wish.by in OF_REPORTS

    @property
    def of_numbers(self) -> bool:
        """Whether numbers were drawn, which are coded by value and indicator: they measure how metrics are read, and train nothing."""
        return self.wish.by == NUMBERS

    @property
    def stands_for_nothing(self) -> bool:
        """Whether it was drawn by uncertainty: good to train on alone."""
        return self.wish.by == UNCERTAINTY

    @property
    def places(self) -> dict[str, int]:
        """Places of passages, by id."""
        return {row["passage_id"]: n for n, row in enumerate(self.rows)}

    @property
    def reports(self) -> list[str]:
        """Reports of the draw, in order."""
        return list(dict.fromkeys(row["report_id"] for row in self.rows))


def is_empty(row: Mapping[str, Any]) -> bool:
    """Whether it stands for a section without a passage, of which only the state is coded."""
    return bool(row["text"] == EMPTY)


def make_draw(store: Store, people: People, who: str, wish: Wish) -> str:
    """Draw and keep a sample; the same wish of the same results is the same draw, and its codes stay.

    Args:
        store: as it is, corrections are left out: what people corrected is no work of the model.

    Returns:
        The name of the draw.

    Raises:
        UsageError: a design that does not fit these results.
    """
    if not 1 <= wish.n <= MOST:
        raise UsageError(f"cannot draw {wish.n}", remedy=f"draw 1 to {MOST}")
    plain = replace(store, corrections=())
    if wish.by in OF_REPORTS:
        rows = draw_sheet(plain, wish.n, strata=wish.strata, active=wish.by == "active", allocate=wish.allocate, seed=wish.seed)
        population = int(dict(p.strip().split("=", 1) for p in rows[0][POPULATION].split(";"))["reports"])
    elif wish.by == NUMBERS:
        if wish.strata:
            raise UsageError("numbers are drawn from all reports alike", remedy="choose no strata")
        rows, population = draw_numbers(plain, wish.n, wish.seed)
    else:
        if (wish.by == "stratified") != bool(wish.strata):
            raise UsageError("strata go with a stratified draw, and it needs some", remedy="choose both, or neither")
        drawn, sizes = draw_from(plain, wish.n, by=wish.by, strata=wish.strata, allocate=wish.allocate, seed=wish.seed)
        population = sum(sizes.values())
        tasks = sorted(tasks_of(plain, drawn, suggest=False), key=lambda t: (t.report_id, t.start))
        rows = [{k: "" if v is None else v for k, v in to_record(t).items()} | {STATE: "", POPULATION: ""} for t in tasks]
    name = str(rows[0]["draw"])
    meta = {
        "by": wish.by, "n": wish.n, "strata": list(wish.strata), "allocate": wish.allocate, "seed": wish.seed, "population": population,
        "codes": to_text(indicator_codes() if wish.by == NUMBERS else codes_of(plain)),
    }  # fmt: skip
    people.write_all(who, "", [(ROWS, Written(name, rows)), (DRAW, Written(name, meta))])
    return name


def draws(people: People) -> dict[str, Draw]:
    """Every draw of a store by name, the latest first."""
    return {name: _draw(people, act) for (name, _), act in sorted(people.standing(DRAW).items(), key=lambda x: -x[1].n)}


def one_draw(people: People, name: str) -> Draw | None:
    """A draw by its name."""
    act = people.standing(DRAW).get((name, ""))
    return None if act is None else _draw(people, act)


def _draw(people: People, act: Act) -> Draw:
    return _kept(people.path, act.thing, act.n)


@lru_cache(maxsize=8)
def _kept(path: Path, name: str, n: int) -> Draw:
    """A draw never changes once it is written, and its texts are many."""
    people = People(path.parent.parent)
    act = next(a for a in people.history(DRAW, "", name) if a.n == n)
    meta = act.value
    wish = Wish(meta["by"], meta["n"], tuple(meta["strata"]), meta["allocate"], meta["seed"])
    codes = from_text(meta["codes"], people.path.name)
    rows = people.history(ROWS, "", name, most=1)[0].value
    return Draw(name, wish, act, codes, meta["population"], tuple(rows))


__all__ = ["ALLOCATIONS", "DESIGNS", "MOST", "Draw", "Wish", "draws", "is_empty", "make_draw", "one_draw"]
