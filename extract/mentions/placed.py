"""Mentions at their places in the normalised passage, and the wholes whose parts are being listed there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from corpus.text.normalise import Normalised
from extract.types import Mention
from models.base import Passage

_PARENTHESES = re.compile("[()]")


@dataclass(slots=True)
class Placed:
    """A mention with its place in the normalised passage."""

    start: int
    end: int
    mention: Mention
    opener: int | None = None
    whole: Mention | None = None
    words: str = ""


@dataclass(slots=True)
class Frame:
    """A whole whose parts are being listed; ``sure`` where shares of it are printed."""

    whole: Mention
    total: Decimal = Decimal(0)
    members: list[Placed] = field(default_factory=list)
    beside: dict[str, Frame] = field(default_factory=dict)
    sure: bool = False


def place(passage: Passage, normal: Normalised, mentions: Sequence[Mention]) -> list[Placed]:
    """Mentions with their offsets in the normalised text, and the parenthesis that each stands in."""
    found = [Placed(*normal.place(m.start - passage.start, m.end - passage.start), m) for m in mentions]
    if "(" not in normal.text:
        return found
    stack: list[int] = []
    at = 0
    for p in found:
        for mark in _PARENTHESES.finditer(normal.text, at, p.start):
            if mark[0] == "(":
                stack.append(mark.start())
            elif stack:
                stack.pop()
        at = max(at, p.start)
        p.opener = stack[-1] if stack else None
    return found
