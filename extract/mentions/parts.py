"""What a mention is part of: parentheses, 其中 and its like, lists that make up their whole (codebook, ``whole``).

The signs are those of the sentence, whatever the two indicators are:

- a number in parentheses is part of the number right before them (`960件(甲局310件、…)`);
- after 其中, 包括, 分别为 or a colon the counts are parts of the nearest count before, also where the word opens the next passage;
- counts in a row that add up to the count before them exhaust it (`受理60件，办结52件、结转8件`), as do those before `共20件`.

A later stage alone (`收到23件，已答复23件`) and a comparison (`较上年增加3件`) are no parts.  A part of the same code has scope
``part``; one with a code of its own stays ``total`` of its kind.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.normalise import Normalised
from extract.mentions.context import OTHERS, part_kind
from extract.mentions.needs import quick
from extract.mentions.placed import Frame, Placed, place
from extract.types import By, Mention
from models.base import Passage

_OPENS = pattern("extract/mentions", "list_opens")
_GOES_ON = pattern("extract/mentions", "list_goes_on")
_ITEM = later(r"[(\[]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?:[)\].、]|是)|[①-⑩]")
_CLAUSE = later("[,;。]")
_WORDS = later("[,;。:()]")
_ENDS = pattern("extract/mentions", "list_ends")
_ASIDE = pattern("extract/mentions", "list_aside")
_CARRIED = pattern("extract/mentions", "list_carried")
_SUM = pattern("extract/mentions", "list_sum")
_OWN_TOTAL = pattern("extract/mentions", "list_own_total")
# `其他处理(含撤回申请)341件`
_CLOSED = later(r"\([^()]*\)")
_RELATIVE = frozenset({"%", "倍", "个百分点", "百分点"})
_POSTS = frozenset(
    {"条", "篇", "件", "份", "则", "期", "次", "条次", "篇次", "部", "项", "个", "宗", "起", "例", "人次", "场", ""}
)
_VISITS = frozenset({"人次", "次", "人", "户"})
#: totals that a sentence of their own often takes apart
_LISTED = frozenset(
    {
        "disclosure.total",
        "disclosure.website",
        "disclosure.newmedia",
        "request.received",
        "request.answered",
        "mail.handled",
        "hotline.accepted",
        "interpretation.items",
        "proposal.handled",
    }
)
_STAGES = frozenset({"request.answered", "service.completed", "request.disclosed", "request.timely_rate"})
_DISCLOSED = frozenset({"request.disclosed", "request.granted", "request.partial"})
_OUTCOME = later(r"^(?:request|review|litigation)\.(?!received|total)|^service\.(?:completed|accepted)|\.corrected|\.pending")
_PROPOSERS = pattern("extract/mentions", "proposal")
_OUTCOMES = pattern("extract/mentions", "dispute_outcome")
_APART_BY: dict[str, By] = {"request.answered": "outcome", "disclosure.othermedia": "channel", "mail.handled": "channel"}
_CHANNEL = later(r"^disclosure\.(?:website|weibo|wechat|newmedia|othermedia|gazette)|^service\.(?:online|offline)")
#: `25件、2950元`: so near stand two measures of one thing
_NEAR = 14
_CHANNELS = {f"disclosure.{name}" for name in ("website", "weibo", "wechat", "newmedia", "othermedia")}
_KIND = "disclosure.category"
# between a count and its share of the whole
_SHARE = pattern("extract/mentions", "share_of")
#: in how many sentences with counts before a list of shares its whole may stand
_RECENT = 5
#: lists longer than this are none
REACH = 150


def _alike(whole: Mention, part: Mention) -> bool:
    return whole.unit == part.unit or (whole.unit in _POSTS and part.unit in _POSTS and whole.unit != "" and part.unit != "")


def _may_be(whole: Mention, part: Mention) -> bool:
    """Whether a count may be part of another by unit, period and size."""
    return (
        part.unit not in _RELATIVE
        and whole.unit not in _RELATIVE
        and part.period in {whole.period, "year" if whole.period == "cumulative" else whole.period}
        and part.value >= 0
        and part.value <= whole.value
        and whole.value > 0
        and _alike(whole, part)
        and not _beside(whole.indicator, part.indicator)
    )


def _beside(whole: str, part: str) -> bool:
    """Outcomes stand beside each other (`公开83件，不予公开18件、无法提供65件`); what is carried on is not of what was answered."""
    family = whole.split(".")[0]
    if whole != part and {whole, part} <= _CHANNELS and whole != "disclosure.newmedia":
        return True  # `微博26条、抖音8条、头条18条`
    if family == "request" and part == "request.carried_out" and whole != "request.received":
        return True
    if whole == "request.disclosed":  # `公开或部分公开59件、占45%；不予公开32件、占25%`
        return part.startswith("request.") and part not in _DISCLOSED
    results = whole != part and part.split(".")[0] == family and family in {"request", "review", "litigation"}
    return results and whole.split(".")[1] not in {"received", "answered", "disclosed", "total"}


def _in_row(p: Placed) -> bool:
    """Whether a count stands beside those before it; `办结52件(结转8件)`: what is not done yet does, no part of what is done."""
    return p.opener is None or (p.whole is None and p.mention.indicator == "request.carried_out")


def _frame(whole: Mention, before: Sequence[Placed]) -> Frame:
    """A frame for a whole, and for the same thing in other measures right beside it (`共25件、2950元，其中甲局1件420元、…`)."""
    near = [q.mention for q in before if before[-1].start - q.end < _NEAR and q.mention.unit != whole.unit]
    beside = {m.unit: Frame(m) for m in near if m.unit not in _RELATIVE}
    if (family := _dispute(whole)) and whole.indicator.endswith(".total"):
        # `行政复议50件、行政诉讼20件，其中维持的有30件行政复议、9件行政诉讼`: to each its own outcomes
        others = [
            q.mention for q in before if q.mention.indicator.endswith(".total") and _dispute(q.mention) not in {"", family}
        ]
        beside |= {_dispute(m): Frame(m) for m in others if m.value > 0}
    return Frame(whole, beside=beside)


def _dispute(mention: Mention) -> str:
    """``review`` or ``litigation`` for a count of one of them, else nothing."""
    family = mention.indicator.split(".")[0]
    return family if family in {"review", "litigation"} else ""


class _Passage:
    """The search for wholes in one passage."""

    def __init__(self, text: str, placed: list[Placed], before: Frame | None, earlier: Sequence[Placed] = ()) -> None:
        self.text = text
        self.placed = placed
        self.earlier = earlier
        self.frame = before

    def run(self) -> Frame | None:
        """Mark wholes; tells the frame still open at the end."""
        end = 0
        for k, p in enumerate(self.placed):
            between = self.text[end : p.start]
            p.words = between
            if p.mention.number == 1:
                self._one(k, p, _CLOSED.sub("", between))
            else:
                p.whole = self.placed[k - 1].whole
            end = max(end, p.end)
        if len(self.placed) > 2:  # two parts and their sum
            self._exhausted()
            self._summed()
        if any(p.whole is not None for p in self.placed):
            self._outcomes()
            self._with_carried()
        return self.frame

    def _with_carried(self) -> None:
        """`新收30件，上年结转5件。其中予以公开20件、不予公开15件`: the outcomes are of both together, and part of neither."""
        carried = sum(p.mention.value for p in (*self.earlier, *self.placed) if p.mention.indicator == "request.carried_in")
        members: dict[str, list[Placed]] = {}
        for p in self.placed:
            if p.whole is not None and p.whole.indicator == "request.received" and _OUTCOME.search(p.mention.indicator):
                members.setdefault(p.whole.key, []).append(p)
        for some in members.values():
            whole = some[0].whole
            if whole is not None and whole.value < sum(p.mention.value for p in some) <= whole.value + carried:
                for p in some:
                    p.whole = None

    def _outcomes(self) -> None:
        """`其中39件行政复议、9件行政诉讼尚未审结`: what became of them stands behind, or before the first of them."""
        for p in self.placed:
            of = _dispute(p.mention)
            if p.whole is None or not of or not p.mention.indicator == p.whole.indicator == f"{of}.total":
                continue
            behind = _CLAUSE.split(self.text[p.end :], maxsplit=1)[0]
            before = _CLAUSE.split(self.text[: p.start])[-1]
            named = [m for words in (behind, before) for m in _OUTCOMES.finditer(words)]
            kinds = {m.lastgroup for m in named}
            if len(kinds) == 1:
                p.mention = replace(p.mention, indicator=f"{of}.{kinds.pop()}")

    def _one(self, k: int, p: Placed, between: str) -> None:
        if p.mention.unit in _RELATIVE:
            return
        clause = _WORDS.split(between)[-1]
        if _ASIDE.search(clause) or _CARRIED.search(clause):
            return
        if p.opener is not None:
            outer = self._before_parenthesis(k, p.opener)
            inner = _OPENS.search(self.text[p.opener + 1 : p.start]) if outer is None else None
            if outer is not None and not _CARRIED.search(self.text[p.opener : p.start]):
                opened = [q for q in self.placed[:k] if q.opener == p.opener]
                marker = _OPENS.search(between) if opened else None
                inside = opened[-1].mention if marker and "其中" in marker[0] else outer
                if _may_be(inside, p.mention):
                    p.whole = inside
                return
            if inner is None:
                return
        marker = next(reversed(list(quick(_OPENS).finditer(between))), None)
        opened_here = [q for q in self.placed[:k] if q.opener == p.opener and q.start < p.start] if marker else []
        if marker is not None and opened_here:
            whole = next(
                (
                    q.mention
                    for q in reversed(opened_here)
                    if _may_be(q.mention, p.mention) and q.mention.unit == p.mention.unit
                ),
                None,
            ) or next((q.mention for q in reversed(opened_here) if _may_be(q.mention, p.mention)), None)
            if (
                whole is not None
                and marker[0].startswith("分别")
                and not self._adds_up(k, whole)
                and p.mention.indicator != whole.indicator
            ):
                whole = None
            self.frame = _frame(whole, opened_here) if whole is not None else None
        if self.frame is None or p.opener is not None:
            return
        frame = self.frame.beside.get(p.mention.unit, self.frame)
        frame = frame.beside.get(_dispute(p.mention), frame)
        ended = _ENDS.search(between[marker.end() if marker else 0 :]) if frame.members or marker is None else None
        if ended and not self._reaches(k, frame):
            self.frame = None
            return
        if not _may_be(frame.whole, p.mention):
            if p.mention.unit not in _RELATIVE and p.mention.value > frame.whole.value:
                self.frame = None
            return
        if frame.total + p.mention.value > frame.whole.value and frame.members and not between.startswith(("、", ",")):
            self.frame = None
            return
        if frame.total == frame.whole.value and p.mention.value > 0:
            self.frame = None
            return
        stage = p.mention.indicator in _STAGES and p.mention.indicator != frame.whole.indicator
        if stage and not frame.sure and not self._reaches(k, frame):
            self.frame = None
            return
        frame.total += p.mention.value
        frame.members.append(p)
        p.whole = frame.whole

    def _before_parenthesis(self, k: int, opener: int) -> Mention | None:
        for q in reversed(self.placed[:k]):
            if q.end <= opener:
                gap = self.text[q.end : opener]
                return q.mention if len(gap) <= 3 and not re.search(r"[,;。:、]", gap) else None
        return None

    def _adds_up(self, k: int, whole: Mention) -> bool:
        """Whether the counts from ``k`` on make up the whole; a list after 分别 does, or is of something else."""
        total = Decimal(0)
        for q in self.placed[k : k + REACH]:
            if q.mention.unit in _RELATIVE or not _alike(whole, q.mention):
                continue
            total += q.mention.value
            if total == whole.value:
                return True
            if total > whole.value:
                return False
        return False

    def _reaches(self, k: int, frame: Frame) -> bool:
        """Whether the members and the next counts make up the whole exactly."""
        total = frame.total
        for q in self.placed[k : k + REACH]:
            if q.mention.unit in _RELATIVE:
                continue
            if not _may_be(frame.whole, q.mention):
                return False
            total += q.mention.value
            if total >= frame.whole.value:
                return total == frame.whole.value and bool(frame.members)
        return False

    def _exhausted(self) -> None:
        """Lists without an opening word whose counts add up to the count before them."""
        counted = [p for p in self.placed if p.mention.unit not in _RELATIVE and p.mention.number == 1 and _in_row(p)]
        for i, whole in enumerate(counted):
            if whole.mention.value <= 0 or whole.mention.indicator == _KIND:
                continue  # kinds stand beside each other: `清单10条；流程8条；决策2条` add up by chance
            total = Decimal(0)
            members: list[Placed] = []
            for p in counted[i + 1 : i + REACH]:
                between = self.text[whole.end : p.start]
                if p.whole is not None:
                    if p.whole is whole.mention or any(p.whole is q.mention for q in members):
                        continue
                    break
                aside = _ASIDE.search(re.split(r"[,;。:]", p.words)[-1]) and p.mention.indicator != "request.carried_out"
                if _CARRIED.search(p.words) or aside:
                    continue
                if "。" in between or not _may_be(whole.mention, p.mention) or p.mention.unit != whole.mention.unit:
                    break
                total += p.mention.value
                members.append(p)
                if total >= whole.mention.value:
                    break
            counts = [p for p in members if p.mention.value > 0]
            if total == whole.mention.value and len(counts) > 1:
                for p in members:
                    p.whole = whole.mention

    def _summed(self) -> None:
        """`建议14件、提案6件，共20件`: the counts before a sum."""
        counted = [p for p in self.placed if p.mention.unit not in _RELATIVE and p.opener is None and p.mention.number == 1]
        for k, whole in enumerate(counted):
            if k < 2 or not _SUM.fullmatch(whole.words):
                continue
            total, members = Decimal(0), list[Placed]()
            for p in reversed(counted[:k]):
                if p.whole is not None or p.mention.unit != whole.mention.unit:
                    break
                total += p.mention.value
                members.append(p)
                if total >= whole.mention.value:
                    break
            if total == whole.mention.value and len(members) > 1:
                for p in members:
                    p.whole = whole.mention


def _by(p: Placed, whole: Mention) -> By:
    code = p.mention.indicator
    if code == whole.indicator == "proposal.handled" and p.mention.by in {None, "topic"} and _PROPOSERS.search(p.words):
        return "body"
    if code and code != whole.indicator:
        if _OUTCOME.search(code):
            return "outcome"
        if _CHANNEL.search(code):
            return "channel"
    words = re.split(r"[,;。:()、]", p.words)[-1] if p.words else ""
    kind = p.mention.by or (part_kind(words) if words else "topic")
    # `办理申请61件，其中发告知书57件、撤销2件`; `在媒体刊发151条，其中人民网5条`: the whole says what tells its parts apart
    return _APART_BY.get(whole.indicator, kind) if kind == "topic" and code in {whole.indicator, ""} else kind


def _marked(placed: Sequence[Placed]) -> list[Mention]:
    """The mentions with ``whole``, ``by`` and ``scope``; parts of one list are told apart by one thing."""
    kinds: dict[str, Counter[By]] = {}
    sums: dict[str, Decimal] = {}
    for p in placed:
        if p.whole is not None:
            kinds.setdefault(p.whole.key, Counter())[_by(p, p.whole)] += 1
            sums[p.whole.key] = sums.get(p.whole.key, Decimal(0)) + p.mention.value
    result = []
    beside: dict[str, By] = {}
    for p in placed:
        if p.whole is None:
            result.append(p.mention if p.mention.whole is None else replace(p.mention, whole=None))
            continue
        own = _by(p, p.whole)
        counted = kinds[p.whole.key]
        by = own
        if own == "topic" and OTHERS.search(p.words):
            by = beside.get(p.whole.key, own)
        if sums[p.whole.key] == p.whole.value:
            by = max(counted, key=lambda kind: (counted[kind], kind != "topic", kind))
        beside[p.whole.key] = by
        # each kind of information is a total of its kind, also within a wider one (`重点领域信息80条，其中教育类30条`)
        of_kind = p.mention.indicator == _KIND and by == "topic"
        # nor is what is of this year a part of it in a sum over years (`累计公开900条(当年新增40条)`)
        new = p.mention.period != p.whole.period and "新增" in p.words
        same = p.mention.indicator == p.whole.indicator and bool(p.mention.indicator) and not of_kind and not new
        scope = (
            "part"
            if same or (p.mention.scope == "part" and not p.mention.indicator)
            else p.mention.scope
            if not p.mention.indicator
            else "total"
        )
        result.append(replace(p.mention, whole=p.whole.key, by=by, scope=scope))
    return result


def _carried(text: str, placed: Sequence[Placed], last: Sequence[Placed], frame: Frame | None, previous: str) -> Frame | None:
    """The whole of the sentence before (``last``, its text ``previous``) whose parts this one lists."""
    if _GOES_ON.match(text) and not _OWN_TOTAL.search(text, 0, placed[0].start):
        first = placed[0].mention
        wholes = [m for m in reversed(_open(last)) if _may_be(m, first) and (m.unit in _VISITS) == (first.unit in _VISITS)]
        whole = next((m for m in wholes if _sum_is(placed, m)), next(iter(wholes), None))
        return _frame(whole, last) if whole is not None else None
    if frame is not None and (_ITEM.match(text) or previous.endswith((":", ";", ","))):
        return frame
    if previous.endswith(":"):
        return Frame(last[-1].mention)
    return _made_up(placed, last)


def _by_shares(text: str, placed: Sequence[Placed], earlier: Sequence[Placed]) -> Frame | None:
    """The count before whose shares a sentence prints that opens with one: `公开信息80条。…。政策法规类12条，占15%；规划类4条，占5%。`.

    Two shares that fit, or one of two decimals, are no chance.
    """
    shared = [
        (a.mention, b.mention)
        for a, b in itertools.pairwise(placed)
        if b.mention.unit == "%"
        and a.mention.unit not in _RELATIVE
        and a.opener is None
        and _SHARE.fullmatch(text[a.end : b.start])
    ]
    if not shared or shared[0][0] is not placed[0].mention:
        return None
    exact = max(-int(share.value.as_tuple().exponent) for _, share in shared)
    if len(shared) < 2 and exact < 2:
        return None
    counts = [p.mention for p in reversed(earlier)]
    fits = (m for m in counts if all(_may_be(m, part) and _is_share(part, m, share) for part, share in shared))
    whole = next(fits, None)
    return Frame(whole, sure=True) if whole is not None else None


def _is_share(part: Mention, whole: Mention, share: Mention) -> bool:
    """Whether a printed share is that of two counts, rounded as printed."""
    return abs(part.value * 100 / whole.value - share.value) <= Decimal(1).scaleb(int(share.value.as_tuple().exponent)) / 2


def _open(placed: Sequence[Placed]) -> list[Mention]:
    return [p.mention for p in placed if p.opener is None and p.whole is None]


def _made_up(placed: Sequence[Placed], last: Sequence[Placed]) -> Frame | None:
    """The total that ends the sentence before, where the counts of this one make it up: `公开信息75条。网站60条，公众号15条。`."""
    whole = next((m for m in reversed(_open(last)) if m.unit not in _RELATIVE), None)
    return Frame(whole) if whole is not None and whole.indicator in _LISTED and _sum_is(placed, whole) else None


def _sum_is(placed: Sequence[Placed], whole: Mention) -> bool:
    """Whether the first counts of a sentence, two or more, make up the whole exactly."""
    total, several = Decimal(0), 0
    for p in placed:
        if p.opener is not None or p.mention.unit in _RELATIVE:
            continue
        if p.mention.unit != whole.unit or not _may_be(whole, p.mention):
            return False
        total += p.mention.value
        several += p.mention.value > 0
        if total >= whole.value:
            break
    return total == whole.value and several > 1


def with_wholes(
    passages: Sequence[tuple[Passage, Normalised]], mentions: Sequence[Sequence[Mention]], adjacent: Sequence[bool]
) -> list[list[Mention]]:
    """The mentions of a report, passage by passage, with what each is part of.

    ``adjacent``: whether a passage follows the one before it in the report (no passage without mentions stands between).
    """
    frame: Frame | None = None
    last: list[Placed] = []
    recent: deque[list[Placed]] = deque(maxlen=_RECENT)
    previous = ""
    result = []
    for (passage, normal), some, near in zip(passages, mentions, adjacent, strict=True):
        text = normal.text
        placed = place(passage, normal, some)
        carried = _by_shares(text, placed, [p for some in recent for p in some])
        if carried is None and near and last and placed:
            carried = _carried(text, placed, last, frame, previous)
        frame = _Passage(text, placed, carried, last if near else ()).run()
        unsigned = [(p, p.mention.whole) for p in placed if p.whole is None and p.mention.whole is not None]
        wholes = {m.key: m for m in (*some, *(q.mention for q in last))} if unsigned else {}
        for p, key in unsigned:  # what the rules of indicators say of parts stands where the sentence has no sign
            if wholes.get(key) is not p.mention:
                p.whole = wholes.get(key)
        result.append(_marked(placed))
        last, previous = placed or last, text
        recent.append(placed)
    return result
