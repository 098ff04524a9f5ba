"""Source lines without markup and page furniture.

Markdown occurs in ``.txt`` files too (reports are copied from web pages and converters), so it is stripped in both.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple
from unicodedata import east_asian_width

from corpus.datafile import later
from corpus.readers.stacked import pieces, stacked
from corpus.text.headings import is_title, section_heading
from corpus.text.normalise import squeeze
from corpus.types import Dropped, Place

# characters that print nothing: controls, zero-width, direction marks; TAB, LF and FF carry layout and stay
_INVISIBLE = later(
    "[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BREAKS = later("\r\n|[\r\x0b\x85\u2028\u2029]")
_MATH = later(r"\$\s*(-?\d[\d.,]*(?:\s*\\?%)?)\s*\$")
_BREAK_TAG = later(r"[ \t]*<br\b[ \t]*/?>[ \t]*", flags=re.IGNORECASE)
_TWO_NUMBERS = later(r"(?<=\d)[ \t]*<br\b[ \t]*/?>[ \t]*(?=\d)", flags=re.IGNORECASE)
_MARK = later(r"[$*#\[<&\\`~_>!+\-=]")

# ## 一、总体情况 ## | == 一、总体情况
_HEADING = later(r"^[ \t\u3000]{0,8}(?:\*\*)?(#{1,6}(?!#)|={1,6} )\s*(?=\S)")
_HEADING_TAIL = later(r"(?<=\S)\s+[#=]+\s*$")
_RULE = later(r"^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,}\s*)$")
_FENCE = later(r"^\s*(?:```|~~~)")
# `- 5` is a page number, no item
_BULLET = later(r"^(\s*)[-*+] +(?=\S)(?!\d{1,3}\s*$)")
_QUOTE = later(r"^\s*(?:> ?)+")
_BOOKMARK = later(r"\[bookmark:[^\]]*\]\s?", flags=re.IGNORECASE)
# marks of notes: 512[^1] | 512[1](#fn1) | 512[[1]](#footnote-2); 512[1] where it is a whole cell, as a bare number may be that of a document
_NOTE = later(
    r"\[\^\w{1,9}\](?!:)|\[{1,2}\^?\d{1,3}\]{1,2}\(<?#[^()\s]*\)|(?P<value>(?:^|[\t|])\s*\d[\d,.]*\s?)\[\d{1,2}\](?=\s*(?:[\t|]|$))"
)
# what a note says, or where a link leads, below the text: [^1]: 不含咨询件。 | [3]: https://…  (indented lines right below belong to the note)
_NOTE_TEXT = later(r"^ {0,3}\[\^[\w-]{1,12}\]:")
_NOTE_GOES_ON = later(r"^(?: {4}|\t)\s*\S")
_LINK_TARGET = later(r"^ {0,3}\[[^\]^]{1,40}\]:\s*<?(?:https?://|mailto:|[#/.])\S*\s*$|^\[cols=[^\]]*\]$")
_IMAGE = later(r"!\[[^\]]*\]\([^)]*\)")
_LINK = later(r"\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_AUTOLINK = later(r"<((?:https?://|www\.)[^<>\s]+)>")
_TAG = later(r"<!--.*?-->|</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_EMPHASIS = later(r"(?<![*\w])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![*\w])")
_UNDERLINED = later(r"(?<![\w_])_(?=[^\s_])([^_]+?)(?<=\S)_(?![\w_])")
# names masked in print, no bold unit: **县**局
_MASKED = later(r"\*{2,4}(?:省|市|县|区|镇|乡|街道|村)\*{2,4}[\u4e00-\u9fff]")
_STRONG = later(r"__(?=\S)(.+?)(?<=\S)__")
_CODE = later(r"`+([^`]*)`+")
_ESCAPE = later(r"\\([\\`*_{}\[\]()#+\-.!|~<>])")

# - 3 - | —3— | 第3页 | 第 3 页 共 5 页 | 共5页 第3页 | Page 3 of 5 | 3/5 ; on squeezed text
_PAGE_MARK = later(
    r"[-_·~]{1,3}\d{1,4}[-_·~]{1,3}|第?\d{1,4}页[,/]?(?:共\d{1,4}页)?|共\d{1,4}页[,/]?(?:第\d{1,4}页)?"
    r"|第[一二三四五六七八九十]{1,3}页|(?:page|p\.)\d{1,4}(?:(?:of|/)\d{1,4})?",
    flags=re.IGNORECASE,
)
#: every page mark has one of these, those that fold to `-`, `_`, `·`, `~` (and are no mark of Markdown) included
_PAGE_CUE = later(r"[页pPｐＰ·•・‧‐‑‒–—―－−─﹣＿～]")
_MAY_BE_PAGE = later(r"^\s*\S.{0,20}$")
_PAGE_NUMBER = later(r"\d{1,3}(?:/\d{1,3})?")


class Line(NamedTuple):
    """One source line without markup; TABs and outer spaces are kept in ``text``.

    ``number`` is 1-based; ``level`` that of a Markdown heading, else 0; ``page_break`` says that a form feed stands before it.
    """

    number: int
    text: str
    level: int = 0
    page_break: bool = False


def is_page_mark(squeezed: str) -> bool:
    """Whether a squeezed line is surely a page number (``-3-``, ``第3页共5页``)."""
    return len(squeezed) <= 16 and _PAGE_MARK.fullmatch(squeezed) is not None


def is_page_number(squeezed: str) -> bool:
    """Whether a squeezed line could be a bare page number; its neighbours decide (a table cell looks the same)."""
    return len(squeezed) <= 7 and _PAGE_NUMBER.fullmatch(squeezed) is not None


def _value_of(note: re.Match[str]) -> str:
    return note["value"] or ""


def _inline(text: str) -> str:
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if "[" in text:
        text = _NOTE.sub(_value_of, _BOOKMARK.sub("", text))
        if "](" in text:
            text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    if "<" in text:
        text = _TAG.sub("", _AUTOLINK.sub(r"\1", text))
    if "*" in text:
        text = _EMPHASIS.sub(r"\1", text if _MASKED.search(text) else text.replace("**", ""))
    if "_" in text:
        text = _UNDERLINED.sub(r"\1", _STRONG.sub(r"\1", text))
    if "`" in text:
        text = _CODE.sub(r"\1", text)
    if "~~" in text:
        text = text.replace("~~", "")
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return without_math(text)


def without_math(text: str) -> str:
    """Numbers without the marks of formulas that converters of pages set around them.

    >>> without_math("$ 12 $ 件, $3.5\\\\%$, $x$")
    '12 件, 3.5%, $x$'
    """
    return _MATH.sub(lambda m: m[1].replace("\\", ""), text) if "$" in text else text


def printed_places(text: str) -> Sequence[int]:
    """Where in print each character stands, a wide one taking two places, and where the text ends.

    >>> printed_places("12"), printed_places("共2件")
    (range(0, 3), [0, 2, 3, 5])
    """
    if text.isascii():
        return range(len(text) + 1)
    return list(accumulate((2 if east_asian_width(c) in "WF" else 1 for c in text), initial=0))


def plain(text: str) -> str:
    """``text`` with ``\\n`` line ends and without characters that print nothing."""
    return _INVISIBLE.sub("", _BREAKS.sub("\n", text))


def clean_lines(text: str, first: int = 1, dropped: list[Dropped] | None = None) -> list[Line]:
    """All lines of :func:`plain` text, in order, markup stripped; lines that are nothing but markup or page marks are left out.

    Empty lines stay: they end the rows of some tables.  ``first`` is the number of the first line; what is left out is added to
    ``dropped``.
    """
    lines: list[Line] = []
    breaks = "\f" in text
    noted = False
    for number, raw in enumerate(text.split("\n"), first):
        noted = _NOTE_TEXT.match(raw) is not None or (noted and _NOTE_GOES_ON.match(raw) is not None)
        if noted:
            _drop(dropped, "note", raw, number)
        elif not raw or raw.isdigit():
            lines.append(Line(number, raw))
        elif breaks and "\f" in raw:
            for n, part in enumerate(raw.split("\f")):
                _add(lines, number, part, dropped, page_break=n > 0)
        elif "<" in raw and _BREAK_TAG.search(raw):
            for part in _broken(raw):
                _add(lines, number, part, dropped, page_break=False)
        else:
            _add(lines, number, raw, dropped, page_break=False)
    return lines


def _ends_line(text: str) -> bool:
    """Whether a line ends behind ``text``: a sentence, a heading, a title; otherwise ``<br>`` only wraps it."""
    text = text.strip(" \t\u3000#*")
    return text.endswith(("。", "！", "？", "；", "：")) or section_heading(text) is not None or is_title(text)


def _broken(raw: str) -> list[str]:
    """The lines that ``<br>`` makes of one; of a row of a table as many rows as its cells hold under each other."""
    if "|" not in raw:
        parts = _BREAK_TAG.split(raw)
        ends = [n for n, part in enumerate(parts[:-1]) if _ends_line(part)]
        return ["".join(parts[a:b]) for a, b in pairwise([0, *(n + 1 for n in ends), len(parts)])]
    cells = [_BREAK_TAG.sub("\n", cell).strip() for cell in raw.split("|")]
    rows = stacked(cells)
    if rows > 1:
        columns = [pieces(cell, rows) for cell in cells]
        return ["|".join(column[n] if n < len(column) else "" for column in columns) for n in range(rows)]
    return [_BREAK_TAG.sub("", _TWO_NUMBERS.sub(" ", raw))]


def _drop(dropped: list[Dropped] | None, kind: str, text: str, number: int) -> None:
    if dropped is not None and text.strip():
        dropped.append(Dropped(kind, text.strip(), Place(line=number)))


def _add(lines: list[Line], number: int, raw: str, dropped: list[Dropped] | None, *, page_break: bool) -> None:
    if not raw or not _MARK.search(raw):
        if not (_MAY_BE_PAGE.search(raw) and _PAGE_CUE.search(raw) and is_page_mark(squeeze(raw))):
            lines.append(Line(number, raw, 0, page_break))
        else:
            _drop(dropped, "page_mark", raw, number)
        return
    if "[" in raw and _LINK_TARGET.match(raw):
        _drop(dropped, "markup", raw, number)
        return
    if _RULE.match(raw) or _FENCE.match(raw) or is_page_mark(squeeze(raw)):
        _drop(dropped, "page_mark" if is_page_mark(squeeze(raw)) else "ruler", raw, number)
        return
    level = 0
    heading = _HEADING.match(raw)
    if heading:
        level = len(heading[1].strip())
        raw = _HEADING_TAIL.sub("", raw[heading.end() :])
    else:
        raw = _BULLET.sub(r"\1", _QUOTE.sub("", raw))
    for note in _NOTE.finditer(raw) if "[" in raw else ():
        _drop(dropped, "note", note[0][len(_value_of(note)) :], number)
    cleaned = _inline(raw)
    if raw.strip() and not cleaned.strip() and "&" not in raw:
        _drop(dropped, "markup", raw, number)
        return
    lines.append(Line(number, cleaned, level, page_break))
