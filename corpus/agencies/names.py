"""How names of agencies are built after their place: townships, zones, branches, regiments, and the body that tells the kind."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO

from corpus.agencies.divisions import Division, Level, Zone, below, gazetteer
from corpus.agencies.kinds import kind_of
from corpus.agencies.places import Chain
from corpus.datafile import later
from corpus.patterns import pattern

_ZONE = pattern("corpus/agencies", "zone")
_COMMITTEE = pattern("corpus/agencies", "zone_committee")
_TOWN = pattern("corpus/agencies", "town")
_TOWN_GROUPS = (("town", "body"), ("town2", "body2"), ("farm", "farm_body"))
_BRANCH = pattern("corpus/agencies", "branch")
_INNER = later(r"^\([^()]*\)")
_REMARK = later(r"\([^()]*\)?$")
_CORPS = pattern("corpus/agencies", "corps_division")
_REGIMENT = pattern("corpus/agencies", "regiment")
_AFTER_STEM = pattern("corpus/agencies", "after_stem")
_TOWNSHIP = pattern("corpus/agencies", "township_body")
UNIVERSITY = pattern("corpus/agencies", "university")


@dataclass(frozen=True, slots=True)
class Parts:
    """A name after its place.

    ``printed`` is all of it; ``town`` a township, ``zone`` a zone at its head; ``unit`` the body after them, whose words tell
    ``kind`` from ``kind_at`` on; ``branch`` the place of a branch (海淀 in 公安局海淀分局); ``organ_level`` the level that alone
    has such an organ; ``zone_level`` overrides the level of a zone.
    """

    printed: str
    kind: str
    kind_at: int
    unit: str
    town: str = ""
    zone: str = ""
    branch: str = ""
    organ_level: Level | None = None
    zone_level: Level | None = None

    def level_in(self, place: Division) -> Level:
        """Level of the agency if it belongs to ``place``."""
        if self.town:
            return "township"
        if self.zone:
            return self.zone_level or below(place.level, place.code)
        return place.level


@dataclass(frozen=True, slots=True)
class CorpsName:
    """A division (师) of the Corps with its city, and what follows."""

    unit: str
    city: str
    city_code: str
    parts: Parts


def split_body(rest: str, *, zone: str = "") -> Parts:
    """Take a name without its place apart; ``zone`` is one that was recognised by the table."""
    # 西城区人民政府广安门内街道办事处
    agent = rest.startswith("人民政府") and len(rest) > 4
    town = _TOWN.match(rest[4:] if agent else rest) if not zone else None
    if town is not None:
        groups = town.groupdict()
        name, body = next((groups[a] or "", groups[b] or "") for a, b in _TOWN_GROUPS if groups[a])
        if groups["farm"]:
            return Parts(rest, "government", 0, body, town=name)
        if name.endswith("街"):
            name += "道"  # 南湖街办事处 and 南湖街道办事处 are one
        if name.endswith("街道") and body.startswith("办"):
            return Parts(rest, "subdistrict", 0, "", town=name)
        kind, at = ("subdistrict" if name.endswith("街道") else "government", 0) if not body else _kind(body)
        return Parts(rest, kind, at, body, town=name)
    if zone:
        head, body = zone, _INNER.sub("", rest[len(zone) :])  # 苏州高新区(虎丘区)管委会
    else:
        m = _ZONE.match(rest)
        head, body = (m["zone"], _INNER.sub("", m["body"])) if m is not None else ("", rest)
        # 自然资源和规划局高新区分局 is a branch of a bureau, not a bureau of a zone
        if re.search(r"[局委厅](?!$)", head):
            head, body = "", rest
    if head:
        if _COMMITTEE.match(body):
            return Parts(rest, "zone", 0, "", zone=head)
        kind, at = _kind(body)
        return Parts(rest, kind, at, body, zone=head)
    body = _REMARK.sub("", rest)
    kind, at = _kind(body)
    branch = _BRANCH.match(body)
    level: Level | None = None
    if body.endswith("厅"):
        level = "province"
    elif body.startswith(("行政公署", "行署")):
        level = "prefecture"
    return Parts(rest, kind, at, body, branch=branch["sub"] if branch else "", organ_level=level)


def _kind(body: str) -> tuple[str, int]:
    if (university := UNIVERSITY.match(body)) and not university["of"]:
        return "school", 0  # 民族大学, 海洋大学 are no bodies for 民族 and 海洋
    hit = kind_of(body)
    return (hit[0].code, hit[1]) if hit is not None else ("other", 0)


def zone_prefix(key: str) -> tuple[Zone, int] | None:
    """The zone of the table that a name begins with, and its length."""
    zones = gazetteer().zones
    for length in range(min(len(key), 26), 3, -1):
        zone = zones.get(key[:length])
        if zone is not None:
            return zone, length
    return None


def stem_places(key: str) -> Chain:
    """Counties that a name begins with without their suffix, where the next word asks for a place."""
    stems = gazetteer().stems
    for length in range(min(len(key), 6), 1, -1):
        found = stems.get(key[:length])
        if found is not None and _AFTER_STEM.match(key, length) and not _TOWNSHIP.search(key, length):
            return Chain(found, length, (key[:length],), True)
    return Chain()


def inner_stem(key: str, chain: Chain) -> Chain:
    """The chain with a county that is printed without its suffix inside it: 海淀 in 北京市海淀教育局.

    Only where the words of a kind follow and do not begin before: 公安 in 湖北省公安厅 is not 公安县.
    """
    if chain.conflict or not chain.last:
        return chain
    rest = key[chain.end :]
    for length in range(min(len(rest) - 1, 6), 1, -1):
        inside = tuple(d for d in gazetteer().stems.get(rest[:length], ()) if any(p.holds(d) for p in chain.last))
        if not inside:
            continue
        if _AFTER_STEM.match(rest, length) and not _TOWNSHIP.search(rest, length):  # 安徽霍山经济开发区
            return Chain(inside, chain.end + length, (*chain.given, rest[:length]), True)
        whole, after = kind_of(rest), kind_of(rest[length:])
        if (whole is None or whole[1] >= length) and after is not None and after[1] == 0:
            return Chain(inside, chain.end + length, (*chain.given, rest[:length]), True)
    return chain


def branch_place(parent: Division, sub: str) -> tuple[Division, ...]:
    """Divisions inside ``parent`` that a branch is named for: 海淀, 番禺区."""
    g = gazetteer()
    found = g.names.get(sub, ()) or g.stems.get(sub, ()) or g.short.get(sub, ())
    return tuple(d for d in found if parent.holds(d))


@cache
def _corps_cities() -> dict[str, str]:
    """Seats of the divisions of the Corps; the eleventh and twelfth have no city."""
    text = files("corpus").joinpath("data/agencies/corps.csv").read_text(encoding="utf-8")
    return {row["unit"]: row["city"] for row in csv.DictReader(StringIO(text))}


def split_corps(key: str) -> CorpsName | None:
    """A name that begins with a division of the Corps; ``None`` for any other."""
    m = _CORPS.match(key)
    if m is None:
        return None
    unit = m["unit"]
    city = _corps_cities().get(unit, "")
    rest = m["rest"]
    if m["city"] and m["city"] != city:
        rest = m["city"] + rest
    regiment = _REGIMENT.match(rest)
    town = regiment["town"] if regiment else ""
    body = regiment["rest"] if regiment else rest
    kind, at = _kind(body) if body else ("government", 0)
    code = next((d.code for d in gazetteer().names.get(city, ()) if d.code.startswith("65")), "")
    return CorpsName(unit, city, code, Parts(rest, kind, at, body, town=town))
