"""Who published a report: agency, level, kind, control and division, with everything else the name may mean.

``resolve_agency`` claims (``certain``) only what the name, the host or the text say; a name that several places bear stays
``open`` with all of them as candidates.  The parts: ``agency_divisions`` (places and their history), ``agency_places`` (reading
chains of places), ``agency_kinds`` (kinds, central agencies, reforms), ``agency_forms`` (how names are built).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from corpus.agencies.divisions import CORPS_CODE, Division, Level, gazetteer, slips, successors, townships
from corpus.agencies.kinds import CentralAgency, Control, LineageEvent, central_prefix, kind_of, kinds, lineage
from corpus.agencies.names import UNIVERSITY, Parts, branch_place, inner_stem, split_body, split_corps, stem_places, zone_prefix
from corpus.agencies.places import HEAD, RELATION, Chain, choose, fitting, host_place, nearby, places_in, read_chain
from corpus.patterns import pattern, words
from corpus.text.normalise import squeeze

__all__ = ["Agency", "Candidate", "LineageEvent", "lineage", "resolve_agency"]

_GOVERNING = frozenset({"government", "subdistrict", "zone"})
_MAIN_ENDS = words("corpus/agencies", "main_ends")
_FIRST = pattern("corpus/agencies", "first_of_two")
_OFFICE_KINDS = frozenset(
    {"government_office", "approval", "financial", "foreign_affairs", "overseas", "civil_defense", "poverty", "petition"}
)
#: a place of these characters only is also a side of something: 海东, 北海, 河东, 江北
_DIRECTIONS = frozenset("东西南北中海江河湖山")
_ASIDE = pattern("corpus/agencies", "place_aside")
_AS_TOWN, _AS_OTHER = pattern("corpus/agencies", "speaks_as_town"), pattern("corpus/agencies", "speaks_as_other")
_WATERS = pattern("corpus/agencies", "waters")
_GOVERNMENT_END = pattern("corpus/agencies", "government_end")
_PLACE_LIKE = pattern("corpus/agencies", "place_like")
_PLACE_RANK = pattern("corpus/agencies", "place_rank")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that the agency may belong to; ``agency_id`` is what the agency's id would be there."""

    division_code: str
    province: str
    prefecture: str
    county: str
    township: str
    agency_id: str


@dataclass(frozen=True, slots=True)
class Agency:
    """What is known of the publishing agency.

    ``agency_id``: ``<division>.<kind>`` with ``:<unit>`` where the unit is not the main agency of its kind; ``""`` while open.
    ``name``: squeezed, and with its full places where they are certain.  ``level``: of the government it is or belongs to;
    ``department`` says that it is a department (or unit) of that government and not the government itself, ``level_code`` joins
    the two.  ``kind``: code of ``kinds.toml`` or ``other``.  ``control``: ``vertical`` where led from above (税务, 海关, 气象).
    ``division_code``: GB/T 2260 (a zone or township has that of the division it lies in; 660000 for the Corps); ``successors``
    are today's codes where the division has changed since.  ``since``/``until`` (``YYYY-MM`` or empty) bound the entity.
    ``candidates`` are all readings while open, ``evidence`` says what decided.
    """

    agency_id: str
    name: str
    level: Level
    department: bool
    kind: str
    control: Control
    division_code: str = ""
    province: str = ""
    prefecture: str = ""
    county: str = ""
    township: str = ""
    zone: str = ""
    successors: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    certainty: Literal["certain", "open"] = "open"
    candidates: tuple[Candidate, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def level_code(self) -> str:
        """``county`` for the government itself, ``county_department`` for a department of it."""
        return f"{self.level}_department" if self.department and self.level != "unknown" else self.level


def resolve_agency(name: str, *, text: str = "", host: str = "", year: int | None = None) -> Agency:
    """Resolve the agency printed as ``name``.

    Args:
        name: as printed in the title; may lack its place (``区财政局``).
        text: the report's text, asked only where the name leaves something open.
        host: of the page the report came from, if known.
        year: the report's year; divisions are those of that year.

    >>> a = resolve_agency("南京市鼓楼区教育局")
    >>> a.agency_id, a.level_code, a.certainty
    ('320106.education', 'county_department', 'certain')
    """
    key = re.sub(r"(?:关于|的)+$", "", squeeze(name).strip("·-_,.;:#*\"'"))
    if not key:
        return Agency("", "", _rank_spoken(text), False, "other", "local")
    # 甲区人民政府、乙开发区管委会 publish together; the first is the one that answers
    first = _FIRST.match(key)
    lead = first[1] if first else key
    found = _central(lead, text, host, year)
    if found is None:
        lead = lead.removeprefix("中华人民共和国")
        found = _corps(lead)
    found = found if found is not None else _local(lead, text, host, year)
    return replace(found, level=_rank_spoken(text)) if found.level == "unknown" and not found.candidates else found


def _rank_spoken(text: str) -> Level:
    """The rank that only the speaker tells: 我镇, 我乡, 我街道, and no 我局 or 我县 as often."""
    opening = text[:HEAD]
    towns = len(_AS_TOWN.findall(opening))
    return "township" if towns > len(_AS_OTHER.findall(opening)) else "unknown"


def _central(key: str, text: str, host: str, year: int | None) -> Agency | None:
    full = key.removeprefix("中华人民共和国") if not central_prefix(key) else key
    hit = central_prefix(full)
    if hit is None:
        return None
    agency, length = hit
    rest = full[length:]
    if agency.level != "central":
        if rest.startswith(("区", "市", "县")):  # 天津海关区… is no name of the customs house
            return None
        d = gazetteer().at(agency.place, year)
        province = d.province if d is not None else ""
        ident = f"{agency.place}.{agency.kind}:{agency.name}{rest}"
        return Agency(
            ident, agency.name + rest, agency.level, True, agency.kind, agency.control, agency.place, province,
            since=agency.since, until=agency.until, certainty="certain", evidence=(f"name: {agency.name}",),
        )  # fmt: skip
    # 审计署驻武汉特派员办事处; but 驻马店市 begins so by itself
    branch = rest if read_chain(rest).last else rest.removeprefix("驻")
    if branch:
        chain = read_chain(branch)
        if chain.last or zone_prefix(branch) is not None:
            local = _local(branch, text, host, year)
            kind = "statistics_survey" if agency.kind == "statistics" else _outpost(agency, full)
            if (
                chain.short
                and kinds()[kind].control != "vertical"
                and local.level not in {"province", "central"}
                and not _is_outpost(branch)
            ):
                local = _left_open(local)  # 自然资源部北海局 serves a sea, 应急管理部沈阳消防研究所 the country
            return _as_branch(local, agency, full, kind, branch)
    if _PLACE_LIKE.match(rest):
        # 国家税务总局云岭县税务局: a place that no list knows (newer than the lists, or misprinted) is not the centre
        return Agency(
            "",
            agency.name + rest,
            _rank_told(rest),
            True,
            _outpost(agency, full),
            agency.control,
            evidence=(f"name: {agency.name}",),
        )
    department = full != agency.name and bool(rest)
    ident = f"central.{agency.name}" + (f":{rest}" if rest else "")
    kind = _outpost(agency, full) if rest else agency.kind
    return Agency(
        ident, agency.name + rest, "central", kind != "government" or department, kind, kinds()[kind].control if rest else agency.control,
        since=agency.since, until=agency.until, certainty="certain", evidence=(f"name: {agency.name}",),
    )  # fmt: skip


def _outpost(agency: CentralAgency, full: str) -> str:
    """Kind of a body that a central agency keeps elsewhere (国家能源局华中监管局), else the agency's own."""
    if agency.control == "vertical":
        return agency.kind
    hit = kind_of(full)
    return hit[0].code if hit is not None and hit[0].control == "vertical" else agency.kind


def _as_branch(local: Agency, agency: CentralAgency, full: str, kind: str, branch: str) -> Agency:
    """A body of a central agency in a place: its kind and control come from above, its place from the rest of the name."""

    def ident(code: str) -> str:
        main = kind == "tax" and branch.endswith("税务局")
        return f"{code}.{kind}" if main and not local.zone else f"{code}.{kind}:{full}"

    return replace(
        local,
        level="central" if _is_outpost(branch) else local.level,
        agency_id=ident(local.division_code) if local.certainty == "certain" else "",
        name=full,
        department=True,
        kind=kind,
        control="vertical",
        candidates=tuple(replace(c, agency_id=ident(c.division_code)) for c in local.candidates),
        since=max(local.since, kinds()[kind].since, agency.since),
        evidence=(f"name: {agency.name}", *local.evidence),
    )


def _is_outpost(branch: str) -> bool:
    """Whether a body serves several provinces from its seat (审计署驻武汉特派员办事处)."""
    return "特派" in branch or "督察" in branch or "专员办" in branch


def _left_open(agency: Agency) -> Agency:
    """The agency with its place as a candidate only."""
    if agency.certainty == "open":
        return agency
    place = Candidate(
        agency.division_code, agency.province, agency.prefecture, agency.county, agency.township, agency.agency_id
    )
    return replace(
        agency, agency_id="", division_code="", province="", prefecture="", county="", township="", successors=(), certainty="open",
        level="unknown", candidates=(place,),
    )  # fmt: skip


def _may_be_waters(chain: Chain, parts: Parts) -> bool:
    """Whether a name may be of waters and not of a place: 海东海关, 北海救助局 beside 海东市, 北海市."""
    if not chain.short or len(chain.given) > 1 or chain.last[0].level == "province" or not set(chain.given[0]) <= _DIRECTIONS:
        return False
    return _WATERS.search(parts.unit) is not None or (_control(parts.kind) == "vertical" and parts.kind != "statistics_survey")


def _corps(key: str) -> Agency | None:
    """Divisions (师) and regiments of the Xinjiang Production and Construction Corps; their cities are 660000's, not the region's."""
    corps = split_corps(key)
    if corps is None:
        return None
    kind, unit = corps.parts.kind, corps.unit
    level: Level = "township" if corps.parts.town else "prefecture"
    city = gazetteer().get(corps.city_code, corps.city) if corps.city_code else None
    code = corps.city_code or CORPS_CODE
    ident = f"{CORPS_CODE}.{kind}:{unit}{corps.parts.town}{corps.parts.unit}"
    return Agency(
        ident, key, level, kind not in _GOVERNING, kind, _control(kind), code, "新疆生产建设兵团", unit, city.name if city else "",
        corps.parts.town, certainty="certain", evidence=(f"name: {unit}",),
    )  # fmt: skip


def _local(key: str, text: str, host: str, year: int | None) -> Agency:
    evidence: list[str] = []
    zone_hit = zone_prefix(key)
    chain = read_chain(key)
    if zone_hit is not None and len(zone_hit[0].name) >= chain.end:
        zone = zone_hit[0]
        parent = gazetteer().at(zone.parent, year)
        parts = split_body(key, zone=zone.name)
        town_in_zone = split_body(key[len(zone.name) :].removeprefix("人民政府"))
        if town_in_zone.town:  # 西咸新区底张街道办事处
            return _build(
                key,
                (parent,) if parent is not None else (),
                replace(town_in_zone, printed=parts.printed, zone=zone.name),
                year,
                (f"name: {zone.name}",),
            )
        return _build(
            key, (parent,) if parent is not None else (), replace(parts, zone_level=zone.level), year, (f"name: {zone.name}",)
        )
    if not chain.last:
        chain = stem_places(key)
    rest = key[chain.end :]
    relation = ""
    if not chain.last:
        m = RELATION.match(rest)
        parts = split_body(rest[m.end() :] if m else rest)
        if m and not parts.town and parts.kind != "other":
            relation, rest = m[1], rest[m.end() :]
        else:
            parts = split_body(rest)
        place, proof = nearby(parts.town or rest, relation, text) if text else ("", "")
        if place:
            chain = read_chain(place)
            evidence.append(proof)
    else:
        chain = inner_stem(key, chain)
        rest = key[chain.end :]
        parts = split_body(rest)
        evidence.append("name: " + "".join(chain.given))
    if not chain.last:
        alike, length = slips(key)
        if alike:  # 剡城县人民政府 for 郯城县: a slip is never certain
            proof = f"name: {key[:length]} may be a slip"
            return _build(key, fitting(alike, year), split_body(key[length:]), year, (proof,), certain=False)
        if parts.town:
            return _town_alone(key, parts, text, host, year)
        return _nowhere(key, parts, relation, host, year)
    if _may_be_waters(chain, parts) and not host and not any(d.name in text[:HEAD] for d in chain.last):
        return _left_open(_build(key, fitting(chain.last, year), parts, year, tuple(evidence)))
    if chain.short and UNIVERSITY.match(rest):  # 北京大学 is no 北京市大学, and need not be the city's
        return replace(_left_open(_build(key, fitting(chain.last, year), parts, year, tuple(evidence))), name=key)
    if (aside := _aside(chain, parts)) is not None:  # 北京大兴国际机场临空经济区(廊坊)管理委员会
        return _build(key, (*fitting(chain.last, year), *fitting(aside, year)), parts, year, tuple(evidence), certain=False)
    if chain.conflict:
        return _build(key, fitting(chain.last, year), parts, year, tuple(evidence), certain=False)
    places = fitting(_by_organ(chain, parts), year)
    if len(places) > 1:
        places, proof = choose(places, text=text, host=host, printed=chain.given[-1])
        if proof:
            evidence.append(proof)
    if len(places) == 1 and chain.short and (parts.zone or key.endswith(("公司", "集团"))):
        # 青石经济技术开发区, 青石供水有限公司 are whole names, and 青石市经济技术开发区 is nobody's
        named = _build(key, places, parts, year, tuple(evidence))
        return replace(named, name=places[0].prefecture * (places[0].level == "county") + chain.given[-1] + parts.printed)
    if len(places) == 1 and parts.branch:
        inner = fitting(branch_place(places[0], parts.branch), year)
        if len(inner) == 1:
            # a branch is of the place it works in, and named after that of its bureau: 温州市公安局鹿城区分局
            return replace(_build(key, inner, parts, year, tuple(evidence)), name=_full_name(places[0], parts))
    if parts.town and len(places) == 1 and places[0].level != "county":
        return _town_in(key, places[0], parts, year, tuple(evidence))
    return _build(key, places, parts, year, tuple(evidence))


def _aside(chain: Chain, parts: Parts) -> Sequence[Division] | None:
    """Places in parentheses that lie outside those the name begins with; ``None`` where there are none."""
    m = _ASIDE.search(parts.printed)
    inner = read_chain(m[1]) if m else Chain()
    if m is None or not inner.last or inner.end != len(m[1]):
        return None
    return None if any(p == d or p.holds(d) or d.holds(p) for p in chain.last for d in inner.last) else inner.last


def _by_organ(chain: Chain, parts: Parts) -> Sequence[Division]:
    """Readings that can have such an organ: 厅 is a province's, 行政公署 a region's or league's; 长沙高新区 is not 长沙县's."""
    if chain.short and parts.zone:
        higher = [d for d in chain.last if d.level != "county"]
        return tuple(d for d in chain.last if d.level != "county" or not any(h.holds(d) for h in higher))
    if len(chain.last) > 1 and parts.organ_level:
        narrowed = tuple(d for d in chain.last if d.level == parts.organ_level)
        return narrowed or chain.last
    return chain.last


def _town_in(key: str, place: Division, parts: Parts, year: int | None, evidence: tuple[str, ...]) -> Agency:
    """A township right under a prefecture (东莞市虎门镇), or with its county left out."""
    g = gazetteer()
    codes = [c for c in townships().get(parts.town, ()) if c.startswith(place.prefix)]
    found = tuple(d for c in codes if (d := g.at(c, year)) is not None)
    if place.level == "prefecture" and not any(d.level == "county" and place.holds(d) for d in g.divisions):
        found = (place,)
    if not found:
        return _build(key, (place,), parts, year, evidence, certain=False)
    return _build(key, found, parts, year, evidence)


def _town_alone(key: str, parts: Parts, text: str, host: str, year: int | None) -> Agency:
    """A township named without its county: all that bear the name today, certain only by text or host.

    One township of the name today is not proof: another may have been merged away since.
    """
    g = gazetteer()
    found = tuple(d for c in townships().get(parts.town, ()) if (d := g.at(c, year)) is not None)
    proof = ""
    if found and (text or host):
        found, proof = choose(found, text=text, host=host, printed=parts.town)
        if not proof and text:
            counts = Counter(place for _, _, place in places_in(text))
            named = {d: counts[d.name] for d in found}
            best = [d for d, n in named.items() if n]
            if len(best) == 1 and named[best[0]] >= 2:
                found, proof = (best[0],), f"text: {best[0].name} ×{named[best[0]]}"
    return _build(key, found, parts, year, (proof,) if proof else (), certain=bool(proof) and len(found) == 1)


def _nowhere(key: str, parts: Parts, relation: str, host: str, year: int | None) -> Agency:
    """No place in name or text: only the rank that a relation word tells (区 in 区教育局), and a host that is of that rank."""
    ranks: dict[str, Level] = {
        "省": "province",
        "自治区": "province",
        "州": "prefecture",
        "自治州": "prefecture",
        "盟": "prefecture",
        "地区": "prefecture",
    }
    level: Level = "township" if parts.town else ranks.get(relation, "county" if relation and relation != "市" else "unknown")
    kind = parts.kind
    if kind == "other" and (m := _GOVERNMENT_END.search(key)):  # the place is unknown, what it is is not
        kind = "government_office" if m[1] else "government"
    if level == "unknown" and kind != "other" and not parts.zone:
        level = _rank_told(key)
    agency = Agency("", key, level, kind not in _GOVERNING, kind, _control(kind), zone=parts.zone)
    if host and relation and not parts.zone:
        place = gazetteer().at(host_code, year) if (host_code := host_place(host)) else None
        if place is not None and place.name.endswith(relation[-1]):
            return _build(key, (place,), parts, year, (f"host: {host} ({place.code})",))
    return agency


def _rank_told(name: str) -> Level:
    """The rank that the form of a place tells which no list knows: 云岭县 is a county; 云岭市 may be a prefecture or a county."""
    m = _PLACE_RANK.match(name)
    return cast("Level", m.lastgroup) if m is not None and m.lastgroup else "unknown"


def _control(kind: str) -> Control:
    known = kinds().get(kind)
    return known.control if known is not None else "local"


def _is_main(kind: str, at: int, body: str) -> bool:
    """Whether a body is the main agency of its kind: 交通运输局, and neither 公路局 nor 交通运输局第二分局."""
    known = kinds().get(kind)
    if known is None or "分局" in body or not (at == 0 if known.main is None else known.main.match(body)):
        return False
    return body.endswith(_MAIN_ENDS) or (body.endswith(("办公室", "办公厅", "办")) and kind in _OFFICE_KINDS)


def _ident(code: str, parts: Parts) -> str:
    unit = "".join(dict.fromkeys(x for x in (parts.zone, parts.town) if x))
    body = parts.unit
    main = parts.kind in _GOVERNING or _is_main(parts.kind, parts.kind_at, body)
    tail = unit + ("" if main else body)
    return f"{code}.{parts.kind}" + (f":{tail}" if tail else "")


def _build(
    key: str,
    places: Sequence[Division],
    parts: Parts,
    year: int | None,
    evidence: tuple[str, ...],
    *,
    certain: bool | None = None,
) -> Agency:
    """The agency for the readings that remain: certain where there is one, unless ``certain`` says otherwise."""
    known = kinds().get(parts.kind)
    department = parts.kind not in _GOVERNING
    level = _one_level(places, parts)
    # 东乡县 in 2021: the county of that name ended in 2016, so another must be meant
    off = year is not None and any(d.years_off(year) for d in places)
    if len(places) == 1 and certain is not False and not off:
        d = places[0]
        now = tuple(s.code for s in successors(d) if s is not d and s.code != d.code)
        return Agency(
            _ident(d.code, parts),
            _full_name(d, parts),
            level,
            department,
            parts.kind,
            _control(parts.kind),
            d.code,
            d.province,
            gazetteer().prefecture_at(d, year),
            d.county,
            parts.town,
            parts.zone,
            now,
            max(d.since, known.since if known else ""),
            min((u for u in (d.until, known.until if known else "") if u), default=""),
            "certain",
            (),
            evidence,
        )
    pref = gazetteer().prefecture_at
    options = tuple(Candidate(d.code, d.province, pref(d, year), d.county, parts.town, _ident(d.code, parts)) for d in places)
    return Agency(
        "", key, level, department, parts.kind, _control(parts.kind), township=parts.town, zone=parts.zone,
        certainty="open", candidates=options, evidence=evidence,
    )  # fmt: skip


def _one_level(places: Sequence[Division], parts: Parts) -> Level:
    if parts.town:
        return "township"
    levels = {parts.level_in(d) for d in places}
    return levels.pop() if len(levels) == 1 else "unknown"


def _full_name(d: Division, parts: Parts) -> str:
    place = (d.prefecture or d.province) + d.county if d.level == "county" else d.name
    return place + parts.printed if not parts.zone.startswith(d.name[:2]) else parts.printed
