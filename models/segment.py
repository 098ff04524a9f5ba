"""Cuts the narrative of a report into passages: sentences and enumerated items (codebook, section 1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest

from corpus.datafile import later
from corpus.forms.cellvalue import spaced_values
from corpus.forms.shreds import is_shred
from corpus.forms.wordings import exact_label
from corpus.patterns import pattern
from corpus.text.headings import (
    enumerator,
    is_title,
    no_narrative,
    run_in_heading,
    section_heading,
    standalone_heading,
    unstopped_heading,
)
from corpus.text.normalise import ideographs, squeeze
from corpus.types import CanonicalText, Section, TextBlock
from models.base import Passage

_ITEM_AFTER = pattern("models", "item")
# 一是…，二是…: a comma cuts only before 二是 and its like, never before 一是 alone (一是一，二是二)
_NUMBERED_IS = later(r"\s*[一二三四五六七八九十]{1,3}是")
_ITEM_OF_TOPIC = later(r"(?<=[\u4e00-\u9fff\d”》])(?<![其第十])([二三四五六七八九十])是[\u4e00-\u9fff]{2,14}方面")
#: words of time and order before 一是 are no sentence: 下一步，一是…；二是…
_LED = pattern("models", "led")
_FULL_STOP = later("。")
_INNER_HEADING = later(r"\s*(?:[（(][一二三四五六七八九十]{1,3}[）)]|[㈠-㈩]|【[^】\d]{2,16}】|\d{1,2}[.．、](?!\d))")
_INNER_MAIN = later(r"\s*[一二三四五六七八九十]{1,2}、")
_INNER_ITEM = later(r"[：:；;]\s*[（(][一二三四五六七八九十]{1,3}[）)]")
_MARKS = later(r"[。！？!?；;：:，,“‘「『《（(\"【]|(?<=[\u4e00-\u9fff])[.．](?=[\u4e00-\u9fff\s]|$)")
# most marks of a text are commas, and only those before 二是 matter
_MARKS_BUT_COMMAS = later(_MARKS.pattern.replace("，,", "", 1))
_CLOSERS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "（": "））)", "(": ")）", '"': '"', "【": "】"}
_TRAILING = later(r"[”’」』）)\"】]*")
#: a quotation or bracket that is not closed within this many characters was left open by mistake
_MAX_INSIDE = 240
_SWAPPED = {2: 3, 3: 2}
#: the first number of each level
_PART = later(r"第[一二三四五六七八九十]{1,3}(?:部分|章)")
_FIRST = {
    2: later(r"\s*(?:[（(]一[）)]|㈠)"),
    3: later(r"\s*(?:1(?:[.．、]|[）)])(?!\d)|⒈)"),
    4: later(r"\s*(?:[（(]1[）)]|[①⑴]|\d[.．]1(?!\d))"),
}
_TABLE_SECTIONS = frozenset({"s2", "s3", "s4"})
_SHORTEST_SENTENCE = 4
#: characters of a passage; the longest sentences of reports have some 300
LONGEST = 800
#: the head of a page prints its name in English, too
_LATIN = later(r"[A-Za-z'&.]+")
_PAUSE = later(r"[；;，,、\s]")
#: no sentence of a preamble is so short without any mark
_MENU_ENTRY = 12
#: a table that lost its line breaks has digits, and no more characters than all tables together
_FEWEST_DIGITS, _SHORT_PIECE, _LONGEST_TABLE = 1, 4, 4000
#: values behind a label that make a line a row
_FEWEST_VALUES = 4
#: between two columns, of which each may hold a scrap of a label: `不予处   举报投`
_GAP = later(r"\s{2,}")
_SUBSTANCE = later(r"[0-9A-Za-z０-９\u4e00-\u9fff]")
_SIGNATURE = pattern("models", "signature")
_SHORTCOMING = pattern("models", "shortcoming")
_CLAUSE_STOP = later("[。！？!?]")
_CLAUSE_MARK = later("[。;；,，:：]")
_BARE_HEADING = pattern("models", "bare_heading")
_NOUN_HEADING = pattern("corpus", "noun_heading")


@dataclass
class _Walk:
    """Where the walk through a report stands: the headings above, and running counts."""

    path: list[tuple[int, str]] = field(default_factory=list)
    swapped: bool = False  # 1. stands over （一）
    index: int = 0
    position: int = 0

    def level(self, level: int) -> int:
        """The level of an enumerator in this section."""
        return _SWAPPED.get(level, level) if self.swapped else level

    def enter(self, level: int, heading: str) -> None:
        if self.path and self._follows(level, heading):
            self.path.clear()
        while self.path and self.path[-1][0] >= level:
            self.path.pop()
        self.path.append((0 if _PART.match(heading) else level, heading))
        self.position = 0

    def _follows(self, level: int, heading: str) -> bool:
        """Whether a heading follows the section's own and is no part of it: 二、工作机制 after 一、总体情况, （二）公开情况 after （一）概述.

        一、组织领导 is a part of 第一部分 概述.
        """
        own = self.path[0][1]
        found = enumerator(own)
        if found is None or found[0] != level or level > 2:
            return False
        if level == 1:
            return not (_PART.match(own) and not _PART.match(heading))
        return len(self.path) == 1 and enumerator(heading) is not None and _FIRST[level].match(heading) is None

    def leave(self, text: str) -> None:
        """An item （六）that is no heading itself ends the heading （五）above it."""
        found = enumerator(text)
        if found is not None and len(self.path) > 1 and self.path[-1][0] == self.level(found[0]):
            self.path.pop()


def cut_sentences(text: str) -> list[tuple[int, int]]:
    """Ranges of the sentences and items of a paragraph, outer white space left out.

    >>> t = "还存在两点不足：一是更新慢；二是人手少。下一步将改进。"
    >>> [t[a:b] for a, b in cut_sentences(t)]
    ['还存在两点不足：', '一是更新慢；', '二是人手少。', '下一步将改进。']
    """
    ends: list[int] = []
    marks = _MARKS if "二是" in text else _MARKS_BUT_COMMAS
    at = 0
    while (m := marks.search(text, at)) is not None:
        mark, at = m.group(), m.end()
        if mark in _CLOSERS:
            close = _closing(text, at, _CLOSERS[mark])
            at = close if close is not None else at
        elif mark in ".．":
            # typed for 。: 信息100条.收到申请11件. ; 一.总体情况 is a number
            if at - (ends[-1] if ends else 0) > _SHORTEST_SENTENCE:
                ends.append(at)
        elif mark in "。！？" or (mark in "!?" and (at == len(text) or not text[at].isascii())):
            at = _behind_closers(text, at)
            ends.append(at)
        elif mark in "；;：:":
            if _ITEM_AFTER.match(text, at) and not _is_ratio(text, at):
                ends.append(at)
        elif mark in "，," and _NUMBERED_IS.match(text, at) and not _LED.fullmatch(text, ends[-1] if ends else 0, at - 1):
            ends.append(at)
    ends += _unstopped_items(text, ends)
    ends.sort()
    ends.append(len(text))
    spans: list[tuple[int, int]] = []
    start = 0
    for end in ends:
        piece = text[start:end]
        lead = len(piece) - len(piece.lstrip())
        stop = start + len(piece.rstrip())
        if _SUBSTANCE.search(piece):
            spans += _bounded(text, start + lead, stop)
        start = end
    return spans


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence in pieces of at most :data:`LONGEST`, cut behind a comma if there is one: rules compare the numbers of a passage."""
    while end - start > LONGEST:
        marks = list(_PAUSE.finditer(text, start + LONGEST // 2, start + LONGEST))
        cut = marks[-1].end() if marks else start + LONGEST
        if _SUBSTANCE.search(text, start, cut):
            yield start, start + len(text[start:cut].rstrip())
        start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
    if _SUBSTANCE.search(text, start, end):
        yield start, end


def _unstopped_items(text: str, ends: Sequence[int]) -> Iterator[int]:
    """Where 二是依申请公开方面 follows 一是… though no mark ends the item before it: a page lost its full stops."""
    for m in _ITEM_OF_TOPIC.finditer(text):
        number = "二三四五六七八九十".index(m[1])
        if m.start() not in ends and text.rfind("一二三四五六七八九"[number] + "是", 0, m.start()) >= 0:
            yield m.start()


def _behind_closers(text: str, at: int) -> int:
    """Where the closing marks behind a sentence end; a straight quotation mark closes only what one before it opened."""
    trailing = _TRAILING.match(text, at)
    end = trailing.end() if trailing else at
    if '"' in text[at:end] and text.count('"', 0, at) % 2 == 0:
        return text.index('"', at)
    return end


def _closing(text: str, at: int, closers: str) -> int | None:
    found = [p for c in closers if (p := text.find(c, at, at + _MAX_INSIDE)) >= 0]
    return min(found) + 1 if found else None


def _is_ratio(text: str, at: int) -> bool:
    # 9:00 or 1:1、 is a time or a ratio, not a colon before item 1
    return at >= 2 and text[at - 2].isdigit() and text[at : at + 1].isdigit()


def segment(canonical: CanonicalText, sections: Sequence[Section]) -> tuple[Passage, ...]:
    """All passages of a report in printed order.

    Titles, headings, page metadata, signatures and tables are none; headings become the ``heading_path`` of what follows.
    """
    walk = _Walk()
    printed = canonical.text
    canonical = replace(canonical, text=ideographs(printed))
    passages: list[Passage] = []
    for section, below in zip_longest(sections, sections[1:]):
        walk.path = [(0, _heading_text(section.heading))] if section.heading else []
        walk.position = 0
        passages += _section(canonical, section, walk, printed, below.heading if below else "")
    return tuple(passages)


def _heading_text(text: str) -> str:
    return text.strip().rstrip("。：:；;．.").strip()


def _section(canonical: CanonicalText, section: Section, walk: _Walk, printed: str, below: str) -> Iterator[Passage]:
    blocks = canonical.blocks
    numbers = [i for i in range(section.first, section.last) if isinstance(blocks[i], TextBlock)]
    pieces: list[tuple[int, int, int, int]] = []  # block number, start, end, level marked by the source
    for i in numbers:
        block = blocks[i]
        assert isinstance(block, TextBlock)
        start = section.body_start if section.heading and i == section.first else block.start
        if start < block.end:
            pieces += [(i, a, b, block.level if a == block.start else 0) for a, b in _split(canonical.text, start, block.end)]
    texts = [canonical.text[a:b] for _, a, b, _ in pieces]
    walk.swapped = _digits_over_parentheses(texts)
    under = _below(texts)
    alike = _run_in_alike(texts, under)
    titles = [k for k, text in enumerate(texts) if section.code == "preamble" and is_title(text)]
    item_level: int | None = None  # of the paragraph above, if it was an enumerated item and no heading
    attached = False
    for k, (number, start, _, level) in enumerate(pieces):
        text = texts[k]
        following = texts[k + 1] if k + 1 < len(texts) else None
        apart = no_narrative(text)
        attached = attached or apart == "attachment"
        if attached and not text.rstrip().endswith(("。", "；", ";", "！")):
            continue  # 附件：1.… and the list below it
        if section.code in _TABLE_SECTIONS and (exact_label(text) is not None or _is_table_text(text)):
            continue  # a label that stands outside its table, or a whole table on one line
        sub_heading = bool(walk.path) and enumerator(text) is not None  # （一）依申请公开情况 under 一、主动公开情况
        front = section.code == "preamble" and not sub_heading
        if apart or (front and _front_matter(text, following, above=bool(titles) and k < titles[-1])):
            continue
        if _is_signature(text, following) or _is_listed_section(text):
            continue
        if following is None and _stands_over(text, below):
            continue
        heading_level = _heading_level(text, level, under[k], section.code, walk)
        if heading_level is not None and heading_level == item_level and not level and text.endswith("。"):
            heading_level = None  # 2.… right after the item 1.… is an item too, whatever follows it
        above, item_level = item_level, None
        if heading_level is not None:
            walk.enter(walk.level(heading_level), _heading_text(printed[start : start + len(text)]))
            continue
        body = 0
        length = run_in_heading(text) if alike[k] else None
        found = enumerator(text)
        if length is not None and found is not None and above == found[0] and _SHORTCOMING.search(text, 0, length):
            length = None  # （一）信息更新滞后。 | （二）形式不够丰富。下一步，…: no heading of what is done about it
        if length is not None:
            walk.enter(walk.level(found[0]) if found else 2, _heading_text(printed[start : start + length]))
            body = length + (text[length : length + 1] in "。：:")
        else:
            walk.leave(text)
            item_level = _item_level(text)
        for a, b in cut_sentences(text[body:]):
            if text[body + b - 1] == ">" and f"<{text[body + a : body + b]}" in text:
                continue  # a converter took 印发<…格式>的通知 for a tag and closed it at the end of the paragraph
            yield Passage(
                start + body + a,
                start + body + b,
                printed[start + body + a : start + body + b],
                section.code,
                tuple(h for _, h in walk.path),
                walk.index,
                walk.position,
                number,
            )
            walk.index += 1
            walk.position += 1


def _is_table_text(text: str) -> bool:
    """Whether a line is table text by its numbers: labels and counts, without any sentence."""
    if len(spaced_values(text)[1]) >= _FEWEST_VALUES:
        return True  # `2.其他 67 0 1 0 4 3 75` is a row, `2.其他` may be a heading
    digits = sum(c.isdigit() for c in text)
    short = max(map(len, _GAP.split(text))) <= _SHORT_PIECE
    return (digits >= _FEWEST_DIGITS or short) and is_shred(text, _LONGEST_TABLE) and enumerator(text) is None


def _item_level(text: str) -> int | None:
    """Level of the enumerated item that a paragraph ends with, if it does; one under 一、 could be followed by a heading."""
    start = 0
    for m in _CLAUSE_STOP.finditer(text, 0, len(text) - 1):
        start = m.end()
    for m in _INNER_ITEM.finditer(text, start):
        start = m.start() + 1
    found = enumerator(text[start:].lstrip())
    return found[0] if found is not None and found[0] > 1 else None


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a paragraph before （一）that follows a sentence end: pages without line breaks run all items together.

    Not before （二）that follows the one sentence of an item （一）: it is an item too, whatever stands behind it.
    """
    cuts = [start]
    sentence = start
    for m in _FULL_STOP.finditer(text, start, max(start, end - 4)):
        sentence, before = m.end(), sentence
        if number := _inner_heading(text, before, sentence, end):
            cuts.append(sentence)
            sentence += len(number)  # the heading: what follows it is no item
    cuts.append(end)
    out = []
    for a, b in pairwise(cuts):
        piece = text[a:b]
        lead = len(piece) - len(piece.lstrip())
        if piece.strip():
            out.append((a + lead, a + len(piece.rstrip())))
    return out


def _inner_heading(text: str, before: int, at: int, end: int) -> str:
    """The number of a heading that stands at ``at``, behind the sentence that begins at ``before``; ``""`` where there is none."""
    rest = text[at:end].lstrip()
    if (main := _INNER_MAIN.match(text, at, end)) is not None:  # 四、收费情况 2018年…; 一、更新慢。二、人手少。 are items
        return main.group() if _has_unstopped(rest) else ""
    inner = _INNER_HEADING.match(text, at, end)
    after_item = _begins_item(text, before, end) or _INNER_ITEM.search(text, before, at)
    return inner.group() if inner and not after_item and run_in_heading(rest) is not None else ""


def _has_unstopped(text: str) -> bool:
    found = enumerator(text)
    return found is not None and unstopped_heading(text, found[1]) is not None


def _begins_item(text: str, start: int, end: int) -> bool:
    """Whether the sentence at ``start`` is an item; ``（一）公开内容 全年…`` is a heading with a sentence under it."""
    return _INNER_HEADING.match(text, start, end) is not None and not _has_unstopped(text[start:end].lstrip())


def _front_matter(text: str, following: str | None, *, above: bool) -> bool:
    """Title lines; what stands ``above`` a title, or on a short line, without being a sentence (政府信息公开指南 of a menu);
    the agency's name or a year on a line of its own above the rest of the title."""
    if is_title(text):
        return True
    squeezed = squeeze(text)
    if len(_LATIN.sub("", squeezed)) > 40 or re.search(r"[。;,]", squeezed):
        return False
    if above:
        return True
    if len(squeezed) <= _MENU_ENTRY and not re.search(r"[:!?\d]", squeezed):
        return not _is_top_heading(text, following)  # 一、主要工作概述 over a paragraph is no entry of a menu
    return following is not None and (is_title(following) or squeezed.startswith("(20"))


def _is_top_heading(text: str, following: str | None) -> bool:
    """Whether a short line is a main heading of what follows: numbered, over a sentence or over headings of a lower level."""
    found, after = enumerator(text), enumerator(following) if following else None
    if found is None or found[0] > 1 or following is None or standalone_heading(text, 0) is None:
        return False
    return after[0] > 1 if after is not None else _CLAUSE_STOP.search(following) is not None


def _is_listed_section(text: str) -> bool:
    # a line of the printed table of contents, or a section heading repeated as the caption of its table
    heading = section_heading(text)
    return heading is not None and heading.style == "top" and heading.body == len(text)


def _stands_over(text: str, below: str) -> bool:
    """Whether a last line is a main heading whose first sub-heading opens the next section: 二、公开情况 over （一）主动公开政府信息情况."""
    found, under = enumerator(text), enumerator(below)
    return (
        found is not None and under is not None and found[0] == 1 < under[0]
        and standalone_heading(text, 0) == 1 and _NOUN_HEADING.search(squeeze(text)) is not None
    )  # fmt: skip


def _is_signature(text: str, following: str | None) -> bool:
    if following is None or _CLAUSE_MARK.search(text):  # a sentence, told apart before anything costly
        return False
    squeezed = squeeze(text)
    if len(squeezed) > 40 or not _SIGNATURE.search(squeezed):
        return False
    return no_narrative(following) == "date-line"


def _digits_over_parentheses(texts: Sequence[str]) -> bool:
    """Whether （一）begins anew under each 1., 2., … of the section: the numbers stand the other way round."""
    levels = [found[0] if (found := enumerator(t)) is not None else 0 for t in texts]
    if 2 not in levels or 3 not in levels or levels.index(3) > levels.index(2):
        return False
    firsts = [sum(1 for t, n in zip(texts, levels, strict=True) if n == at and _FIRST[at].match(t)) for at in (2, 3)]
    return firsts[0] >= 2 and firsts[1] == 1


def _below(texts: Sequence[str]) -> list[str | None]:
    """What stands under each paragraph; under a sentence the next narrative: 2.进一步增加公开量。 is no heading of 附件：… or 标签：…."""
    found: list[str | None] = [None] * len(texts)
    told: str | None = None
    for k in reversed(range(len(texts) - 1)):
        told = told if no_narrative(texts[k + 1]) else texts[k + 1]
        found[k] = told if texts[k].rstrip().endswith("。") else texts[k + 1]
    return found


def _run_in_alike(texts: Sequence[str], under: Sequence[str | None]) -> list[bool]:
    """For each paragraph whether a run-in heading may be cut off: siblings all have one or none has (1.加强学习。… | 2.加强监督。…)."""
    alike = [True] * len(texts)
    runs: dict[int, list[int]] = {}

    def close(level: int) -> None:
        for deeper in [n for n in runs if n >= level]:
            run = runs.pop(deeper)
            cut = [run_in_heading(texts[i]) is not None for i in run if not _stands_alone(texts[i], under[i])]
            if (deeper > 2 and not all(cut)) or 2 * sum(cut) < len(cut):
                for i in run:
                    alike[i] = False

    for i, text in enumerate(texts):
        found = enumerator(text)
        if found is None or found[0] < 2:
            continue
        level = found[0]
        close(level + 1)
        if _FIRST[level].match(text) and level in runs:
            close(level)
        runs.setdefault(level, []).append(i)
    close(0)
    return alike


def _stands_alone(text: str, under: str | None) -> bool:
    """Whether a paragraph is an enumerated heading on a line of its own, or no sentence at all."""
    if not text.rstrip().endswith(("。", "；", ";", "！")):
        return True
    found, after = enumerator(text.rstrip()), enumerator(under) if under else None
    over = after is None or found is None or after[0] > found[0]
    return standalone_heading(text.rstrip(), 0) is not None and under is not None and over


def _heading_level(text: str, marked: int, following: str | None, section: str, walk: _Walk) -> int | None:
    """Level if the paragraph is a heading of what follows; ``None`` if it is narrative.

    ``（一）公开内容不够全面`` with ``（二）…`` right beneath says something itself: a passage.
    """
    level = standalone_heading(text, marked)
    if level is None:
        if section not in {"s1", "s5", "s6"} or _CLAUSE_MARK.search(text):
            return None
        squeezed = squeeze(text)
        bare = (
            len(squeezed) <= 16
            and not re.search(r"[。;,::、\d]", squeezed)
            and _BARE_HEADING.search(squeezed)
            and following is not None
            and len(following) > len(text)
            and enumerator(text) is None
        )
        return 2 if bare else None
    if marked and not text.rstrip().endswith(("。", "；", ";")):
        return level
    if following is None:
        return None
    after = enumerator(following)
    parts = _PART.match(text) is not None and _PART.match(following) is None  # 第二部分 公开情况 | 一、公开数量
    if after is not None and walk.level(after[0]) <= walk.level(level) and not parts:
        return None
    return level
