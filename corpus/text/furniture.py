"""Lines that pages print around an article, and names of elements that hold them: the one list, ``data/furniture.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from corpus.datafile import entries, expect_keys, later, load_toml, one_of
from corpus.text.normalise import squeeze

Effect = Literal["line", "tail", "head", "foot", "aside"]
EFFECTS = ("line", "tail", "head", "foot", "aside")
_LINE_KEYS = {"id", "effect", "pattern", "yes", "no"}
_BOX_KEYS = {"id", "words"}
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
        one_of(rule["effect"], EFFECTS, "effect", where)
        lines.append(LineRule(rule["id"], cast(Effect, rule["effect"]), later(rule["pattern"], where, re.IGNORECASE)))
    words: set[str] = set()
    for box in entries(raw, "box", source, _BOX_KEYS):
        words.update(box["words"])
    return FurnitureRules(tuple(lines), frozenset(words))


def furniture_line(text: str) -> LineRule | None:
    """The rule by which a line is left out of a page, or ``None``.

    >>> furniture_line("【打印本页】 【关闭窗口】").id
    'buttons'
    """
    if len(text) > _LONGEST:
        return None
    squeezed = squeeze(text)
    return next((rule for rule in rules().lines if rule.effect != "aside" and rule.pattern.match(squeezed)), None)


def around_article(squeezed: str) -> str | None:
    """Id of the rule by which a squeezed line of any text is no narrative, or ``None``.

    Imprints in words that sentences use too (``网站访问量40万次``) are told by their place at the end of a page only.
    """
    if len(squeezed) > _LONGEST:
        return None
    if not _around().match(squeezed):
        return None
    return next((rule.id for rule in rules().lines if rule.effect != "foot" and rule.pattern.match(squeezed)), None)


@cache
def _around() -> re.Pattern[str]:
    """All rules of :func:`around_article` in one: most lines are of none, and asking one by one takes twice as long."""
    return re.compile("|".join(f"(?:{rule.pattern.pattern})" for rule in rules().lines if rule.effect != "foot"), re.IGNORECASE)
