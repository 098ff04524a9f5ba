"""The tables of a store with contacts masked: every column that can hold printed text, names of files, metadata, corrections.

Offsets stay true, for a mask is as long as what it hides.  What is masked in one place of a report is masked wherever else it stands in
that report: a file may be named after the person whom its text calls the contact.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.store.schema import tables
from gongkai.corrections import Correction, anchor
from gongkai.redaction.contacts import MASK, again, folded, masked, originals, redact, spans, under

#: columns of codes, hashes, identifiers and places: no person types into them
_CODED = frozenset((
    "report_id", "passage_id", "mention_id", "grid_id", "sha256", "text_sha256", "source_map", "reader", "reader_version", "encoding",
    "classifier", "code", "label", "also", "facets", "section", "sections_found", "indicator", "whole", "evidence", "cell_codes", "expression",
    "check", "agency_id", "division_code", "period_start", "period_end", "row", "human",
))  # fmt: skip
#: columns that are text[start:end] of the report's text
_QUOTED = {"passages": "text", "mentions": "text", "cells": "raw", "grids": "text"}
Rows = list[dict[str, Any]]
_Also = re.Pattern[str] | None


@dataclass(slots=True)
class Redactor:
    """Masks the tables of a store batch by batch.

    ``names`` knows what became of each file name that changed; ``corrections`` are those of the store, ``rewritten`` the lines that were
    already masked, by line.
    """

    corrections: Sequence[Correction] = ()
    names: dict[str, str] = field(default_factory=dict)
    rewritten: dict[int, Correction] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def batch(self, found: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        """The tables of one batch, each sorted by its key, with contacts masked."""
        rows: dict[str, Rows] = {name: table.to_pylist() for name, table in found.items()}
        texts = {r["report_id"]: r["text"] for r in rows.get("documents", ())}
        places = {i: list(spans(text)) for i, text in texts.items()}
        also = self._elsewhere(rows, texts, places)
        hidden = {i: _masked_text(text, ((a, b) for a, b, _ in places[i]), also.get(i)) for i, text in texts.items()}
        for row in rows.get("sources", ()):
            self._name(row["source"], also.get(row["report_id"]))
        for c in self.corrections:
            if c.report_id in texts:
                self.rewritten[c.line] = _correction(c, texts[c.report_id], hidden[c.report_id], also.get(c.report_id))
        for name, some in rows.items():
            for row in some:
                self._row(name, row, hidden, also.get(row.get("report_id") or ""))
        _forget_masked_numbers(rows)
        return {name: _table(name, some, found[name].schema) for name, some in rows.items()}

    def redacted(self) -> list[Correction]:
        """The corrections, masked; those of reports that the store does not hold by themselves."""
        found = [self.rewritten.get(c.line) or _plain(c) for c in self.corrections]
        return [replace(c, source=self.names.get(c.source, redact(c.source))) for c in found]

    def _elsewhere(self, rows: Mapping[str, Rows], texts: Mapping[str, str], places: Mapping[str, Any]) -> dict[str, _Also]:
        """For each report a pattern of all that is masked anywhere in it."""
        found: dict[str, set[str]] = {i: set(originals(text, places[i])) for i, text in texts.items()}
        for name in ("reports", "sources", "issues"):
            for row in rows.get(name, ()):
                own = found.setdefault(row["report_id"] or "", set())
                for column, value in row.items():
                    if isinstance(value, str) and column not in _CODED:
                        own.update(_in_json(value) if column == "metadata" else originals(value, spans(value)))
        for c in self.corrections:
            for value in (c.quote, c.old, c.new, c.reason):
                found.setdefault(c.report_id, set()).update(originals(value, spans(value)))
        # files that gave no report have nothing in common
        return {i: again(some) for i, some in found.items() if i and some}

    def _name(self, source: str, also: _Also) -> None:
        made = redact(source, also)
        if made == source:
            return
        stem, dot, suffix = made.rpartition(".")
        number = 1
        while made in self._taken:
            number += 1
            made = f"{stem} ({number}).{suffix}" if dot else f"{suffix} ({number})"
        self._taken.add(made)
        self.names[source] = made

    def _row(self, name: str, row: dict[str, Any], hidden: Mapping[str, str], also: _Also) -> None:
        for column, value in row.items():
            if column in _CODED or value is None:
                continue
            if column == "source":
                row[column] = self.names.get(value, value)
            elif name == "documents" and column == "text":
                row[column] = hidden[row["report_id"]]
                row["text_sha256"] = hashlib.sha256(row[column].encode("utf-8", "surrogatepass")).hexdigest()
            elif _QUOTED.get(name) == column:
                # by the whole text's mask: a name cut in two by a passage's end is masked in both
                row[column] = hidden[row["report_id"]][row["start"] : row["end"]]
            elif column == "metadata":
                row[column] = _json(value, also)
            elif isinstance(value, str):
                row[column] = redact(value, also)
            elif isinstance(value, list) and value and isinstance(value[0], str):
                row[column] = [redact(v, also) for v in value]


def _masked_text(text: str, hide: Iterable[tuple[int, int]], also: _Also) -> str:
    more = [m.span() for m in also.finditer(folded(text))] if also is not None else []
    return masked(text, [*hide, *more])


def _fields(value: str) -> dict[str, Any] | None:
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _in_json(value: str) -> Iterator[str]:
    for key, text in (_fields(value) or {"": value}).items():
        if isinstance(text, str):
            yield from originals(text, [*spans(text), *under(key, text)])


def _json(value: str, also: _Also) -> str:
    """The further columns of ``--metadata``: the name of a column tells what its values are."""
    found = _fields(value)
    if found is None:
        return redact(value, also)
    made = {
        redact(key, also): redact(masked(text, [(a, b) for a, b, _ in under(key, text)]), also)
        if isinstance(text, str)
        else text
        for key, text in found.items()
    }
    return json.dumps(made, ensure_ascii=False, sort_keys=True)


def _correction(c: Correction, text: str, hidden: str, also: _Also) -> Correction:
    """A correction that applies to the masked store as it did to the other."""
    place = None if c.start is None or c.end is None else anchor(text, c.start, c.end, c.quote)
    start, end = place or (c.start, c.end)
    quote = redact(c.quote, also) if place is None else hidden[place[0] : place[1]]
    return _plain(c, also, start=start, end=end, quote=quote)


def _plain(c: Correction, also: _Also = None, **given: Any) -> Correction:
    values = {n: getattr(c, n) for n in Correction.__slots__} | {
        n: redact(getattr(c, n), also) for n in ("quote", "old", "new", "reason")
    }
    return Correction(**(values | given))


def _forget_masked_numbers(rows: dict[str, Rows]) -> None:
    """A number that is masked in the text has no value, either; what was computed from it goes too."""
    for row in rows.get("cells", ()):
        if MASK in row["raw"] and row["value"] is not None:
            row.update(value=None, state="unreadable")
    gone = {r["mention_id"]: r["report_id"] for r in rows.get("mentions", ()) if MASK in r["text"]}
    if not gone:
        return
    rows["mentions"] = [r for r in rows["mentions"] if r["mention_id"] not in gone]
    for row in rows["mentions"]:
        if row["whole"] in gone:
            row.update(whole=None, whole_value=None)
    rows["joins"] = [r for r in rows.get("joins", ()) if r["mention_id"] not in gone]
    rows["checks"] = [r for r in rows.get("checks", ()) if not gone.keys() & set(r["evidence"])]
    lost = list(gone.values())
    for row in rows.get("reports", ()):
        row["n_mentions"] -= lost.count(row["report_id"])


def _table(name: str, rows: Rows, schema: pa.Schema) -> pa.Table:
    made = pa.Table.from_pylist(rows, schema=schema)
    order = pc.sort_indices(made, sort_keys=[(k, "ascending") for k in tables()[name].key])
    return made.take(order).combine_chunks()


__all__ = ["Redactor"]
