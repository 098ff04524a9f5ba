"""Printed labels of the statutory tables, to the codes of rows, columns and groups.

An exact look-up of the label's key decides nearly always.  What it does not know (an OCR slip, a word added) is compared by
shared character pairs, and matched only where one code is clearly nearest: a label is never guessed between two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal, cast

from corpus.codebook import FORM_NAMES, form_cells
from corpus.datafile import entries as entries_of
from corpus.datafile import later, load_toml, one_of
from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import squeeze

Kind = Literal["row", "column", "group", "word"]

_KEYS, _OPTIONAL = ("id", "kind", "table", "code", "printed", "yes", "no"), ("form", "enumerated")
_KINDS = ("row", "column", "group", "word")

# 一、 | （三） | 1. | 1、 | (1) | ① | 第一项： ; on squeezed text.  The dot of `1.` must not be that of a number (1.5).
_ENUMERATOR = later(
    r"[(\[]?[一二三四五六七八九十]{1,2}[)\]][、.,]?|[一二三四五六七八九十]{1,2}[、.,]"
    r"|[(\[]?\d{1,2}[)\]][、.,]?|\d{1,2}[、.,](?!\d)|\d(?=[一-鿿])|[①-⑳⑴-⒇⒈-⒛㈠-㈩]"
)
_NOT_WORD = later(r"[\W_]+")
_REMARK = later(r"\([^()]*\)?$|\[[^\[\]]*\]?$")
_CHINESE = later(r"[一-鿿]")
# not 一、: behind an enumerator anything may follow
_OPENS_WITH_WORD = later(r"(?![一二三四五六七八九十])[一-鿿]{2}")
#: ways to print the enumerators of the forms: `1. 属于国家秘密`, `1、属于国家秘密`, `(一) 予以公开`
_PRINTED_NUMBER = later(r"(?P<digit>\d)\.(?=\D)|（(?P<paren>[一二三四五六七])）(?=.)|^(?P<top>[一二三四])、")
_WAYS = {
    "digit": ("{}.", "{}. ", "{}、", "{}．"),
    "paren": ("（{}）", "（{}） ", "({})", "({}) "),
    "top": ("{}、", "{}、 ", "{}.", "{}．"),
}
_RUN_TOGETHER = pattern("corpus/forms", "run_together")
#: longer strings are prose; the longest printed label (the note) has 34 characters
_MAX_KEY = 60
_FUZZY_MIN = 0.7
_FUZZY_MARGIN = 0.15
_ONE_SLIP_MIN, _WORD_SLIP_MIN = 4, 8


@dataclass(frozen=True, slots=True)
class Label:
    """One entry of ``labels.toml``: ``code`` is a row code (``t3.new``), a column (``natural``), a group or heading word."""

    id: str
    kind: Kind
    tables: tuple[str, ...]
    code: str
    form: str = ""
    enumerated: bool = False


@dataclass(frozen=True, slots=True)
class LabelHit:
    """What a printed text may be: several labels where the place decides (其他 is a column, and row 3. of （六）)."""

    labels: tuple[Label, ...]
    enumerated: bool = False
    exact: bool = True
    kinds: frozenset[Kind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", frozenset(label.kind for label in self.labels))

    def of(self, kind: Kind, table: str = "") -> Label | None:
        """The label of this kind (and table), if any."""
        if kind not in self.kinds:
            return None
        for label in self.labels:
            if label.kind == kind and (not table or table in label.tables):
                return label
        return None


@dataclass(frozen=True, slots=True)
class _Entry:
    label: Label
    printed: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    """``exact`` is by key, ``direct`` by the text as it is usually printed; ``pairs`` are (key, its
    character pairs, label), ``by_length`` their indices by the length of the key."""

    entries: tuple[_Entry, ...]
    exact: dict[str, tuple[Label, ...]]
    direct: dict[str, LabelHit]
    pairs: tuple[tuple[str, frozenset[str], Label], ...]
    by_length: dict[int, list[int]]
    all_pairs: frozenset[str]
    parts: frozenset[str]
    prefixes: frozenset[str]
    openings: frozenset[str]


@cache
def _index() -> _Index:
    raw = load_toml("corpus", "data/labels.toml")
    entries = []
    exact: dict[str, tuple[Label, ...]] = {}
    for item in entries_of(raw, "label", "labels.toml", _KEYS, _OPTIONAL):
        one_of(item["kind"], _KINDS, "kind", f"labels.toml: {item['id']}")
        label = Label(
            item["id"],
            cast("Kind", item["kind"]),
            tuple(item["table"]),
            item["code"],
            item.get("form", ""),
            item.get("enumerated", False),
        )
        entries.append(_Entry(label, tuple(item["printed"]), tuple(item["yes"]), tuple(item["no"])))
        for printed in item["printed"]:
            if not _CHINESE.search(printed):
                raise DataError(f"{printed!r} of label {item['id']} has no Chinese character", source="labels.toml")
            for key in {label_key(printed), label_key(_REMARK.sub("", squeeze(printed)))} - {""}:
                if label not in exact.get(key, ()):
                    exact[key] = (*exact.get(key, ()), label)
    pairs = tuple((key, _pairs(key), label) for key, labels in exact.items() if len(key) >= _ONE_SLIP_MIN for label in labels)
    by_length: dict[int, list[int]] = {}
    for number, (key, _, _) in enumerate(pairs):
        by_length.setdefault(len(key), []).append(number)
    all_pairs = frozenset().union(*(mine for _, mine, _ in pairs))
    wordings = {label_key(text) for entry in entries for text in entry.printed} | set(exact)
    parts = frozenset(part for key in wordings for part in (*key, *_pairs(key)))
    prefixes = frozenset(key[:n] for key in exact for n in range(1, len(key)))
    direct = {text: hit for text in _usual_wordings(entries) if (hit := _exact(squeeze(text), exact)) is not None}
    openings = frozenset(text[:2] for text in (*exact, *direct))
    return _Index(tuple(entries), exact, direct, pairs, by_length, all_pairs, parts, prefixes, openings)


def _usual_wordings(entries: Sequence[_Entry]) -> set[str]:
    """Texts that need no folding: the wordings of the data file and of the forms, their enumerators printed in the usual ways."""
    texts = {text for entry in entries for text in (*entry.printed, *entry.yes)}
    for form in FORM_NAMES:
        texts.update(text for cell in form_cells(form).values() for text in (cell.group, cell.subgroup, cell.row, cell.column))
    for text in tuple(texts):
        found = _PRINTED_NUMBER.match(text)
        if found is not None and found.lastgroup is not None:
            texts.update(way.format(found[found.lastgroup]) + text[found.end() :] for way in _WAYS[found.lastgroup])
    return texts - {""}


def entries() -> tuple[tuple[Label, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]:
    """Every label with its printed wordings, examples and counter-examples (for tests and ``gongkai schema``)."""
    return tuple((e.label, e.printed, e.yes, e.no) for e in _index().entries)


def form_words(*ids: str) -> tuple[str, ...]:
    """How the form itself prints labels: the first wording of each.

    >>> form_words("t3-natural", "t3-denied")
    ('自然人', '（三）不予公开')
    """
    printed = {e.label.id: e.printed[0] for e in _index().entries}
    return tuple(printed[i] for i in ids)


def label_key(text: str) -> str:
    """The key under which a label is looked up: folded, without enumerator, white space and punctuation.

    >>> label_key("（三） 不予 公开"), label_key("本年增／减"), label_key("第二十条第（一）项")
    ('不予公开', '本年增减', '第二十条第一项')
    """
    squeezed = squeeze(text)
    found = _ENUMERATOR.match(squeezed)
    body = squeezed[found.end() :] if found else squeezed
    if body.isalnum():
        return body
    body = _NOT_WORD.sub("", body)
    return body or _NOT_WORD.sub("", squeezed)


@lru_cache(maxsize=1 << 13)
def exact_label(text: str) -> LabelHit | None:
    """Labels whose printed form ``text`` is, or ``None``; ``text`` longer than any label is answered at once."""
    index = _index()
    hit = index.direct.get(text)
    if hit is not None:
        return hit
    squeezed = _may_be_label(text)
    return _exact(squeezed, index.exact) if squeezed else None


class LabelMemo(dict[str, LabelHit | None]):
    """``memo[text]`` is ``exact_label(text)``, looked up once; for the steps of one reading, which ask for a piece many times."""

    __slots__ = ("_starts",)

    def __init__(self) -> None:
        super().__init__()
        self._starts: dict[str, bool] = {}

    def is_start(self, text: str) -> bool:
        """:func:`is_label_start`, looked up once."""
        known = self._starts.get(text)
        if known is None:
            known = self._starts[text] = is_label_start(text)
        return known

    def __missing__(self, text: str) -> LabelHit | None:
        hit = self[text] = exact_label(text)
        return hit


def _may_be_label(text: str) -> str:
    """``text`` squeezed, or nothing where it is too long for a label or has no Chinese character."""
    if len(text) > 3 * _MAX_KEY or text.isascii():
        return ""
    squeezed = squeeze(text)
    return squeezed if len(squeezed) <= _MAX_KEY else ""


def _exact(squeezed: str, exact: Mapping[str, tuple[Label, ...]]) -> LabelHit | None:
    found = _ENUMERATOR.match(squeezed)
    body = squeezed[found.end() :] if found else squeezed
    labels = exact.get(body)
    if labels is None and not body.isalnum():
        labels = exact.get(_NOT_WORD.sub("", body))
        if labels is None and ("(" in body or "[" in body):
            labels = exact.get(_NOT_WORD.sub("", _REMARK.sub("", body)))
    if labels is None:
        rest = _RUN_TOGETHER.fullmatch(body)
        return _exact(rest[1], exact) if rest is not None else None
    return _restrict(labels, squeezed[: found.end()] if found else "", exact=True)


def _restrict(labels: tuple[Label, ...], number: str, *, exact: bool) -> LabelHit | None:
    # `3.其他` is the row, （六）其他 a piece of another one, a bare 其他 the column (or the row, by its place)
    numbered = bool(number)
    keep = tuple(label for label in labels if not (label.enumerated and numbered and "3" not in number and "③" not in number))
    if numbered:
        rows = tuple(label for label in keep if label.kind in ("row", "group"))
        keep = rows or tuple(label for label in keep if label.code not in {"other", "total"})
    return LabelHit(keep, numbered, exact) if keep else None


@lru_cache(maxsize=1 << 13)
def match_label(text: str) -> LabelHit | None:
    """Labels that ``text`` is, exactly or by one clearly nearest wording; ``None`` where nothing or more than one is near.

    >>> hit = match_label("2.其他法律行政法規禁止公开")
    >>> hit.labels[0].code, hit.exact
    ('t3.denied_law', False)
    """
    index = _index()
    hit = index.direct.get(text)
    if hit is not None:
        return hit
    squeezed = _may_be_label(text)
    if not squeezed:
        return None
    return _exact(squeezed, index.exact) or _nearest(squeezed)


def label_parts() -> frozenset[str]:
    """All characters and pairs of neighbouring characters that the printed labels hold."""
    return _index().parts


def is_label_start(text: str) -> bool:
    """Whether ``text`` is the beginning of a longer label, so that its rest may stand on the next line."""
    key = label_key(text)
    return len(key) >= 2 and key in _index().prefixes


def may_open(text: str) -> bool:
    """Whether a label may begin as ``text`` does: ``False`` where two Chinese characters open it with which none begins.

    >>> may_open("信息内容本年"), may_open("我局全年"), may_open("三、我局")
    (True, False, True)
    """
    return text[:2] in _index().openings or _OPENS_WITH_WORD.match(text) is None


def _pairs(key: str) -> frozenset[str]:
    return frozenset(key[i : i + 2] for i in range(len(key) - 1))


def _one_slip(a: str, b: str) -> bool:
    """One wrong character, or in a longer label one wrong word of two (本年处理绝对数量)."""
    if len(a) != len(b):
        return False
    wrong = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    return len(wrong) == 1 or (len(a) >= _WORD_SLIP_MIN and len(wrong) == 2 and wrong[1] == wrong[0] + 1)


def _nearest(squeezed: str) -> LabelHit | None:
    found = _ENUMERATOR.match(squeezed)
    number = squeezed[: found.end()] if found else ""
    key = label_key(squeezed)
    if len(key) < _ONE_SLIP_MIN or not _CHINESE.search(key):
        return None
    mine = _pairs(key)
    index = _index()
    # to come near a wording, half of the pairs must be of labels (all but two where one character is wrong): prose is done here
    if len(mine & index.all_pairs) < min(len(mine) / 2, len(mine) - 2):
        return None
    fitting = [n for n in index.by_length if abs(n - len(key)) <= max(1, n // 5)]
    best: dict[Label, float] = {}
    for at in sorted([at for n in fitting for at in index.by_length[n]]):
        printed, theirs, label = index.pairs[at]
        score = 2 * len(mine & theirs) / (len(mine) + len(theirs))
        if score < 0.9 and _one_slip(key, printed):
            # one wrong character breaks two pairs of a short label (结果锥持): as good as a clear match of a long one
            score = max(score, 0.8)
        if score > best.get(label, 0.0):
            best[label] = score
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _FUZZY_MIN:
        return None
    top = ranked[0]
    rivals = [score for label, score in ranked[1:] if (label.kind, label.code) != (top[0].kind, top[0].code)]
    if rivals and top[1] - rivals[0] < _FUZZY_MARGIN:
        return None
    return _restrict((top[0],), number, exact=False)
