"""Labelling functions: cheap evidence of a label, kept in a data file with examples (``data/labelling/codebook.toml`` explains it)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.codebook import SECTIONS
from corpus.datafile import entries, expect_keys, pattern_of, read_toml
from corpus.errors import DataError
from models.base import Passage
from models.features import clean, clean_heading, own_headings
from models.taxonomy import Taxonomy

DEFAULT = Path(__file__).resolve().parents[1] / "data" / "labelling" / "codebook.toml"
_KEYS = {"id", "voter", "label", "heading", "text", "not_text", "section", "yes", "no"}
_EXAMPLE = {"heading", "text", "section"}


@dataclass(frozen=True, slots=True)
class Function:
    """Votes for ``label`` where every condition holds; a condition that is ``None`` or empty always does."""

    id: str
    voter: str
    label: str
    heading: re.Pattern[str] | None
    text: re.Pattern[str] | None
    not_text: re.Pattern[str] | None
    sections: frozenset[str]
    yes: tuple[Passage, ...]
    no: tuple[Passage, ...]

    def fits(self, passage: Passage) -> bool:
        """Whether it votes on the passage."""
        if self.sections and passage.section not in self.sections:
            return False
        if self.heading is not None and not any(self.heading.search(clean_heading(h)) for h in own_headings(passage)):
            return False
        if self.text is None and self.not_text is None:
            return True
        text = clean(passage.text)
        if self.text is not None and not self.text.search(text):
            return False
        return self.not_text is None or not self.not_text.search(text)


def _example(raw: Any, source: str) -> Passage:
    if not isinstance(raw, dict) or set(raw) - _EXAMPLE or not raw.get("text"):
        raise DataError(f"example {raw!r}", source=source, remedy='write { text = "…", heading = "…", section = "s5" }')
    section = raw.get("section")
    path = (raw["heading"],) if raw.get("heading") else ()
    # the section's own heading comes first in a path and is not looked at
    return Passage(0, len(raw["text"]), raw["text"], section, (("", *path) if section not in {None, "preamble"} else path))


def _pattern(raw: Mapping[str, Any], key: str, source: str) -> re.Pattern[str] | None:
    if key not in raw:
        return None
    return pattern_of(raw[key], f"{source}: {key}")


def load_functions(path: Path, taxonomy: Taxonomy) -> tuple[Function, ...]:
    """The functions of a file, in order.

    Raises:
        DataError: unreadable, unknown keys, a label that the taxonomy does not have, an id used twice, a pattern that does not compile,
            no condition at all, or an example that does not come out as it says.
    """
    raw = read_toml(path)
    expect_keys(raw, str(path), ("function",))
    return tuple(_function(entry, path, taxonomy) for entry in entries(raw, "function", str(path), (), _KEYS))


def _function(raw: Mapping[str, Any], path: Path, taxonomy: Taxonomy) -> Function:
    source = f"{path}: {raw.get('id', '?')}"
    if lost := [k for k in ("id", "voter", "label", "yes", "no") if not raw.get(k)]:
        raise DataError(f"has no {', '.join(lost)}", source=source, remedy="give id, voter, label, and examples yes and no")
    if raw["label"] not in taxonomy.labels:
        raise DataError(f"unknown label {raw['label']!r}", source=source, remedy=f"use one of {', '.join(taxonomy.labels)}")
    sections = frozenset(raw.get("section", ()))
    if sections - set(SECTIONS) or not {"heading", "text", "section"} & set(raw):
        raise DataError(
            f"sections {sorted(sections)}, no condition", source=source, remedy="give heading, text or section (s1 … s6)"
        )
    made = Function(
        raw["id"], raw["voter"], raw["label"], _pattern(raw, "heading", source), _pattern(raw, "text", source),
        _pattern(raw, "not_text", source), sections, tuple(_example(e, source) for e in raw["yes"]),
        tuple(_example(e, source) for e in raw["no"]),
    )  # fmt: skip
    for examples, wanted in ((made.yes, True), (made.no, False)):
        for p in examples:
            if made.fits(p) != wanted:
                raise DataError(
                    f"does {'not ' if wanted else ''}fit its example {p.text!r}",
                    source=source,
                    remedy="mend pattern or example",
                )
    return made


def votes(functions: Sequence[Function], passages: Sequence[Passage]) -> list[dict[str, str]]:
    """For each passage the label that each voter names; voters that abstain or contradict themselves are left out."""
    found: list[dict[str, str]] = []
    for p in passages:
        said: dict[str, set[str]] = {}
        for f in functions:
            if f.fits(p):
                said.setdefault(f.voter, set()).add(f.label)
        found.append({voter: next(iter(labels)) for voter, labels in said.items() if len(labels) == 1})
    return found
