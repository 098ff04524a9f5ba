"""Writes the sample corpus: every narrative in every layout, with the truth files that ``gongkai evaluate --gold`` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

from training.samples.layouts import LAYOUTS, SUFFIXES
from training.samples.narrative import Narrative, SampleError, Sentence, parse, table_checks

NARRATIVES = Path(__file__).resolve().parent / "narratives"
GRAM = 8
LIMIT = 0.2
_BOM = b"\xef\xbb\xbf"


def grams(narrative: Narrative) -> frozenset[str]:
    """Character 8-grams of the passages, white space removed."""
    text = "".join("".join(s.text.split()) for _, s in narrative.sentences())
    return frozenset(text[i : i + GRAM] for i in range(len(text) - GRAM + 1))


def shared(narratives: Sequence[Narrative]) -> list[tuple[float, str, str]]:
    """Jaccard similarity of the 8-grams of each pair, the most similar pair first."""
    sets = {n.id: grams(n) for n in narratives}
    pairs = [
        (len(sets[a] & sets[b]) / len(sets[a] | sets[b]) if sets[a] | sets[b] else 0.0, a, b) for a, b in combinations(sets, 2)
    ]
    return sorted(pairs, reverse=True)


def load(folder: Path = NARRATIVES) -> list[Narrative]:
    """All narratives of a folder, by id.

    Raises:
        SampleError: with every error of every file; two narratives are too alike; there is none.
    """
    found, errors = [], []
    for path in sorted(folder.glob("*.txt")):
        try:
            found.append(parse(path))
        except SampleError as e:
            errors.append(str(e))
    if not found and not errors:
        raise SampleError(f"{folder}: no narratives (*.txt)")
    errors += [
        f"{a} and {b} share {share:.2f} of their {GRAM}-grams: more than {LIMIT}"
        for share, a, b in shared(found)
        if share > LIMIT
    ]
    if errors:
        raise SampleError("\n".join(errors))
    return found


def encode(text: str, narrative: int, layout: int) -> bytes:
    """Bytes of a text in the encoding and with the line ends that fall to this narrative in this layout.

    Over five narratives each layout comes as UTF-8, GB18030, UTF-8 with CRLF, UTF-8 with BOM, and GB18030 with CRLF.
    """
    match (narrative + layout) % 5:
        case 0:
            return text.encode("utf-8")
        case 1:
            return text.encode("gb18030")
        case 2:
            return text.replace("\n", "\r\n").encode("utf-8")
        case 3:
            return _BOM + text.encode("utf-8")
        case _:
            return text.replace("\n", "\r\n").encode("gb18030")


def _number(value: Decimal | float | int | str | None) -> int | float | None:
    if value is None:
        return None
    exact = Decimal(str(value))
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def tables_truth(narrative: Narrative) -> dict[str, Any]:
    """``<id>.tables.json``: a value for each cell that stands in the file, raw text and state where there is none."""
    odd = {code: c for code, c in narrative.cells.items() if c.state != "value"}
    truth: dict[str, Any] = {
        "form": narrative.form,
        "year": narrative.year,
        "agency": narrative.agency,
        "cells": {code: _number(c.value) for code, c in narrative.cells.items()},
    }
    if odd:
        truth["raw"] = {code: c.printed for code, c in odd.items()}
        truth["states"] = {code: c.state for code, c in odd.items()}
    if narrative.cut_after:
        truth["note"] = f"the file ends after {narrative.cut_after}: later cells are absent, never 0"
    return truth


def _passage_truth(section: str, sentence: Sentence) -> dict[str, Any]:
    mentions = []
    for m in sentence.marks:
        mention: dict[str, Any] = {
            "quote": m.quote,
            "start": m.start,
            "end": m.end,
            "value": _number(m.value),
            "unit": m.unit,
            "qualifier": m.qualifier,
            "indicator": m.indicator,
            "scope": m.scope,
        }
        if m.by:
            mention["by"] = m.by
        for key, amount in (("value_to", m.value_to), ("whole", m.whole)):
            if amount is not None:
                mention[key] = _number(amount)
        if m.period != "year":
            mention["period"] = m.period
        mentions.append(mention)
    return {
        "section": section,
        "heading": sentence.heading,
        "text": sentence.text,
        "label": sentence.label,
        "also": list(sentence.also),
        "facets": list(sentence.facets),
        "mentions": mentions,
    }


def joined_truth(narrative: Narrative) -> dict[str, Any]:
    """The entry of ``joined.json``: joins and prose checks as authored, table checks as worked out here."""
    return {
        "join": [
            {
                "indicator": j["indicator"],
                "prose_value": _number(j.get("prose_value")),
                "table_value": _number(j["table_value"]),
                "verdict": j["verdict"],
                "explained_by": j.get("explained_by"),
            }
            for j in narrative.joins
        ],
        "table_checks": [list(check) for check in table_checks(narrative)],
        "prose_checks": [
            {"check": c["check"], "expression": c["expression"], "verdict": c["verdict"]} for c in narrative.prose_checks
        ],
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def metadata(narratives: Iterable[Narrative], suffixes: Iterable[str]) -> str:
    """A table for ``gongkai tag --metadata``: the level of each agency, for of an invented 市 no list knows whether it is a prefecture."""
    found = [(n, "" if n.agency.endswith(("人民政府", "办事处", "管理委员会")) else "_department") for n in narratives]
    ends = sorted(set(suffixes))
    rows = [f"{n.id}{end},{n.level}{department}" for n, department in found for end in ends]
    return "\n".join(["path,level", *rows]) + "\n"


def build(out: Path, layouts: Iterable[str] = tuple(LAYOUTS), folder: Path = NARRATIVES) -> list[Path]:
    """Write ``out/<layout>/<id>.txt`` (``.md``), ``out/gold/`` and ``out/metadata.csv``; files of the same name are replaced.

    Returns:
        The texts written, by layout and id.

    Raises:
        SampleError: as :func:`load`, or an unknown layout.
    """
    wanted = list(layouts)
    unknown = [name for name in wanted if name not in LAYOUTS]
    if unknown:
        raise SampleError(f"unknown layouts {unknown}; known are {list(LAYOUTS)}")
    narratives = load(folder)
    gold = out / "gold"
    gold.mkdir(parents=True, exist_ok=True)
    for narrative in narratives:
        _write_json(gold / f"{narrative.id}.tables.json", tables_truth(narrative))
        passages = [_passage_truth(section, s) for section, s in narrative.sentences()]
        _write_json(gold / f"{narrative.id}.passages.json", passages)
    _write_json(gold / "joined.json", {n.id: joined_truth(n) for n in narratives})
    given = metadata(narratives, (SUFFIXES.get(name, ".txt") for name in wanted))
    (out / "metadata.csv").write_text(given, encoding="utf-8", newline="\n")
    written = []
    for name in wanted:
        target = out / name
        target.mkdir(parents=True, exist_ok=True)
        for number, narrative in enumerate(narratives):
            path = target / f"{narrative.id}{SUFFIXES.get(name, '.txt')}"
            path.write_bytes(encode(LAYOUTS[name](narrative, number), number, list(LAYOUTS).index(name)))
            written.append(path)
    return written
