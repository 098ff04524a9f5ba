"""The baseline: cues and headings from ``data/keywords.toml``.  It explains itself, and has no probabilities.

A passage collects the weight of every rule that fits its text, its own headings or its section; the label with most weight wins,
and of equals the one listed first in the codebook.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from corpus.codebook import SECTIONS, codebook
from corpus.datafile import entries, expect_keys, load_toml, pattern_of
from corpus.errors import DataError
from models.base import Passage, Prediction
from models.features import clean, clean_heading

_SOURCE = "data/keywords.toml"
_KEYS, _OPTIONAL = ("id", "cue", "yes", "no"), ("label", "facet", "in", "section", "not_section", "weight")


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """Gives ``weight`` to a label or a facet where ``cue`` is found.

    ``where`` is ``text`` or ``heading``; the cue sees text as :func:`models.features.clean` makes it (digits are ``0``).
    ``sections`` and ``not_sections`` limit where it holds (empty: everywhere).
    """

    id: str
    label: str
    facet: str
    cue: re.Pattern[str]
    where: str
    sections: frozenset[str]
    not_sections: frozenset[str]
    weight: float
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that spoke for a label or facet, and the words that it found."""

    rule: str
    code: str
    words: str
    weight: float


def _rule(raw: dict[str, Any]) -> KeywordRule:
    source = f"{_SOURCE}: {raw.get('id', '?')}"
    expect_keys(raw, source, _KEYS, _OPTIONAL)
    label, facet = raw.get("label", ""), raw.get("facet", "")
    if bool(label) == bool(facet) or (label or facet) not in (codebook().labels if label else codebook().facets):
        raise DataError(f"label {label!r}, facet {facet!r}", source=source, remedy="Give one code of the codebook.")
    sections = [*raw.get("section", []), *raw.get("not_section", [])]
    if set(sections) - set(SECTIONS) or raw.get("in", "text") not in {"text", "heading"}:
        raise DataError(f"sections {sections}, in {raw.get('in')!r}", source=source, remedy="Use text or heading, s1 ... s6.")
    return KeywordRule(
        raw["id"],
        label,
        facet,
        pattern_of(raw["cue"], source),
        raw.get("in", "text"),
        frozenset(raw.get("section", [])),
        frozenset(raw.get("not_section", [])),
        float(raw.get("weight", 1)),
        tuple(raw["yes"]),
        tuple(raw["no"]),
    )


@cache
def keyword_rules() -> tuple[KeywordRule, ...]:
    """The rules in file order.

    Raises:
        DataError: an unknown key or code, a cue that does not compile, an id used twice.
    """
    raw = load_toml("models", _SOURCE)
    expect_keys(raw, _SOURCE, ("rule",))
    return tuple(_rule(r) for r in entries(raw, "rule", _SOURCE, _KEYS, _OPTIONAL))


class KeywordClassifier:
    """Labels passages by rules alone."""

    def __init__(self) -> None:
        self._rules = keyword_rules()
        content = files("models").joinpath(_SOURCE).read_bytes().replace(b"\r\n", b"\n")
        self._digest = hashlib.sha256(content).hexdigest()[:12]

    @property
    def model_id(self) -> str:
        return f"keywords-{self._digest}"

    def explain(self, passage: Passage) -> list[Reason]:
        """Every rule that fits, in file order."""
        text = clean(passage.text)
        own = passage.heading_path[1:] if passage.section not in {None, "preamble"} else passage.heading_path
        heading = "\n".join(map(clean_heading, own))
        reasons = []
        for rule in self._rules:
            if (rule.sections and passage.section not in rule.sections) or passage.section in rule.not_sections:
                continue
            found = rule.cue.search(text if rule.where == "text" else heading)
            if found:
                reasons.append(Reason(rule.id, rule.label or rule.facet, found.group(), rule.weight))
        return reasons

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage, same order and length; scores are ``None``."""
        return [self._one(p) for p in passages]

    def _one(self, passage: Passage) -> Prediction:
        labels: dict[str, float] = {}
        facets: dict[str, float] = {}
        by_id = {r.id: r for r in self._rules}
        for reason in self.explain(passage):
            target = labels if by_id[reason.rule].label else facets
            target[reason.code] = target.get(reason.code, 0.0) + reason.weight
        order = list(codebook().labels)
        label = max(order, key=lambda c: (labels.get(c, 0.0), -order.index(c))) if labels else "other"
        if label not in codebook().coded:
            return Prediction(label)
        chosen = tuple(f for f in codebook().facets if f in facets and f != "general")
        return Prediction(label, facets=chosen or ("general",))
