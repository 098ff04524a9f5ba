"""Events that are said not to have happened: a mention of 0 for each subject denied (codebook, M16 and M17).

A denial stands before its subjects (`没有收到有关信息公开的投诉、举报`) or behind them (`复议、诉讼均为零`, `收费情况：无`).  Its subjects are
the nouns at the head of the phrase: `由申请公开引起的复议和诉讼` denies 复议 and 诉讼 and not 申请.  What a subject counts, and what is no
denial, is data: ``extract/data/zeros.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.normalise import Normalised
from extract.mentions.indicators import Scene, last_topic
from extract.mentions.rule_index import filtered_zeros
from extract.mentions.zero_subjects import Denial, Subject, denials, subjects_of
from extract.types import Mention
from models.base import Passage

_DISPUTES = frozenset({"review.total", "litigation.total", "dispute.total"})
_CORRECTED = {"review.total": "review.corrected", "litigation.total": "litigation.corrected"}
#: zeros that are counted in the measure word of the counts of their kind before them
_COUNTED_ALIKE = {"mail.handled": "mail", **{f"decision.{x}": "decision" for x in ("licence", "penalty", "coercion")}}
_BOUNDARY = later(r"[,;。:()!?]")
_COORDINATED = pattern("extract/mentions", "coordinated")
_ALONE = pattern("extract/mentions", "none_alone")
_REMARK = later(r"\([^()0-9]{1,24}\)(?=[^,;。:()!?])")
_ZERO_NUMBER = later(r"(?:均|都|各|皆|全部|也)*(?:为|是|有)?$")
_DISPUTED = pattern("extract", "section_word.s4")
_ASKED = pattern("extract/mentions", "denial_of_asking")
_GOES_ON = pattern("extract/mentions", "denial_goes_on")
#: how far a denial reaches
_REACH = 70


@dataclass(frozen=True, slots=True)
class Zero:
    """A denial at ``start:end`` of the normalised passage and one of its subjects."""

    start: int
    end: int
    indicator: str
    unit: str
    subject: str


def find_zeros(scene: Scene) -> list[Zero]:
    """The zeros of a passage said in words, in order."""
    found = _by_rule(scene)
    last = (-1, -1)
    for start, end, verb, phrase, behind in _denials(scene):
        if (start, end) == last or not any(start < z.end and z.start < end for z in found):
            found.extend(_denied(scene, start, end, verb, phrase, behind))
            last = start, end
    return sorted(found, key=lambda z: z.start)


def _denials(scene: Scene) -> Iterator[tuple[int, int, str, str, bool]]:
    """Each denial: its place, its verb, the phrase that holds its subjects, and whether it stands behind them."""
    words: Denial = denials()
    text = scene.text
    if "(" in text:  # `与诉讼(行政复议、申诉)有关的费用`: the remark denies nothing
        text = _REMARK.sub(lambda m: "\0" * len(m[0]), text)
    if alone := _ALONE.fullmatch(text):  # what is none says the heading
        yield *alone.span("q"), "", scene.context.rpartition("|")[0].rpartition("/")[2], True
    for match in words.before.finditer(text):
        start, end = match.span("q")
        boundary = _BOUNDARY.search(text, end)
        disputed = boundary is not None and _DISPUTED.search(text, end, boundary.start())
        asked = boundary is not None and not disputed and _ASKED.search(text, end, boundary.start())
        goes_on = _GOES_ON.match(text, boundary.start()) if boundary and (disputed or asked) else None
        stop = min(goes_on.end() if goes_on else boundary.start() if boundary else len(text), end + _REACH)
        again = words.before.search(text, end, stop)
        if again is not None and (again["verb"] or text[again.start() - 1] == "、"):
            stop = again.start()
        phrase = text[end:stop].replace("\0", "")
        if words.no_denial.search(text[max(0, start - 24) : start] + "#") or words.no_object.match(phrase):
            continue
        verb = match["verb"] or match["other"] or ""
        if goes_on and asked and boundary:  # `未受理公开申请，行政诉讼和行政复议`: each of them by itself
            yield start, end, verb, text[end : boundary.start()].replace("\0", ""), False
            phrase = goes_on[0][1:]
        yield start, end, verb, phrase, False
    for match in words.behind.finditer(text):
        start, end = match.span("q" if match["q"] else "w")
        stop = match.start() - 1 if text[match.start() - 1 : match.start()] == ":" else match.start()
        first = max((m.end() for m in _BOUNDARY.finditer(text, max(0, stop - _REACH), stop)), default=max(0, stop - _REACH))
        phrase = text[first:stop].replace("\0", "")
        if phrase and not words.no_denial.search(text[max(0, first - 24) : match.start()] + "#"):
            yield start, end, "", phrase, True


def _denied(scene: Scene, start: int, end: int, verb: str, phrase: str, behind: bool) -> list[Zero]:
    words = denials()
    head = words.generic.sub("", phrase)
    several = _subjects(scene, start, head, verb, behind, phrase)
    if any(s.indicator in _DISPUTES for s, _ in several) and words.caused.search(phrase):
        several = [(s, w) for s, w in several if not s.indicator.startswith(("request.", "fee."))]
    if words.corrected.search(phrase):
        several = [(replace(s, indicator=_CORRECTED.get(s.indicator, s.indicator)), w) for s, w in several]
    counted = words.counted.match(phrase)
    result: list[Zero] = []
    for subject, printed in several:
        if subject.indicator in {z.indicator for z in result} and subject.indicator:
            continue
        result.append(Zero(start, end, subject.indicator, counted["unit"] if counted else subject.unit, printed))
    return result


def _subjects(scene: Scene, start: int, head: str, verb: str, behind: bool, phrase: str) -> list[tuple[Subject, str]]:
    """The subjects at the head of a phrase: behind its last 的, or before it where nothing is named there."""
    topic = _topic(scene, start)
    fitting = [s for s in subjects_of(verb, behind) if s.fits(phrase, scene.context, topic)]
    known = tuple(s if scene.dispute or s.indicator not in _DISPUTES else replace(s, indicator="") for s in fitting)
    parts = head.split("的")
    named: list[tuple[Subject, str]] = []
    for first in range(len(parts) - 1, -1, -1):
        if first and denials().linked.search(parts[first - 1]):  # `被纠正的行政复议和败诉的行政诉讼`
            continue
        text = "的".join(parts[first:])
        found = list(_named(known, text))
        for i, (subject, match) in enumerate(found):
            after = found[i + 1][1] if i + 1 < len(found) else None
            next_to = after is not None and after.start() == match.end() and match[0].endswith(("复议", "诉讼"))  # `复议诉讼`
            if after is None or next_to or _COORDINATED.search(text, match.end(), after.start()):
                named.append((subject, match[0]))
        if named:
            break
    narrowed = [(s, m[0]) for s in known if s.whole and (m := s.pattern.search(phrase))]
    if narrowed and all(s.indicator in {"request.received", "fee.collected"} for s, _ in named):
        return narrowed
    return named


def _named(known: Sequence[Subject], text: str) -> Iterator[tuple[Subject, re.Match[str]]]:
    """The subjects in ``text``, in order and without overlaps; where several begin the first of ``known`` is meant.

    One pattern for all would say it at once, but which are known differs from denial to denial, and compiling costs more than searching.
    """
    ahead = [(s, s.pattern.search(text)) for s in known]
    while found := [(s, m) for s, m in ahead if m is not None]:
        subject, match = min(found, key=lambda one: one[1].start())
        yield subject, match
        at = max(match.end(), match.start() + 1)
        ahead = [(s, m if m.start() >= at else s.pattern.search(text, at)) for s, m in found]


def _topic(scene: Scene, at: int) -> str | None:
    return last_topic([c for c in scene.cues if at - 400 < c.start < at + 30], scene.inherited)


def _by_rule(scene: Scene) -> list[Zero]:
    """The zeros of wordings of their own (`分文未取`, `无人申请`)."""
    found: list[Zero] = []
    for needs, rule in filtered_zeros():
        if not needs & scene.mask or (rule.context is not None and not rule.context.search(scene.context)):
            continue
        for match in rule.pattern.finditer(scene.text):
            start, end = match.span("q")
            if any(start < z.end and z.start < end for z in found):
                continue
            if rule.topic and _topic(scene, match.start()) not in rule.topic:
                continue
            found.extend(Zero(start, end, code, rule.unit, scene.text[end : match.end()]) for code in rule.indicators)
    return found


def with_zeros(passage: Passage, normal: Normalised, scene: Scene, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions of a passage with the zeros said in words, and a printed 0 for each of several subjects (`复议、诉讼均为0件`)."""
    result = [m for mention in mentions for m in _shared(passage, normal, scene, mention, mentions)]
    numbered: dict[tuple[int, int], int] = {}
    for zero in find_zeros(scene):
        start, end = normal.span(zero.start, zero.end)
        start, end = passage.start + start, passage.start + end
        if any(m.start < end and start < m.end for m in mentions):
            continue
        unit = _unit(zero, [m for m in mentions if m.start < start])
        number = numbered[start, end] = numbered.get((start, end), 0) + 1
        result.append(
            Mention(
                start=start,
                end=end,
                text=passage.text[start - passage.start : end - passage.start],
                value=Decimal(0),
                unit=unit,
                subject=zero.subject,
                indicator=zero.indicator,
                passage=passage.index,
                number=number,
            )
        )
    return sorted(result, key=lambda m: (m.start, m.number))


def _unit(zero: Zero, before: Sequence[Mention]) -> str:
    """The measure word that a count would have: that of the count of its kind before it (`行政处罚2宗，未作出行政强制`: 宗)."""
    kind = _COUNTED_ALIKE.get(zero.indicator)
    alike = [m.unit for m in before if kind and _COUNTED_ALIKE.get(m.indicator) == kind and m.unit not in {"%", ""}]
    return alike[-1] if alike else zero.unit


def _shared(passage: Passage, normal: Normalised, scene: Scene, mention: Mention, mentions: Sequence[Mention]) -> list[Mention]:
    """`行政复议、行政诉讼均为0件`: the 0 of each subject."""
    if mention.value != 0 or mention.unit == "%" or sum(m.start == mention.start for m in mentions) > 1:
        return [mention]
    at, _ = normal.place(mention.start - passage.start, mention.end - passage.start)
    left = scene.text[max(0, at - _REACH) : at]
    lead = _ZERO_NUMBER.search(left)
    phrase = _BOUNDARY.split(left[: lead.start()] if lead else left)[-1]
    zeros = _denied(scene, at, at + 1, "", re.sub(r"^.*\d[^、]{0,3}", "", phrase), True)
    codes = [z.indicator for z in zeros]
    if len(codes) < 2 or not set(codes) <= _DISPUTES | set(_CORRECTED.values()):
        return [mention]
    return [replace(mention, indicator=code, number=number) for number, code in enumerate(codes, 1)]
