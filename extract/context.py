"""The second pass over quantities: qualifier, sign, period, and what is part of what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from extract.indicators import Site
from extract.quantities import Quantity
from extract.rules import context_rules
from extract.types import By, Mention, Period, Qualifier

_YEAR = re.compile(r"(20\d\d)年")
_IN_YEAR = re.compile(r"(?<![至到自从])(20\d\d)年度?(?:末|底|的)?(?:为|是|有|共|仅为?|只有|受理|收到|公开|发布|被纠错?|[^,;。#]{0,8})#")
_BACK_TO = re.compile(r"以来|至今|比|较|结转|清理|起")
# parts of these are counted by the same indicator even if the part's own words name none: `网络8件、信函4件`
INHERITED = frozenset(
    "request.received request.answered hotline.accepted service.accepted service.handled service.completed service.online "
    "service.items mail.handled proposal.handled normative.made normative.disclosed normative.repealed normative.effective "
    "review.total litigation.total interpretation.consultations disclosure.newmedia disclosure.wechat disclosure.weibo "
    "platform.visits platform.accounts supervision.people".split()
)
# a part that is a way of ending has its own code (`request.granted`) or none
_OUTCOME_CODES = ("request.", "review.", "litigation.")
_BY: tuple[tuple[By, re.Pattern[str]], ...] = (
    ("outcome", re.compile(r"维持|纠正|办结|满意|答复|采纳|予以|不予|已|未|合格|撤")),
    ("applicant", re.compile(r"自然人|公民|个人|法人|商业企业|企业|社会组织|公益组织|科研机构|法律服务|律师|其他组织|职工|村民|居民|记者")),
    (
        "channel",
        re.compile(r"网络|网上|网站|线上|线下|信函|邮寄|当面|现场|传真|邮件|信件|平台|微信|电话|窗口|来访|来信|书面|渠道|快递|在线|邮箱|来电|短信|APP"),
    ),
    ("body", re.compile(r"政府[^服务]{0,3}$|[局委办厅院所站队]$|街道|乡镇|部门|县直|市直|单位|[县区市镇乡](?:级|直|本级)?$|直属|机关|[县区市镇乡]公开")),
)
_PART_END = re.compile(r"[。]|同时|另外?|此外|全年|办结|答复")
_PARTS_OPEN = re.compile(r"其中|包括|包含|分别|(?<!\d)\(|主要有|分为|分类看|含|从[^,;。]{1,8}看|按[^,;。]{1,8}(?:分|划)")


def qualifier_of(text: str, quantity: Quantity) -> Qualifier:
    """From the words before the number, inside the quantity, and behind it."""
    rules = context_rules()
    left = text[max(0, quantity.start - 8) : quantity.start]
    if quantity.more in {"余", "多"}:
        return "at_least"
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


def is_fall(site: Site, indicator: str, quantity: Quantity) -> bool:
    """Whether the codebook wants the value negative: a fall against an earlier period."""
    rules = context_rules()
    if not rules["fall"].search(site.own):
        return False
    if indicator in {"growth", "disclosure.increase"}:
        return True
    return bool(rules["comparison"].search(site.own + "#")) and not re.search(r"由|从", site.own)


def period_of(site: Site, sentence: str, section: str | None, year: int | None) -> Period:
    """``prior`` for the value compared with, ``cumulative`` for sums over years, ``other`` for plans and other years."""
    rules = context_rules()
    own = site.own + "#"
    phrase = own + site.right
    if rules["prior"].search(phrase) and not re.search(r"结转|(?:至|到)#$", own):
        return "prior"
    if rules["cumulative"].search(site.lead[-24:] + own) and not rules["not-cumulative"].search(site.lead[-24:] + own):
        return "cumulative"
    named = _IN_YEAR.search(own)
    if named and year is not None and not _BACK_TO.search(own[named.end(1) :] + own[: named.start()][-3:]):
        difference = int(named[1]) - year
        if difference:
            return "prior" if difference == -1 else "other"
    if rules["plan"].search(site.lead[-40:] + site.own) and (section == "s5" or re.search(r"计划|力争|争取|打算|明年|来年|下一步|预计", sentence)):
        return "other"
    return "year"


def report_year(texts: Sequence[str]) -> int | None:
    """The year named most often in the passages (``2022年``), the later of two named equally often."""
    counts: dict[int, int] = {}
    for text in texts:
        for found in _YEAR.findall(text):
            counts[int(found)] = counts.get(int(found), 0) + 1
    return max(counts, key=lambda y: (counts[y], y)) if counts else None


def part_kind(own: str) -> By:
    """What distinguishes a part (codebook ``by``), read off the words that name it."""
    words = re.sub(r"(?:其中|共|计|为|有|占|:)+$", "", own)
    for kind, pattern in _BY:
        if pattern.search(words):
            return kind
    return "topic"


def with_parts(text: str, quantities: Sequence[Quantity], sites: Sequence[Site], mentions: Sequence[Mention]) -> list[Mention]:
    """Mark parts among the mentions of one passage (``mentions[i]`` belongs to ``quantities[i]``).

    A part counts by the same indicator as a whole before it (`共3607件(市政府349件、…)`), or names none of its own
    inside 其中/包括/parentheses, or adds up with its neighbours to exactly the whole.
    """
    result = list(mentions)
    for index, whole in enumerate(mentions):
        if not whole.indicator or whole.unit in {"%", "成"} or result[index].scope == "part" or whole.period != "year":
            continue
        for follower in _parts_of(text, quantities, sites, result, index):
            part = result[follower]
            result[follower] = replace(
                part, indicator=whole.indicator, scope="part", by=part_kind(sites[follower].own + sites[follower].right), whole=whole.key
            )
    return result


def _parts_of(
    text: str, quantities: Sequence[Quantity], sites: Sequence[Site], mentions: Sequence[Mention], index: int
) -> list[int]:
    whole = mentions[index]
    closing = _closing_parenthesis(text, quantities, index)
    opened = False
    parts: list[int] = []
    total = Decimal(0)
    run: list[int] = []
    for follower in range(index + 1, len(mentions)):
        part = mentions[follower]
        between = text[quantities[follower - 1].end : quantities[follower].start]
        if not opened and _PARTS_OPEN.search(between):
            opened = True
        elif "。" in between or re.search(r"另[有外]?|同时|此外", between):
            break
        if closing is not None and quantities[follower].start > closing:
            break
        if part.unit != whole.unit or part.scope == "part" or part.period != "year":
            if opened and part.unit in {"%", "成"}:
                continue
            break
        same = part.indicator == whole.indicator
        inherits = not part.indicator and whole.indicator in INHERITED and _names_part(sites[follower])
        if not (same or inherits) or total + part.value > whole.value:
            break
        total += part.value
        run.append(follower)
        if opened:
            parts = list(run)
    if parts:
        return parts
    # `收到申请15件，网上10件，信函5件`: no opening word, but the parts add up
    return run if len(run) > 1 and total == whole.value else []


_NO_PART = re.compile(r"采纳|采用|解决|整改|退回|废止|逾期|延期|满意|回访|办结|督办|回复|答复|培训|网站|会商|重办|挽回|公开|配")


def _names_part(site: Site) -> bool:
    return not _NO_PART.search(site.own[-12:])


def _closing_parenthesis(text: str, quantities: Sequence[Quantity], index: int) -> int | None:
    end = quantities[index].end
    if text[end : end + 1] != "(":
        return None
    closing = text.find(")", end)
    return closing if closing > 0 else None
