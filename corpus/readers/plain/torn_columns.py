"""Headings of table 2 that narrow columns wrapped over several lines: put back where nothing else can be meant.

The heading that is wrapped has a line above its neighbours and one below, and would be read as the first or the last column::

              本年废止件
    信息内容  本年制发件数  现行有效件数
              数
    规章      1    2    13

The lines between the caption and the first row are these headings if together they hold their characters and no other.  The form
has one order of columns; headings that are whole on one line, or each on a line of its own, are a layout that is read as it stands.
"""

from __future__ import annotations

from collections import Counter

from corpus.forms.wordings import LabelMemo, form_words
from corpus.readers.plain.lines import Line
from corpus.text.normalise import squeeze

_FIRST_ROW = "规章"
_CAPTION = "第二十条第"
#: by form; an addition may stand in one wording and not in another
_HEADINGS = (
    form_words("t2-item", "t2-issued", "t2-repealed", "t2-effective"),
    form_words("t2-item", "t2-made", "t2-disclosed", "t2-public-total"),
    form_words("t2-item", "t2-made", "t2-disclosed"),
)
_MOST_LINES = 9


def mend_column_headings(lines: list[Line], known: LabelMemo) -> list[Line]:
    """``lines`` with the headings over the rows of 规章 on one line where they were torn."""
    if not any(_FIRST_ROW in line.text for line in lines):
        return lines
    out = list(lines)
    for row, line in enumerate(lines):
        if (
            _FIRST_ROW[0] not in line.text
            or not squeeze(line.text).startswith(_FIRST_ROW)
            or (whole := _torn(out, row, known)) is None
        ):
            continue
        first, headings = whole
        for n in range(first, row):
            out[n] = out[n]._replace(text="")
        out[row - 1] = out[row - 1]._replace(text="  ".join(headings))
    return out


def _torn(lines: list[Line], row: int, known: LabelMemo) -> tuple[int, tuple[str, ...]] | None:
    """First line of torn headings above the row, and the headings; ``None`` where they are whole or not all there."""
    letters: Counter[str] = Counter()
    counts: list[int] = []
    whole = True
    for n in range(row - 1, max(-1, row - 1 - _MOST_LINES), -1):
        pieces = lines[n].text.split()
        text = squeeze("".join(pieces))
        if text.startswith(_CAPTION) or "\t" in lines[n].text.strip() or "|" in text:
            break
        if not text:
            continue
        letters.update(text)
        counts.append(len(pieces))
        whole = whole and all(known[piece] is not None for piece in pieces)
        found = next((h for h in _HEADINGS if letters == Counter("".join(h))), None)
        if found is not None:
            mixed = len(counts) > 1 and max(counts) > 1
            return (n, found) if mixed and not (whole and len(set(counts)) == 1) else None
    return None
