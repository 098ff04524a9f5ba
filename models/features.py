"""What the linear model sees of a report's passages besides n-grams: cleaned text, classes of terms, place, shape, neighbours.

Text is seen squeezed (``corpus.text.normalise.squeeze``), runs of digits as ``0`` and runs of Latin letters as ``a``: a model must not
learn a year, a phone number or a web address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.datafile import expect_keys, later, load_toml
from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import squeeze
from models.base import Passage
from models.main_clause import clause_rules_hash

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

#: begin and end of a text, as features write them
FIRST, LAST = "\x01", "\x02"

_DIGITS = later(r"\d+(?:[,.:/+_-]+\d+)*")
_LATIN = later(r"[A-Za-z0][A-Za-z0@:/._%?=&#-]*[A-Za-z][A-Za-z0@:/._%?=&#-]*|[A-Za-z]")
#: 1是…；2是…: written for 一是…；二是…
_FIGURE_IS = later(r"(?:^|(?<=\0))([1-9])是")
_HEADING_NUMBER = later(r"^(?:\(?[一二三四五六七八九十0-9]{1,3}[)、.．]|第[一二三四五六七八九十]+部分)+")
_ENUMERATORS = (
    ("is", r"[一二三四五六七八九十]{1,3}(?:是|要)"),
    ("bracket", r"\([一二三四五六七八九十0-9]{1,3}\)"),
    ("number", r"[一二三四五六七八九十]{1,3}、|\d{1,2}[.、]|[①-⑳]"),
    ("ordinal", pattern("models", "ordinal").pattern),
    ("dash", r"-{1,2}|·"),
)
# no two of them fit one text, so that the number of the group says which it is
_ENUMERATOR = later("|".join(f"({words})" for _, words in _ENUMERATORS))
_SECTION_NAMES = ("none", "preamble", "s1", "s2", "s3", "s4", "s5", "s6")
_LENGTHS = (8, 14, 22, 35, 55, 90)


def in_octets(probabilities: object) -> Any:
    """Probabilities in 255ths, as lists of whole numbers of the same shape.

    >>> in_octets([0.0, 0.5, 1.0])
    [0, 128, 255]
    """
    return np.rint(np.asarray(probabilities, dtype=np.float64) * 255).astype(np.int64).tolist()


def clean(text: str) -> str:
    """The text as the model sees it.

    >>> clean("全年公开１，２３４条，网址 www.x.gov.cn。")
    '全年公开0条,网址a。'
    >>> clean("2是人手不足。")
    '二是人手不足。'
    """
    text = _FIGURE_IS.sub(lambda m: f"{'一二三四五六七八九'[int(m[1]) - 1]}是", squeeze(text))
    text = _DIGITS.sub("0", text)
    return _LATIN.sub("a", text)


def clean_all(texts: Sequence[str]) -> list[str]:
    """As :func:`clean`, of many texts at once."""
    # no pattern reaches across NUL; a text that holds one itself would be cut there
    cleaned = clean("\0".join(texts)).split("\0")
    return cleaned if len(cleaned) == len(texts) else [clean(t) for t in texts]


def clean_heading(heading: str) -> str:
    """A heading without its number: ``（一）主动公开情况`` → ``主动公开情况``."""
    return _HEADING_NUMBER.sub("", clean(heading))


def clean_report(texts: Sequence[str], paths: Sequence[tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """Texts as :func:`clean` and headings as :func:`clean_heading` makes them; those of one path are joined by ``$^``, their edges."""
    cleaned = clean_all([*texts, *(h for path in paths for h in path)])
    rest = iter(cleaned[len(texts) :])
    return cleaned[: len(texts)], [f"{LAST}{FIRST}".join([_HEADING_NUMBER.sub("", next(rest)) for _ in path]) for path in paths]


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
    raw = load_toml("models", source)
    terms: dict[str, tuple[int, ...]] = {}
    for number, (name, entry) in enumerate(raw.items()):
        expect_keys(entry, f"{source}: {name}", ("terms", "yes", "no"))
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


def own_headings(passage: Passage) -> tuple[str, ...]:
    """The headings below the section's own, which says no more than ``section``."""
    return passage.heading_path[1:] if passage.section not in {None, "preamble"} else passage.heading_path


def runs(sections: Sequence[str | None]) -> tuple[Ints, Ints]:
    """(first passage, length) of the run of passages in one section that each passage stands in.

    >>> [a.tolist() for a in runs(["s1", "s1", "s5"])]
    [[0, 0, 2], [2, 2, 1]]
    """
    begins = [i for i, s in enumerate(sections) if not i or s != sections[i - 1]]
    sizes = [b - a for a, b in pairwise([*begins, len(sections)])]
    return np.repeat(np.array(begins, dtype=np.int64), sizes), np.repeat(np.array(sizes, dtype=np.int64), sizes)


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
    found = np.zeros((count, len(flag_names())), dtype=np.bool_)
    if not count:
        return found
    found[:, :width] = present
    found[:, width : 2 * width] = in_heading
    begin, size = runs([p.section for p in passages])
    here = np.arange(count) - begin
    goes_on = (here[1:] > 0)[:, None]  # a neighbour in another section says nothing
    found[1:, 2 * width : 3 * width] = present[:-1] & goes_on
    found[:-1, 3 * width : 4 * width] = present[1:] & goes_on

    section = np.array([_SECTIONS[p.section or "none"] for p in passages])
    at = _places()
    set_ = [at.section + section, at.third + 3 * section + 3 * here // size, at.mode[section] + _modes(present, begin)]
    set_.append(at.end + np.array([_END.get(t[-1:], 3) for t in texts]))
    set_.append(at.length + np.searchsorted(_LENGTHS, [len(t) for t in texts]))
    set_.append(at.numbers + np.minimum([t.count("0") for t in texts], 3))
    every = np.arange(count)
    for flag in set_:
        found[every, flag] = True
    for i, text in enumerate(texts):
        enumerator = _ENUMERATOR.match(text)
        if enumerator and enumerator.lastindex:
            found[i, at.enumerator + enumerator.lastindex - 1] = True
    found[:, at.percent] = ["%" in t or "百分之" in t for t in texts]
    found[:, at.percent + 1] = ["《" in t for t in texts]
    found[:, at.percent + 2] = here == 0
    found[:, at.percent + 3] = here == size - 1
    found[:, at.percent + 4] = size == 1
    found[:, at.percent + 5] = [p.position == 0 for p in passages]
    found[:, at.percent + 6] = [not own_headings(p) for p in passages]
    return found


def _modes(present: NDArray[np.bool_], begin: Ints) -> Ints:
    """What was last announced in the section above each passage: 0 nothing, 1 problems, 2 measures."""
    classes = lexicon().classes
    said = np.where(present[:, classes.index("problem_lead")], 1, 0)
    said[present[:, classes.index("newform")] | present[:, classes.index("future")]] = 2
    last = np.maximum.accumulate(np.where(said > 0, np.arange(len(said)), -1))
    before = np.concatenate([[-1], last[:-1]])
    return np.where(before >= begin, said[before], 0)


@dataclass(frozen=True, slots=True)
class _Places:
    """Number of the first flag of each group; ``mode`` by number of the section."""

    section: int
    mode: Ints
    third: int
    enumerator: int
    end: int
    length: int
    numbers: int
    percent: int


@cache
def _places() -> _Places:
    at = {name: i for i, name in enumerate(flag_names())}
    mode = np.array([at[f"mode={'s5' if s == 's5' else 'rest'}/none"] for s in _SECTION_NAMES])
    return _Places(
        at["section=none"], mode, at["third=none/0"], at["enumerator=is"], at["end=colon"], at["length=0"], at["numbers=0"],
        at["percent"],
    )  # fmt: skip


@cache
def flags_hash() -> str:
    """Hash of the flags, term classes and rules of main clauses: a model fits only those it was trained with."""
    known = (flag_names(), sorted(lexicon().terms.items()), clause_rules_hash())
    return hashlib.sha256(repr(known).encode("utf-8")).hexdigest()[:16]


_SECTIONS = {name: i for i, name in enumerate(_SECTION_NAMES)}
_END = {":": 0, ";": 1, "。": 2}
