"""What a quantity counts: the topic in force, the words around the number, and the rules that fit them.

A quantity is seen as a *site*: the words before it back to the last boundary (``own``), the words behind its unit
(``right``), the sentence before them (``lead``), and the topics under which it may be read.  The rules of
``extract/data`` are asked in order of priority; the first that fits decides.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

from corpus.datafile import later
from corpus.patterns import pattern
from extract.mentions.quantities import Quantity
from extract.mentions.rule_index import ANYTHING, RIGHT, Ready, allowed, index
from extract.mentions.rules import topic_cues

# a topic of these is exclusive: 办结率 under `hotline` is not that of the approvals
HARD = frozenset({"request", "review", "litigation", "proposal", "hotline", "mail", "normative", "fee"})
SOFT = frozenset({"disclosure", "platform", "service", "supervision", "interpretation"})
_KEEPS = frozenset({"request", "review", "litigation"})
SECTION_TOPIC = {"s3": "request", "s4": "review"}

_AND = frozenset({"和", "及", "与", "、", "以及"})
_RIGHT_BOUNDARY = later(r"[,;:。!?()、]")
_CLAUSE_END = later(r"[,;。]")
_NEXT_VERB = pattern("extract/mentions", "next_verb")
_BOUNDARY = later(r"[,;:。!?()\[\]]")
_FILLER = pattern("extract/mentions", "filler")
_NOT_OVER_DISCLOSURE = pattern("extract/mentions", "not_over_disclosure")
_OVER_DISCLOSURE = pattern("extract/mentions", "over_disclosure")


@dataclass(slots=True)
class Cue:
    """A topic cue at ``start:end`` of the normalised passage.

    Not frozen, like :class:`Site`: some hundred are made for a report, and a frozen one takes five times as long to make.  None
    is ever changed.
    """

    start: int
    end: int
    topic: str
    weak: bool


@dataclass(slots=True)
class Turn:
    """A cue that changes the topic of its sentence or names one; ``topic``: the one in force behind it."""

    cue: Cue
    topic: str | None


@dataclass(slots=True)
class Scene:
    """A normalised passage with what is known before reading it.

    ``inherited`` is the topic in force at its beginning (``None``: none), ``turns`` how it goes on, ``context`` headings and text in one string,
    ``dispute`` says whether 复议 and 诉讼 in it are about disclosure, ``timed`` whether a word of it may set another period than
    the report's year.  ``mask`` is that of ``text``, ``rules`` that of ``context``.
    """

    text: str
    cues: tuple[Cue, ...]
    inherited: str | None
    turns: Sequence[Turn]
    context: str
    dispute: bool
    timed: bool = True
    mask: int = ANYTHING
    rules: int = ANYTHING


@dataclass(slots=True)
class Site:
    """The surroundings of one quantity (see the module's docstring).

    ``body``: its words come from a list of bodies (`县教育局、县水利局分别公开176条、203条`), so that it is a part by body.
    """

    own: str
    right: str
    lead: str
    tail: str
    topic: str | None
    topics: frozenset[str]
    body: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``indicator`` and the rule that gave it (``""`` if none fitted); ``final``: the weights have no say."""

    indicator: str
    rule: str
    part: str = ""
    final: bool = False


NO_VERDICT = Verdict("", "")

# `申请量由上年的1012件降至905件`, `诉讼案件全年12件`: words between the noun and its number that say only when
_TAIL_ENDS = frozenset('年度期的内初"')
_PRIOR_TAIL = pattern("extract/mentions", "prior_tail")


_RELATIVE = frozenset({"%", "倍", "个百分点", "百分点"})
_GROWN_TO = pattern("extract/mentions", "grown_to")
_GREW = pattern("extract/mentions", "grew")
_SIGN = later(r"(?:逾|[≥>≤<≧≦⩾⩽]=?)$")
CHANGE = pattern("extract/mentions", "change_then_count")
# `作其他处理(含主动撤回)341件`
_REMARK = later(r"\([^()]*\)$")


def find_cues(text: str) -> tuple[Cue, ...]:
    """Topic cues of a normalised text, in order."""
    words, cues = topic_cues()
    found = []
    for match in words.finditer(text):
        cue = cues[(match.lastindex or 1) - 1]
        found.append(Cue(match.start(), match.end(), cue.topic, cue.weak))
    return tuple(found)


# headings are the same in many reports
@lru_cache(maxsize=1 << 10)
def topic_of(text: str) -> str | None:
    """The last topic that a heading or sentence sets, weak cues only where there is no other."""
    return last_topic(find_cues(text), None)


def last_topic(cues: Sequence[Cue], inherited: str | None) -> str | None:
    """The topic in force behind the last of ``cues``."""
    topic, weak = inherited, True
    for cue in cues:
        if not cue.weak or weak:
            topic, weak = cue.topic, cue.weak
    return topic


def is_about_disclosure(context: str, section: str | None, inherited: str | None) -> bool:
    """Whether 复议/诉讼 in a sentence are disputes over disclosure (a justice bureau's own reviews are its trade)."""
    if section == "s4":
        return True
    if section == "s3" or inherited in _KEEPS or _OVER_DISCLOSURE.search(context):
        return True
    return not _NOT_OVER_DISCLOSURE.search(context)


def describe(scene: Scene, quantities: Sequence[Quantity], index: int) -> Site:
    """The site of ``quantities[index]``."""
    text, quantity = scene.text, quantities[index]
    previous_end, end = quantities[index - 1].end if index else 0, quantity.words_to
    start = previous_end
    for match in _BOUNDARY.finditer(text, previous_end, end):
        start = match.end()
    reached = start
    if start > previous_end and (start < end or text[start - 1] in ":)") and _FILLER.fullmatch(text, start, end):
        reached = _reach_back(text, start, previous_end)
    own = text[max(reached, end - 60) : end].lstrip("、")
    if index and quantities[index - 1].unit in _RELATIVE and (goes_on := _GROWN_TO.fullmatch(text, previous_end, end)):
        own = _grown(text, quantities, index) + goes_on["own"]
    if own.endswith("、") and start == previous_end and index:
        own = ""  # `3起维持、1起撤回`: 维持 belongs to the number before
    if reached < start:
        own = CHANGE.sub("", own).replace(",", "")
        start = reached
    right_end = _right_end(text, quantities, index)
    right = text[quantity.end : right_end]
    if index + 1 < len(quantities) and right_end == quantities[index + 1].start and _NEXT_VERB.match(right):
        right = ""  # `收到12件予以公开5件`: 予以公开 leads to what follows
    topic, topics = _topics(scene, start, right_end)
    own = _SIGN.sub("", own)
    return Site(own, right, text[max(0, start - 90) : start], text[quantity.end : quantity.end + 60], topic, topics)


def _grown(text: str, quantities: Sequence[Quantity], index: int) -> str:
    """The noun of `申请量较上年增长12%,达33件`, which stands before the rate."""
    rate = quantities[index - 1]
    begin = quantities[index - 2].end if index > 1 else 0
    for match in _BOUNDARY.finditer(text, begin, rate.start):
        begin = match.end()
    noun = _GREW.sub("", text[max(begin, rate.start - 60) : rate.start])
    return "" if noun == text[begin : rate.start] else noun


def _reach_back(text: str, start: int, floor: int) -> int:
    """Where `own` begins if only filler stands before the number: `收到的申请,共12件`, `网站(含频道):12条`."""
    limit = start - 1
    if text[limit] in ";。!?":
        return start
    if text[limit] == ")":
        opening = text.rfind("(", floor, limit)
        limit = opening if opening > floor else limit
    begin = floor
    for match in _BOUNDARY.finditer(text, floor, limit):
        begin = match.end()
    return begin


def _right_end(text: str, quantities: Sequence[Quantity], index: int) -> int:
    """Where the words behind a quantity end: at a boundary, or before the words that lead to the next quantity."""
    quantity = quantities[index]
    boundary = _RIGHT_BOUNDARY.search(text, quantity.end)
    end = min(boundary.start() if boundary else len(text), quantity.end + 32)
    return min(end, quantities[index + 1].start) if index + 1 < len(quantities) else end


def find_turns(text: str, cues: Sequence[Cue], inherited: str | None, *, goes_on: bool = False) -> list[Turn]:
    """The cues of a normalised text that count, with the topic in force behind each.

    ``goes_on``: the text goes on with the sentence before (`其中，已主动公开的31件`), whose topic no weak cue replaces.
    """
    topic, weak = inherited, not (goes_on and inherited in HARD)
    turns: list[Turn] = []
    last_end = 0
    for cue in cues:
        if cue.topic == "service" and inherited in _KEEPS:
            continue  # `申请集中于行政审批`: the field that a request asks about
        word = text[cue.start : cue.end]
        box = cue.topic == "mail" and word != "信箱" and (word != "留言" or last_end > 0)
        if box and topic == "hotline" and not _CLAUSE_END.search(text, last_end, cue.start):
            continue  # `12345热线受理来信来电`
        if cue.topic == "service" and topic == "hotline" and text[last_end : cue.start] in _AND and last_end:
            continue  # `12366热线和办税服务厅电话接听咨询`
        last_end = cue.end
        after_stop = (
            ";" in text[max(0, cue.start - 60) : cue.start] if not weak and cue.weak and cue.topic != "service" else False
        )
        if not cue.weak or weak or after_stop:
            topic, weak = cue.topic, cue.weak
        turns.append(Turn(cue, topic))
    return turns


def _topics(scene: Scene, start: int, right_end: int) -> tuple[str | None, frozenset[str]]:
    """The topic at a site that reaches from ``start`` to ``right_end``, and all under which its rules may stand."""
    turns = scene.turns
    reached = bisect_left(turns, right_end, key=_place)
    topic = turns[reached - 1].topic if reached else scene.inherited
    local: set[str] = set()
    while reached and turns[reached - 1].cue.end > start:
        reached -= 1
        cue = turns[reached].cue
        if not (cue.weak and cue.topic in HARD):
            local.add(cue.topic)
    if topic in {"review", "litigation"} and not scene.dispute:
        return None, frozenset()
    if topic in HARD:
        return topic, frozenset({topic}) | (SOFT if local & SOFT else frozenset()) | (
            local & HARD if scene.dispute else frozenset()
        )
    return topic, SOFT | local if local else SOFT


def _place(turn: Turn) -> int:
    return turn.cue.start


def judge(site: Site, scene: Scene, quantity: Quantity) -> Verdict:
    """The verdict of the first rule that fits."""
    own = site.own
    if own and own[-1] in _TAIL_ENDS:
        own = _PRIOR_TAIL.sub("", own)
    elif own.endswith(")"):
        own = _REMARK.sub("", own)
    own += "#"
    phrase = own + site.right
    fields = (own, site.right, phrase, site.lead, site.tail, scene.context)
    rules = index()
    candidates = reduce(or_, map(rules.by_character.__getitem__, phrase), rules.always)
    candidates &= allowed(quantity.unit, site.topics) & scene.rules
    while candidates:
        first = candidates & -candidates
        ready = rules.rules[first.bit_length() - 1]
        if _fits(ready, fields):
            return Verdict(ready.rule.indicator, ready.rule.id, ready.rule.part, ready.rule.final)
        candidates ^= first
    return NO_VERDICT


def _fits(ready: Ready, fields: tuple[str, ...]) -> bool:
    for field, words in ready.tests:
        if not (words.match if field == RIGHT else words.search)(fields[field]):
            return False
    return not any((words.match if field == RIGHT else words.search)(fields[field]) for field, words in ready.vetoes)
