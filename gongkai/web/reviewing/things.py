"""What can be corrected: a passage, a metric, a cell, the report itself; its fields as they stand and what may be put there.

A thing is named as on the page of its report: ``p120`` a passage, ``m120`` or ``m120.2`` a metric, ``c-t3.new.total`` a cell,
``g88.r2c1`` a cell of a table as printed, ``report``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from corpus.codebook import codebook
from corpus.errors import DataError
from corpus.store import schema
from gongkai.codes import codes_of
from gongkai.corrections import Correction, item_of, parse_value, show_value
from gongkai.store_access import Store
from gongkai.web.tongue import Tongue
from models.taxonomy import Taxonomy
from training.coding.dataset import check_codes

REPORT = "report"
#: fields of each table that a page asks for, the one first that is confirmed where nothing is wrong
ASKED: Mapping[str, tuple[str, ...]] = {
    "passages": ("label", "also", "facets"),
    "mentions": ("value", "value_to", "unit", "qualifier", "scope", "by", "period", "indicator"),
    "cells": ("value", "state"),
    "grids": ("text",),
    "reports": ("agency", "year", "coverage"),
}
MANY = frozenset(("also", "facets"))
_NUMBERS = frozenset(("value", "value_to"))
_CLOSED = {
    "qualifier": schema.QUALIFIERS, "scope": schema.SCOPES, "by": schema.BYS, "period": schema.PERIODS, "state": schema.STATES,
    "coverage": schema.COVERAGES,
}  # fmt: skip
_MAY_BE_EMPTY = frozenset(("by", "value_to", "indicator", "text"))
_AT = re.compile(r"(p|m)(\d{1,9})(?:\.(\d{1,3}))?|c-([a-z0-9_.]{1,60})|(g)\d{1,9}\.r\d{1,4}c\d{1,4}|report")
_YEARS = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class ThingField:
    """A field: its value as the CSV writes it, and the codes that it may have (``None``: free), ``many`` of them or one."""

    name: str
    value: str
    choices: Sequence[tuple[str, str]] | None
    many: bool
    human: bool

    def chosen(self) -> frozenset[str]:
        """The codes that stand."""
        return frozenset(self.value.split(";")) if self.many else frozenset((self.value,))


@dataclass(frozen=True, slots=True)
class Thing:
    """What is corrected, and where it stands; ``row`` is that of the store, corrected as far as it is, ``quote`` what is printed there."""

    table: str
    at: str
    report_id: str
    source: str
    row: Mapping[str, Any] = field(repr=False)
    fields: Sequence[ThingField]
    quote: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Each field as it stands."""
        return {f.name: f.value for f in self.fields}

    def line(self, name: str, old: str, new: str, who: str, day: str, note: str) -> dict[str, str]:
        """A line of ``corrections.csv``."""
        place = {"start": "", "end": "", "quote": ""}
        if self.table != "reports":
            place = {"start": str(self.row["start"]), "end": str(self.row["end"]), "quote": self.quote}
        return {
            "report_id": self.report_id, "table": self.table, **place, "field": name, "old": old, "new": new, "coder": who, "date": day,
            "reason": note, "source": self.source, "item": item_of(self.table, self.row),
        }  # fmt: skip


def find_thing(store: Store, report_id: str, at: str, tongue: Tongue) -> Thing | None:
    """The thing of this name; ``None`` where there is none.

    Args:
        store: one that holds the report, with its corrections.
        report_id: the report.
        at: the name.
        tongue: the language of the names of codes.
    """
    named = _AT.fullmatch(at)
    if named is None:
        return None
    table = {"p": "passages", "m": "mentions", "g": "grids"}.get(
        named[1] or named[5] or "", "reports" if at == REPORT else "cells"
    )
    rows = [r for r in store.rows(table, [("report_id", "=", report_id)]) if at_of(table, r) == at]
    if len(rows) != 1:
        return None
    source = (
        rows[0]["source"]
        if table == "reports"
        else store.rows("reports", [("report_id", "=", report_id)], ["report_id", "source"])[0]["source"]
    )
    codes = codes_of(store)
    human = rows[0].get("human") or ()
    fields = tuple(
        ThingField(name, show_value(rows[0][name]), _choices(name, codes, tongue), name in MANY, name in human)
        for name in ASKED[table]
    )
    return Thing(table, at, report_id, source, rows[0], fields, _quote(store, table, rows[0]))


def _quote(store: Store, table: str, row: Mapping[str, Any]) -> str:
    """What the file prints there, whatever people corrected."""
    if table != "grids":
        return str({"reports": "", "cells": row.get("raw")}.get(table, row.get("text")))
    where = [("report_id", "=", row["report_id"])]
    return str(store.rows("documents", where, ["report_id", "text"])[0]["text"][row["start"] : row["end"]])


def at_of(table: str, row: Mapping[str, Any]) -> str:
    """The name of a row."""
    if table == "passages":
        return f"p{row['start']}"
    if table == "mentions":
        return str(row["mention_id"]).removeprefix(f"{row['report_id']}.")
    if table == "grids":
        return f"g{row['start']}.{item_of(table, row)}"
    return f"c-{row['code']}" if table == "cells" else REPORT


def corrected_things(store: Store) -> dict[tuple[str, str], tuple[str, ...]]:
    """Things that people corrected, by report and name, with the fields."""
    found = {}
    for table in {c.table for c in store.corrections if not c.fault}:
        rows = store.table(table)
        for row in rows.filter(pc.greater(pc.list_value_length(rows["human"]), 0)).to_pylist():
            found[row["report_id"], at_of(table, row)] = tuple(row["human"])
    return found


def _choices(name: str, codes: Taxonomy, tongue: Tongue) -> list[tuple[str, str]] | None:
    if name in ("label", "also"):
        return [(c, tongue.name("label", c)) for c in codes.labels]
    if name == "facets":
        return [(c, tongue.name("facet", c)) for c in codes.facets]
    if name == "indicator":
        return [("", tongue("no_indicator")), *((c, tongue.name("indicator", c)) for c in codebook().indicators)]
    if name in _CLOSED:
        none = [("", tongue("not_said"))] if name in _MAY_BE_EMPTY else []
        return [*none, *((c, tongue.name(name, c)) for c, _ in _CLOSED[name])]
    return None


def as_written(name: str, values: Iterable[str]) -> str:
    """What a form says of a field, as the CSV writes it: full-width digits and separators of thousands are taken as what they are.

    >>> as_written("value", ["１，２３４．０"]), as_written("facets", ["format", "timeliness"]), as_written("agency", [" 某 局 "])
    ('1234', 'format;timeliness', '某 局')
    """
    text = ";".join(v.strip() for v in values)
    if name == "text":
        return text  # a cell of several lines keeps them
    if name not in _NUMBERS and name != "year":
        return " ".join(text.split()) if name not in MANY else text
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    try:
        return show_value(float(plain)) if name in _NUMBERS and plain else plain
    except (ValueError, OverflowError):
        return plain


def faults(thing: Thing, new: Mapping[str, str], codes: Taxonomy, tongue: Tongue) -> list[str]:
    """Why these values cannot stand; nothing where they can."""
    found = []
    known = {f.name: {c for c, _ in f.choices} | f.chosen() | {""} for f in thing.fields if f.choices is not None}
    for name, text in new.items():
        try:
            if name in known and (unknown := set(text.split(";")) - known[name]):
                found.append(tongue("no_code", field=tongue(f"field_{name}"), value="、".join(sorted(unknown))))
                continue
            parse_value(thing.table, name, text, "")
        except DataError:
            key = "no_number" if name in _NUMBERS or name == "year" else "no_code"
            found.append(tongue(key, field=tongue(f"field_{name}"), value=text))
            continue
        if not text and name not in _MAY_BE_EMPTY | MANY and not (thing.table == "cells" and name == "value"):
            found.append(tongue("is_empty", field=tongue(f"field_{name}")))
    if found:
        return found
    if thing.table == "reports" and "year" in new and int(new["year"]) not in _YEARS:
        found.append(tongue("no_year", value=new["year"]))
    if thing.table == "cells":
        whole = {**thing.values, **new}
        if (whole["state"] == "value") != bool(whole["value"]):
            found.append(tongue("state_and_value"))
    if thing.table == "passages":
        whole = {**thing.values, **new}
        also, facets = ([v for v in whole[k].split(";") if v] for k in ("also", "facets"))
        try:
            check_codes(whole["label"], also, facets, codes, "")
        except DataError:
            found.append(tongue("codes_do_not_fit", labels="、".join(tongue.name("label", c) for c in codes.coded)))
    if (
        thing.table == "mentions"
        and (to := {**thing.values, **new}["value_to"])
        and float(to) < float({**thing.values, **new}["value"])
    ):
        found.append(tongue("range_turned"))
    return found


def place_of(c: Correction) -> str:
    """The name of the thing that a correction is of, as far as its line tells; what stands there may have moved."""
    if c.table == "reports":
        return REPORT
    if c.table == "cells":
        return f"c-{c.item}" if c.item else ""
    if c.table == "grids":
        return f"g{c.start}.{c.item}" if c.item else ""
    more = f".{c.item}" if c.table == "mentions" and c.item not in ("", "1") else ""
    return f"{'p' if c.table == 'passages' else 'm'}{c.start}{more}"


__all__ = [
    "ASKED",
    "MANY",
    "REPORT",
    "Thing",
    "ThingField",
    "as_written",
    "at_of",
    "corrected_things",
    "faults",
    "find_thing",
    "place_of",
]
