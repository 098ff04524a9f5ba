"""Headings of table 4 that a converter tore into scraps: put back where nothing else can be meant.

Text taken from a PDF prints the narrow headings of the outcomes as fragments, in lines that mix several of them, and a page may
end between them and the values::

    行政复议 行政诉讼
    结果 结果 其他 尚未 总计 未经 复议
    维持 纠正 结果 审结 复议直接起诉 后起诉
    结果 结果 其他 尚未 总计 结果 结果 其他 尚未 总计
    维持 纠正 结果 审结 维持 纠正 结果 审结
    — 4 —
    7 2 1 1 11 2 0 0 1 3 3 0 0 0 3

The lines above a line of exactly fifteen values are these headings if together they hold their characters, every one as often as
the form prints it and no other.  The form has one order of columns; headings of another wording or number are left as they are.
"""

from __future__ import annotations

from collections import Counter

from corpus.datafile import later
from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import form_words
from corpus.readers.plain.lines import Line, is_page_number
from corpus.text.normalise import squeeze

_GROUPS = form_words("t4-review", "t4-suit")
_SUITS = form_words("t4-suit-direct", "t4-suit-after-review")
_LEAVES = form_words("t4-upheld", "t4-corrected", "t4-other", "t4-pending", "total-column")
_ROWS = (_GROUPS, (*_LEAVES, *_SUITS), (*_LEAVES, *_LEAVES))
_WORDS = frozenset(word for row in _ROWS for word in row)
_NEEDED = Counter("".join(word for row in _ROWS for word in row))
_VALUES = len(_LEAVES) * 3
#: one scrap of two characters a line is the narrowest that headings are torn into
_MOST_LINES = sum(_NEEDED.values())
_PAGE_MARKS = later(r"[-—–－·.\s]")


def mend_outcome_headings(lines: list[Line]) -> list[Line]:
    """``lines`` with torn headings of table 4 printed whole, in three lines right above their values.

    Blank lines and page numbers between them come before.  Headings that are whole, and all else, stay as they are.
    """
    if not any("复议" in line.text for line in lines):
        return lines
    out: list[Line] = []
    for line in lines:
        if line.text.count(" ") + line.text.count("\u3000") >= _VALUES - 1 and _is_outcome_row(line.text):
            _mend(out)
        out.append(line)
    return out


def _is_outcome_row(text: str) -> bool:
    fields = text.split()
    return "\t" not in text.strip() and len(fields) == _VALUES and all(is_value(f) for f in fields)


def _mend(above: list[Line]) -> None:
    """Put the headings at the end of ``above`` in order, if they are those of table 4 and torn."""
    seen: Counter[str] = Counter()
    aside: list[Line] = []
    scraps: list[Line] = []
    at = len(above)
    while at and len(scraps) < _MOST_LINES and seen.total() < _NEEDED.total():
        line = above[at - 1]
        squeezed = squeeze(line.text)
        if not squeezed or is_page_number(_PAGE_MARKS.sub("", squeezed)):
            aside.append(line)
        elif line.level or "\t" in line.text.strip() or not set(squeezed) <= _NEEDED.keys():
            return
        else:
            seen.update(squeezed)
            scraps.append(line)
        at -= 1
    if seen != _NEEDED or all(word in _WORDS for line in scraps for word in line.text.split()):
        return
    first = scraps[-1]
    del above[at:]
    above += aside[::-1]
    above += [first._replace(text="  ".join(row), page_break=first.page_break and n == 0) for n, row in enumerate(_ROWS)]
