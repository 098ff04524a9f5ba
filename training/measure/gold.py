"""Truth files: a folder with ``<stem>.tables.json``, ``<stem>.passages.json`` for each report, and one ``joined.json``.

``stem`` is the name of the report's file without suffix.  Offsets of gold mentions refer to their passage's text; passages
are found again in a report's text by :mod:`training.measure.evaluate`, so that truth does not depend on how a text is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from corpus.codebook import SECTIONS, all_cells, codebook
from corpus.datafile import expect_keys
from corpus.errors import DataError

_TABLE_NEEDS, _TABLE_KEYS = ("form", "cells"), ("year", "agency", "raw", "states", "note")
_PASSAGE_NEEDS, _PASSAGE_KEYS = ("section", "text", "label", "facets", "mentions"), ("heading", "also")
_MENTION_NEEDS = ("quote", "start", "end", "value", "unit", "indicator")
_MENTION_KEYS = ("value_to", "qualifier", "scope", "by", "period", "whole", "subject")


@dataclass(frozen=True, slots=True)
class GoldCell:
    """A cell that stands in the file; ``value`` is ``None`` unless ``state`` is ``value``."""

    value: Decimal | None
    state: str


@dataclass(frozen=True, slots=True)
class GoldMention:
    """A mention; ``start``/``end`` are offsets in the passage's text.  ``by`` and ``period`` are ``None`` where not given.

    ``whole`` is the printed value of the mention it is part of, the nearest one before.
    """

    start: int
    end: int
    quote: str
    value: Decimal
    unit: str
    qualifier: str
    indicator: str
    scope: str
    by: str | None = None
    period: str | None = None
    whole: Decimal | None = None
    value_to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GoldPassage:
    """A passage; ``also`` is ``None`` where the file does not say."""

    section: str | None
    heading: str
    text: str
    label: str
    also: tuple[str, ...] | None
    facets: tuple[str, ...]
    mentions: tuple[GoldMention, ...]


@dataclass(frozen=True, slots=True)
class GoldJoin:
    """A row of the join; rows ``prose_only`` are not part of the truth."""

    indicator: str
    prose_value: Decimal | None
    table_value: Decimal | None
    verdict: str
    explained_by: str | None


@dataclass(frozen=True, slots=True)
class GoldReport:
    """All truth of one report.  ``prose_checks`` are (check, expression, verdict), ``table_checks`` name → verdict."""

    stem: str
    form: str
    year: int | None
    agency: str
    cells: dict[str, GoldCell]
    passages: tuple[GoldPassage, ...]
    joins: tuple[GoldJoin, ...]
    table_checks: dict[str, str]
    prose_checks: tuple[tuple[str, str, str], ...]


def number(value: object) -> Decimal | None:
    """A JSON number as printed: 97.6 → Decimal("97.6"), never its binary neighbour."""
    return None if value is None else Decimal(str(value)).normalize()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise DataError(
            "truth file is missing",
            source=str(path),
            remedy="give the folder of joined.json and of NAME.tables.json and NAME.passages.json for each report",
        ) from e
    except (UnicodeDecodeError, json.JSONDecodeError) as e:
        raise DataError(f"truth file is no UTF-8 JSON: {e}", source=str(path)) from e


def _one_of(value: str, known: Mapping[str, object], what: str, source: str) -> str:
    if value not in known:
        raise DataError(f"unknown {what} {value!r}", source=source, remedy="Use a code of the codebook.")
    return value


def _mention(raw: dict[str, Any], text: str, source: str) -> GoldMention:
    expect_keys(raw, source, _MENTION_NEEDS, _MENTION_KEYS)
    start, end = int(raw["start"]), int(raw["end"])
    if text[start:end] != raw["quote"]:
        raise DataError(f"offsets {start}:{end} hold {text[start:end]!r}, not the quote {raw['quote']!r}", source=source)
    if raw["indicator"]:
        _one_of(raw["indicator"], codebook().indicators, "indicator", source)
    value = number(raw["value"])
    if value is None:
        raise DataError(f"mention {raw['quote']!r} has no value", source=source)
    return GoldMention(
        start,
        end,
        raw["quote"],
        value,
        raw["unit"],
        raw.get("qualifier", "exact"),
        raw["indicator"],
        raw.get("scope", "total"),
        raw.get("by"),
        raw.get("period"),
        number(raw.get("whole")),
        number(raw.get("value_to")),
    )


def _passage(raw: dict[str, Any], source: str) -> GoldPassage:
    expect_keys(raw, source, _PASSAGE_NEEDS, _PASSAGE_KEYS)
    section = raw["section"]
    if section is not None:
        _one_of(section, SECTIONS, "section", source)
    also = raw.get("also")
    return GoldPassage(
        section,
        raw.get("heading") or "",
        raw["text"],
        _one_of(raw["label"], codebook().labels, "label", source),
        None if also is None else tuple(_one_of(a, codebook().labels, "label", source) for a in also),
        tuple(_one_of(f, codebook().facets, "facet", source) for f in raw["facets"]),
        tuple(_mention(m, raw["text"], source) for m in raw["mentions"]),
    )


def load_report(folder: Path, stem: str, joined: Mapping[str, Any]) -> GoldReport:
    """Truth of one report.

    Raises:
        DataError: a file is missing or broken, a key or code is unknown, or a quote does not stand at its offsets.
    """
    path = folder / f"{stem}.tables.json"
    tables = _read(path)
    expect_keys(tables, str(path), _TABLE_NEEDS, _TABLE_KEYS)
    states = tables.get("states", {})
    cells: dict[str, GoldCell] = {}
    for code, value in tables["cells"].items():
        _one_of(code, all_cells(), "cell", str(path))
        cells[code] = GoldCell(number(value), states.get(code, "value"))
        if (cells[code].value is None) == (cells[code].state == "value"):
            raise DataError(f"cell {code} has value {value!r} in state {cells[code].state!r}", source=str(path))
    path = folder / f"{stem}.passages.json"
    passages = tuple(_passage(p, f"{path}[{i}]") for i, p in enumerate(_read(path)))
    rest = joined.get(stem)
    if rest is None:
        raise DataError(f"no entry for {stem}", source=str(folder / "joined.json"))
    expect_keys(rest, f"{folder / 'joined.json'}: {stem}", ("join", "table_checks", "prose_checks"))
    return GoldReport(
        stem,
        tables["form"],
        tables.get("year"),
        tables.get("agency", ""),
        cells,
        passages,
        tuple(
            GoldJoin(j["indicator"], number(j["prose_value"]), number(j["table_value"]), j["verdict"], j.get("explained_by"))
            for j in rest["join"]
        ),
        dict(rest["table_checks"]),
        tuple((c["check"], c["expression"], c["verdict"]) for c in rest["prose_checks"]),
    )


def load_gold(folder: Path) -> dict[str, GoldReport]:
    """All truth of a folder by stem.

    Raises:
        DataError: as :func:`load_report`, or the folder holds no truth.
    """
    joined = _read(folder / "joined.json")
    stems = sorted(p.name.removesuffix(".tables.json") for p in folder.glob("*.tables.json"))
    if not stems:
        raise DataError("no *.tables.json in the folder", source=str(folder), remedy="Give a folder of truth files.")
    found: dict[str, GoldReport] = {}
    for stem in stems:
        try:
            found[stem] = load_report(folder, stem, joined)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else f"is not as truth files are ({error})"
            raise DataError(
                what, source=f"{folder}: truth of {stem}", remedy="compare it with a truth file of `python -m training.samples`"
            ) from error
    return found
