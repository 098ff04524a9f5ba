"""Pieces of the statutory tables that stand in running text: torn labels, labels run together, lines of values.

Converters print a label in pieces between the rows (``（三）不`` / ``予公开``) or several headings as one word (``自然人总计``).
"""

from __future__ import annotations

from operator import add

from corpus.datafile import later
from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import LabelMemo, label_parts, may_open
from corpus.patterns import pattern
from corpus.text.normalise import fold, squeeze

_SENTENCE = later(r"[。！？!?；;]")
_DENIES = pattern("corpus/forms", "denies")
_HAN_RUN = later(r"[\u4e00-\u9fff]+")
_NUMBERED = later(r"[（(][一二三四五六七八九十]{1,2}[）)]")
#: the end of a wrapped heading: 位：万元）
_UNIT = later(r"[（(]?单?位[：:](?:万元|元|件|条)[）)]?[\"”]?$")
_VALUE_MARKS = later(r"[\s|｜]+")
_LONGEST = 90
#: share of the characters that stand in a known pair, and of the pairs that are known (维持纠正结果 has two of five that are not)
_COVERED, _JOINED = 0.9, 0.5
_LONGEST_GLUED = 60


def is_shred(text: str, longest: int = _LONGEST) -> bool:
    """Whether a line may be a piece of the statutory tables: values, or nothing but parts of their labels.

    A table whose line breaks are lost is one long piece: ``longest`` bounds the characters that are looked at.

    >>> [is_shred(t) for t in ("之和，等于第三项加第四项之和）", "果", "0 |", "申请 45 3 0 4", "本年度未发生行政复议")]
    [True, True, True, True, False]
    """
    if not text or len(text) > 3 * longest or _SENTENCE.search(text):
        return False
    words = [w for w in _VALUE_MARKS.split(_UNIT.sub("", text)) if w]
    rest = "".join(w for w in words if not is_value(w))
    squeezed = squeeze(_NUMBERED.sub("", rest))
    if not squeezed:
        return True
    if len(squeezed) > longest or _DENIES.search(squeezed):
        return False
    parts = label_parts()
    runs = [run for word in words if not is_value(word) for run in _HAN_RUN.findall(fold(_NUMBERED.sub(" ", word)))]
    if not runs:
        return not any(c.isalpha() for c in squeezed)
    pairs = joined = covered = total = 0
    for run in runs:
        total += len(run)
        if len(run) == 1:
            covered += run in parts
            continue
        hits = list(map(parts.__contains__, map(add, run, run[1:])))
        pairs, joined = pairs + len(hits), joined + sum(hits)
        covered += sum(a or b for a, b in zip([*hits, False], [False, *hits], strict=True))
    return covered >= _COVERED * total and joined >= _JOINED * pairs


def glued_labels(text: str, known: LabelMemo) -> list[str] | None:
    """The labels that ``text`` runs together without a mark, or ``None`` where it is not made of whole labels alone.

    >>> glued_labels("信息内容本年处理决定数量", LabelMemo())
    ['信息内容', '本年处理决定数量']
    """
    text = text.strip()
    if not 4 <= len(text) <= _LONGEST_GLUED or _SENTENCE.search(text) or not _HAN_RUN.search(text):
        return None
    ends: dict[int, list[str]] = {0: []}
    for start in range(len(text) - 1):
        if start in ends and may_open(text[start : start + 2]):
            for stop in range(start + 2, min(start + 40, len(text)) + 1):
                if stop not in ends and (start, stop) != (0, len(text)) and known[text[start:stop]] is not None:
                    ends[stop] = [*ends[start], text[start:stop]]
    found = ends.get(len(text))
    return found if found is not None and len(found) > 1 else None
