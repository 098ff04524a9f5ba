"""From the blocks of a reader to the one canonical text of a report.

The text holds code points as printed.  Paragraphs end with a newline; the cells of a table are separated by TAB and its rows
by newlines.  Text formats give lines: a sentence or word that was broken by the end of a line or page is mended here, for
all readers alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.headings import enumerator, is_title, no_narrative, section_heading, torn_heading
from corpus.text.normalise import squeeze
from corpus.text.table_pieces import take_pieces
from corpus.types import Block, CanonicalText, Document, Grid, GridCell, Paragraph, Place, SourceRange, TableBlock, TextBlock

_ENDS = later(r"[。！？!?；;：:…]['\"”’』」）)》〉]*$|[.．]$")
_CONTACT_END = pattern("corpus", "contact_end")
_LONGEST_CONTACT = 120
_GOES_ON = later(r"[，,、（(《“‘\-—/]$")
_BEFORE_A_NAME = pattern("corpus", "before_name_of_law")
_CLOSES = later(r"^[，,、。；;：:！？!?）)》”’%％]")
_OPENS = str.maketrans({"“": "(", "”": ")", "《": "(", "》": ")", "（": "(", "）": ")"})
_ITEM = pattern("corpus", "item_words")
_IN_SENTENCE = later(r"[，、；》”]")
_DECIMAL = later(r"\d[.．]$")
#: an enumerator that the end of the line cut off from its item
_DANGLING = later(r"[。；;：:]\s*(?:\d{1,2}[.．、]|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,3})[）)])$")
#: what decides about the end of a line stands in so many last characters
_TAIL = 40
#: so many characters at both ends of a joined paragraph hold all that its rules look at
_SEEN = 300
#: no page is narrower; shorter lines of one width are the headings of a report (（一）抓重点，做实主动公开)
_NARROWEST = 20.0
#: a line shorter than this is a heading, a signature or the last line of a paragraph, not one broken in mid-sentence
_MIN_BROKEN = 20.0
#: a wrapped title stands among so many first paragraphs, on lines of at most so many characters
_TITLE_WITHIN, _TITLE_PART = 16, 45
_NO_TITLE = pattern("corpus", "no_title_part")
#: lines that a program cut after so many characters, and their share of those that end in mid-sentence
_INDENT = 2
_SHORTEST_CUT, _FEWEST_CUT, _CUT_SHARE, _LONGER = 10, 4, 0.5, 0.1
#: …联系（电话：…）。一、总体情况 | …40条。 六、其他需要报告的事项 无: what follows a sentence on its line and is a section's heading
_HEADING_BEHIND = later(
    r"(?<=[。！？)）])\s*(?P<heading>[一二三四五六七八]\s?[、.．][^。；，,;:：]{4,40}[。：:]?(?:\s*无。?)?)\s*$"
)
_LONGEST_BEHIND = 60
_YEAR = later(r"20[0-2]\d|二[零〇○O]")
# a line break inside a cell is layout (本年新⏎制作数量), a TAB would read as the next cell
_SPACE_RUN = later(r"[\t\r\n\f\v]+")
#: 14 over 2 in one cell may be two numbers: only sums can tell that they are one (corpus.forms.spaced)
_TWO_NUMBERS = later(r"(?<=\d)[\t\r\n\f\v]+(?=\d)")


def _width(text: str) -> float:
    """Printed width in full-width characters: 2019年 counts 3."""
    return len(text) - len(text.encode("ascii", "ignore")) / 2


def _first_word(text: str) -> float:
    """Width of what may not be broken at the start of a line: a number or Latin word that did not fit on the line above."""
    m = re.match(r"[0-9A-Za-z.%,]+", text)
    return _width(m.group()) if m else 0.0


class Wrap(NamedTuple):
    """How prose was hard-wrapped: at ``size``, in printed width or (``by_length``, as programs do) in characters."""

    size: float
    by_length: bool = False

    def measure(self, text: str) -> float:
        """Size of a line in this measure."""
        return float(len(text)) if self.by_length else _width(text)


def wrapping(paragraphs: Sequence[Paragraph]) -> Wrap | None:
    """How prose was hard-wrapped, or ``None`` where a line is a whole paragraph.

    Wrapped prose has many lines of nearly one size without final punctuation; what stands on lines of 30 ± 2 characters is
    wrapped at 32, what stands on lines of 80, 210 and 47 is not wrapped.
    """
    lines = [
        p.text
        for p in paragraphs
        if p.joinable
        and len(p.text) >= 12
        and not _ENDS.search(p.text, max(0, len(p.text) - _TAIL))
        and enumerator(p.text) is None
    ]
    if len(lines) < 6:
        return None
    found: list[tuple[int, Wrap]] = []
    for wrap in (Wrap(0.0), Wrap(0.0, by_length=True)):
        sizes = sorted(map(wrap.measure, lines))
        best = sizes[int(len(sizes) * 0.9)]
        near = sum(1 for w in sizes if best - 3 <= w <= best + 1.5)
        if _NARROWEST <= best <= 64 and near >= max(5, 0.4 * len(sizes)):
            found.append((near, Wrap(best, wrap.by_length)))
    return max(found, key=lambda f: (f[0], not f[1].by_length))[1] if found else None


def cut_length(paragraphs: Sequence[Paragraph]) -> int | None:
    """Number of characters after which a program cut all lines blindly (``1`` | ``2846条``), or ``None``.

    Most lines that end in mid-sentence have exactly this length, and hardly one is longer.
    """
    own = [p for p in paragraphs if p.joinable and len(p.places) == 1 and len(p.text) >= _SHORTEST_CUT]
    # a program may leave these alone
    lines = [(p.text, _printed_length(p)) for p in own if section_heading(p.text) is None and not is_title(p.text)]
    unended = [n for t, n in lines if not _ENDS.search(t, max(0, len(t) - _TAIL))]
    if len(unended) < _FEWEST_CUT:
        return None
    usual, count = Counter(unended).most_common(1)[0]
    longer = sum(1 for _, n in lines if n > usual)
    return usual if count >= max(_FEWEST_CUT, _CUT_SHARE * len(unended)) and longer <= _LONGER * len(lines) else None


def _printed_length(p: Paragraph) -> int:
    """Characters of the last line of a paragraph, with the indent that the reader took off its first one."""
    return len(p.text) - p.places[-1][0] + (_INDENT if p.indented and len(p.places) == 1 else 0)


def _unclosed(text: str) -> bool:
    tail = text[-200:].translate(_OPENS)
    return tail.count("(") > tail.count(")")


def _broken(a: Paragraph, b: Paragraph, wrap: Wrap | None, widest: float = 0.0, cut: int | None = None) -> bool:
    """Whether the sentence at the end of ``a`` goes on in ``b``; ``widest``: of the lines that ``a`` was joined from."""
    if not (a.joinable and b.joinable) or a.level or b.level:
        return False
    ended = _ENDS.search(a.text, max(0, len(a.text) - _TAIL)) is not None
    if ended and a.text[-1] in "。！？" and not _CLOSES.match(b.text):
        return False  # the common case, told apart before anything costly
    headed = section_heading(a.text) is not None
    if not headed and len(a.places) == 1 and torn_heading((a.text, b.text)):
        return True  # 三、收到和处理政府信息公 | 开申请情况
    if headed or section_heading(b.text) is not None:
        return False
    if _CLOSES.match(b.text):
        return True
    if b.text[0] == "《" and _BEFORE_A_NAME.search(a.text, max(0, len(a.text) - _TAIL)):
        return True
    if cut is not None and _printed_length(a) == cut:
        return True
    if _DECIMAL.search(a.text, max(0, len(a.text) - _TAIL)) and b.text[:1].isdigit() and enumerator(b.text) is None:
        return True
    if no_narrative(a.text) or no_narrative(b.text) or is_title(b.text):
        return False
    starts = enumerator(b.text) is not None
    if wrap is not None and not starts and _DANGLING.search(a.text, max(0, len(a.text) - _TAIL)):
        return True  # …业务不熟。3. | 政策解读质量不高
    if _GOES_ON.search(a.text, max(0, len(a.text) - _TAIL)):
        return not starts or a.text[-1] not in "，,、"
    last = a.text[a.places[-1][0] :]
    # the first line of a paragraph is printed indented by two characters, which the reader took off
    indent = 2.0 if len(a.places) == 1 else 0.0
    word = _first_word(b.text) * (2 if wrap is not None and wrap.by_length else 1)
    full = wrap is not None and wrap.measure(last) + indent + max(3.0, word + 1.5) >= wrap.size
    if b.indented or starts:
        return False
    if _unclosed(a.text):
        return True
    if b.text[0] not in "，,、；;。" and _CONTACT_END.search(a.text, max(0, len(a.text) - _LONGEST_CONTACT)):
        return False
    if ended:
        # a wrapped line may end inside a sentence: 网站发布790条；| 微博发文248条。 … 发文248条，其中：| 政策文件9条
        return full and a.text[-1] in "；;：:" and not _ITEM.match(b.text)
    if is_title(a.text):
        return False
    if wrap is not None or cut is not None:
        # a paragraph of several lines that ends in mid-sentence was broken by the end of a page, a long line by another font in it
        prose = _IN_SENTENCE.search(a.text) is not None and (
            len(a.places) > 1 or (_width(last) >= _MIN_BROKEN and enumerator(a.text) is None)
        )
        return full or (prose and not _ITEM.match(b.text))
    if _ITEM.match(b.text):
        return False
    if enumerator(a.text) is not None and not re.search(r"[。；;]", a.text) and _width(a.text) < 40:
        return False
    return _width(last) >= _MIN_BROKEN or (widest > 0 and _width(last) + max(3.0, _first_word(b.text) + 1.5) >= widest)


class _Run:
    """Paragraphs that are one.  ``seen`` is what rules look at: the whole while it is short, then its beginning and its end.

    A text of one long sentence on thousands of lines is thus joined once and not once a line.
    """

    __slots__ = ("_length", "_parts", "_places", "first", "seen", "widest")

    def __init__(self, first: Paragraph) -> None:
        self.first = self.seen = first
        self._parts = [first.text]
        self._places = [*first.places]
        self._length = len(first.text)
        self.widest = _width(first.text)

    def add(self, block: Paragraph) -> None:
        """Go on with ``block``."""
        last = self._parts[-1]
        # 'Web' + 'site' are two words of Latin script, 公 + 开 one word broken by the page
        gap = (
            " " if last[-1:].isascii() and last[-1:].isalnum() and block.text[:1].isascii() and block.text[:1].isalpha() else ""
        )
        self._parts += (gap, block.text)
        start = self._length + len(gap)
        self._places += [(offset + start, place) for offset, place in block.places]
        self._length = start + len(block.text)
        self.widest = max(self.widest, _width(block.text))
        text = self.seen.text + gap + block.text
        if len(text) > 2 * _SEEN:
            text = text[:_SEEN] + text[-_SEEN:]
        line = max(0, len(text) - (self._length - self._places[-1][0]))
        first = self.first
        self.seen = Paragraph(text, (first.places[0], (line, self._places[-1][1])), first.level, first.joinable, first.indented)

    def whole(self) -> Paragraph:
        """The one paragraph."""
        first = self.first
        return Paragraph("".join(self._parts), tuple(self._places), first.level, first.joinable, first.indented)


def mend(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Join paragraphs that a line end or page end has broken in mid-sentence."""
    paragraphs = [b for b in blocks if isinstance(b, Paragraph)]
    wrap, cut = wrapping(paragraphs), cut_length(paragraphs)
    out: list[Block] = []
    run: _Run | None = None  # of the last block
    for block in blocks:
        last = out[-1] if out else None
        if (
            isinstance(block, Paragraph)
            and isinstance(last, Paragraph)
            and _broken(run.seen if run else last, block, wrap, run.widest if run else 0.0, cut)
        ):
            run = run or _Run(last)
            run.add(block)
            continue
        if run is not None:
            out[-1] = run.whole()
            run = None
        out.append(block)
    if run is not None:
        out[-1] = run.whole()
    return tuple(out)


def headings_apart(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with a section heading that stands behind a sentence, at the end of its paragraph, as a paragraph of its own.

    >>> from corpus.types import Place
    >>> [b.text for b in headings_apart([Paragraph("请与县水务局联系。一、总体情况", ((0, Place(1)),))])]
    ['请与县水务局联系。', '一、总体情况']
    """
    out: list[Block] = []
    for block in blocks:
        found = None
        if isinstance(block, Paragraph) and len(block.text) > _SHORTEST_CUT:
            found = _HEADING_BEHIND.search(block.text, max(0, len(block.text) - _LONGEST_BEHIND))
        if found is None or section_heading(found["heading"]) is None or not isinstance(block, Paragraph):
            out.append(block)
            continue
        at = found.start("heading")
        place = [p for offset, p in block.places if offset <= at][-1]
        kept = tuple((offset, p) for offset, p in block.places if offset < found.start())
        rest = ((0, place), *((offset - at, p) for offset, p in block.places if offset > at))
        out.append(replace(block, text=block.text[: found.start()], places=kept))
        out.append(Paragraph(found["heading"], rest, joinable=block.joinable))
    return out


def _title_part(text: str) -> bool:
    squeezed = squeeze(text)
    return (
        0 < len(squeezed) <= _TITLE_PART
        and not _NO_TITLE.search(squeezed)
        and section_heading(text) is None
        and no_narrative(text) is None
    )


def _one_title(parts: Sequence[str]) -> bool:
    """Whether lines are one title: together they are, and no line of them is one with a year of its own."""
    whole = "".join(parts)
    if not is_title(whole) or any(is_title(p) for p in parts[:-1]):
        return False
    # `青禾县水利局` above `2022年政府信息公开工作年度报告` is a line of its own; `青禾县水利局2022年` is not
    return not is_title(parts[-1]) or (_YEAR.search(parts[-1]) is None and _YEAR.search("".join(parts[:-1])) is not None)


def _stripped(block: Block) -> str:
    return block.text.strip() if isinstance(block, Paragraph) else ""


def _joined(blocks: Sequence[Block]) -> Paragraph:
    first, *rest = [b for b in blocks if isinstance(b, Paragraph)]
    run = _Run(first)
    for block in rest:
        run.add(block)
    return run.whole()


def join_title(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks, with the lines of a wrapped title as one paragraph.

    >>> from corpus.types import Place
    >>> lines = [Paragraph(t, ((0, Place(1)),)) for t in ("澜江市民政局2021年政府信", "息公开工作年度报告")]
    >>> [p.text for p in join_title(lines)]
    ['澜江市民政局2021年政府信息公开工作年度报告']
    """
    found: list[int] = []
    for i, block in enumerate(blocks[:_TITLE_WITHIN]):
        if not isinstance(block, Paragraph):
            break
        text = block.text
        if not text.strip():
            continue
        if not _title_part(text):
            found.clear()
            continue
        found.append(i)
        fits = [at for n in (2, 3) if len(at := found[-n:]) == n and _one_title([_stripped(blocks[k]) for k in at])]
        if fits:
            # `信息公开工作 | 年度报告` is the end of a title whose year stands on the line above
            at = next((f for f in fits if any(_YEAR.search(_stripped(blocks[k])) for k in f)), fits[0])
            return (*blocks[: at[0]], _joined([blocks[k] for k in at]), *blocks[i + 1 :])
    return blocks


def build(document: Document) -> CanonicalText:
    """The canonical text of a document, its blocks with their ranges, and the map back to lines or pages."""
    parts: list[str] = []
    blocks: list[TextBlock | TableBlock] = []
    source: list[SourceRange] = []
    at = 0
    for block in mend(headings_apart(take_pieces(join_title(document.blocks)))):
        if isinstance(block, Paragraph):
            if not block.text:
                continue
            parts += (block.text, "\n")
            end = at + len(block.text)
            blocks.append(TextBlock(at, end, block.level))
            bounds = [offset for offset, _ in block.places[1:]] + [len(block.text)]
            for (offset, place), stop in zip(block.places, bounds, strict=True):
                source.append(SourceRange(at + offset, at + stop, place))
            at = end + 1
        else:
            at = _table(block, at, parts, blocks, source)
    return CanonicalText("".join(parts), tuple(blocks), tuple(source))


def _table(grid: Grid, at: int, parts: list[str], blocks: list[TextBlock | TableBlock], source: list[SourceRange]) -> int:
    start = row_start = at
    cells = grid.cells
    keys = [(cell.row, cell.column) for cell in cells]
    # readers mostly give cells in printed order
    ordered = sorted(keys) == keys
    order = range(len(cells)) if ordered else sorted(range(len(cells)), key=keys.__getitem__)
    placed = list(cells)
    row: int | None = None
    of_row: Place | None = None  # where the source has lines and no pages
    for i in order:
        cell = cells[i]
        if cell.row == row:
            parts.append("\t")
            at += 1
        else:
            if row is not None:
                at = _end_row(parts, source, row_start, at, of_row)
                of_row = None
                row_start = at
            row = cell.row
        text = cell.text
        end = at
        if text:
            if not text.isprintable() and ("\n" in text or "\t" in text or "\r" in text):
                text = _SPACE_RUN.sub("", _TWO_NUMBERS.sub(" ", text))
            parts.append(text)
            end = at + len(text)
        place = cell.place
        placed[i] = GridCell(
            row, cell.column, cell.text, cell.row_span, cell.column_span, place, cell.merged, cell.confidence, (at, end)
        )
        if place.page is not None or place.bbox is not None:
            source.append(SourceRange(at, end, place))
        elif of_row is None:
            of_row = place
        at = end
    if row is not None:
        at = _end_row(parts, source, row_start, at, of_row)
    blocks.append(TableBlock(start, at - 1 if at > start else at, Grid(tuple(placed), grid.exact)))
    return at


def _end_row(parts: list[str], source: list[SourceRange], row_start: int, at: int, place: Place | None) -> int:
    parts.append("\n")
    if place is not None and place.line is not None:
        source.append(SourceRange(row_start, at, place))
    return at + 1
