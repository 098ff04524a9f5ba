"""Elements that hold what pages print around an article, by their names (``data/furniture.toml``)."""

from __future__ import annotations

import re
from functools import lru_cache

from corpus.text.furniture import rules

_BOX_TAGS = frozenset({"header", "nav", "footer", "aside", "dialog"})
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


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
