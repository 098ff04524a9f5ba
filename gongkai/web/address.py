"""What an address asks for: filters, words, order, page and language.  The whole state of a page is in its address.

Values are never trusted: a filter's value is bound to the query as a value, and what cannot be read is refused with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote_plus

#: filters by codes of a report, in the order of the page; ``own.<column>`` are columns given with ``--metadata``
KINDS = (
    "year", "level", "kind", "province", "prefecture", "county", "form", "coverage", "text", "s5", "label", "facet", "verdict", "check",
    "issue",
)  # fmt: skip
OWN = "own."
#: passages with a point: ``point=problem.timeliness``, and reports of a group that is compared: ``in.year=2023``
POINT, IN = "point", "in."
LANGUAGES = ("zh", "en")
#: rows on one page
ROWS = 50
_MOST_VALUES, _LONGEST, _LAST_PAGE = 64, 200, 1_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class AddressError(ValueError):
    """A parameter that cannot be read: ``name`` and ``value``."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}={value[:80]}")
        self.name = name
        self.value = value[:80]


@dataclass(frozen=True, slots=True)
class Asked:
    """An address as parameters: ``filters`` by kind, ``words`` looked for, ``who`` the agency looked for."""

    filters: Mapping[str, tuple[str, ...]]
    who: str = ""
    words: str = ""
    sort: str = ""
    by: tuple[str, ...] = ()
    page: int = 1
    lang: str = "zh"

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the address, without those that are as by default."""
        found = [("q", self.words), ("who", self.who)]
        found += [(k, v) for k, values in self.filters.items() for v in values]
        found += [("by", k) for k in self.by]
        found += [("sort", self.sort), ("page", str(self.page) if self.page > 1 else "")]
        found += [("lang", self.lang if self.lang != LANGUAGES[0] else "")]
        return [(k, v) for k, v in found if v]

    def toggled(self, kind: str, value: str) -> Asked:
        """The same with this value of a filter set, or taken away if it is; on the first page."""
        now = self.filters.get(kind, ())
        values = tuple(v for v in now if v != value) if value in now else (*now, value)
        filters = {k: v for k, v in {**self.filters, kind: values}.items() if v}
        return replace(self, filters=filters, page=1)

    def without(self, kind: str) -> Asked:
        """The same without one filter."""
        return replace(self, filters={k: v for k, v in self.filters.items() if k != kind}, page=1)


def link(path: str, asked: Asked, further: Mapping[str, str] | None = None, **changes: object) -> str:
    """The address of a page with these parameters, some changed, and further ones."""
    changed = replace(asked, **changes) if changes else asked  # type: ignore[arg-type]
    query = "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in (*(further or {}).items(), *changed.pairs()))
    return f"{path}?{query}" if query else path


@lru_cache(4096)
def _quoted(text: str) -> str:
    """As ``urlencode`` quotes; the hundreds of links of a page repeat the same few values."""
    return quote_plus(text)


def check_value(name: str, value: str) -> None:
    """Refuse a value that no page has any use for.

    Raises:
        AddressError: too long, or with control characters.
    """
    if len(value) > _LONGEST or _CONTROL.search(value):
        raise AddressError(name[:40], value)


def read_address(pairs: Iterable[tuple[str, str]], sorts: Sequence[str] = ()) -> Asked:
    """The parameters of an address; unknown ones are passed over.

    Args:
        pairs: names and values as they stand in the address.
        sorts: orders that the page knows; a ``-`` before one turns it round.

    Raises:
        AddressError: a value that cannot be read.
    """
    filters: dict[str, list[str]] = {}
    one: dict[str, str] = {}
    by: list[str] = []
    for name, value in pairs:
        check_value(name, value)
        if name in KINDS or name == POINT or _is_column(name):
            values = filters.setdefault(name, [])
            if value and value not in values:
                values.append(value)
        elif name == "by":
            by += [value] if value and value not in by else []
        elif name in {"q", "who", "sort", "page", "lang"}:
            one[name] = value
    if sum(map(len, filters.values())) > _MOST_VALUES or len(by) > 4:
        raise AddressError("…", str(sum(map(len, filters.values()))))
    lang = one.get("lang") or LANGUAGES[0]
    sort = one.get("sort", "")
    if lang not in LANGUAGES:
        raise AddressError("lang", lang)
    if sort and sort.removeprefix("-") not in sorts:
        raise AddressError("sort", sort)
    kept = {k: tuple(v) for k, v in filters.items() if v}
    return Asked(kept, one.get("who", ""), one.get("q", ""), sort, tuple(by), _page(one.get("page", "1") or "1"), lang)


def _is_column(name: str) -> bool:
    """Whether it is a filter by a column that the store may have."""
    return name.startswith((OWN, IN)) and name not in (OWN, IN) and len(name) <= 80 and not _CONTROL.search(name)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= _LAST_PAGE):
        raise AddressError("page", text)
    return int(text)
