"""What the linear model sees of a report's passages: n-grams, words, heading, term classes, place, neighbours.

Every feature is one 64-bit key whose top bits name its kind, so that all passages of a report are encoded in a few numpy calls
and looked up in a table of the keys of a vocabulary: no Python loop over characters.

Text is seen squeezed (``corpus.normalise.squeeze``), runs of digits as ``0`` and runs of Latin letters as ``a``: a model must not
learn a year, a phone number or a web address.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError
from corpus.normalise import squeeze
from models.base import Passage, WordSegmenter

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: kinds of features, in the order of their keys
KINDS = ("gram", "word", "pair", "heading", "flag")
_KIND_BIT = 58
_CHAR_BITS = 12  # four characters of an alphabet of at most 4,095 fit one key
_WORD_BITS = 24
MAX_ALPHABET = (1 << _CHAR_BITS) - 4
_NONE, _FIRST, _LAST = 0, 1, 2  # unknown character, begin and end of a passage; the alphabet starts at 3

#: codes of the begin and end of a text, and of what follows its end
EDGES = (_FIRST, _LAST, _NONE)

_DIGITS = re.compile(r"\d+(?:[,.:/+_-]+\d+)*")
_LATIN = re.compile(r"[A-Za-z0][A-Za-z0@:/._%?=&#-]*[A-Za-z][A-Za-z0@:/._%?=&#-]*|[A-Za-z]")
_HEADING_NUMBER = re.compile(r"^(?:\(?[一二三四五六七八九十0-9]{1,3}[)、.．]|第[一二三四五六七八九十]+部分)+")
_ENUMERATORS = (
    ("is", r"[一二三四五六七八九十]{1,3}(?:是|要)"),
    ("bracket", r"\([一二三四五六七八九十0-9]{1,3}\)"),
    ("number", r"[一二三四五六七八九十]{1,3}、|\d{1,2}[.、]|[①-⑳]"),
    ("ordinal", r"首先|其次|再次|最后|此外|另外|同时|第[一二三四五六七八九十][,、]|其[一二三四五六七八九十]"),
    ("dash", r"-{1,2}|·"),
)
# no two of them fit one text, so that the number of the group says which it is
_ENUMERATOR = re.compile("|".join(f"({pattern})" for _, pattern in _ENUMERATORS))
_SECTION_NAMES = ("none", "preamble", "s1", "s2", "s3", "s4", "s5", "s6")
_LENGTHS = (8, 14, 22, 35, 55, 90)


def clean(text: str) -> str:
    """The text as the model sees it.

    >>> clean("全年公开１，２３４条，网址 www.x.gov.cn。")
    '全年公开0条,网址a。'
    """
    text = _DIGITS.sub("0", squeeze(text))
    return _LATIN.sub("a", text)


def clean_all(texts: Sequence[str]) -> list[str]:
    """As :func:`clean`, of many texts at once."""
    # no pattern reaches across NUL; a text that holds one itself would be cut there
    cleaned = clean("\0".join(texts)).split("\0")
    return cleaned if len(cleaned) == len(texts) else [clean(t) for t in texts]


def clean_heading(heading: str) -> str:
    """A heading without its number: ``（一）主动公开情况`` → ``主动公开情况``."""
    return _HEADING_NUMBER.sub("", clean(heading))


def clean_paths(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """Headings as :func:`clean_heading` makes them, those of one path joined by ``$^``, as the edges of texts are written."""
    cleaned = iter(clean_all([h for path in paths for h in path]))
    return ["\x02\x01".join([_HEADING_NUMBER.sub("", next(cleaned)) for _ in path]) for path in paths]


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
        self._word = {w: i + 1 for i, w in enumerate(words)} | {"\n": -1}
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
    def codes(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """(code, row) of each character of the texts, each text between its edges ``^`` and ``$``, an unknown one after it."""
        joined = "".join([f"\x01{t}\x02\x00" for t in texts])
        raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        return self._char.take(raw, mode="clip"), np.repeat(np.arange(len(texts)), [len(t) + 3 for t in texts])

    def word_numbers(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """(number, length) of each word of the texts: 0 for words outside the list, −1 for the line feed between two texts."""
        # one call for the whole report; no word crosses the line feed between two passages
        words = self.segmenter.cut("\n".join(texts))
        count = len(words)
        numbers = np.fromiter(map(self._word.get, words, repeat(0)), dtype=np.int64, count=count)
        return numbers, np.fromiter(map(len, words), dtype=np.int64, count=count)


def grams(codes: Ints, longest: int) -> Ints:
    """Keys of the 1- to ``longest``-grams, (length, where the n-gram ends): those that end at one character stand in a column.

    An n-gram that begins with unknown characters has the key of what follows them, which stands in the same row; with one further
    on it has a key that no feature has.
    """
    keys = np.empty((longest, len(codes)), dtype=np.int64)
    keys[0] = codes
    for n in range(1, longest):
        keys[n, :1] = codes[:1]
        np.left_shift(keys[n - 1, :-1], _CHAR_BITS, out=keys[n, 1:])
        keys[n, 1:] |= codes[1:]
    return keys


def pair_keys(rows: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    """(place of the second word, key) of the pairs of words of the list that follow each other in one row."""
    at = np.flatnonzero((numbers[:-1] > 0) & (numbers[1:] > 0) & (rows[1:] == rows[:-1]))
    return at + 1, (numbers[at] << _WORD_BITS | numbers[at + 1]) + (KINDS.index("pair") << _KIND_BIT)


def own_headings(passage: Passage) -> tuple[str, ...]:
    """The headings below the section's own, which says no more than ``section``."""
    return passage.heading_path[1:] if passage.section not in {None, "preamble"} else passage.heading_path


def flags(
    passages: Sequence[Passage],
    texts: Sequence[str],
    present: NDArray[np.bool_],
    in_heading: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """(passage, flag) in the order of :func:`flag_names`.

    Args:
        passages: those of one report.
        texts: their cleaned texts.
        present: (passage, class) whether a term of the class stands in it.
        in_heading: the same for its own headings.
    """
    count, width = present.shape
    sections = [_SECTIONS[p.section or "none"] for p in passages]
    found = np.zeros((count, len(flag_names())), dtype=np.bool_)
    found[:, :width] = present
    found[:, width : 2 * width] = in_heading
    if count > 1:  # a neighbour in another section says nothing
        code = np.array(sections)
        same = (code[1:] == code[:-1])[:, None]
        found[1:, 2 * width : 3 * width] = present[:-1] & same
        found[:-1, 3 * width : 4 * width] = present[1:] & same
    at = _places()
    classes = lexicon().classes
    problem = present[:, classes.index("problem_lead")].tolist()
    turn = (present[:, classes.index("newform")] | present[:, classes.index("future")]).tolist()
    size = [0] * len(_SECTION_NAMES)
    for s in sections:
        size[s] += 1
    seen, modes = [0] * len(size), [0] * len(size)
    numbers: list[int] = []  # row * flags + flag
    base = 0
    for i, (p, text, section) in enumerate(zip(passages, texts, sections, strict=True)):
        here, of = seen[section], size[section]
        seen[section] = here + 1
        numbers += (
            base + at.section + section,
            base + at.mode[section] + modes[section],
            base + at.third + 3 * section + 3 * here // of,
            base + at.end + _END.get(text[-1:], 3),
            base + at.length + bisect_left(_LENGTHS, len(text)),
            base + at.numbers + min(text.count("0"), 3),
        )
        if turn[i]:
            modes[section] = 2
        elif problem[i]:
            modes[section] = 1
        enumerator = _ENUMERATOR.match(text)
        if enumerator and enumerator.lastindex:
            numbers.append(base + at.enumerator + enumerator.lastindex - 1)
        if "%" in text or "百分之" in text:
            numbers.append(base + at.percent)
        if "《" in text:
            numbers.append(base + at.percent + 1)
        if not here:
            numbers.append(base + at.percent + 2)
        if here == of - 1:
            numbers.append(base + at.percent + 3)
        if of == 1:
            numbers.append(base + at.percent + 4)
        if p.position == 0:
            numbers.append(base + at.percent + 5)
        if not own_headings(p):
            numbers.append(base + at.percent + 6)
        base += found.shape[1]
    found.ravel()[numbers] = True
    return found


@dataclass(frozen=True, slots=True)
class _Places:
    """Number of the first flag of each group; ``mode`` by number of the section."""

    section: int
    mode: tuple[int, ...]
    third: int
    enumerator: int
    end: int
    length: int
    numbers: int
    percent: int


@cache
def _places() -> _Places:
    at = {name: i for i, name in enumerate(flag_names())}
    mode = tuple(at[f"mode={'s5' if s == 's5' else 'rest'}/none"] for s in _SECTION_NAMES)
    return _Places(
        at["section=none"], mode, at["third=none/0"], at["enumerator=is"], at["end=colon"], at["length=0"], at["numbers=0"],
        at["percent"],
    )  # fmt: skip


_SECTIONS = {name: i for i, name in enumerate(_SECTION_NAMES)}
_END = {":": 0, ";": 1, "。": 2}
