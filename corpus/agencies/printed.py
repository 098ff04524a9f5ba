"""Names of agencies in running text: found by the formulas in which reports name who reports.

``现公布云岭县2022年政府信息公开工作年度报告``, ``本报告由云岭县水务局编制``, ``请与云岭县水务局办公室联系``: each formula is a rule of
``data/agencies/formulas.toml`` with examples.  A name is cut free of the words around it and must end as agencies (or places) do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from corpus.agencies.kinds import central
from corpus.agencies.places import RELATION, read_chain
from corpus.datafile import entries, later, load_toml
from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import Normalised

_KEYS = {"id", "rank", "where", "pattern", "office", "yes", "no"}
_NAME = r"(?P<n>[\u4e00-\u9fff()]{2,42}?(?<=[省市县区州旗盟府室厅局会处署门委办队关心院学乡镇木场社联道街团部构组城股科司园)]))"
_YEAR = pattern("corpus/agencies", "year_named").pattern
_ENDS = pattern("corpus/agencies", "name_end")
_OFFICE = pattern("corpus/agencies", "office_end")
_STREET = ("街道办事处", "街道办", "街道")
_NO_NAME = pattern("corpus/agencies", "no_name")
_PLACE = pattern("corpus/agencies", "place_end")
_UNLISTED = pattern("corpus/agencies", "unlisted_place")
_MINISTRY = pattern("corpus/agencies", "ministry")
_FUNCTION = later(r"和|与|及|在|对|为|将|由|以|把|被|让|是|有|并|也|又|都|还|不|未|无")
_GENERIC = pattern("corpus/agencies", "generic_body")
_LEAD = pattern("corpus/agencies", "lead_of_name")


@dataclass(frozen=True, slots=True)
class Formula:
    """A rule: ``rank`` orders what several find, 1 the surest; ``office``: its name may be that of an office inside the agency."""

    id: str
    rank: int
    where: str
    pattern: re.Pattern[str]
    office: bool
    yes: tuple[tuple[str, str], ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """A name as it stands in the normalised text at ``start:end``; ``of`` is what was cut off behind it (``办公室``)."""

    name: str
    start: int
    end: int
    formula: str
    rank: int
    of: str = ""


@cache
def formulas() -> tuple[Formula, ...]:
    """The rules in file order.

    Raises:
        DataError: unknown keys, or a pattern without a group ``n``.
    """
    raw = load_toml("corpus", "data/agencies/formulas.toml")
    found = []
    for row in entries(raw, "formula", "formulas.toml", _KEYS - {"office"}, ("office",)):
        pattern = re.compile(row["pattern"].replace("YEAR", _YEAR).replace("NAME", _NAME))
        if "n" not in pattern.groupindex or row["where"] not in ("preamble", "narrative", "line"):
            raise DataError(f"formula {row['id']}: no NAME, or where is {row['where']!r}", source="formulas.toml")
        found.append(
            Formula(
                row["id"],
                row["rank"],
                row["where"],
                pattern,
                row.get("office", False),
                tuple((text, name) for text, name in row["yes"]),
                tuple(row["no"]),
            )
        )
    return tuple(found)


def tidy(raw: str, *, office: bool = False) -> tuple[str, int, int, str] | None:
    """The name inside ``raw`` with its range in it and the office cut off, or ``None`` where no agency or place is named.

    >>> tidy("现公布云岭县水务局")[:3], tidy("云岭县水务局办公室", office=True)[3]
    (('云岭县水务局', 3, 9), '办公室')
    """
    lead = _LEAD.match(raw)
    start = lead.end() if lead else 0
    while start < len(raw) and raw[start] in "()":
        start += 1
    name = raw[start:]
    of = ""
    if office:
        for _ in range(2):
            if name.endswith(_STREET):
                break  # 云岭区人民政府柳湾街道办事处 is no office of the government that sends it out
            m = _OFFICE.search(name)
            # 云岭县人民政府信息公开办公室 is an office of 云岭县人民政府
            end = m.start() + 2 * (name[: m.start()].endswith("人民") and m[0].startswith("政府")) if m else 0
            if not is_name(name[:end]):
                break
            name, of = name[:end], name[end:] + of
    if not is_name(name):
        return None
    return name, start, start + len(name), of


def _ministry(raw: str) -> tuple[str, int, int, str] | None:
    """A ministry named without 国家, as the opening of its own report names it; elsewhere 教育部 may be spoken of, or end another word."""
    lead = _LEAD.match(raw)
    start = lead.end() if lead else 0
    name = raw[start:]
    return (name, start, len(raw), "") if name.endswith("部") and name in central() else None


def is_name(name: str) -> bool:
    """Whether ``name`` reads as that of an agency, or of a place whose government reports."""
    if not 2 <= len(name) <= 40 or says_more(name) or name.startswith("国务院") or name.count("(") != name.count(")"):
        return False
    if _MINISTRY.search(name):
        return True
    if _FUNCTION.match(name) and not read_chain(name).last:  # 和平县 is a place
        return False
    if _ENDS.search(name):
        if _GENERIC.fullmatch(name):
            return False
        relation = RELATION.match(name)
        return len(name) > 2 and not (relation and relation.end() == len(name))
    chain = read_chain(name)
    if chain.last:
        return chain.end == len(name) and not chain.short
    return len(name) <= 9 and _PLACE.search(name) is not None  # a place that no list knows: newer, or misprinted


def says_more(words: str) -> bool:
    """Whether words hold more than a name: verbs, 本报告, 有关单位."""
    return _NO_NAME.search(words) is not None


def names_in(norm: Normalised, where: str) -> Iterator[Printed]:
    """What the formulas for a part of the report find in a paragraph; offsets are those of the paragraph as printed."""
    for formula in formulas():
        if formula.where != where:
            continue
        for m in formula.pattern.finditer(norm.text):
            found = tidy(m["n"], office=formula.office)
            if found is None and where == "preamble":
                found = _ministry(m["n"])
            if found is None:
                continue
            name, start, end, of = found
            first, last = norm.span(m.start("n") + start, m.start("n") + end)
            yield Printed(name, first, last, formula.id, formula.rank, of)


def begins_with_place(name: str) -> bool:
    """Whether the name says where the agency is (``云岭县水务局``), and not only how it is related (``县水务局``)."""
    return bool(read_chain(name).last) or (RELATION.match(name) is None and _UNLISTED.match(name) is not None)
