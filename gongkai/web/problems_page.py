"""The table of problems and measures: for each facet and group the share of reports that state it, each figure opening its passages.

Shares, intervals and where there is none are :func:`gongkai.compare.facet_shares`'s; nothing is estimated here.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from corpus.errors import UsageError
from corpus.spreadsheets import guarded
from gongkai.compare.keys import BY
from gongkai.compare.outcomes import ANY
from gongkai.compare.statistics import TOO_FEW
from gongkai.pages.words import clean
from gongkai.web.address import IN, OWN, POINT, Asked, link
from gongkai.web.estimates import CorrectedShares, of_two
from gongkai.web.held import Held
from gongkai.web.points import MOST_GROUPS, Shares
from gongkai.web.tongue import WHAT, Tongue

#: groups that get a column; the CSV has all
COLUMNS = 12
#: orders of the rows: by the name of the facet as in the codebook, or by the share in a column
SORTS = ("share", *(f"g{n}" for n in range(COLUMNS)))


@dataclass(frozen=True, slots=True)
class CorrectedFigure:
    """The same share corrected with the coded sheet: ``model`` is what it corrects, ``coded`` reports it rests on; no bounds where compare
    gives none."""

    share: float
    low: float | None
    high: float | None
    model: float | None
    coded: int


@dataclass(frozen=True, slots=True)
class ShareFigure:
    """One figure: of ``reports`` reports ``stating`` say it, in ``passages`` passages; ``few`` where compare marks the group as small,
    ``too_few`` where it gives no interval."""

    share: float | None
    low: float | None
    high: float | None
    stating: int
    reports: int
    passages: int
    few: bool
    too_few: bool
    href: str
    corrected: CorrectedFigure | None = None


@dataclass(frozen=True, slots=True)
class GroupColumn:
    """A group: its name, reports, and those whose section 五 has no part in the shares."""

    name: str
    reports: int
    unread: int
    absent: int
    forms: str
    sort: str


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    """The table: ``rows`` are (facet, figures by column); ``fault`` says why there is none; ``sheet`` what corrected shares rest on."""

    columns: Sequence[GroupColumn]
    rows: Sequence[tuple[str, Sequence[ShareFigure]]]
    excluded: Mapping[str, int]
    left: int = 0
    fault: str = ""
    done: int = 0
    batches: int = 0
    sheet: CorrectedShares | None = None


def keys_of(held: Held) -> list[str]:
    """Grouping keys that can be asked for: those of compare and columns of one's own."""
    return [*BY, *(k.removeprefix(OWN) for k in held.own if k.removeprefix(OWN) not in BY)]


def rests_on(held: Held) -> dict[str, str]:
    """What every figure of the page rests on: model and codebook, as :func:`gongkai.compare.corrected_passages.marked` writes them."""
    try:
        codes = held.book.study(()).codes
    except UsageError:
        return {}
    return {"model": held.store.meta.get("model_id", ""), "codebook": f"{codes.name} {codes.version}"}


def problems_page(held: Held, asked: Asked, what: str, tongue: Tongue) -> ProblemsPage:
    """The table that an address asks for; ``what`` is ``problem`` or ``measure``."""
    book = held.book
    if not book.ready:
        return ProblemsPage((), (), {}, fault=book.error, done=book.done, batches=book.batches)
    try:
        groups = len(book.study(asked.by).groups)
        if groups > MOST_GROUPS:
            return ProblemsPage((), (), {}, fault=tongue("too_many_groups", n=groups, most=MOST_GROUPS))
        all_reports = book.shares(())
        by_group = book.shares(asked.by) if asked.by else None
    except UsageError as error:
        return ProblemsPage((), (), {}, fault=error.message)
    figures: dict[str, list[ShareFigure]] = {}
    columns: list[GroupColumn] = []
    names = group_names(held, asked.by, tongue)
    sheet = held.estimates.corrected(())
    for shares in (all_reports, by_group):
        if shares is not None:
            by = shares.study.by
            _add(
                shares,
                what,
                tongue,
                names if by else {(): tongue("all_reports")},
                sheet if not by else held.estimates.corrected(by),
                figures,
                columns,
            )
    shown = len(columns) if len(columns) <= COLUMNS else COLUMNS
    order = sorted(range(1, len(columns)), key=lambda g: -columns[g].reports)[: shown - 1]
    kept = [0, *sorted(order)]
    columns_kept = [columns[g] for g in kept]
    rows = [(facet, [some[g] for g in kept]) for facet, some in figures.items()]
    return ProblemsPage(
        _with_sorts(columns_kept),
        _sorted(rows, asked.sort),
        all_reports.study.excluded,
        left=len(columns) - len(kept),
        sheet=sheet,
    )


def group_names(held: Held, by: tuple[str, ...], tongue: Tongue) -> dict[tuple[str, ...], str]:
    """Names of the groups of a grouping; an agency that is known by its identifier has its printed name, with the identifier where
    several have that name.

    Raises:
        UsageError: as :func:`gongkai.compare.study`.
    """
    groups = held.book.study(by).groups
    agencies: dict[str, str] = {}
    if "agency" in by:
        found = held.rows(
            "SELECT coalesce(agency_id, agency) AS id, min(agency) AS name FROM reports WHERE agency IS NOT NULL GROUP BY ALL"
        )
        times = Counter(r["name"] for r in found)
        agencies = {r["id"]: r["name"] if times[r["name"]] == 1 else f"{r['name']} ({r['id']})" for r in found}

    def named(key: str, value: str) -> str:
        return clean(agencies[value]) if key == "agency" and value in agencies else tongue.group(key, value)

    return {g: " · ".join(named(k, v) for k, v in zip(by, g, strict=True)) for g in groups}


def _add(
    shares: Shares, what: str, tongue: Tongue, names: Mapping[tuple[str, ...], str], sheet: CorrectedShares | None,
    figures: dict[str, list[ShareFigure]], columns: list[GroupColumn],
) -> None:  # fmt: skip
    table = shares.table.filter(pc.and_(pc.equal(shares.table["what"], what), pc.equal(shares.table["dimension"], "all")))
    groups = shares.study.groups
    place = {g: n for n, g in enumerate(groups)}
    for row in table.to_pylist():
        values = tuple(row[k] for k in shares.study.by)
        filters = {
            POINT: (f"{what}.{row['facet']}",),
            **{f"{IN}{k}": (v,) for k, v in zip(shares.study.by, values, strict=True)},
        }
        figures.setdefault(row["facet"], []).append(
            ShareFigure(
                row["share"], row["low"], row["high"], row["stating"], row["reports"], int(shares.passages[what, row["facet"]][place[values]]),
                row["few"], row["low"] is None or row["method"] == TOO_FEW, link("/search", Asked(filters, lang=tongue.code)),
                _corrected(sheet, values, what, row["facet"]),
            )
        )  # fmt: skip
        if row["facet"] == ANY:
            columns.append(GroupColumn(names[values], row["reports"], row["unread"], row["absent"], row["forms"], ""))


def share_figures(
    held: Held, by: tuple[str, ...], what: str, pair: Sequence[tuple[str, ...]], tongue: Tongue
) -> list[dict[str, ShareFigure]]:
    """The figures of two groups of a grouping, by facet.

    Raises:
        UsageError: as :func:`gongkai.compare.study`.
    """
    grouped = held.book.study(by)
    # of thousands of agencies only the two are looked at
    few = len(grouped.groups) <= MOST_GROUPS
    shares = held.book.shares(by) if few else held.book.shares_of(of_two(grouped, pair[0], pair[1]))
    figures: dict[str, list[ShareFigure]] = {}
    sheet = held.estimates.corrected(by) if few else None
    _add(shares, what, tongue, dict.fromkeys(shares.study.groups, ""), sheet, figures, [])
    places = [shares.study.groups.index(g) for g in pair]
    return [{facet: some[n] for facet, some in figures.items()} for n in places]


def _corrected(sheet: CorrectedShares | None, values: tuple[str, ...], what: str, facet: str) -> CorrectedFigure | None:
    row = sheet.rows.get((values, what, facet)) if sheet is not None else None
    if row is None or row["share"] is None:
        return None
    return CorrectedFigure(row["share"], row["low"], row["high"], row["model"], row["coded"])


def _with_sorts(columns: Sequence[GroupColumn]) -> list[GroupColumn]:
    return [
        GroupColumn(c.name, c.reports, c.unread, c.absent, c.forms, "share" if n == 0 else f"g{n - 1}")
        for n, c in enumerate(columns)
    ]


def _sorted(rows: list[tuple[str, list[ShareFigure]]], sort: str) -> list[tuple[str, list[ShareFigure]]]:
    """Rows as asked; ``any`` stays first, for it is what the others are part of."""
    key = sort.removeprefix("-")
    if not key:
        return rows
    column = 0 if key == "share" else int(key[1:]) + 1
    if not rows or column >= len(rows[0][1]):
        return rows
    down = -1 if sort.startswith("-") else 1

    def share(row: tuple[str, list[ShareFigure]]) -> float:
        found = row[1][column].share
        return -1.0 if found is None else found

    rest = sorted((r for r in rows if r[0] != ANY), key=lambda r: down * share(r))
    return [r for r in rows if r[0] == ANY] + rest


def csv_of(held: Held, asked: Asked) -> Iterator[bytes]:
    """The whole table of :func:`gongkai.compare.facet_shares`, with every dimension."""
    table = held.book.shares(asked.by).table
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    yield b"\xef\xbb\xbf"
    for batch in table.to_batches(max_chunksize=2000):
        rows: list[dict[str, Any]] = batch.to_pylist()
        writer.writerows([guarded(v) for v in row.values()] for row in rows)
        yield out.getvalue().encode("utf-8", errors="replace")
        out.seek(0)
        out.truncate()


__all__ = ["SORTS", "WHAT", "ProblemsPage", "csv_of", "group_names", "keys_of", "problems_page", "rests_on", "share_figures"]
