"""The second pass over quantities: qualifier, sign, period, and what is part of what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from corpus.datafile import later
from corpus.patterns import pattern
from extract.mentions.indicators import Site
from extract.mentions.quantities import Quantity
from extract.mentions.rule_index import ANYTHING, context_filters
from extract.mentions.rules import context_rules, part_rules
from extract.types import By, Mention, Period, Qualifier

_YEAR = later(r"(20\d\d) ?年 ?(度|12 ?月 ?31 ?日|1 ?月 ?1 ?日)?")
_IN_YEAR = pattern("extract/mentions", "in_year")
DONE = pattern("extract/mentions", "done")
PLANNING = pattern("extract/mentions", "planning")
_COMPARED = pattern("extract/mentions", "compared")
_PRIOR_REMARK = pattern("extract/mentions", "prior_remark")
_SHORT_TIME = pattern("extract/mentions", "short_time")
_BACK_TO = pattern("extract/mentions", "back_to")
_FELL_FROM = pattern("extract/mentions", "fell_from")
_RATE_FALL = pattern("extract/mentions", "rate_fall")
# how many counts on a whole is looked for: no list is longer, and a text of 160,000 characters without a full stop stays linear
REACH = 150
_LISTED = frozenset({"disclosure.category", "disclosure.total", ""})
# a character of every word that qualifies a number, for speed
_QUALIFIES = later(r"[约近超过破逾少高下多上大越足到低满在概右几有余来以之左≥≤<>≧≦⩾⩽]")
_PARENTHESES = later(r"[()]")
PARTS_OPEN = pattern("extract/mentions", "parts_open")
OTHERS = pattern("extract/mentions", "others")
_ELSEWHERE = pattern("extract/mentions", "goes_elsewhere")
_BEFORE_NUMBER, _NOT_PRIOR = pattern("extract/mentions", "before_number"), pattern("extract/mentions", "prior_is_none")


def qualifier_of(text: str, quantity: Quantity) -> Qualifier:
    """From the words before the number, inside the quantity, and behind it."""
    if quantity.more in {"余", "多", "+"}:
        return "at_least"
    rules = context_rules()
    left = text[max(0, quantity.start - 8) : quantity.start]
    if quantity.chinese and left.endswith("上") and text[quantity.start] in "百千万亿":
        return "at_least"  # `上万条`
    if not quantity.more and not _QUALIFIES.search(left) and not _QUALIFIES.match(text, quantity.end):
        return "exact"
    if rules["at-least-after"].match(text, quantity.end):
        return "at_least"
    if quantity.more in {"来", "几"} or rules["about-after"].match(text, quantity.end):
        return "about"
    if rules["at-most-after"].match(text, quantity.end) or rules["at-most-before"].search(left):
        return "at_most"
    if rules["about-before"].search(left):
        return "about"
    if rules["at-least-before"].search(left):
        return "at_least"
    return "exact"


def is_fall(site: Site, indicator: str, quantity: Quantity, mask: int = ANYTHING) -> bool:
    """Whether the codebook wants the value negative: a fall against an earlier period (``mask``: of the sentence)."""
    if not context_filters()["fall"] & mask:
        return False
    rules = context_rules()
    if not rules["fall"].search(site.own):
        return False
    if _FELL_FROM.search(site.lead):
        return True
    if indicator in {"growth", "disclosure.increase"} or (quantity.unit == "%" and _RATE_FALL.search(site.own)):
        return True
    return bool(rules["comparison"].search(site.own + "#")) and not re.search(r"由|从", site.own)


def is_compared(site: Site) -> bool:
    """Whether the number is that of an earlier year in a comparison (`较2021年(290件)增加32件`: 290)."""
    return _COMPARED.search(site.lead[-14:] + site.own + "#") is not None


def period_of(site: Site, year: int | None, *, planned: bool, timed: bool = True, mask: int = ANYTHING) -> Period:
    """``prior`` for the value compared with, ``cumulative`` for sums over years, ``other`` for plans and other years.

    ``timed``: whether the pattern ``timed`` finds anything in the sentence.  ``mask`` is that of the sentence: patterns that need
    characters it lacks are not tried.
    """
    if not timed:
        return "other" if planned else "year"
    rules, needs = context_rules(), context_filters()
    own = site.own + "#"
    if _PRIOR_REMARK.search(site.lead[-40:] + "\x00" + own):
        return "prior"
    if needs["less-than-a-year"] & mask and rules["less-than-a-year"].search(own):
        return "other"
    if needs["years"] & mask and _over_years(site, rules["years"]):
        return "cumulative"
    phrase = own + site.tail[:12]
    if needs["prior"] & mask and rules["prior"].search(phrase) and not _NOT_PRIOR.search(own + site.tail[:1]):
        return "prior"
    if is_compared(site):
        return "prior"
    if (
        needs["cumulative"] & mask
        and rules["cumulative"].search(site.lead[-24:] + own)
        and not rules["not-cumulative"].search(site.lead[-24:] + own)
    ):
        return "cumulative"
    named = _IN_YEAR.search(own) if "20" in own else None
    if named and year is not None and not _BACK_TO.search(own[named.end(1) :] + own[: named.start()][-3:]):
        difference = int(named[1]) - year
        if difference:
            return "prior" if difference == -1 else "other"
    if _SHORT_TIME.search(own):
        return "other"
    if (needs["plan"] & mask and rules["plan"].search(site.lead[-40:] + site.own)) or planned:
        return "other"
    return "year"


def _over_years(site: Site, pattern: re.Pattern[str]) -> bool:
    """Whether the clause names several years that the number sums (`2020-2021年共受理35件`)."""
    named = pattern.search(site.lead[-24:] + site.own + "#")
    return named is not None and int(named["first"]) < int(named["last"])


def report_year(texts: Sequence[str]) -> int | None:
    """The year that the passages name most often (``2022年``), a report period (``2022年度``, ``2022年12月31日``) counting most."""
    counts: dict[int, int] = {}
    for text in texts:
        for found, period in _YEAR.findall(text):
            counts[int(found)] = counts.get(int(found), 0) + (5 if period else 1)
    return max(counts, key=lambda y: (counts[y], y)) if counts else None


def part_kind(own: str) -> By:
    """What distinguishes a part (codebook ``by``), read off the words that name it."""
    words = _BEFORE_NUMBER.sub("", own)
    words = re.sub(r"(?<=[县区市])\([县区市、]+\)$", "", words)  # `甲县(市)`
    for part in part_rules().kinds:
        if part.pattern.search(words):
            return part.by
    return "topic"


def kind_of(site: Site) -> By:
    """What distinguishes a part, from all words around it."""
    return "body" if site.body else part_kind(site.own + site.right)


def with_parts(text: str, quantities: Sequence[Quantity], sites: Sequence[Site], mentions: Sequence[Mention]) -> list[Mention]:
    """Mark parts among the mentions of one passage (``mentions[i]`` belongs to ``quantities[i]``).

    A part counts by the same indicator as a whole before it (`共3607件(市政府349件、…)`), or names none of its own
    inside 其中/包括/parentheses, or adds up with its neighbours to exactly the whole.
    """
    result = list(mentions)
    if len(result) < 2:
        return result
    for index, whole in enumerate(mentions):
        if not whole.indicator or whole.unit == "%" or result[index].scope == "part" or whole.period != "year":
            continue
        for follower in _parts_of(text, quantities, sites, result, index):
            part = result[follower]
            by = kind_of(sites[follower])
            neighbour = result[follower - 1].by
            if by == "topic" and neighbour is not None and OTHERS.search(sites[follower].own):
                by = neighbour  # `自然人8件、其他1件`
            result[follower] = replace(part, indicator=whole.indicator, scope="part", by=by, whole=whole.key)
    return answered_mail(sites, _ways(sites, _bodies(sites, _proposals(sites, result))))


def answered_mail(sites: Sequence[Site], mentions: Sequence[Mention]) -> list[Mention]:
    """`收到留言47条，回复47条`: of letters the number received is the total, what was answered a part by outcome."""
    result = list(mentions)
    if sum(m.indicator == "mail.handled" for m in mentions) < 2:
        return result
    received, answered = context_rules()["mail-received"], context_rules()["mail-answered"]
    whole: Mention | None = None
    for index, (site, mention) in enumerate(zip(sites, mentions, strict=True)):
        if mention.indicator != "mail.handled" or mention.unit == "%":
            continue
        if (
            whole is not None
            and mention.value <= whole.value
            and mention.scope == "total"
            and answered.search(site.own + "#" + site.right)
        ):
            result[index] = replace(mention, scope="part", by="outcome", period=whole.period)
        elif received.search(site.own + "#") and mention.value > 0:
            whole = mention
    return result


_BY_WAY = frozenset({"mail.handled", "request.received"})
_WAY = pattern("extract/mentions", "way")


_OWN_VERB = pattern("extract/mentions", "own_verb")


def _ways(sites: Sequence[Site], mentions: list[Mention]) -> list[Mention]:
    """`现场咨询120人次、电话咨询340人次` without a total: parts by channel or applicant (one way alone is all there was).

    `接待来访36批，受理网上信访21件`: two clauses with verbs of their own are two counts.
    """
    found: dict[int, str] = {}
    for index, (site, mention) in enumerate(zip(sites, mentions, strict=True)):
        if mention.indicator in _BY_WAY and mention.scope == "total" and mention.period == "year" and mention.unit != "%":
            if _WAY.search(site.own) and not (found and _OWN_VERB.search(site.own)):
                found[index] = mention.indicator
            elif not site.own and index - 1 in found:
                found[index] = mention.indicator  # `来访18批65人次`
            else:
                return mentions
    several = {
        code
        for code in found.values()
        if len({_WAY.findall(sites[i].own)[-1] for i, c in found.items() if c == code and sites[i].own}) > 1
    }
    return [
        replace(m, scope="part", by=part_kind(sites[i].own or sites[i - 1].own)) if found.get(i) in several else m
        for i, m in enumerate(mentions)
    ]


_WHOLE_AREA = pattern("extract/mentions", "whole_area")
_BY_BODY = frozenset(
    {
        "request.received",
        "request.answered",
        "disclosure.total",
        "disclosure.othermedia",
        "hotline.accepted",
        "proposal.handled",
    }
)


def _bodies(sites: Sequence[Site], mentions: list[Mention]) -> list[Mention]:
    """`各县区受理62件，市直部门受理41件` without a total: parts by body (one body alone is the agency that reports)."""
    bodies = context_rules()["bodies-first"]
    found = {
        index: mention.indicator
        for index, (site, mention) in enumerate(zip(sites, mentions, strict=True))
        if mention.indicator in _BY_BODY
        and mention.scope == "total"
        and mention.period == "year"
        and bodies.match(site.own)
        and not _WHOLE_AREA.match(site.own)
    }
    if len(found) < 2:
        return mentions
    wholes = {m.indicator for i, m in enumerate(mentions) if i not in found and m.scope == "total"}
    several = {code for code, count in Counter(found.values()).items() if count > 1 and code not in wholes}
    return [replace(m, scope="part", by="body") if found.get(i) in several else m for i, m in enumerate(mentions)]


def _proposals(sites: Sequence[Site], mentions: list[Mention]) -> list[Mention]:
    """`办理建议12件、提案23件` without a total: each is a part of what `proposal.handled` counts."""
    kinds = {
        index: (word, *_LEVEL.findall(site.own))
        for index, (site, mention) in enumerate(zip(sites, mentions, strict=True))
        if mention.indicator == "proposal.handled" and mention.scope == "total"
        for word in _PROPOSAL_LED.findall(site.own)
        if len(set(_PROPOSAL.findall(site.own))) == 1
    }
    if len(set(kinds.values())) < 2:
        return mentions
    return [replace(m, scope="part", by="body") if i in kinds else m for i, m in enumerate(mentions)]


_LEVEL = pattern("extract/mentions", "proposal_level")
_PROPOSAL, _PROPOSAL_LED = pattern("extract/mentions", "proposal"), pattern("extract/mentions", "proposal_led")


_THIS_YEAR = pattern("extract/mentions", "this_year")
_OF_ALL_YEARS = pattern("extract/mentions", "of_all_years")
_FLOWS = ("disclosure.", "request.received", "mail.", "hotline.accepted", "service.handled", "service.accepted")


def split_stock(sites: Sequence[Site], mentions: list[Mention], year: int | None) -> list[Mention]:
    """`累计公开3452条，其中2015年新增617条`: the first number is of all years, the second of the report's, no part of it."""
    result = list(mentions)
    for index in range(1, len(result)):
        stock, flow = result[index - 1], result[index]
        named = _THIS_YEAR.fullmatch(sites[index].lead[-4:].rpartition("其中")[1] + sites[index].own) or _THIS_YEAR.fullmatch(
            sites[index].own
        )
        if named is None or (named[1] and year is not None and int(named[1]) != year):
            continue
        summed = _OF_ALL_YEARS.search(sites[index - 1].lead[-24:] + sites[index - 1].own)
        if summed and stock.unit == flow.unit and stock.value > flow.value and stock.indicator.startswith(_FLOWS):
            result[index - 1] = replace(stock, period="cumulative")
            result[index] = replace(flow, indicator=stock.indicator, period="year", scope="total", by=None)
    return result


_SUM_BEHIND = pattern("extract/mentions", "sum_behind")


def close_sums(sites: Sequence[Site], mentions: list[Mention]) -> list[Mention]:
    """`建议14件、提案6件，合起来20件`: a sum printed behind its parts.

    Parts of one indicator become parts of it; items published through several channels are summed to `disclosure.total`.
    """
    result = list(mentions)
    for index, total in enumerate(mentions):
        own = sites[index].own.lstrip(",、")
        if total.indicator or total.unit == "%" or not _SUM_BEHIND.fullmatch(own):
            continue
        first = index
        while (
            first
            and mentions[first - 1].unit == total.unit
            and mentions[first - 1].indicator
            and mentions[first - 1].whole is None
        ):
            first -= 1
        run = mentions[first:index]
        codes = {m.indicator for m in run}
        if len(run) < 2:
            continue
        if len(codes) == 1:
            result[index] = replace(total, indicator=run[0].indicator)
            for part in range(first, index):
                result[part] = replace(mentions[part], scope="part", by=kind_of(sites[part]), whole=total.key)
        elif all(code.startswith("disclosure.") for code in codes):
            result[index] = replace(total, indicator="disclosure.total")
    return result


def parts_of_previous(whole: Mention, sites: Sequence[Site], mentions: list[Mention]) -> list[Mention]:
    """`其中…` at the beginning of a passage goes on with the whole of the passage before."""
    result = list(mentions)
    for index, mention in enumerate(mentions):
        same = mention.indicator == whole.indicator
        inherits = not mention.indicator and whole.indicator in part_rules().inherited and names_part(sites[index])
        if mention.unit != whole.unit or mention.whole is not None or not (same or inherits) or mention.value > whole.value:
            break
        result[index] = replace(mention, indicator=whole.indicator, scope="part", by=kind_of(sites[index]), whole=whole.key)
    return result


def continue_changes(sites: Sequence[Site], mentions: Sequence[Mention]) -> list[Mention]:
    """`账号由5个压减为3个`, `公开96条，上年是102条`: the second number counts what the first does."""
    result = list(mentions)
    before = 0
    for index in range(1, len(result)):
        second = result[index]
        if result[index - 1].scope == "total" and not (index > 1 and _ASIDE.search(sites[index - 1].own)):
            before = index - 1  # not the five of `受理40件，比上年增加5件(上年为35件)`
        if result[before].unit == "%" and before and second.unit != "%":
            before -= 1  # `公开530条，同比增加6.4%(2022年为498条)`
        first = result[before]
        if first.unit != second.unit or "prior" not in {first.period, second.period}:
            continue
        own = re.sub(r"^[,、]", "", sites[index].own)
        if first.period == "prior" and _CHANGED_TO.search(own):
            indicator = first.indicator or second.indicator
            result[before] = replace(first, indicator=indicator)
            result[index] = replace(second, indicator=indicator)
        elif second.period == "prior" and (PRIOR_ONLY.fullmatch(own) or is_compared(sites[index])):
            result[index] = replace(second, indicator=first.indicator)
    return result


_CHANGED_TO = pattern("extract/mentions", "changed_to")
PRIOR_ONLY = pattern("extract/mentions", "prior_only")


def _parts_of(
    text: str, quantities: Sequence[Quantity], sites: Sequence[Site], mentions: Sequence[Mention], index: int
) -> list[int]:
    whole = mentions[index]
    closing = _closing_parenthesis(text, quantities, index)
    opened = False
    parts: list[int] = []
    total = Decimal(0)
    run: list[int] = []
    for follower in range(index + 1, min(len(mentions), index + REACH)):
        part = mentions[follower]
        between = text[quantities[follower - 1].end : quantities[follower].start]
        if not opened and PARTS_OPEN.search(between):
            opened = True
        elif "。" in between or _ELSEWHERE.search(between):
            break
        if closing is not None and quantities[follower].start > closing:
            break
        if opened and part.unit == whole.unit and part.indicator != whole.indicator and _is_channel(whole, part):
            total += part.value  # `2460条，其中微博980条、客户端230条`: the first has an indicator of its own
            continue
        if part.unit != whole.unit or part.whole is not None or part.period != "year":
            if (
                parts
                and part.indicator == whole.indicator
                and part.value <= whole.value
                and between.startswith("、")
                and part.whole is None
            ):
                run.append(follower)
                parts = list(run)  # `解读187篇，其中图解63篇、视频解读21个`: another measure word, the same thing
                continue
            if part.unit == "%" or _ASIDE.search(sites[follower].own):
                continue
            break
        if _ASIDE.search(sites[follower].own) and not (opened and sites[follower].own.startswith("涉及")):
            continue
        if opened and part.indicator == "service.handled" and whole.indicator in {"service.accepted", "service.completed"}:
            part = replace(part, indicator="")  # `接件613件，其中即办件412件`
        same = part.indicator == whole.indicator or (
            whole.indicator == "disclosure.total" and part.indicator in _LISTED and kind_of(sites[follower]) == "body"
        )
        unnamed = not part.indicator or (
            part.indicator == "disclosure.category"
            and (
                not whole.indicator.startswith("disclosure.")
                or (
                    whole.indicator == "disclosure.othermedia" and kind_of(sites[follower]) == "body"
                )  # `媒体刊发210篇，其中省级15篇`
            )
        )
        inherits = unnamed and whole.indicator in part_rules().inherited and names_part(sites[follower])
        if not (same or inherits) or part.value > whole.value:
            break
        if total + part.value > whole.value and not (opened and (same or closing is not None or between.startswith("、"))):
            break  # parts that exceed their whole are parts (and a finding) only where the sentence says so
        total += part.value
        run.append(follower)
        if opened:
            parts = list(run)
    if parts:
        return parts
    # `收到申请15件，网上10件，信函5件`: no opening word, but the parts add up
    return run if len(run) > 1 and total == whole.value and whole.indicator != "disclosure.category" else []


_ASIDE = pattern("extract/mentions", "aside_left")
_NO_PART = pattern("extract/mentions", "no_part")


#: channels that have an indicator of their own, and the kinds of items
CHANNELS = frozenset(
    {"disclosure.newmedia", "disclosure.weibo", "disclosure.wechat", "disclosure.website", "disclosure.category"}
)


def _is_channel(whole: Mention, part: Mention) -> bool:
    """Whether a published total holds ``part``, the count of a channel with an indicator of its own."""
    return whole.indicator in {"disclosure.total", "disclosure.newmedia"} and part.indicator in CHANNELS - {
        "disclosure.category"
    }


def names_part(site: Site) -> bool:
    """Whether the words of a count may name a part, and not what was done about the whole (`采纳`, `整改`)."""
    return not _NO_PART.search(site.own[-12:])


def _closing_parenthesis(text: str, quantities: Sequence[Quantity], index: int) -> int | None:
    """Where the parenthesis ends that opens right behind a number: `892件(市政府117件、县(市、区)468件)`."""
    end = quantities[index].end
    if text[end : end + 1] != "(":
        return None
    depth = 0
    for match in _PARENTHESES.finditer(text, end, end + 4000):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.start()
    return None
