"""What the linear model sees of a report's passages: n-grams, words, heading, term classes, place, neighbours.

Every feature is one 64-bit key whose top bits name its kind, so that all passages of a report are encoded in a few numpy calls
and looked up in the sorted keys of a vocabulary: no Python loop over characters.

Text is seen squeezed (``corpus.normalise.squeeze``), runs of digits as ``0`` and runs of Latin letters as ``a``: a model must not
learn a year, a phone number or a web address.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError
from corpus.normalise import squeeze
from models.base import Passage, WordSegmenter

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: kinds of features, in the order of their keys; :data:`BLOCKS` says how each is weighted
KINDS = ("gram", "word", "pair", "heading", "flag")
_KIND_BIT = 58
_CHAR_BITS = 12  # four characters of an alphabet of at most 4,095 fit one key
_WORD_BITS = 24
MAX_ALPHABET = (1 << _CHAR_BITS) - 4
_NONE, _FIRST, _LAST = 0, 1, 2  # unknown character, begin and end of a passage; the alphabet starts at 3

_DIGITS = re.compile(r"\d+(?:[,.:/+_-]+\d+)*")
_LATIN = re.compile(r"[A-Za-z0][A-Za-z0@:/._%?=&#-]*[A-Za-z][A-Za-z0@:/._%?=&#-]*|[A-Za-z]")
_HEADING_NUMBER = re.compile(r"^(?:\(?[一二三四五六七八九十0-9]{1,3}[)、.．]|第[一二三四五六七八九十]+部分)+")
_ENUMERATORS = (
    ("is", re.compile(r"[一二三四五六七八九十]{1,3}(?:是|要)")),
    ("bracket", re.compile(r"\([一二三四五六七八九十0-9]{1,3}\)")),
    ("number", re.compile(r"(?:[一二三四五六七八九十]{1,3}、|\d{1,2}[.、]|[①-⑳])")),
    ("ordinal", re.compile(r"(?:首先|其次|再次|最后|此外|另外|同时|第[一二三四五六七八九十][,、]|其[一二三四五六七八九十])")),
    ("dash", re.compile(r"-{1,2}|·")),
)
_SECTION_NAMES = ("none", "preamble", "s1", "s2", "s3", "s4", "s5", "s6")
_LENGTHS = (8, 14, 22, 35, 55, 90)


def clean(text: str) -> str:
    """The text as the model sees it.

    >>> clean("全年公开１，２３４条，网址 www.x.gov.cn。")
    '全年公开0条,网址a。'
    """
    text = _DIGITS.sub("0", squeeze(text))
    return _LATIN.sub("a", text)


def clean_heading(heading: str) -> str:
    """A heading without its number: ``（一）主动公开情况`` → ``主动公开情况``."""
    return _HEADING_NUMBER.sub("", clean(heading))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Classes of terms; ``terms`` maps a term of 2–4 characters to the numbers of its classes."""

    classes: tuple[str, ...]
    terms: dict[str, tuple[int, ...]]


@cache
def lexicon() -> Lexicon:
    """The classes of ``data/lexicon.toml``.

    Raises:
        DataError: an unknown key, or a term that is too short, too long, or twice in its class.
    """
    source = "data/lexicon.toml"
    raw = tomllib.loads(files("models").joinpath(source).read_text(encoding="utf-8"))
    terms: dict[str, tuple[int, ...]] = {}
    for number, (name, entry) in enumerate(raw.items()):
        if set(entry) != {"terms", "yes", "no"}:
            raise DataError(f"[{name}] has keys {sorted(entry)}", source=source, remedy="Give terms, yes and no.")
        for term in entry["terms"]:
            if not 2 <= len(term) <= 4 or number in terms.get(term, ()):
                raise DataError(f"term {term!r} of [{name}] is twice or not of 2-4 characters", source=source)
            terms[term] = (*terms.get(term, ()), number)
    return Lexicon(tuple(raw), terms)


@cache
def flag_names() -> tuple[str, ...]:
    """Names of all flags: term classes of passage, heading and neighbours, then place and shape."""
    classes = lexicon().classes
    names = [f"{where}:{c}" for where in ("term", "heading", "before", "after") for c in classes]
    names += [f"section={s}" for s in _SECTION_NAMES]
    names += [f"mode={s}/{m}" for s in ("s5", "rest") for m in ("none", "problem", "improvement")]
    names += [f"third={s}/{i}" for s in _SECTION_NAMES for i in range(3)]
    names += [f"enumerator={e}" for e, _ in _ENUMERATORS]
    names += [f"end={e}" for e in ("colon", "semicolon", "stop", "other")]
    names += [f"length={i}" for i in range(len(_LENGTHS) + 1)]
    names += [f"numbers={i}" for i in range(4)]
    names += ["percent", "book", "first", "last", "only", "first-under-heading", "no-heading"]
    return tuple(names)


@cache
def _flag_ids() -> dict[str, int]:
    return {name: i for i, name in enumerate(flag_names())}


class Encoder:
    """Encodes passages as keys, for one alphabet and one list of words.

    Args:
        alphabet: characters that features may hold, at most :data:`MAX_ALPHABET`, of the basic plane.
        words: words that features may hold.
        segmenter: cuts the text.
    """

    def __init__(self, alphabet: str, words: Sequence[str], segmenter: WordSegmenter) -> None:
        if len(alphabet) > MAX_ALPHABET:
            raise DataError(f"alphabet of {len(alphabet)} characters", remedy=f"At most {MAX_ALPHABET} fit a key.")
        self.alphabet = alphabet
        self.words = tuple(words)
        self.segmenter = segmenter
        self._char = np.zeros(0x10000, dtype=np.int64)
        self._char[np.frombuffer(alphabet.encode("utf-16-le"), dtype="<u2")] = np.arange(3, len(alphabet) + 3)
        self._char[1], self._char[2] = _FIRST, _LAST
        self._word = {w: i + 1 for i, w in enumerate(words)}
        pairs = [(self.gram_key(t), c) for t, cs in lexicon().terms.items() for c in cs]
        pairs = sorted(p for p in pairs if p[0] >= 0)
        self._term_keys = np.array([k for k, _ in pairs], dtype=np.int64)
        self._term_class = np.array([c for _, c in pairs], dtype=np.int64)
        self._most_classes = max((len(cs) for cs in lexicon().terms.values()), default=1)

    # ---- keys of single features, for vocabularies -------------------------------------------------------------------
    def gram_key(self, gram: str, kind: str = "gram") -> int:
        """Key of a character n-gram; −1 if a character is outside the alphabet.  ``^`` and ``$`` are written \\x01 and \\x02."""
        key = 0
        for c in gram:
            code = int(self._char[ord(c)]) if ord(c) < 0x10000 else 0
            if code == _NONE:
                return -1
            key = key << _CHAR_BITS | code
        return KINDS.index(kind) << _KIND_BIT | key

    def key(self, kind: str, name: str) -> int:
        """Key of the feature ``name`` of a kind; a pair of words is written with a TAB between them; −1 if it has none."""
        if kind in {"gram", "heading"}:
            return self.gram_key(name, kind)
        top = KINDS.index(kind) << _KIND_BIT
        if kind == "flag":
            return top | _flag_ids()[name] if name in _flag_ids() else -1
        codes = [self._word.get(w, 0) for w in name.split("\t")]
        if 0 in codes:
            return -1
        return top | (codes[0] if kind == "word" else codes[0] << _WORD_BITS | codes[1])

    # ---- encoding ----------------------------------------------------------------------------------------------------
    def encode_texts(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """(row, key) of what stands in the cleaned texts themselves: n-grams, words, and flags of the classes of terms."""
        gram_rows, grams = self._grams(texts, 4)
        words = self._word_keys(texts)
        flag_rows, flags = np.nonzero(self._classes(gram_rows, grams, len(texts)))
        return (
            np.concatenate([gram_rows, *(r for r, _ in words), flag_rows]),
            np.concatenate([grams, *(k for _, k in words), flags + (KINDS.index("flag") << _KIND_BIT)]),
        )

    def encode(self, passages: Sequence[Passage]) -> tuple[Ints, Ints]:
        """(row, key) of every feature of every passage of one report, in no special order, repeats included."""
        texts = [clean(p.text) for p in passages]
        paths = [_own_headings(p) for p in passages]
        gram_rows, grams = self._grams(texts, 4)
        words = self._word_keys(texts)
        rows: list[Ints] = [gram_rows, *(r for r, _ in words)]
        keys: list[Ints] = [grams, *(k for _, k in words)]

        # passages under one heading share its features: encode each heading once
        distinct = list(dict.fromkeys(paths))
        number = {path: i for i, path in enumerate(distinct)}
        of_row = np.array([number[p] for p in paths], dtype=np.int64)
        heading_rows, heading_grams = self._grams(["\x02\x01".join(p) for p in distinct], 3)
        row_of, at = _spread(heading_rows, of_row, len(distinct))
        rows.append(row_of)
        keys.append(heading_grams[at] + (KINDS.index("heading") << _KIND_BIT))

        present = self._classes(gram_rows, grams, len(texts))
        in_heading = self._classes(heading_rows, heading_grams, len(distinct))[of_row]
        flag_rows, flags = _flags(passages, texts, paths, present, in_heading)
        rows.append(flag_rows)
        keys.append(flags + (KINDS.index("flag") << _KIND_BIT))
        return np.concatenate(rows), np.concatenate(keys)

    def _grams(self, texts: Sequence[str], longest: int) -> tuple[Ints, Ints]:
        """Character 1- to ``longest``-grams, those over a passage's edge or outside the alphabet left out."""
        joined = "".join([f"\x01{t}\x02\x00" for t in texts])
        codes = self._char[np.minimum(np.frombuffer(joined.encode("utf-32-le"), dtype="<u4"), 0xFFFF)]
        row = np.repeat(np.arange(len(texts)), [len(t) + 3 for t in texts])
        rows, keys = [], []
        key = codes
        good = codes != _NONE
        for n in range(1, longest + 1):
            if n > 1:
                key = (key[:-1] << _CHAR_BITS) | codes[n - 1 :]
                good = good[:-1] & (codes[n - 1 :] != _NONE)
            at = np.flatnonzero(good)
            rows.append(row[at])
            keys.append(key[at])
        return np.concatenate(rows), np.concatenate(keys)

    def _word_keys(self, texts: Sequence[str]) -> list[tuple[Ints, Ints]]:
        get = self._word.get
        # one call for the whole report; no word crosses the line feed between two passages
        words = self.segmenter.cut("\n".join(texts))
        ids = np.array([get(w, 0) if w != "\n" else -1 for w in words], dtype=np.int64)
        row = np.cumsum(ids == -1)
        at = np.flatnonzero(ids > 0)
        pair = np.flatnonzero((ids[:-1] > 0) & (ids[1:] > 0)) if len(ids) > 1 else np.zeros(0, dtype=np.int64)
        return [
            (row[at], ids[at] + (KINDS.index("word") << _KIND_BIT)),
            (row[pair], (ids[pair] << _WORD_BITS | ids[pair + 1]) + (KINDS.index("pair") << _KIND_BIT)),
        ]

    def _classes(self, rows: Ints, grams: Ints, count: int) -> NDArray[np.bool_]:
        """(passage, class) → whether a term of the class stands in it."""
        present = np.zeros((count, len(lexicon().classes)), dtype=np.bool_)
        if not len(self._term_keys):
            return present
        at = np.searchsorted(self._term_keys, grams)
        for step in range(self._most_classes):  # a term of several classes stands in several entries that follow each other
            here = np.minimum(at + step, len(self._term_keys) - 1)
            hit = self._term_keys[here] == grams
            present[rows[hit], self._term_class[here[hit]]] = True
        return present


def _own_headings(passage: Passage) -> tuple[str, ...]:
    """The headings below the section's own, which says no more than ``section``, cleaned."""
    path = passage.heading_path[1:] if passage.section not in {None, "preamble"} else passage.heading_path
    return tuple(clean_heading(h) for h in path)


def _spread(rows: Ints, of_row: Ints, count: int) -> tuple[Ints, Ints]:
    """For features of ``count`` headings sorted by nothing: (passage, index of feature) for each passage under each heading."""
    order = np.argsort(rows, kind="stable")
    sizes = np.bincount(rows, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    taken = [order[starts[h] : starts[h + 1]] for h in of_row.tolist()]
    row_of = np.repeat(np.arange(len(of_row)), sizes[of_row] if len(of_row) else [])
    return row_of, np.concatenate(taken) if taken else np.zeros(0, dtype=np.int64)


def _flags(
    passages: Sequence[Passage],
    texts: Sequence[str],
    paths: Sequence[tuple[str, ...]],
    present: NDArray[np.bool_],
    in_heading: NDArray[np.bool_],
) -> tuple[Ints, Ints]:
    count, width = present.shape
    empty = np.zeros((1, width), dtype=np.bool_)
    sections = [p.section or "none" for p in passages]
    # a neighbour in another section says nothing
    same = np.array([False, *(a == b for a, b in pairwise(sections)), False])[:, None]
    before = np.concatenate([empty, present[:-1]])[:count] & same[:count]
    after = np.concatenate([present[1:], empty])[:count] & same[1 : count + 1]
    row, flag = np.nonzero(np.concatenate([present, in_heading, before, after], axis=1))
    ids = _flag_ids()
    size: dict[str, int] = {}
    for s in sections:
        size[s] = size.get(s, 0) + 1
    seen: dict[str, int] = {}
    classes = lexicon().classes
    lead = present[:, classes.index("problem_lead")] & present[:, classes.index("shortfall")]
    problem = (lead | present[:, classes.index("problem_lead")]).tolist()
    turn = (present[:, classes.index("newform")] | present[:, classes.index("future")]).tolist()
    modes: dict[str, str] = {}
    rows: list[int] = []
    found: list[int] = []
    for i, (p, text, section) in enumerate(zip(passages, texts, sections, strict=True)):
        at = seen.get(section, 0)
        seen[section] = at + 1
        mode = modes.get(section, "none")
        names = [
            f"section={section}",
            f"mode={'s5' if section == 's5' else 'rest'}/{mode}",
            f"third={section}/{3 * at // size[section]}",
            f"end={_END.get(text[-1:], 'other')}",
            f"length={sum(len(text) > n for n in _LENGTHS)}",
            f"numbers={min(text.count('0'), 3)}",
        ]
        if turn[i]:
            modes[section] = "improvement"
        elif problem[i]:
            modes[section] = "problem"
        names += [f"enumerator={name}" for name, pattern in _ENUMERATORS if pattern.match(text)]
        if "%" in text or "百分之" in text:
            names.append("percent")
        if "《" in text:
            names.append("book")
        if at == 0:
            names.append("first")
        if at == size[section] - 1:
            names.append("last")
        if size[section] == 1:
            names.append("only")
        if p.position == 0:
            names.append("first-under-heading")
        if not paths[i]:
            names.append("no-heading")
        rows += [i] * len(names)
        found += [ids[n] for n in names]
    return np.concatenate([row, np.array(rows, dtype=np.int64)]), np.concatenate([flag, np.array(found, dtype=np.int64)])


_END = {":": "colon", ";": "semicolon", "。": "stop"}
