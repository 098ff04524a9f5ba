"""Which pieces of a page are the report.

The report is known by what it prints: section headings, statutory tables, sentences.  The innermost box that holds nearly all
of these is the article; what is left in it of menus, buttons, page data and neighbouring links is taken out piece by piece, and
never a piece that the report itself could have printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.patterns import pattern
from corpus.readers.html.blocks import Box, Piece
from corpus.text.furniture import furniture_line
from corpus.text.headings import is_title, section_heading
from corpus.text.normalise import squeeze
from corpus.types import Block, Grid, Paragraph

_SENTENCE = re.compile(r"[。；！？]|[，、,].*[，、,]")
_STATUTORY = pattern("corpus/readers", "statutory_label")
_PAGE_DATA = pattern("corpus/readers", "page_data")
_AGENCY_LINE = pattern("corpus/readers", "agency_line")
_SHARE = 0.9
_FURNITURE_SHARE = 0.15
_LINKED = 0.6
_MAX_COPIED = 4_000


@dataclass(slots=True)
class _Sums:
    """What a box holds, boxes inside it included."""

    weight: int = 0
    evidence: set[str] = field(default_factory=set)
    children: list[int] = field(default_factory=list)


def _text(piece: Piece) -> str:
    block = piece.block
    return block.text if isinstance(block, Paragraph) else "".join(c.text for c in block.cells)


def _mostly_link(piece: Piece, text: str) -> bool:
    return piece.linked > _LINKED * len(text)


@dataclass(frozen=True, slots=True)
class _View:
    """A piece with what speaks for it."""

    piece: Piece
    text: str
    weight: int
    evidence: str
    linked: bool


def _view(piece: Piece) -> _View:
    text = _text(piece)
    block = piece.block
    linked = _mostly_link(piece, text)
    if isinstance(block, Grid):
        if not linked and _STATUTORY.search(text):
            return _View(piece, text, 200 + len(text), f"table:{text[:60]}", False)
        page_data = len(set(_PAGE_DATA.findall(text))) >= 2
        return _View(piece, text, 0 if linked or page_data else len(text), "", linked)
    if linked and not text.endswith("。"):
        return _View(piece, text, 0, "", True)
    heading = section_heading(text) if len(text) < 400 else None
    if heading is not None and not linked:
        return _View(piece, text, 40 + len(text) - piece.linked, heading.code, False)
    weight = len(text) - piece.linked if _SENTENCE.search(text) else 0
    return _View(piece, text, weight, "", linked)


def _sums(views: Sequence[_View], boxes: Sequence[Box]) -> list[_Sums]:
    sums = [_Sums() for _ in boxes]
    for view in views:
        own = sums[view.piece.box]
        own.weight += view.weight
        if view.evidence:
            own.evidence.add(view.evidence)
    for i in range(len(boxes) - 1, 0, -1):
        parent = boxes[i].parent
        sums[parent].weight += sums[i].weight
        sums[parent].evidence |= sums[i].evidence
        sums[parent].children.append(i)
    return sums


def _article_box(sums: Sequence[_Sums]) -> int:
    """The innermost box with all the evidence and nearly all the prose."""
    at = 0
    while True:
        here = sums[at]
        best = max(here.children, key=lambda c: sums[c].weight, default=-1)
        if best < 0 or here.weight == 0:
            return at
        if sums[best].weight < _SHARE * here.weight or not here.evidence <= sums[best].evidence:
            return at
        at = best


def _inside(box: int, root: int, boxes: Sequence[Box]) -> bool:
    while box > root:
        box = boxes[box].parent
    return box == root


def _furniture_boxes(root: int, sums: Sequence[_Sums], boxes: Sequence[Box]) -> list[bool]:
    """For each box whether it, or one around it inside ``root``, is furniture by name and holds nothing of the report."""
    limit = _FURNITURE_SHARE * max(1, sums[root].weight)
    out = [False] * len(boxes)
    for i in range(1, len(boxes)):
        parent = boxes[i].parent
        if i == root:
            continue
        named = boxes[i].furniture and not sums[i].evidence and sums[i].weight <= limit
        out[i] = named or (out[parent] and parent != root)
    return out


def article(pieces: Sequence[Piece], boxes: Sequence[Box]) -> tuple[list[Block], list[Block]]:
    """The blocks of the report, and those of the rest of the page, both in reading order."""
    views = [_view(p) for p in pieces]
    sums = _sums(views, boxes)
    root = _article_box(sums)
    dropped_boxes = _furniture_boxes(root, sums, boxes)
    inside = [_inside(v.piece.box, root, boxes) for v in views]
    # a title or the first paragraphs may stand above the box that holds the rest
    first = next((i for i, v in enumerate(views) if inside[i]), len(views))
    start = _start(views, first, inside)
    keep = [inside[i] or start <= i < first for i in range(len(views))]
    menu = sum(1 for v in views if v.linked and is_title(v.text)) > 1  # links to the reports of other years
    for i, view in enumerate(views):
        if keep[i] and ((dropped_boxes[view.piece.box] and not _is_title(view)) or _is_furniture(view, menu=menu)):
            keep[i] = False
    _cut_head(views, keep)
    _cut_tail(views, keep)
    _cut_copy(views, keep)
    kept = [v.piece.block for i, v in enumerate(views) if keep[i]]
    rest = [v.piece.block for i, v in enumerate(views) if not keep[i]]
    return kept, rest


def _is_title(view: _View) -> bool:
    return (
        isinstance(view.piece.block, Paragraph)
        and not view.linked
        and is_title(view.text)
        and furniture_line(view.text) is None
    )


def _start(views: Sequence[_View], first: int, inside: Sequence[bool]) -> int:
    """Where the report begins above its box: at its title, if the box itself prints none."""
    for i in range(first, len(views)):
        if inside[i] and views[i].evidence:
            break
        if inside[i] and _is_title(views[i]):
            return first
    for i in range(first - 1, -1, -1):
        if _is_title(views[i]):
            above = views[i - 1] if i else None
            return i - 1 if above is not None and _agency_above(above, views[i]) else i
    # no title: sentences right above the box belong to the preamble
    at = first
    while at and views[at - 1].weight and not views[at - 1].linked and isinstance(views[at - 1].piece.block, Paragraph):
        at -= 1
    return at


def _agency_above(view: _View, title: _View) -> bool:
    squeezed = squeeze(view.text)
    return (
        view.piece.box == title.piece.box
        and not view.linked
        and 2 <= len(squeezed) <= 30
        and _AGENCY_LINE.search(squeezed) is not None
        and furniture_line(view.text) is None
    )


def _is_furniture(view: _View, *, menu: bool) -> bool:
    if view.evidence:
        return False
    block = view.piece.block
    if isinstance(block, Grid):
        return view.linked or len(set(_PAGE_DATA.findall(view.text))) >= 2
    if view.linked and not view.text.endswith("。") and (menu or not is_title(view.text)):
        return True
    rule = furniture_line(view.text)
    return rule is not None and rule.effect == "line"


def _cut_head(views: Sequence[_View], keep: list[bool]) -> None:
    """Nothing of the report stands above its title."""
    kept = [i for i, k in enumerate(keep) if k]
    evidence = next((i for i in kept if views[i].evidence), None)
    stop = evidence if evidence is not None else (kept[min(len(kept) - 1, 12)] if kept else 0)
    for i in kept:
        rule = furniture_line(views[i].text) if i < stop else None
        if rule is not None and rule.effect == "head" and isinstance(views[i].piece.block, Paragraph):
            keep[i] = False
    kept = [i for i in kept if keep[i]]
    title = next((i for i in kept if i < stop and _is_title(views[i])), None)
    if title is None:
        return
    above = [i for i in kept if i < title]
    if above and _agency_above(views[above[-1]], views[title]):
        above.pop()
    for i in above:
        keep[i] = False


def _cut_copy(views: Sequence[_View], keep: list[bool]) -> None:
    """Some pages print the report twice, for wide and for narrow screens: the second one goes."""
    kept = [i for i, k in enumerate(keep) if k and views[i].text.strip()]
    texts = [views[i].text for i in kept]
    n = len(texts)
    if n > _MAX_COPIED:
        return
    for length in range(n // 2, max(6, int(0.45 * n)) - 1, -1):
        if texts[n - length :] == texts[n - 2 * length : n - length] and any(views[i].evidence for i in kept[n - length :]):
            for i in kept[n - length :]:
                keep[i] = False
            return


def _cut_tail(views: Sequence[_View], keep: list[bool]) -> None:
    """Nothing of the report stands below 上一篇, 相关链接 or the site's imprint."""
    last = max((i for i, v in enumerate(views) if keep[i] and v.evidence), default=-1)
    for i in range(last + 1, len(views)):
        if not keep[i] or not isinstance(views[i].piece.block, Paragraph):
            continue
        rule = furniture_line(views[i].text)
        if rule is not None and rule.effect in ("tail", "foot"):
            for k in range(i, len(views)):
                keep[k] = False
            return
