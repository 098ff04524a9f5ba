"""From passages to mentions: quantities, their indicators, and what qualifies them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.patterns import pattern
from corpus.text.normalise import Normalised, normalise, squeeze
from extract.mentions.context import (
    DONE,
    PLANNING,
    close_sums,
    continue_changes,
    is_fall,
    part_kind,
    parts_of_previous,
    period_of,
    qualifier_of,
    report_year,
    split_stock,
    with_parts,
)
from extract.mentions.indicators import (
    HARD,
    SECTION_TOPIC,
    Scene,
    Site,
    Verdict,
    describe,
    find_cues,
    find_turns,
    is_about_disclosure,
    judge,
    last_topic,
    topic_of,
)
from extract.mentions.lists import settle_changes, settle_lists
from extract.mentions.needs import quick
from extract.mentions.parts import with_wholes
from extract.mentions.quantities import Quantity, find_quantities
from extract.mentions.rule_index import mask_of
from extract.mentions.rules import context_rules
from extract.mentions.siblings import apart
from extract.mentions.weights import Said, weigh
from extract.mentions.zeros import with_zeros
from extract.types import By, Mention, Period
from models.base import Passage

_CONTINUES = pattern("extract/mentions", "continues")
_ZERO = pattern("extract/mentions", "zero_cue")
_RATES = pattern("extract/mentions", "rates")
_EACH = pattern("extract/mentions", "each")
_RATE = pattern("extract/mentions", "rate")
_RESPECTIVELY = pattern("extract/mentions", "respectively")
_ITEM = pattern("extract/mentions", "between_items")
_BODY = pattern("extract/mentions", "listed_body")
_SHARED = pattern("extract/mentions", "in_order")
_SUBJECT_LEFT = pattern("extract/mentions", "subject_left")
_SUBJECT_VERB = pattern("extract/mentions", "subject_verb")


_OF_WHICH = pattern("extract/mentions", "of_which")
_OWN_PARTS = frozenset({"个", "张", "项", "块", "章", "节", "大类", "类", "本", "份"})
_STOCK = pattern("extract/mentions", "stock")
_CARRIED = frozenset({"request.carried_in", "request.carried_out"})
_CARRIED_TO = pattern("extract/mentions", "carried_to")
_AS_OF = pattern("extract/mentions", "as_of")
_BETWEEN = "\x00"


@dataclass(slots=True)
class _Reading:
    """A passage with quantities or words of zero, and what has been read of it so far.

    ``planning``: a plan is in force, and ``planned`` that the passage does not say it was carried out; ``of_which``: it begins with
    其中, so that it goes on with the passage before, if that is ``adjacent``.
    """

    passage: Passage
    normal: Normalised
    scene: Scene
    quantities: Sequence[Quantity]
    zeros: bool
    planning: bool
    planned: bool
    of_which: bool
    adjacent: bool
    sites: Sequence[Site] = ()
    verdicts: Sequence[Verdict] = ()
    mentions: Sequence[Mention] = ()


@dataclass(slots=True)
class _Neighbour:
    """What a passage leaves to the next: its paragraph, headings and topic in force at its end."""

    paragraph: int
    headings: tuple[str, ...]
    topic: str | None


def find_mentions(passages: Sequence[Passage], *, weighed: bool = True) -> tuple[Mention, ...]:
    """All mentions of one report, by place.

    ``passages`` are those of the report in order; offsets in the result are canonical (``passage.start`` added) and
    ``Mention.passage`` is ``passage.index``.  ``weighed``: whether the rules are corrected by :mod:`extract.mentions.weights`.

    >>> p = Passage(100, 112, "全年收到公开申请12件。", "s1")
    >>> [(m.start, m.text, m.indicator) for m in find_mentions([p])]
    [(108, '12件', 'request.received')]
    """
    year = report_year([p.text for p in passages])
    readings = _readings(passages)
    # step by step and not passage by passage: each step has code and patterns of its own, which then stay at hand
    for r in readings:
        r.sites = _share_out(
            r.normal.text, r.quantities, [describe(r.scene, r.quantities, i) for i in range(len(r.quantities))]
        )
    for r in readings:
        r.verdicts = [judge(site, r.scene, quantity) for quantity, site in zip(r.quantities, r.sites, strict=True)]
    for r in readings:
        r.verdicts = settle_lists(r.normal.text, r.quantities, r.sites, settle_changes(r.sites, r.verdicts))
    for r in readings:
        r.mentions = [
            _mention(r, year, q, site, verdict) for q, site, verdict in zip(r.quantities, r.sites, r.verdicts, strict=True)
        ]
    last_whole: Mention | None = None
    said: list[Said] = []
    for r in readings:
        mentions = _related(r, year, last_whole if r.of_which and r.adjacent else None)
        if r.zeros:
            mentions = with_zeros(r.passage, r.normal, r.scene, mentions)
        final = {m.start for m, verdict in zip(r.mentions, r.verdicts, strict=True) if verdict.final}
        final |= {m.start for m in mentions if not m.value and not any(c.isdigit() for c in m.text)}  # said in words
        unnamed = {m.start for m, verdict in zip(r.mentions, r.verdicts, strict=True) if not verdict.indicator}
        said.append(Said(r.passage, r.normal, mentions, final, unnamed))
        last_whole = next((m for m in reversed(mentions) if m.scope == "total" and m.indicator and m.unit != "%"), None)
    coded = weigh(said) if weighed else [s.mentions for s in said]
    marked = with_wholes([(r.passage, r.normal) for r in readings], coded, [r.adjacent for r in readings])
    return tuple(m for r, some in zip(readings, marked, strict=True) for m in apart(r.passage, r.normal, some))


def _readings(passages: Sequence[Passage]) -> list[_Reading]:
    """The passages that hold quantities or words of zero, with the topics in force in them."""
    heading_topics: dict[tuple[str, ...], str | None] = {}
    before: _Neighbour | None = None
    planning = adjacent = False
    timed, some_zero, previous = quick(context_rules()["timed"]), quick(_ZERO), ""
    normals = _normalised([passage.text for passage in passages])
    counts = [find_quantities(normal.text) for normal in normals]
    zero = [some_zero.search(normal.text) is not None for normal in normals]
    topical = _topical(passages, normals, [bool(count) or none for count, none in zip(counts, zero, strict=True)])
    all_cues = [find_cues(normal.text) if asked else () for normal, asked in zip(normals, topical, strict=True)]
    readings: list[_Reading] = []
    for passage, normal, quantities, zeros, cues in zip(passages, normals, counts, zero, all_cues, strict=True):
        text, headings = normal.text, passage.heading_path
        if headings not in heading_topics:
            heading_topics[headings] = _heading_topic(headings, passage.section)
        planning = passage.section == "s5" and (
            planning or bool(PLANNING.search(text) or PLANNING.search("/".join(headings[1:])))
        )
        inherited = _inherited(passage, text, before, heading_topics[headings])
        if quantities or zeros:
            of_which = _OF_WHICH.match(text) is not None
            goes_on = of_which and adjacent
            above = "/".join(headings) + "|" + (previous if goes_on else "")
            context = above + text
            dispute = is_about_disclosure(context, passage.section, inherited)
            turns = find_turns(text, cues, inherited, goes_on=goes_on)
            mask, is_timed = mask_of(text), timed.search(text) is not None
            scene = Scene(text, cues, inherited, turns, context, dispute, is_timed, mask, mask | mask_of(above))
            readings.append(
                _Reading(
                    passage, normal, scene, quantities, zeros, planning, planning and not DONE.search(text), of_which, adjacent
                )
            )
        adjacent, previous = bool(quantities or zeros), text
        # `发布通告七则，举报电话张贴到村`: what comes after the last count sets no topic for the next sentence
        reach = quantities[-1].end + 12 if quantities else len(text)
        topic = last_topic([cue for cue in cues if cue.start < reach], inherited) if cues else inherited
        before = _Neighbour(passage.paragraph, headings, topic)
    return readings


def _normalised(texts: Sequence[str]) -> list[Normalised]:
    """:func:`corpus.text.normalise.normalise` of many texts, folded in one go."""
    squeezed = squeeze(_BETWEEN.join(texts)).split(_BETWEEN)
    if len(squeezed) != len(texts):  # the mark stands in a text, or there is none
        return [normalise(text) for text in texts]
    return [
        Normalised(folded, range(len(text) + 1)) if len(folded) == len(text) else normalise(text)
        for folded, text in zip(squeezed, texts, strict=True)
    ]


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


def _related(r: _Reading, year: int | None, whole: Mention | None) -> list[Mention]:
    """The mentions of a passage by what they are to each other; ``whole``: the one of the passage before that 其中 goes back to."""
    quantities, sites, mentions = r.quantities, r.sites, list(r.mentions)
    if len(mentions) > 1:
        mentions = split_stock(sites, continue_changes(sites, mentions), year)
    if whole is not None:
        mentions = parts_of_previous(whole, sites, mentions)
    if len(mentions) > 1:
        mentions = close_sums(sites, continue_changes(sites, with_parts(r.normal.text, quantities, sites, mentions)))
    if r.passage.section == "preamble":  # `三张统计表`, `六个板块`: the report's own parts
        kept = [i for i, m in enumerate(mentions) if m.indicator not in {"", "platform.accounts"} or m.unit not in _OWN_PARTS]
        mentions, quantities, sites = [mentions[i] for i in kept], [quantities[i] for i in kept], [sites[i] for i in kept]
    return [
        m for mention, q, site in zip(mentions, quantities, sites, strict=True) for m in _doubled(mention, q, site, r.scene)
    ]


def _carried(verdict: Verdict, site: Site, year: int | None) -> Verdict:
    """`2023年结转2024年4件` came in with the report of 2024, and goes out with that of 2023."""
    to = _CARRIED_TO.search(site.own) if verdict.indicator == "request.carried_out" else None
    return replace(verdict, indicator="request.carried_in") if to and to["year"] == str(year) else verdict


def _mention(r: _Reading, year: int | None, quantity: Quantity, site: Site, verdict: Verdict) -> Mention:
    passage, scene = r.passage, r.scene
    verdict = _carried(verdict, site, year)
    start, end = r.normal.span(quantity.start, quantity.end)
    value = quantity.value
    if value > 0 and is_fall(site, verdict.indicator, quantity, scene.mask):
        value = -value
    period: Period = period_of(site, year, planned=r.planned, timed=scene.timed, mask=scene.mask)
    if verdict.indicator in _CARRIED and period != "year" and not r.planning:
        period = "year"  # `结转下一年度2件` names another year, but is a count of this one
    elif (
        period == "year"
        and verdict.indicator == "platform.visits"
        and _STOCK.search(site.own)
        and _AS_OF.search(scene.text, max(0, quantity.start - 400), quantity.start)
    ):
        period = "cumulative"
    part = verdict.part or (site.body and verdict.indicator)
    return Mention(
        start=passage.start + start,
        end=passage.start + end,
        text=passage.text[start:end],
        value=value,
        unit=quantity.unit,
        qualifier="range" if quantity.value_to is not None else qualifier_of(scene.text, quantity),
        period=period,
        subject=_subject(site),
        indicator=verdict.indicator,
        passage=passage.index,
        step=quantity.step,
        value_to=quantity.value_to,
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
        while last + 1 < len(quantities) and text[quantities[last].end : quantities[last + 1].start] in {
            "、",
            "和",
            "及",
            ",",
            "与",
        }:
            last += 1
        if last == index:
            continue
        if len(items) < last - index + 1:  # `粉丝分别为1.2万人、3200人`: one thing, counted in several places
            for follower in range(index + 1, last + 1):
                shared[follower] = replace(sites[follower], own=site.own, right="")
            continue
        items = items[-(last - index + 1) :]
        bodies = [_BODY.match(item) for item in items]
        named = (
            all(b and b.end() == len(item) for b, item in zip(bodies[:-1], items[:-1], strict=True)) and bodies[-1] is not None
        )
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
        indicator = verdict.indicator or (mention.indicator if quantity.unit != "%" else "")  # `公示低保、特困、救助信息各12条`
        pair.append(replace(mention, indicator=indicator, subject=_clean_subject(words), number=number))
    if quantity.unit != "%" and pair[0].indicator and len({m.indicator for m in pair}) == 1:  # `建议、提案各8件`
        proposed = pair[0].indicator == "proposal.handled"
        pair = [
            replace(m, scope="part", by="body" if proposed else part_kind(words)) for m, words in zip(pair, items, strict=True)
        ]
    return pair


def _subject(site: Site) -> str:
    """The words counted: the noun behind the unit if it follows at once, else the words before the number."""
    behind = site.right.lstrip("以上左右的多余")
    if behind and len(behind) <= 12 and not site.own.rstrip("共了"):
        return behind
    words = _clean_subject(site.own)
    return words or behind[:16]


def _clean_subject(words: str) -> str:
    return _SUBJECT_VERB.sub("", _SUBJECT_LEFT.sub("", words))
