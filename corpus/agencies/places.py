"""Places in a name, in the text and in the host: chains of divisions, and the choice between divisions of one name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.agencies.divisions import MUNICIPALITIES, Division, Gazetteer, Level, gazetteer, stem, successors
from corpus.datafile import later
from corpus.patterns import pattern, words

_TOWN_NEXT = pattern("corpus/agencies", "town_next")
_TOWN_AFTER = pattern("corpus/agencies", "town_after")
_ENDS = later(r"[省市州盟区县旗]")
RELATION = pattern("corpus/agencies", "relation")
_RANKS: dict[str, tuple[Level, ...]] = {
    "省": ("province",), "自治区": ("province",), "市": ("province", "prefecture", "county"), "自治州": ("prefecture",), "州": ("prefecture",),
    "盟": ("prefecture",), "地区": ("prefecture",), "自治县": ("county",), "自治旗": ("county",), "县": ("county",), "旗": ("county",),
    "区": ("county",),
}  # fmt: skip
_VISIT = pattern("corpus/agencies", "visit_before")
_HAN = later(r"[\u3400-\u9fff]")
#: words of one character after which a name may begin
_BEFORE = frozenset("由在是为与和及对向将即按据经从自把请给被到赴的年月日度内全级")
_COMMON = frozenset(words("corpus/agencies", "common_places"))
_TRIP = pattern("corpus/agencies", "trip")
#: a text is searched from its head and its foot: identity and address stand there, examples in between
HEAD, FOOT = 6000, 800


@dataclass(frozen=True, slots=True)
class Chain:
    """Divisions that a name begins with: ``last`` are the readings of the innermost, ``end`` where the rest begins.

    ``given`` are the printed places, outermost first.  ``short``: the innermost is printed without its suffix (南京).
    """

    last: tuple[Division, ...] = ()
    end: int = 0
    given: tuple[str, ...] = ()
    short: bool = False
    conflict: bool = False


def read_chain(name: str, start: int = 0) -> Chain:
    """Read the places that ``name`` begins with at ``start``, the longest name first, each inside the one before.

    >>> read_chain("南京市鼓楼区教育局").given
    ('南京市', '鼓楼区')
    """
    g = gazetteer()
    chain = Chain(end=start)
    while True:
        following = _next(g, name, chain)
        if following is None:
            return chain
        chain = following
        if chain.conflict:
            return chain


def _next(g: Gazetteer, name: str, before: Chain) -> Chain | None:
    pos = before.end
    conflict: tuple[tuple[Division, ...], str] | None = None
    for length in range(min(g.longest, len(name) - pos), 1, -1):
        part = name[pos : pos + length]
        full = g.names.get(part, ())
        found = full or g.short.get(part, ())
        if found and not full and not before.last:
            found += g.stems.get(part, ())  # 朝阳教育局 may be of 朝阳市 or of any 朝阳区
        if not found or _TOWN_NEXT.match(name, pos + length):
            continue
        if not full and _TOWN_AFTER.match(name, pos + length):
            continue
        if not before.last:
            return Chain(found, pos + length, (part,), not full)
        inside = tuple(d for d in found if any(p.holds(d) for p in before.last))
        if inside:
            return Chain(inside, pos + length, (*before.given, part), not full)
        if full and conflict is None and len(part) > 2:
            conflict = (found, part)
    if conflict is not None:  # 厦门市鼓楼区: no district of Xiamen
        return Chain((*before.last, *conflict[0]), pos + len(conflict[1]), (*before.given, conflict[1]), False, True)
    return None


def places_in(text: str) -> list[tuple[int, int, str]]:
    """Full names of divisions in ``text``, as (start, end, name), the longest name that ends at each place.

    Only where a word can begin: neither 开县 in 公开县级信息 nor 和县 in 市和县两级.
    """
    g = gazetteer()
    found: list[tuple[int, int, str]] = []
    last = 0
    for m in _ENDS.finditer(text):
        end = m.end()
        for length in g.endings.get(text[end - 2 : end], ()):
            start = end - length
            name = text[start:end]
            if start >= 0 and name in g.names:
                if start == 0 or start == last or not _HAN.match(text[start - 1]) or text[start - 1] in _BEFORE:
                    found.append((start, end, name))
                    last = end
                break
    return found


def fitting(found: Iterable[Division], year: int | None) -> tuple[Division, ...]:
    """Divisions whose period fits the year (all where none does, or no year is known), one for each place.

    公主岭市 was moved from 四平市 to 长春市 in 2020: one place with two codes, so the one that fits better (or the newer) stands.
    """
    every = tuple(dict.fromkeys(found))
    if year is not None:
        best = min((d.years_off(year) for d in every), default=0)
        every = tuple(d for d in every if d.years_off(year) == best)
    if len(every) < 2:
        return every
    places: dict[tuple[str, ...], list[Division]] = {}
    for d in every:
        now = successors(d)
        # a merged district is no other name of the one that took it in, unless both bore one name
        key = tuple(s.code for s in now) if now else (d.code,)
        places.setdefault(key, []).append(d)
    kept = []
    for same in places.values():
        one_rank = year is not None or len({d.level for d in same}) == 1  # 巢湖市 was a prefecture until 2011
        if len(same) > 1 and one_rank and len({stem(d.name) for d in same}) == 1:
            inside = [
                d
                for d in same
                if year is not None and (d.since or "0") <= f"{year}-12" and (not d.until or d.until >= f"{year}-12")
            ]
            kept.append(max(inside or same, key=lambda d: d.since))
        else:
            kept.extend(same)
    return tuple(kept)


def host_of(url: str) -> str:
    """Host of an address as metadata give it, or ``""``: ``http://www.fg.gov.cn/info/1.htm`` -> ``www.fg.gov.cn``."""
    m = re.match(r"(?:https?://)?([\w.-]+\.[a-z]{2,})(?:[:/]|$)", url.strip().lower())
    return m[1] if m else ""


def host_place(host: str) -> str:
    """Code of the division whose site ``host`` belongs to, or ``""``: ``gyj.bjchy.gov.cn`` -> ``110105``."""
    hosts = gazetteer().hosts
    labels = re.sub(r"^https?://|[/:].*$", "", host.strip().lower()).split(".")
    for i in range(len(labels)):
        code = hosts.get(".".join(labels[i:]))
        if code:
            return code
    return ""


def choose(found: Sequence[Division], *, text: str, host: str, printed: str) -> tuple[tuple[Division, ...], str]:
    """Narrow readings of one name by host and text; returns what remains and the evidence (empty where nothing decided).

    The text decides where it prints a parent right before the name (长春市朝阳区), or names the parent of one reading at least
    twice and those of the others never.
    """
    if host and (code := host_place(host)):
        root = gazetteer().at(code)
        inside = tuple(d for d in found if d.code == code or (root is not None and root.holds(d)))
        if len(inside) == 1:
            return inside, f"host: {host} ({code})"
        if inside:
            found = inside
    if not text:
        return tuple(found), ""
    near = text if len(text) <= HEAD + FOOT else text[:HEAD] + "\n" + text[-FOOT:]
    beside = {d: p + printed for d in found for p in parents(d) if _stands(p + printed, near)}
    # 石家庄市桥西区 also ends a longer list of parents; one reading only must be printed so
    if len(beside) == 1:
        d, words = next(iter(beside.items()))
        return (d,), f"text: {words}"
    if beside:
        return tuple(found), ""
    counts = {d: sum(near.count(p) for p in parents(d)[:1]) for d in found}
    named = [d for d, n in counts.items() if n]
    if len(named) == 1 and counts[named[0]] >= 2:
        return (named[0],), f"text: {parents(named[0])[0]} ×{counts[named[0]]}"
    return tuple(found), ""


def _stands(words: str, text: str) -> bool:
    """Whether ``words`` are printed other than as the aim of a visit (赴福州市鼓楼区学习)."""
    at = text.find(words)
    while at >= 0:
        if _TRIP.search(text, max(0, at - 12), at) is None:
            return True
        at = text.find(words, at + 1)
    return False


def parents(d: Division) -> tuple[str, ...]:
    """Names by which the parent of a division is printed, the full one first: 长春市, 长春, 吉林省."""
    if d.level == "county" and d.prefecture:
        return (d.prefecture, stem(d.prefecture), d.province)
    if d.level != "province":
        return (d.province, stem(d.province)) if d.code[:2] in MUNICIPALITIES else (d.province,)
    return ()


def nearby(body: str, relation: str, text: str) -> tuple[str, str]:
    """The place that a name without one means, by the text: (name, evidence), both empty where the text leaves it open.

    ``relation`` is the word that stands for it (区 in 区财政局), or empty.  A place printed right before the body decides if it is
    the only one; else one that is named at least three times while no other of its rank is named.
    """
    near = text if len(text) <= HEAD + FOOT else text[:HEAD] + "\n" + text[-FOOT:]
    found = places_in(near)
    names = [(a, b, n) for a, b, n in found if _of_rank(n, relation)]
    if not names:
        return "", ""
    ends = {b: a for a, b, _ in found}
    before = [(a, n) for a, b, n in names if near.startswith(body, b)]
    if len({n for _, n in before}) == 1 and not all(_visited(near, a, ends) for a, _ in before):
        name = before[0][1]
        return name, f"text: {name}{body}"
    if before or not relation:
        return "", ""
    counts = Counter(n for _, _, n in names if n not in _COMMON)
    if len(counts) == 1 and counts.total() >= 3:
        name = next(iter(counts))
        return name, f"text: {name} ×{counts[name]}"
    return "", ""


def _of_rank(name: str, relation: str) -> bool:
    """Whether a place is one that ``relation`` can stand for: 区 never means 新疆维吾尔自治区."""
    if not relation:
        return True
    levels = _RANKS[relation]
    return name.endswith(relation[-1]) and any(d.level in levels for d in gazetteer().names[name])


def _visited(text: str, start: int, ends: dict[int, int]) -> bool:
    """Whether the agency whose places begin at ``start`` is another one that is visited or learned from (赴佛山市南海区…)."""
    while start in ends:
        start = ends[start]
    return _VISIT.search(text, max(0, start - 4), start) is not None
