"""Whose count it is: a government's own office is a part of what its report covers, all bodies of a place are wider than one office.

Both follow from what the report covers (codebook, section 2, ``scope``; section 4, D3) and concern the counts that table cells also hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.codebook import codebook
from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.normalise import fold
from extract.types import Mention
from models.base import Passage

_SENTENCE = later(r"[;。!?]")
_OWN_OFFICE, _ALL_BODIES = pattern("extract", "own-office"), pattern("extract", "all-bodies")


def scopes_by_body(
    mentions: Sequence[Mention], passages: Sequence[Passage], coverage: str, *, government: bool
) -> tuple[Mention, ...]:
    """Mentions with the scope that their sentence's subject gives them.

    Args:
        mentions: of a report, ``passage`` being the index of their passage.
        passages: of the report, in order.
        coverage: of the report; ``unknown`` changes nothing.
        government: whether the report is a government's: an office that reports for one names itself, and not a part.
    """
    if coverage == "unknown":
        return tuple(mentions)
    codes = codebook().indicators
    by_index = {p.index: p for p in passages}
    found = []
    for m in mentions:
        if m.scope == "total" and m.period == "year" and m.indicator and codes[m.indicator].cls == "B":
            p = by_index[m.passage]
            found.append(_scoped(m, fold(p.text[: m.start - p.start]), coverage, government))
        else:
            found.append(m)
    return tuple(found)


def _scoped(m: Mention, before: str, coverage: str, government: bool) -> Mention:
    sentence = _SENTENCE.split(before)[-1]
    own, every = (max((x.end() for x in p.finditer(sentence)), default=-1) for p in (_OWN_OFFICE, _ALL_BODIES))
    if government and coverage == "consolidated" and own > every:
        return replace(m, scope="part", by="body")
    if coverage == "own" and every > own and "其中" not in sentence[every:]:
        return replace(m, scope="wider")
    return m
