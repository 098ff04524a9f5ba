"""The second pass over verdicts: lists and changes, whose counts say by their neighbours what they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from corpus.patterns import pattern
from extract.mentions.context import CHANNELS, PARTS_OPEN, PRIOR_ONLY, REACH, is_compared, names_part, part_kind
from extract.mentions.indicators import HARD, NO_VERDICT, Site, Verdict
from extract.mentions.quantities import Quantity
from extract.mentions.rules import context_rules

_CHANGE_RULES = frozenset({"disclosure.increase", "change.other", "change.after-prior", "change.clause"})
_PUBLISHED = pattern("extract/mentions", "published_items")


def settle_changes(sites: Sequence[Site], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """`388条，较上年增加34条`: a change is of what was counted before it, so its indicator hangs on that."""
    settled = list(verdicts)
    for index, verdict in enumerate(verdicts):
        if verdict.rule not in _CHANGE_RULES:
            continue
        before = next(
            (
                settled[i].indicator
                for i in range(index - 1, max(-1, index - REACH), -1)
                if settled[i].rule not in _CHANGE_RULES and not PRIOR_ONLY.fullmatch(sites[i].own) and not is_compared(sites[i])
            ),
            None,
        )
        if before is None:
            topic = sites[index].topic
            published = topic == "disclosure" or (topic not in HARD and bool(_PUBLISHED.search(sites[index].own)))
        else:
            published = before.startswith("disclosure.") and before != "disclosure.gazette"
        # a change is no count: the weights, which look at the noun alone, have no say
        settled[index] = replace(verdict, indicator="disclosure.increase" if published else "", final=True)
    return settled


_ACTED = pattern("extract/mentions", "acted")


def settle_lists(
    text: str, quantities: Sequence[Quantity], sites: Sequence[Site], verdicts: Sequence[Verdict]
) -> list[Verdict]:
    """`主动公开信息447条，其中：…人大建议办理2条`: what is listed under published items is a kind of published item."""
    settled = list(verdicts)
    if len(settled) < 2:
        return settled
    patterns = context_rules()
    for index, verdict in enumerate(verdicts):
        if verdict.indicator not in _PUBLISHED_TOTALS:
            continue
        opened = False
        for follower in range(index + 1, min(len(verdicts), index + REACH)):
            between = text[quantities[follower - 1].end : quantities[follower].start]
            opened = opened or bool(PARTS_OPEN.search(between))
            alike = {quantities[follower].unit, quantities[index].unit}
            if not opened or not (len(alike) == 1 or alike <= _POSTS) or "。" in between:
                break
            if settled[follower].indicator == "request.received":
                break  # `其他信息95条；收到公开申请58件，其中不予公开6件`
            if settled[follower].final or settled[follower].indicator.startswith(("disclosure.", *_OUTCOMES)):
                continue
            if _ACTED.search(sites[follower].own):
                continue
            own = sites[follower].own + "#"
            if settled[follower].indicator == "interpretation.items" and patterns["explanation-named"].search(own):
                continue
            document = settled[follower].indicator.startswith("normative.") and patterns["normative-named"].search(own)
            settled[follower] = replace(
                settled[follower], indicator="normative.disclosed" if document else "disclosure.category"
            )
    _of_the_only_dispute(quantities, settled)
    if any(verdict.indicator == "request.answered" for verdict in settled):
        _ways_of_answers(text, quantities, sites, settled)
    for index in range(1, len(settled)):
        # `办理营业执照260户、食品经营许可48件`, `物业管理320件、供水供暖160件`: each a part of what is counted
        before, verdict, own = settled[index - 1], settled[index], sites[index].own
        follows = text.startswith("、", quantities[index - 1].end) and not _ACTED.search(own) and names_part(sites[index])
        if before.indicator in _SHARED_OUT and verdict == NO_VERDICT and follows:
            settled[index - 1] = replace(before, part=before.part or "list")
            settled[index] = replace(before, part=before.part or "list")
        # but not `收到公民、法人和其他组织的申请28件，其中网络申请15件`
        beside = not _ALL_APPLICANTS.search(sites[index - 1].own) and not PARTS_OPEN.search(
            text[quantities[index - 1].end : quantities[index].start]
        )
        if (
            beside
            and verdict.part
            and verdict.indicator == before.indicator
            and part_kind(sites[index - 1].own) in {"applicant", "channel"}
        ):
            settled[index - 1] = replace(before, part=verdict.part)  # `收到自然人申请4件、法人申请1件`
    for index in range(1, len(settled)):
        # `发布通知公告12条、互动交流3条`, `发布67条原创信息，104条转发信息`: the list goes on
        before, own = settled[index - 1], sites[index].own
        between = text[quantities[index - 1].end : quantities[index].start]
        if not own and between == "、" and before.indicator in CHANNELS and not settled[index].indicator:
            settled[index] = before  # `督办名单5批、63宗`
        if between == "" and settled[index] == NO_VERDICT and before.indicator.startswith(_MEASURED_TWICE):
            settled[index] = before  # `推送242期806条`, `接待来访18批65人次`: one thing in two measures
        several_kinds = before.indicator == "disclosure.category" and between.startswith("、") and settled[index] == NO_VERDICT
        if several_kinds and {quantities[index].unit, quantities[index - 1].unit} <= _KINDS and not _ACTED.search(own):
            settled[index] = before  # `公告非正常户42户、欠税信息4期`
        if quantities[index].unit != quantities[index - 1].unit or before.indicator not in CHANNELS:
            continue
        listed = between.startswith("、") and before.indicator == "disclosure.category" and not _ACTED.search(own)
        explained = settled[index].indicator == "interpretation.items" and patterns["explanation-named"].search(own + "#")
        if explained:
            continue  # `专项规划29条、规划解读44条`
        if (listed and not settled[index].indicator.startswith(("disclosure.", "normative."))) or (
            (not own or _COPIED.fullmatch(own)) and between[: len(between) - len(own)].endswith(("、", ","))
        ):
            settled[index] = replace(settled[index], indicator=before.indicator)
    return settled


def _of_the_only_dispute(quantities: Sequence[Quantity], settled: list[Verdict]) -> None:
    """`行政复议7件、诉讼0件，其中维持3件`: where there was no lawsuit the outcomes are those of the reviews."""
    total: dict[str, Decimal] = {}
    for index, verdict in enumerate(settled):
        code = verdict.indicator
        if code in {"review.total", "litigation.total"}:
            total[code] = quantities[index].value
        elif code.startswith("litigation.") and total.get("litigation.total") == 0 and total.get("review.total"):
            settled[index] = replace(verdict, indicator=code.replace("litigation", "review"))


def _ways_of_answers(text: str, quantities: Sequence[Quantity], sites: Sequence[Site], settled: list[Verdict]) -> None:
    """`办理回复依申请公开23件，其中网上申请22件，书面申请1件`: the channels of what was answered, none of what came in."""
    whole = -1
    for index, verdict in enumerate(settled):
        between = text[quantities[index - 1].end : quantities[index].start] if index else ""
        if "。" in between or ";" in between:
            whole = -1
        if verdict.indicator == "request.answered":
            whole = index
        elif verdict.indicator == "request.received" and whole >= 0 and part_kind(sites[index].own) in {"channel", "applicant"}:
            opened = PARTS_OPEN.search(text, quantities[whole].end, quantities[index].start)
            if opened and quantities[index].value <= quantities[whole].value:
                settled[index] = replace(verdict, indicator="request.answered")
        elif not sites[index].own or verdict.indicator == "request.received":
            whole = -1


#: what became of requests is no kind of published information (`其他信息9条，依申请公开0条，不予公开2条`)
_OUTCOMES = ("request.disclosed", "request.partial", "request.denied", "request.unavailable", "request.rejected")
_ALL_APPLICANTS = pattern("extract/mentions", "all_applicants")
_COPIED = pattern("extract/mentions", "copied")
_POSTS = frozenset({"条", "篇", "件", "份", "部", "则", "期"})
_KINDS = _POSTS | {"户", "种", "批", "批次", "项", "起", "宗", "例", "幅", "张"}
_MEASURED_TWICE = ("disclosure.", "mail.handled", "interpretation.items", "hotline.accepted")
_SHARED_OUT = frozenset(
    {
        "service.handled",
        "service.accepted",
        "service.completed",
        "request.received",
        "request.answered",
        "hotline.accepted",
        "mail.handled",
        "proposal.handled",
    }
)
_PUBLISHED_TOTALS = frozenset({"disclosure.total", "disclosure.website"})
