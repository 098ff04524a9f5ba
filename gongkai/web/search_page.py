"""The page of a search: what was found, by report, with what stands around; and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corpus.errors import UsageError
from corpus.spreadsheets import guarded
from gongkai.web.address import IN, POINT, ROWS, AddressError, Asked, link
from gongkai.web.corpus_page import FilterGroup, FilterValue, filter_groups
from gongkai.web.held import Held, chosen
from gongkai.web.search import (
    MOST_SORTED,
    FoundPlaces,
    Occurrence,
    every_place,
    facet_counts,
    find,
    label_counts,
    narrowed,
    page_of,
)
from gongkai.web.search_words import WordsError, read_words
from gongkai.web.textindex import Bools, Ints
from gongkai.web.tongue import WHAT, Tongue

#: orders of the places: by report, or by what stands on one side
SORTS = ("left", "right")
#: filters that are of the passage, not of its report
PASSAGE = ("label", "facet", POINT)
COLUMNS = (
    "report_id",
    "agency",
    "year",
    "level",
    "source",
    "passage_id",
    "label",
    "start",
    "end",
    "left",
    "hit",
    "right",
    "passage",
)
#: what a line says of the report that it is of
_HEAD = ("n", "report_id", "agency", "title", "source", "year", "level")


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What the page shows; ``looked`` is whether anything was looked for, ``fault`` names what is wrong with the words, ``unsorted`` says
    that there are too many places to sort."""

    places: int
    passages: int
    reports: int
    rows: Sequence[tuple[Occurrence, Mapping[str, Any]]]
    groups: Sequence[FilterGroup]
    pages: int
    looked: bool = False
    fault: str = ""
    unsorted: bool = False


def search_page(held: Held, asked: Asked, tongue: Tongue) -> SearchPage:
    """The page that an address asks for.

    Raises:
        AddressError: a column that this store does not have.
    """
    if not asked.words.strip() and not asked.filters and not asked.who:
        return SearchPage(0, 0, 0, (), (), 1)
    try:
        anywhere = look(held, _anywhere(asked))
        found = look(held, asked)
    except WordsError as error:
        return SearchPage(0, 0, 0, (), (), 1, fault=f"words_{error.key}")
    pages = max(1, -(-found.count // ROWS))
    first = (min(asked.page, pages) - 1) * ROWS
    some = page_of(held.index, found, held.order, first, min(first + ROWS, found.count), asked.sort)
    heads = held.by_number(np.unique([p.report for p in some]), _HEAD)
    rows = [(p, heads[p.report]) for p in some]
    unsorted = bool(asked.sort) and found.count > MOST_SORTED
    groups = _groups(held, asked, tongue, found, anywhere)
    return SearchPage(
        found.count, found.passages, int((found.of > 0).sum()), rows, groups, pages, looked=True, unsorted=unsorted
    )


def look(held: Held, asked: Asked) -> FoundPlaces:
    """What an address searches for, kept for its further pages.

    Raises:
        AddressError, WordsError: it cannot be read.
    """
    looked = read_words(asked.words)
    key = (looked, tuple(sorted(asked.filters.items())), asked.who)
    found = held.kept.get(key)
    if found is None:
        if not _of_report(asked) and not asked.who:
            passage = {k: v for k, v in asked.filters.items() if k in PASSAGE}
            keep = [_of_passage(held, n, passage) for n in range(len(held.index.shards))]
            found = find(held.index, looked, _reports(held, asked), keep)
        else:
            found = narrowed(held.index, look(held, _anywhere(asked)), _reports(held, asked))
        held.kept.put(key, found)
    return found


def _anywhere(asked: Asked) -> Asked:
    """The same without the filters that are of the report: what is found then is looked through for those that they choose."""
    return replace(asked, filters={k: v for k, v in asked.filters.items() if k not in _of_report(asked)}, who="")


def _of_report(asked: Asked) -> dict[str, tuple[str, ...]]:
    return {k: v for k, v in asked.filters.items() if k not in PASSAGE and not k.startswith(IN)}


def _reports(held: Held, asked: Asked) -> Bools:
    """By report number, whether the filters that are of the report choose it."""
    mask = chosen(held, _of_report(asked), asked.who)
    groups = {k.removeprefix(IN): v for k, v in asked.filters.items() if k.startswith(IN)}
    if groups or POINT in asked.filters:
        try:
            mask &= _having(len(mask), held.book.counted())
            for key, some in groups.items():
                mask &= _having(len(mask), np.concatenate([held.book.counted((key,), (v,)) for v in some]))
        except UsageError as error:
            raise AddressError(", ".join(groups) or POINT, error.message) from error
    return mask


def _having(size: int, numbers: Sequence[int] | Ints) -> Bools:
    mask = np.zeros(size, np.bool_)
    mask[numbers] = True
    return mask


def _of_passage(held: Held, n: int, filters: Mapping[str, tuple[str, ...]]) -> Bools | None:
    """Which passages of a shard the filters choose that are of the passage."""
    shard = held.index.shards[n]
    masks: list[Bools] = []
    if "label" in filters:
        masks.append(np.array([c in filters["label"] for c in held.index.labels], np.bool_)[shard.label])
    if "facet" in filters:
        wanted = np.array([c in filters["facet"] for c in held.index.facets], np.bool_)
        masks.append(_having(len(shard.label), shard.facet_row[wanted[shard.facet_code]]))
    if POINT in filters:
        places = held.book.places
        if places is None:
            raise AddressError(POINT, held.book.error or "…")
        rows = [places.rows[n][places.wanted(n, *_point(value))] for value in filters[POINT]]
        masks.append(_having(len(shard.label), np.concatenate(rows)))
    return np.logical_and.reduce(masks) if masks else None


def _point(value: str) -> tuple[str, str]:
    what, _, facet = value.partition(".")
    if what not in WHAT:
        raise AddressError(POINT, value)
    return what, facet


def _groups(held: Held, asked: Asked, tongue: Tongue, found: FoundPlaces, anywhere: FoundPlaces) -> list[FilterGroup]:
    """Filters of reports by reports with a place, filters of the passage by passages; each as if none of its own values were chosen, since
    its values are alternatives."""
    of_report = replace(asked, filters=_of_report(asked))
    groups = [_shown_group(asked, tongue, k, v) for k, v in asked.filters.items() if k == POINT or k.startswith(IN)]
    groups += [g for g in filter_groups(held, of_report, tongue, "/search", anywhere.of > 0, asked) if g.kind not in PASSAGE]
    of_labels, of_facets = (look(held, asked.without(k)) if k in asked.filters else found for k in ("label", "facet"))
    counted = (
        ("facet", held.index.facets, facet_counts(held.index, of_facets)),
        ("label", held.index.labels, label_counts(held.index, of_labels)),
    )
    for kind, codes, counts in counted:
        on = asked.filters.get(kind, ())
        listed = [_value(asked, tongue, kind, c, n, on) for c, n in zip(codes, counts, strict=True) if n or c in on]
        if listed:
            some = tuple(sorted(listed, key=lambda v: -v.n))
            groups.insert(0, FilterGroup(kind, tongue(f"filter_{kind}"), some, kind in asked.filters, max(1, some[0].n), 0))
    return groups


def _shown_group(asked: Asked, tongue: Tongue, kind: str, values: Sequence[str]) -> FilterGroup:
    """A filter that a figure of the problems page has set: it can be taken away."""
    shown = []
    for v in values:
        name = tongue.point(*_point(v)) if kind == POINT else tongue.group(kind.removeprefix(IN), v)
        shown.append(FilterValue(v, name, -1, True, link("/search", asked.toggled(kind, v))))
    return FilterGroup(kind, tongue("point") if kind == POINT else tongue.key(kind.removeprefix(IN)), tuple(shown), True, 1, 0)


def _value(asked: Asked, tongue: Tongue, kind: str, code: str, n: int, on: Sequence[str]) -> FilterValue:
    return FilterValue(code, tongue.name(kind, code), n, code in on, link("/search", asked.toggled(kind, code)))


def csv_lines(held: Held, found: FoundPlaces) -> Iterator[bytes]:
    """Every place as CSV with where it stands, in UTF-8 with the byte order mark by which spreadsheets know it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    heads = held.by_number(np.flatnonzero(found.of), _HEAD)
    yield b"\xef\xbb\xbf"
    for count, p in enumerate(every_place(held.index, found, held.order)):
        r = heads[p.report]
        row = (
            r["report_id"], r["agency"], r["year"], r["level"], r["source"], f"{r['report_id']}.p{p.passage}", p.label, p.start, p.end,
            p.left, p.hit, p.right, p.text,
        )  # fmt: skip
        writer.writerow([guarded(v) for v in row])
        if count % 200 == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode("utf-8", errors="replace")
