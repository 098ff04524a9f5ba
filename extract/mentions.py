"""From passages to mentions: quantities, their indicators, and what qualifies them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from corpus.normalise import Normalised, normalise
from extract.context import (
    PLANNING,
    close_sums,
    continue_changes,
    is_fall,
    part_kind,
    parts_of_previous,
    period_of,
    qualifier_of,
    report_year,
    settle_changes,
    settle_lists,
    split_stock,
    with_parts,
)
from extract.indicators import (
    HARD,
    SECTION_TOPIC,
    Scene,
    Site,
    Verdict,
    describe,
    find_cues,
    is_about_disclosure,
    judge,
    last_topic,
    topic_of,
)
from extract.quantities import Quantity, find_quantities
from extract.rule_index import filtered_zeros, mask_of
from extract.types import By, Mention, Period
from models.base import Passage

_CONTINUES = re.compile(r"(?:[(\[]?\d{1,2}[)\].、]|[一二三四五六七八九]是)?(?:其中|上述|以上|另|同时|已|均|全部|所有|按|答复|办结|申请|当中|结果|对|剩|余|还有|包括|分别|从|截至|目前)")
_ZERO = re.compile(r"未|没|无|零|为0")
_RATE_WORD = r"[^,;。、和及与#]{0,12}?(?:率|满意度|比例)"
_RATES = re.compile(rf"(?P<rates>{_RATE_WORD}(?:(?:和|、|及|与|以及){_RATE_WORD})+)(?:均|都|皆|双双?|同为|同时|全部|也都)+[^,;。#]{{0,6}}$")
_EACH = re.compile(r"(?P<items>[^,;。:()#、和及与]{2,12}(?:(?:、|和|及|与)[^,;。:()#、和及与]{2,12})+)各(?:有|为|占|计|是)?$")
_RATE = re.compile(_RATE_WORD)
_RESPECTIVELY = re.compile(r"(?P<items>[^,;。:()]{2,60}),?(?:分别|依次)(?P<verb>[^,;。#]{0,12})$")
_ITEM = re.compile(r"[、和及与]|以及")
# `县林业局` in `县水利局、县林业局受理量最大，分别为…`: what is said of the last body holds for all
_BODY = re.compile(r"[^、]{1,12}?(?:[局委办厅院所站队]|委员会|办公室|中心|公司|政府|街道办?|[县区市镇乡]|开发区|部门|单位)(?![局办厅委])")
_SHARED = re.compile(r"分别|依次")
_SUBJECT_LEFT = re.compile(
    r"(?:共|共计|合计|累计|总计|达到?|已达|为|约|近|超过?|突破|全年|今年|本年度?|年内|其中|分别|均|已|了|有|数|量|总数|总量|20\d\d年度?|以来)+$"
)
_SUBJECT_VERB = re.compile(
    r"^(?:全年|今年|本年度?|年内|20\d\d年度?|我[局委办县区市镇]|全[县市区镇]|其中|先后|共|共计|累计|主动|及时|通过|组织|开展|召开|举办|收到|受理|接收|办理|答复|发布|公开|制定|印发|办结|推送|回复|新增|较上年|比上年|同比|和|及|并|已|、)+(?![率量数件])"
)


_OF_WHICH = re.compile(r"(?:[(\[]?\d{1,2}[)\].、])?其中")
_OWN_PARTS = frozenset({"个", "张", "项", "块", "章", "节", "大类", "类", "本", "份"})
_STOCK = re.compile(r"关注|订阅|粉丝|用户|注册")
_CARRIED = frozenset({"request.carried_in", "request.carried_out"})
_AS_OF = re.compile(r"截[至止]")


@dataclass(frozen=True, slots=True)
class _Setting:
    """What holds for a passage from outside: the report's year, plans in force, the whole that 其中 goes back to."""

    year: int | None
    planning: bool
    whole: Mention | None


@dataclass(frozen=True, slots=True)
class _Neighbour:
    """What a passage leaves to the next: its paragraph, headings and topic in force at its end."""

    paragraph: int
    headings: tuple[str, ...]
    topic: str | None


def find_mentions(passages: Sequence[Passage]) -> tuple[Mention, ...]:
    """All mentions of one report, by place.

    ``passages`` are those of the report in order; offsets in the result are canonical (``passage.start`` added) and
    ``Mention.passage`` is ``passage.index``.

    >>> p = Passage(100, 112, "全年收到公开申请12件。", "s1")
    >>> [(m.start, m.text, m.indicator) for m in find_mentions([p])]
    [(108, '12件', 'request.received')]
    """
    year = report_year([p.text for p in passages])
    heading_topics: dict[tuple[str, ...], str | None] = {}
    found: list[Mention] = []
    before: _Neighbour | None = None
    last_whole: Mention | None = None
    planning = False
    normals = [normalise(passage.text) for passage in passages]
    counts = [find_quantities(normal.text) for normal in normals]
    zero = [bool(_ZERO.search(normal.text)) for normal in normals]
    topical = _topical(passages, normals, [bool(count) or none for count, none in zip(counts, zero, strict=True)])
    for passage, normal, quantities, zeros, asked in zip(passages, normals, counts, zero, topical, strict=True):
        headings = passage.heading_path
        if headings not in heading_topics:
            heading_topics[headings] = _heading_topic(headings, passage.section)
        cues = find_cues(normal.text) if asked else ()
        planning = passage.section == "s5" and (planning or bool(PLANNING.search(normal.text) or PLANNING.search("/".join(headings[1:]))))
        inherited = _inherited(passage, normal.text, before, heading_topics[headings])
        last_whole, of_which = None, last_whole
        if quantities or zeros:
            context = "/".join(headings) + "|" + normal.text
            dispute = is_about_disclosure(context, passage.section, inherited)
            scene = Scene(normal.text, cues, inherited, context, dispute, mask_of(normal.text))
            whole = of_which if _OF_WHICH.match(normal.text) else None
            mentions = _counted(passage, normal, scene, quantities, _Setting(year, planning, whole))
            if zeros:
                mentions = _with_zeros(passage, normal, scene, mentions)
            found.extend(mentions)
            last_whole = next((m for m in reversed(mentions) if m.scope == "total" and m.indicator), None)
        # `发布通告七则，举报电话张贴到村`: what comes after the last count sets no topic for the next sentence
        reach = quantities[-1].end + 12 if quantities else len(normal.text)
        topic = last_topic([cue for cue in cues if cue.start < reach], inherited)
        before = _Neighbour(passage.paragraph, headings, topic)
    return tuple(found)


def _heading_topic(headings: tuple[str, ...], section: str | None) -> str | None:
    """The topic of the innermost heading that sets one.

    The section's own heading, the first, is asked last: it says nothing in the present forms (`一、总体情况`), but much in older
    ones (`三、依申请公开情况`).
    """
    for heading in reversed(headings[1:]):
        topic = topic_of(normalise(heading).text)
        if topic is not None:
            return topic
    return SECTION_TOPIC.get(section or "") or (topic_of(normalise(headings[0]).text) if headings else None)


def _topical(passages: Sequence[Passage], normals: Sequence[Normalised], counted: Sequence[bool]) -> list[bool]:
    """Of which passages the topics are asked: those with a count, and those whose topic may go on into one of these."""
    asked = list(counted)
    for i in range(len(passages) - 2, -1, -1):
        if asked[i + 1] and not asked[i]:
            here, behind = passages[i], passages[i + 1]
            goes_on = here.paragraph == behind.paragraph or _CONTINUES.match(normals[i + 1].text) is not None
            asked[i] = goes_on and here.heading_path == behind.heading_path
    return asked


def _inherited(passage: Passage, text: str, before: _Neighbour | None, heading_topic: str | None) -> str | None:
    if before is not None and before.topic is not None:
        same_place = before.headings == passage.heading_path
        if same_place and (_CONTINUES.match(text) or (before.paragraph == passage.paragraph and before.topic in HARD)):
            return before.topic
    return heading_topic


def _counted(
    passage: Passage, normal: Normalised, scene: Scene, quantities: Sequence[Quantity], setting: _Setting
) -> list[Mention]:
    sites = [describe(scene, quantities, i) for i in range(len(quantities))]
    sites = _share_out(normal.text, quantities, sites)
    verdicts = [judge(site, scene, quantity) for quantity, site in zip(quantities, sites, strict=True)]
    verdicts = settle_lists(normal.text, quantities, sites, settle_changes(sites, verdicts))
    mentions = [
        _mention(passage, normal, scene, quantity, site, verdict, setting)
        for quantity, site, verdict in zip(quantities, sites, verdicts, strict=True)
    ]
    if len(mentions) > 1:
        mentions = split_stock(sites, continue_changes(sites, mentions), setting.year)
    if setting.whole is not None:
        mentions = parts_of_previous(setting.whole, sites, mentions)
    if len(mentions) > 1:
        mentions = close_sums(sites, continue_changes(sites, with_parts(normal.text, quantities, sites, mentions)))
    if passage.section == "preamble":  # `三张统计表`, `六个板块`: the report's own parts
        kept = [i for i, m in enumerate(mentions) if m.indicator not in {"", "platform.accounts"} or m.unit not in _OWN_PARTS]
        mentions, quantities, sites = [mentions[i] for i in kept], [quantities[i] for i in kept], [sites[i] for i in kept]
    return [m for mention, q, site in zip(mentions, quantities, sites, strict=True) for m in _doubled(mention, q, site, scene)]


def _mention(
    passage: Passage, normal: Normalised, scene: Scene, quantity: Quantity, site: Site, verdict: Verdict, setting: _Setting
) -> Mention:
    start, end = normal.span(quantity.start, quantity.end)
    value = quantity.value
    if value > 0 and is_fall(site, verdict.indicator, quantity, scene.mask):
        value = -value
    period: Period = period_of(site, scene.text, setting.year, planning=setting.planning, mask=scene.mask)
    if verdict.indicator in _CARRIED and period != "year" and not setting.planning:
        period = "year"  # `结转下一年度2件` names another year, but is a count of this one
    elif period == "year" and verdict.indicator == "platform.visits" and _STOCK.search(site.own) and _AS_OF.search(scene.text, 0, quantity.start):
        period = "cumulative"
    part = verdict.part or (site.body and verdict.indicator)
    return Mention(
        start=passage.start + start,
        end=passage.start + end,
        text=passage.text[start:end],
        value=value,
        unit=quantity.unit,
        qualifier=qualifier_of(normal.text, quantity),
        period=period,
        subject=_subject(site),
        indicator=verdict.indicator,
        passage=passage.index,
        step=quantity.step,
        scope="part" if part else "total",
        by=_by(site, verdict) if part else None,
    )


def _by(site: Site, verdict: Verdict) -> By:
    return "topic" if verdict.part == "topic" else "body" if site.body else part_kind(site.own)


def _share_out(text: str, quantities: Sequence[Quantity], sites: list[Site]) -> list[Site]:
    """`受理率、办结率分别为99%、98%`: each number gets its own words."""
    shared = list(sites)
    for index, site in enumerate(sites):
        respectively = _RESPECTIVELY.search(site.lead[-60:] + site.own) if _SHARED.search(site.own) else None
        if not respectively:
            continue
        items = _ITEM.split(respectively["items"])
        last = index
        while last + 1 < len(quantities) and text[quantities[last].end : quantities[last + 1].start] in {"、", "和", "及", ",", "与"}:
            last += 1
        if last == index:
            continue
        if len(items) < last - index + 1:  # `粉丝分别为1.2万人、3200人`: one thing, counted in several places
            for follower in range(index + 1, last + 1):
                shared[follower] = replace(sites[follower], own=site.own, right="")
            continue
        items = items[-(last - index + 1) :]
        bodies = [_BODY.match(item) for item in items]
        named = all(b and b.end() == len(item) for b, item in zip(bodies[:-1], items[:-1], strict=True)) and bodies[-1] is not None
        predicate = items[-1][bodies[-1].end() :] if named and bodies[-1] else ""
        for offset, item in enumerate(items):
            own = (predicate if named else item) + respectively["verb"]
            shared[index + offset] = replace(sites[index + offset], own=own, right="", body=named)
    return shared


def _doubled(mention: Mention, quantity: Quantity, site: Site, scene: Scene) -> list[Mention]:
    """`办结率和满意率均达到100%`, `自然人、企业各1件`: one number that is true of several is as many mentions of one span."""
    if quantity.unit == "%":
        rates = _RATES.search(site.own)
        items = _RATE.findall(rates["rates"]) if rates else []
    else:
        each = _EACH.search(site.own) if "各" in site.own[-3:] else None
        items = _ITEM.split(each["items"]) if each else []
    if len(items) < 2:
        return [mention]
    pair = []
    for number, words in enumerate(items, 1):
        if mention.scope == "part" and mention.indicator:
            pair.append(replace(mention, by=part_kind(words), subject=_clean_subject(words), number=number))
            continue
        verdict = judge(replace(site, own=words), scene, quantity)
        pair.append(replace(mention, indicator=verdict.indicator, subject=_clean_subject(words), number=number))
    if quantity.unit != "%" and pair[0].indicator and len({m.indicator for m in pair}) == 1:  # `建议、提案各8件`
        pair = [replace(m, scope="part", by=part_kind(words)) for m, words in zip(pair, items, strict=True)]
    return pair


def _with_zeros(passage: Passage, normal: Normalised, scene: Scene, mentions: list[Mention]) -> list[Mention]:
    taken: set[int] = set()
    zeros: list[Mention] = []
    for needs, rule in filtered_zeros():
        if not needs & scene.mask:
            continue
        if rule.context is not None and not rule.context.search(scene.context):
            continue
        for match in rule.pattern.finditer(normal.text):
            first, last = match.span("q")
            if any(i in taken for i in range(first, last)) or (last < len(normal.text) and normal.text[first : last + 1] in _NOT_ZERO):
                continue
            if rule.topic and last_topic([c for c in scene.cues if c.start < match.end()], scene.inherited) not in rule.topic:
                continue
            taken.update(range(first, last))
            start, end = normal.span(first, last)
            zeros.extend(
                Mention(
                    start=passage.start + start,
                    end=passage.start + end,
                    text=passage.text[start:end],
                    value=Decimal(0),
                    unit=rule.unit,
                    subject=normal.text[last : match.end()],
                    indicator=indicator,
                    passage=passage.index,
                    number=number,
                )
                for number, indicator in enumerate(rule.indicators, 1)
            )
    # `未收费，收取金额0元` says one thing twice
    printed = {m.indicator for m in mentions if m.value == 0 and m.indicator}
    zeros = [z for z in zeros if z.indicator not in printed]
    return sorted(mentions + zeros, key=lambda m: (m.start, m.number)) if zeros else mentions


_NOT_ZERO = frozenset({"无障", "无偿", "无人", "零距", "零跑", "未来"})


def _subject(site: Site) -> str:
    """The words counted: the noun behind the unit if it follows at once, else the words before the number."""
    behind = site.right.lstrip("以上左右的多余")
    if behind and len(behind) <= 12 and not site.own.rstrip("共了"):
        return behind
    words = _clean_subject(site.own)
    return words or behind[:16]


def _clean_subject(words: str) -> str:
    return _SUBJECT_VERB.sub("", _SUBJECT_LEFT.sub("", words))
