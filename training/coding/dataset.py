"""Coded passages of a user: JSON lines in any taxonomy, read strictly, each error with its line.

One line a passage. ``text`` and ``label`` must be given; the rest may::

    {"text": "…", "label": "problem", "also": [], "facets": ["content"], "section": "s5", "heading_path": ["五、…"], "voice": "r1"}

``voice`` (or ``group``, or ``report_id``) names the report that a passage is from: reports are never split between training and
measuring, and neighbours are taken from them.  Passages without one are each a report of their own.  ``order`` is the place in the
report; left out, the order of the lines counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from corpus.codebook import SECTIONS
from corpus.errors import DataError, why_unread
from models.features import clean
from models.taxonomy import Taxonomy
from training.passages import LEVELS, TrainingPassage

#: the design of a draw whose passages were chosen because the model is unsure of them
UNCERTAINTY = "uncertainty"
_GROUPS = ("voice", "group", "report_id")
_LISTS = ("also", "facets", "heading_path")
_INTS = ("order", "position", "paragraph", "year")
_READ = {"text", "label", "section", "kind", "level", "design", *_GROUPS, *_LISTS, *_INTS}
#: written by `gongkai annotate` so that each passage can be traced; no part of the training data
_TRACE = {
    "id", "passage_id", "start", "end", "source", "agency", "coder", "draw", "stratum", "inclusion_probability", "seed",
    "suggested_label", "suggested_also", "suggested_facets", "score", "comment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CodedData:
    """Passages with their reports in order, and which of them were drawn by uncertainty (by voice and order)."""

    passages: tuple[TrainingPassage, ...]
    uncertain: frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class _Line:
    passage: TrainingPassage
    order: int | None
    position: int | None
    number: int
    uncertain: bool


def check_codes(label: str, also: Sequence[str], facets: Sequence[str], taxonomy: Taxonomy, source: str) -> None:
    """Label, further labels and facets as the taxonomy allows them.

    Raises:
        DataError: an unknown code, one given twice, facets with a label that takes none, the general facet beside another.
    """
    unknown = [c for c in (label, *also) if c not in taxonomy.labels]
    if unknown:
        known = ", ".join(taxonomy.labels)
        raise DataError(
            f"unknown label {unknown[0]!r}", source=source, remedy=f"use one of {known}, or give your own with --labels"
        )
    if wrong := [f for f in facets if f not in taxonomy.facets]:
        known = ", ".join(taxonomy.facets) or "none"
        raise DataError(f"unknown facet {wrong[0]!r}", source=source, remedy=f"facets of this codebook are: {known}")
    if len({label, *also}) < 1 + len(also) or len(set(facets)) < len(facets):
        raise DataError(f"a code is given twice: {label}, {list(also)}, {list(facets)}", source=source, remedy="give each once")
    if facets and not {label, *also} & set(taxonomy.coded):
        raise DataError(
            f"label {label!r} takes no facets",
            source=source,
            remedy=f"only {', '.join(taxonomy.coded) or 'no label'} take facets",
        )
    if taxonomy.general in facets and len(facets) > 1:
        raise DataError(f"{taxonomy.general!r} beside {list(facets)}", source=source, remedy="it stands alone or not at all")


def parse_record(raw: Any, taxonomy: Taxonomy, source: str) -> TrainingPassage:
    """One passage from a JSON object; ``voice`` is empty where none is given, ``order`` and ``position`` 0.

    Raises:
        DataError: not an object, a key unknown or missing, a value of a wrong kind, a code that the taxonomy does not have.
    """
    if not isinstance(raw, dict):
        raise DataError(f"is {type(raw).__name__}, not an object", source=source, remedy='write {"text": …, "label": …}')
    if unknown := sorted(set(raw) - _READ - _TRACE):
        raise DataError(f"unknown keys {unknown}", source=source, remedy=f"known are {', '.join(sorted(_READ))}")
    for key in ("text", "label"):
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            raise DataError(f"{key} is {raw.get(key)!r}", source=source, remedy=f"give {key} as a text that is not empty")
    for key in _LISTS:
        value = raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise DataError(f"{key} is {value!r}", source=source, remedy="give a list of texts, [] for none")
    for key in _INTS:
        value = raw.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise DataError(f"{key} is {value!r}", source=source, remedy="give a whole number from 0, or leave it out")
    section, level = raw.get("section"), raw.get("level") or LEVELS[0]
    if section is not None and section not in SECTIONS:
        raise DataError(f"unknown section {section!r}", source=source, remedy=f"use one of {', '.join(SECTIONS)}, or null")
    if raw.get("level") and level not in LEVELS:
        level = LEVELS[0]  # the store knows more levels; training only groups by voice
    label, also, facets = raw["label"], tuple(raw.get("also", ())), tuple(raw.get("facets", ()))
    check_codes(label, also, facets, taxonomy, source)
    group = next((str(raw[k]) for k in _GROUPS if raw.get(k) not in (None, "")), "")
    return TrainingPassage(
        raw["text"], label, also, facets, section, tuple(raw.get("heading_path", ())), group, str(raw.get("kind") or ""), level,
        raw.get("year") or 0, 0, 0, raw.get("paragraph") or 0,
    )  # fmt: skip


def load_coded(path: Path, taxonomy: Taxonomy) -> CodedData:
    """All passages of a file, grouped by report in order of first appearance, each report's in order from 0.

    Raises:
        DataError: unreadable, empty, or a line that :func:`parse_record` refuses; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise DataError(why_unread(error), source=str(path), remedy="check the path") from error
    except UnicodeDecodeError as error:
        raise DataError(f"cannot be read ({error})", source=str(path), remedy="give a file of JSON lines in UTF-8") from error
    found: list[_Line] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        source = f"{path}:{number}"
        try:
            raw = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(
                f"is no JSON: {error.msg} at character {error.pos + 1}", source=source, remedy="write one object a line"
            ) from error
        passage = parse_record(raw, taxonomy, source)
        found.append(_Line(passage, raw.get("order"), raw.get("position"), number, raw.get("design") == UNCERTAINTY))
    if not found:
        raise DataError("holds no passage", source=str(path), remedy='write lines like {"text": "…", "label": "…"}')
    return _arranged(found)


def _arranged(lines: Sequence[_Line]) -> CodedData:
    groups: dict[str, list[_Line]] = {}
    for line in lines:
        groups.setdefault(line.passage.voice or f"line-{line.number}", []).append(line)
    passages: list[TrainingPassage] = []
    uncertain: set[tuple[str, int]] = set()
    for voice, own in groups.items():
        own = sorted(own, key=lambda x: (x.order if x.order is not None else x.number, x.number))
        before: TrainingPassage | None = None
        for order, line in zip(count(), own):
            p = line.passage
            same = before is not None and (p.section, p.heading_path) == (before.section, before.heading_path)
            position = line.position if line.position is not None else (before.position + 1 if same and before else 0)
            before = replace(p, voice=voice, order=order, position=position, paragraph=p.paragraph or order)
            passages.append(before)
            if line.uncertain:
                uncertain.add((voice, order))
    return CodedData(tuple(passages), frozenset(uncertain))


def without_facets(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy's labels alone, for data in which nobody coded facets."""
    if not taxonomy.facets:
        return taxonomy
    zh: Mapping[str, str] = {code: name for code, name in taxonomy.zh.items() if not code.startswith("facet:")}
    return Taxonomy(f"{taxonomy.name}-labels", taxonomy.version, taxonomy.labels, (), (), "", zh)


def repeated_texts(passages: Sequence[TrainingPassage]) -> int:
    """How many passages stand, digits aside, in another report as well: left out with the one, they are still known from the other."""
    voices: dict[str, set[str]] = {}
    cleaned = [clean(p.text) for p in passages]
    for p, text in zip(passages, cleaned, strict=True):
        voices.setdefault(text, set()).add(p.voice)
    return sum(len(voices[text]) > 1 for text in cleaned)
