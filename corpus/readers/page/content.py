"""What stands on a page: characters and ruling lines, in points from the page's top left corner, whatever drew them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from corpus.types import BBox


class Char(NamedTuple):
    """One printed character: ``x`` origin, ``y`` baseline, ``x0``/``x1`` and ``middle`` of its ink (points, y downwards)."""

    text: str
    x: float
    y: float
    x0: float
    x1: float
    middle: float


class Rule(NamedTuple):
    """A horizontal (``at`` is its y, from x ``start`` to ``end``) or vertical (``at`` is its x) ruling line."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PageContent:
    """Characters and lines of one page.

    ``pictures`` are the boxes of its pictures and ``picture`` the share of the page (0…1) that they cover; ``hidden`` says that its
    text is not printed but lies unseen over a scan; ``crowded`` that the page holds more drawing objects than are looked at, so
    that its lines are not complete.
    """

    number: int
    width: float
    height: float
    chars: tuple[Char, ...]
    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]
    picture: float = 0.0
    crowded: bool = False
    pictures: tuple[BBox, ...] = ()
    hidden: bool = False
