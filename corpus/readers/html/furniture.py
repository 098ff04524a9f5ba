"""What pages print around an article, from ``data/furniture.toml``: lines, and names of elements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, cast

from corpus.datafile import entries, expect_keys, load_toml, one_of, pattern_of
from corpus.text.normalise import squeeze

Effect = Literal["line", "tail", "head"]
_LINE_KEYS = {"id", "effect", "pattern", "yes", "no"}
_BOX_KEYS = {"id", "words"}
_BOX_TAGS = frozenset({"header", "nav", "footer", "aside", "dialog"})
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONGEST = 180


@dataclass(frozen=True, slots=True)
class LineRule:
    """A pattern for a whole squeezed line; ``effect`` says where it counts (see the data file)."""

    id: str
    effect: Effect
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class FurnitureRules:
    """All rules, in the order of the file."""

    lines: tuple[LineRule, ...]
    words: frozenset[str]


@cache
def rules() -> FurnitureRules:
    """The rules of ``data/furniture.toml``.

    Raises:
        DataError: unknown keys, an unknown effect, or a pattern that does not compile.
    """
    raw, source = load_toml("corpus", "data/furniture.toml"), "furniture.toml"
    expect_keys(raw, source, ("line", "box"))
    lines = []
    for rule in entries(raw, "line", source, _LINE_KEYS):
        where = f"{source}: line {rule['id']}"
        one_of(rule["effect"], ("line", "tail", "head"), "effect", where)
        lines.append(LineRule(rule["id"], cast(Effect, rule["effect"]), pattern_of(rule["pattern"], where, re.IGNORECASE)))
    words: set[str] = set()
    for box in entries(raw, "box", source, _BOX_KEYS):
        words.update(box["words"])
    return FurnitureRules(tuple(lines), frozenset(words))


def furniture_line(text: str) -> LineRule | None:
    """The rule by which a line is page furniture, or ``None``.

    >>> furniture_line("【打印本页】 【关闭窗口】").id
    'buttons'
    """
    if len(text) > _LONGEST:
        return None
    squeezed = squeeze(text)
    for rule in rules().lines:
        if rule.pattern.search(squeezed):
            return rule
    return None


@lru_cache(maxsize=4096)
def _named(name: str) -> bool:
    """Whether a word of a class or id names furniture (names are few and come from the page's template, not from its text)."""
    words = rules().words
    return any(part in words for token in re.split(r"[\s_-]+", name) for part in (token.lower(), *_parts(token)))


def _parts(token: str) -> list[str]:
    return [p.lower() for p in _CAMEL.findall(token)]


def furniture_box(tag: str, class_name: str | None, id_name: str | None) -> bool:
    """Whether tag, class or id of an element say that it holds page furniture."""
    if tag in _BOX_TAGS:
        return True
    return bool(
        (class_name and len(class_name) < 200 and _named(class_name)) or (id_name and len(id_name) < 200 and _named(id_name))
    )
