"""Sentences that a program broke before and behind each number, as web pages set these apart: put together again.

    统计期限为
    2011
    年
    1
    月

A number on a line of its own is otherwise a page number or the value of a table.
"""

from __future__ import annotations

from corpus.datafile import later
from corpus.readers.plain.lines import Line
from corpus.text.headings import enumerator, is_title, section_heading

_NUMBER = later(r"\s*\d{1,7}(?:[.．]\d{1,3})?[%％]?\s*")
#: how a sentence goes on behind a number
_GOES_ON = later(r"\s*(?:年(?!度?报)|[月日号时条件个次人项份篇期起部场位名家类万亿余多元%％、，,。；;至—-])")
_ENDS = later(r"[。；;！？!?：:]\s*$")
_SENTENCE = later(r"[，。；,;]")
_SHORTEST = 12


def join_at_numbers(lines: list[Line]) -> list[Line]:
    """``lines`` with such sentences on one line each; tables with a value a line stay as they are."""
    numbers = [_NUMBER.fullmatch(line.text) is not None for line in lines]
    if not any(numbers):
        return lines
    out: list[Line] = []
    at = 0
    while at < len(lines):
        end = _end(lines, numbers, at) if any(numbers[at : at + 2]) else at + 1
        whole = "".join(line.text.strip() for line in lines[at:end]) if end > at + 1 else ""
        if len(whole) >= _SHORTEST and _SENTENCE.search(whole):
            out.append(lines[at]._replace(text=lines[at].text + whole[len(lines[at].text.strip()) :]))
            at = end
        else:
            out.append(lines[at])
            at += 1
    return out


def _end(lines: list[Line], numbers: list[bool], at: int) -> int:
    """Where the sentence ends that a line begins: ``numbers``, lines of a number alone, and what goes on behind them take turns."""
    end = at if numbers[at] else at + 1
    if end > at and (not _has_words(lines[at]) or _ENDS.search(lines[at].text) or _is_heading(lines[at].text)):
        return end
    while end + 1 < len(lines) and numbers[end] and not lines[end].page_break:
        after = lines[end + 1]
        if not _has_words(after) or after.page_break or not _GOES_ON.match(after.text):
            break
        end += 2
        if _ENDS.search(after.text):
            break
    return max(end, at + 1)


def _has_words(line: Line) -> bool:
    text = line.text.strip()
    return bool(text) and not line.level and "\t" not in text and "|" not in text


def _is_heading(text: str) -> bool:
    if section_heading(text) is not None or is_title(text):
        return True
    return enumerator(text) is not None and _SENTENCE.search(text) is None
