"""What is looked for: words and phrases with AND, OR, NOT and parentheses.

``更新 及时`` both, ``更新 OR 滞后`` either, ``更新 -及时`` (or ``NOT 及时``) without, ``"a b"`` or ``“a b”`` as it stands, ``(…)`` together; 且, 或 and 非 may
stand for the words if they stand alone.  A word is what stands between spaces, of any length, exactly as it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

MOST_TERMS, DEEPEST = 20, 10
_AND, _OR, _NOT = {"AND", "且"}, {"OR", "或", "|"}, {"NOT", "非"}
_TOKEN = re.compile(
    r'\s*(?:(?P<minus>-)?(?:"(?P<straight>(?:[^"]|"")*)"|“(?P<curly>[^”]*)”)|(?P<open>-?\()|(?P<close>\))|(?P<word>[^\s()"“”]+))'
)


class WordsError(ValueError):
    """Term that cannot be read; ``key`` names what is wrong with them."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Term:
    """A string that must stand in the passage."""

    text: str


@dataclass(frozen=True, slots=True)
class Without:
    """What must not hold."""

    part: Looked


@dataclass(frozen=True, slots=True)
class Together:
    """Parts of which all hold (``every``), or one."""

    parts: tuple[Looked, ...]
    every: bool


Looked = Term | Without | Together
_Value = TypeVar("_Value")
#: (what, text): ``word`` or ``phrase``, or one of ``and``, ``or``, ``not``, ``(``, ``)``
_Token = tuple[str, str]


def read_words(text: str) -> Looked | None:
    """What a line of words looks for; ``None`` if it is empty.

    Raises:
        WordsError: quotation marks or parentheses that do not close, an operator with nothing beside it, too much.
    """
    tokens = list(_tokens(text))
    if not tokens:
        return None
    if sum(kind in {"word", "phrase"} for kind, _ in tokens) > MOST_TERMS:
        raise WordsError("too_many")
    found, rest = _either(tokens, 0, 0)
    if rest != len(tokens):
        raise WordsError("parentheses")
    return found


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        m = _TOKEN.match(text, at)
        if m is None:
            raise WordsError("quotes")
        at = m.end()
        phrase = m["straight"].replace('""', '"') if m["straight"] is not None else m["curly"]
        if m["minus"] or (m["open"] or "").startswith("-"):
            yield "not", "-"
        if phrase is not None:
            if phrase:
                yield "phrase", phrase
        elif m["open"] or m["close"]:
            yield m[0].strip().lstrip("-"), ""
        else:
            yield from _word(m["word"])


def _word(word: str) -> Iterator[_Token]:
    for names, kind in ((_AND, "and"), (_OR, "or"), (_NOT, "not")):
        if word in names:
            yield kind, word
            return
    if word.startswith("-") and len(word) > 1:
        yield "not", "-"
        word = word[1:]
    yield "word", word


def _either(tokens: list[_Token], at: int, depth: int) -> tuple[Looked, int]:
    if depth > DEEPEST:
        raise WordsError("too_deep")
    part, at = _all(tokens, at, depth)
    parts = [part]
    while at < len(tokens) and tokens[at][0] == "or":
        part, at = _all(tokens, at + 1, depth)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Together(tuple(parts), every=False)), at


def _all(tokens: list[_Token], at: int, depth: int) -> tuple[Looked, int]:
    part, at = _one(tokens, at, depth)
    parts = [part]
    while at < len(tokens) and tokens[at][0] not in {"or", ")"}:
        part, at = _one(tokens, at + (tokens[at][0] == "and"), depth)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Together(tuple(parts), every=True)), at


def _one(tokens: list[_Token], at: int, depth: int) -> tuple[Looked, int]:
    if at >= len(tokens):
        raise WordsError("operator")
    kind, text = tokens[at]
    if kind == "not":
        part, at = _one(tokens, at + 1, depth + 1) if depth <= DEEPEST else _too_deep()
        return Without(part), at
    if kind == "(":
        part, at = _either(tokens, at + 1, depth + 1)
        if at >= len(tokens) or tokens[at][0] != ")":
            raise WordsError("parentheses")
        return part, at + 1
    if kind in {"and", "or", ")"}:
        raise WordsError("operator")
    return Term(text), at + 1


def _too_deep() -> tuple[Looked, int]:
    raise WordsError("too_deep")


def holds(looked: Looked, of: Callable[[str], _Value], invert: Callable[[_Value], _Value], both: Callable[[_Value, _Value], _Value],
          either: Callable[[_Value, _Value], _Value]) -> _Value:  # fmt: skip
    """The value of what is looked for, from the value of each string and how values are joined: booleans, or arrays of them."""
    if isinstance(looked, Term):
        return of(looked.text)
    if isinstance(looked, Without):
        return invert(holds(looked.part, of, invert, both, either))
    return reduce(both if looked.every else either, (holds(p, of, invert, both, either) for p in looked.parts))


def shown_words(looked: Looked | None, wanted: bool = True) -> tuple[str, ...]:
    """The strings whose places are shown: those that are not under an odd number of NOTs, each once."""
    if looked is None:
        return ()
    if isinstance(looked, Term):
        return (looked.text,) if wanted else ()
    if isinstance(looked, Without):
        return shown_words(looked.part, not wanted)
    return tuple(dict.fromkeys(w for p in looked.parts for w in shown_words(p, wanted)))
