"""What stands on a page: characters and ruling lines, in points from the page's top left corner, whatever drew them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from corpus.types import BBox


class Char(NamedTuple):
    """One printed character: ``x`` origin, ``y`` baseline, ``x0``/``x1`` its advance and ``middle`` of its height, ``size`` of its type.

    Points, y downwards.  ``x1`` is where the next character of its own font would stand, whatever stands there.
    """

    text: str
    x: float
    y: float
    x0: float
    x1: float
    middle: float
    size: float = 10.0


class Rule(NamedTuple):
    """A horizontal (``at`` is its y, from x ``start`` to ``end``) or vertical (``at`` is its x) ruling line."""

    at: float
    start: float
    end: float


class Unread(NamedTuple):
    """Text of a page that is not read, and why: ``hidden``, ``outside``, ``watermark``, ``struck``, ``note``, ``undecodable``."""

    kind: str
    text: str
    box: BBox


@dataclass(frozen=True, slots=True)
class PageContent:
    """Characters and lines of one page.

    ``pictures`` are the boxes of its pictures and ``picture`` the share of the page (0…1) that they cover; ``hidden`` says that its
    text is not printed but lies unseen over a scan; ``crowded`` that the page holds more drawing objects than are looked at, so
    that its lines are not complete.  ``unread`` is text that the file holds there and the page does not show, or shows for itself.
    ``left`` is where it begins on its sheet, if it is the right half of one.
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
    unread: tuple[Unread, ...] = ()
    left: float = 0.0


class Matrix(NamedTuple):
    """x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def after(self, m: Matrix) -> Matrix:
        """``m`` applied first, then this matrix."""
        return Matrix(
            self.a * m.a + self.c * m.b, self.b * m.a + self.d * m.b, self.a * m.c + self.c * m.d, self.b * m.c + self.d * m.d,
            self.a * m.e + self.c * m.f + self.e, self.b * m.e + self.d * m.f + self.f,
        )  # fmt: skip

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """A point of the object on the page."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f
