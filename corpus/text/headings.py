"""Which lines are headings, of what level, and which are no narrative at all.

Section headings are recognised by their wording (``data/headings.toml``), never by their number alone: the table row
``三、本年度办理结果`` carries the number of section three.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from corpus.datafile import entries, expect_keys, later, load_toml
from corpus.patterns import pattern
from corpus.text.furniture import around_article
from corpus.text.normalise import normalise, squeeze

# 一、 | 第一部分 | （一） | 1.1 | 1. | 1、 | （1） | ① ; a dot must not be that of a decimal (1.5万件)
_ORDINAL = later(
    r"(?P<top>(?:第?[一二三四五六七八九十]{1,3}(?:部分|章)?[、.,::]|第[一二三四五六七八九十]{1,3}(?:部分|章))"
    r"|\[[一二三四五六七八九十]{1,2}\][、.]?|(?:[Ⅰ-Ⅻ]|[IVX]{1,4}(?=[、.]))[、.]?)"
    r"|(?P<paren>\([一二三四五六七八九十]{1,3}\)[、.]?|[㈠-㈩][、.]?)"
    r"|(?P<multi>\d\.\d{1,2}(?:\.\d{1,2})?[、.]?(?![\d%万亿余多元倍个件条项篇次人名家公分小天年月]))"
    r"|(?P<digit>\d{1,2}(?:、|\.(?!\d)|\)(?=\D))|[⒈-⒛])"
    r"|(?P<pdigit>\(\d{1,2}\)[、.]?|[⑴-⒇][、.]?)"
    r"|(?P<circled>[①-⑳])"
)
_LEVELS = {"top": 1, "paren": 2, "digit": 3, "multi": 4, "pdigit": 4, "circled": 4}

_MAY_BE_NUMBERED = later(r"\s*#*\s*[第一二三四五六七八九十（(\d①-⒛㈠-㈩【\[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩIVX]")
#: a heading may be run into its paragraph: （一）高度重视，建立机制。我区… ; longer first sentences are statements
_RUN_IN_MAX = 36
#: a line that is no narrative, with its blanks
_LONGEST_LINE = 120
#: before the fields of a page that prints them as a list: • 发布时间：2021-01-29
_BULLETS = "·●▪◆■"
_STANDALONE_MAX = 40
#: a sentence under a heading that has no mark of its own is longer than this
_SHORTEST_BODY = 8
#: （二）认真对待每一份申请 全年接到申请10件。 : what a line break was stands as a blank
_BLANK_AFTER = later(r"\s*([^。；，：;,:\s]{3,24})[ \u3000]+(?=(?:20\d\d|[^\d\s])[^\n]{18,})")
#: （一）印发《办公室 （管委会办公室） 关于…》的通知: the blank stands inside a name
_BRACKET_LEFT_OPEN = later(r"《[^》]*$|“[^”]*$|[（(][^）)]*$")
_YEAR_NAMED = later(r"20\d\d年度?")
_REMARK = pattern("corpus", "heading_remark")
_SUBJECT = pattern("corpus", "heading_subject")
#: 二、 at the beginning of a line
_TOP_NUMBER = later(r"(?:第?[一二三四五六七](?:部分|章)?[、.．]|第[一二三四五六七](?:部分|章))\s*")
#: surely more than one sentence, whatever white space stands between them
_SENTENCES = later(r"[。;；!！?？]\s*[\u4e00-\u9fff]")
_NOUN_HEADING = pattern("corpus", "noun_heading")
_STATEMENT = pattern("corpus", "states_something")
#: 【平台建设】 before or above a paragraph
_BRACKETED = later(r"【[^】\d]{2,16}】")
_TITLE, _TITLE_SLIP = pattern("corpus", "title"), pattern("corpus", "title_slip")
_NO_TITLE = pattern("corpus", "no_title")

_INNER_TOP = later(r"(?:(?<=[\s。；！？)）\]】”])|(?<=[\u4e00-\u9fff\d]))([一二三四五六七八])\s?[、.．]")
_PROBLEM_HEADING = pattern("corpus", "problem_sub_heading")
_PROBLEM_LEAD = pattern("corpus", "problem_lead")
_LEAD_WITHIN = 90


#: reader, canonical text, sections and passages ask the same of the same line, one after the other: most answers are at hand
_asked_again = lru_cache(maxsize=1024)


@dataclass(frozen=True, slots=True)
class SectionHeading:
    """A section heading at the start of a paragraph.

    ``length`` is where the heading ends, ``body`` where prose run into it begins, ``style`` its kind of number: ``top`` (一、),
    ``paren`` (（一）), ``digit`` (1.) or ``none``.  Sub-headings repeat the wording of sections (``（一）主动公开政府信息情况`` under
    ``一、总体情况``); the caller tells them apart by style and order.
    """

    code: str
    length: int
    body: int
    style: str


@dataclass(frozen=True, slots=True)
class _SectionRule:
    code: str
    pattern: re.Pattern[str]
    numbered: re.Pattern[str]  # what says the section only behind its own number


@dataclass(frozen=True, slots=True)
class _RunInRule:
    title: re.Pattern[str]
    start: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    sections: tuple[_SectionRule, ...]
    run_ins: tuple[_RunInRule, ...]
    lines: tuple[tuple[str, re.Pattern[str]], ...]


@cache
def _rules() -> _Rules:
    raw, source = load_toml("corpus", "data/headings.toml"), "headings.toml"
    expect_keys(raw, source, ("section", "run_in", "line"))
    sections = []
    for rule in entries(raw, "section", source, ("code", "ordinal", "title", "numbered", "yes", "no"), key="code"):
        number = r"(?:(?:#*)(?:(?P<again>[一二三四五六七]、)(?=(?P=again)))?(?:、|第?[一二三四五六七]{1,2}(?:部分|章)?(?:[、.,::]|-{1,2})?|第[一二三四五六七](?:部分|章)|\([一二三四五六七]\)|(?:[Pp](?:ART|art)\.?)?0?[1-7][、.]?|〈[一二三四五六七]〉|[壹贰叁肆伍陆柒][、.]|\[[一二三四五六七]\][、.]?|(?:[Ⅰ-Ⅶ]|[IV]{1,3}(?=[、.]))[、.]?|[㈠-㈦][、.]?)(?:20\d\d年度?)?)?"
        own = rf"#*第?{rule['ordinal']}(?:部分|章|[、.,])[:]?(?P<title>{rule['numbered']})(?=$|[:.。])"
        sections.append(_SectionRule(rule["code"], later(f"{number}(?P<title>{rule['title']})", source), later(own, source)))
    run_ins = []
    for rule in entries(raw, "run_in", source, ("id", "title", "start", "yes", "no")):
        run_ins.append(_RunInRule(later(rule["title"], source), later(rule["start"], source)))
    lines = []
    for rule in entries(raw, "line", source, ("id", "pattern", "yes", "no")):
        lines.append((rule["id"], later(rule["pattern"], source)))
    return _Rules(tuple(sections), tuple(run_ins), tuple(lines))


#: ■ 总体情况 | —— 总体情况 ——
_DECORATION = frozenset("■◆●▲★▶◎◇□※—-")
_DECORATED = later(r"(?:[■◆●▲★▶◎◇□※]|—{1,3}|-{2,3})\s*(?P<text>\S.{2,38}?)\s*(?:—{1,3}|-{2,3})?\s*")
_HEAD_CUE = pattern("corpus", "section_cue")


@_asked_again
def section_heading(text: str) -> SectionHeading | None:
    """The section that ``text`` (a paragraph) opens, or ``None``.

    The heading stands alone, or prose is run into it after ``。``, ``：`` or a space (``六、其他需要报告的事项：无。``).  Enumerations of
    titles (``全文由总体情况，主动公开政府信息情况，…组成``) do not match because a comma follows.
    """
    if text[:1] in _DECORATION and (between := _DECORATED.fullmatch(text)) is not None:
        own = section_heading(between["text"])
        return own and SectionHeading(own.code, own.length + between.start("text"), len(text), own.style)
    # a heading is numbered or stands alone; the paragraphs of the narrative are neither and need no closer look
    if len(text) > 60 and not _MAY_BE_NUMBERED.match(text):
        return None
    head = text[:60]
    if not _HEAD_CUE.search(head) and not _HEAD_CUE.search(squeeze(head)):
        return None
    norm = normalise(head)
    numbered = _ORDINAL.match(norm.text.lstrip("#"))
    style = str(numbered.lastgroup) if numbered else "none"
    for rule in _rules().sections:
        m = rule.pattern.match(norm.text)
        if style == "top" and (m is None or norm.text[m.end() :].strip(":.。")):
            m = rule.numbered.match(norm.text) or m
        if not m or not m["title"]:
            continue
        end = m.end()
        rest = norm.text[end:]
        at = norm.span(end - 1, end)[1]
        if rest.strip(":.。") == "" and len(norm.text) == len(squeeze(text)):
            return SectionHeading(rule.code, at, len(text), style)
        marked = rest.startswith((":", "。"))
        if style == "top" and (marked or text[at : at + 1].isspace()):
            return SectionHeading(rule.code, at, norm.offsets[end + marked], style)
    return None


def torn_heading(parts: Sequence[str]) -> bool:
    """Whether the lines are one section heading that was torn (`二、主动公开政` | `府信息情况`).

    >>> torn_heading(["二、", "主动公开政府信息情况"]), torn_heading(["一、总体情况", "二、主动公开政府信息情况"])
    (True, False)
    """
    first, *rest = [part.strip() for part in parts]
    if not _TOP_NUMBER.match(first) or not rest or any(len(p) > _STANDALONE_MAX or re.search(r"[。；;！？]", p) for p in parts):
        return False
    whole = first + "".join(rest)
    found = section_heading(whole)
    if found is None or found.style != "top" or squeeze(whole[found.length :]).strip(":.。"):
        return False
    bare = _TOP_NUMBER.sub("", first) == ""
    return all(not _TOP_NUMBER.match(p) and (bare or section_heading(p) is None) for p in rest)


def opens_problems(text: str) -> bool:
    """Whether a paragraph is the sub-heading of problems of the work, or begins with a sentence that announces them.

    >>> [opens_problems(t) for t in ("（一）主要问题", "虽取得成效，但还存在一些不足：一是更新慢。", "未发现问题。")]
    [True, True, False]
    """
    head = squeeze(text[: 2 * _LEAD_WITHIN])
    found = _ORDINAL.match(head)
    if _PROBLEM_HEADING.fullmatch(head[found.end() :] if found else head):
        return True
    first = re.match(r"[^。:]*[。:]", head[:_LEAD_WITHIN])
    return first is not None and "不存在" not in first.group() and _PROBLEM_LEAD.search(first.group()) is not None


def section_starts(text: str) -> tuple[tuple[int, int, str], ...]:
    """Section headings inside a text that has lost its line breaks: (start, end, code) in rising order.

    Each is numbered 一、 to 八、 in rising order and stands behind white space, a sentence or the values of a table.
    """
    found: list[tuple[int, int, str]] = []
    number = 0
    for m in _INNER_TOP.finditer(text):
        mine = "一二三四五六七八".index(m[1])
        head = normalise(text[m.start() : m.start() + 60])
        best: tuple[int, str] | None = None
        for rule in _rules().sections:
            hit = rule.pattern.match(head.text)
            if hit and hit["title"] and (best is None or hit.end() > best[0]):
                best = (hit.end(), rule.code)
        if best is None or mine < number or any(code == best[1] for _, _, code in found):
            continue
        number = mine + 1
        found.append((m.start(), m.start() + head.span(0, best[0])[1], best[1]))
    return tuple(found)


@_asked_again
def no_narrative(text: str) -> str | None:
    """Id of the rule by which a line is a date line, a table note, page metadata …, or ``None``."""
    if len(text) > _LONGEST_LINE:
        return None
    squeezed = squeeze(text)
    for rule_id, words in _rules().lines:
        if words.match(squeezed):
            return rule_id
    return around_article(squeezed.lstrip(_BULLETS))


@_asked_again
def is_title(text: str) -> bool:
    """Whether a line reads as the title of the report (not its mention in a sentence).

    >>> is_title("澜江市民政局2021年政府信息公开工作年度报告")
    True
    """
    if "。" in text:
        return False  # a sentence, told apart before anything costly
    squeezed = squeeze(text)
    return (
        6 <= len(squeezed) <= 80
        and not _NO_TITLE.search(squeezed)
        and bool(_TITLE.search(squeezed) or _TITLE_SLIP.search(squeezed))
    )


@_asked_again
def enumerator(text: str) -> tuple[int, int] | None:
    """(level, length in ``text``) of the enumerator at the start: 1 ``一、``, 2 ``（一）``, 3 ``1.``, 4 ``（1）``/``①``."""
    if not _MAY_BE_NUMBERED.match(text):
        return None
    norm = normalise(text[:12])
    m = _ORDINAL.match(norm.text)
    if not m:
        return None
    return _LEVELS[str(m.lastgroup)], norm.span(0, m.end())[1]


def run_in_heading(text: str) -> int | None:
    """Length of a heading run into its paragraph, its final ``。`` or ``：`` not counted, or ``None``.

    ``（一）高度重视，建立机制。我区…`` has one; ``（二）加大决策公开力度，决策前…（a whole statement）`` and ``1、加大宣传力度。…`` (an item) have
    none, ``1.主动公开情况。…`` has.
    """
    bracketed = _BRACKETED.match(text)
    if bracketed and text[bracketed.end() :].strip():
        return bracketed.end()
    found = enumerator(text)
    if found is None:
        return None
    level, length = found
    unstopped = unstopped_heading(text, length)
    if unstopped is not None:
        return unstopped
    m = re.match(r"[^。:：\n]*[。:：]", text[length : length + 60])
    rest = text[length + m.end() :].strip() if m else ""
    if not m or not rest:
        return None
    following = enumerator(rest)
    if following is not None and following[0] == level:
        return None  # （一）更新慢。（二）人手少。: items, with nothing beneath （一）
    body = squeeze(text[length : length + m.end() - 1])
    if _NOUN_HEADING.search(body):
        body = _SUBJECT.sub("", _YEAR_NAMED.sub("", body))  # （二）2023年要点落实情况。 names its year and states nothing
    if not 2 <= len(body) <= _RUN_IN_MAX or _STATEMENT.search(body):
        return None
    if m.group()[-1] in ":：" and (level > 2 or not _NOUN_HEADING.search(body)):
        return None
    if level > 2 and (len(body) > 12 or not _NOUN_HEADING.search(body)):
        return None
    if level == 1 and len(body) > 24:
        return None
    return length + m.end() - 1


def unstopped_heading(text: str, length: int) -> int | None:
    """End of a sub-heading behind the number of ``length`` that runs into its sentence without any mark, or behind a blank."""
    blank = _BLANK_AFTER.match(text, length)
    # 四、收费情况 2018年度…: a main heading names a matter
    if (
        blank is not None
        and _BRACKET_LEFT_OPEN.search(blank[1]) is None
        and not _STATEMENT.search(squeeze(blank[1]))
        and (text[0] in "（(" or (_TOP_NUMBER.match(text) and _NOUN_HEADING.search(blank[1])))
    ):
        return blank.end(1)
    for rule in _rules().run_ins:
        title = rule.title.match(text, length)
        if title is None or len(text) - title.end() <= _SHORTEST_BODY or text[title.end()] in "。:：、，,；;":
            continue
        if text[title.end()].isspace() or rule.start.match(text, title.end()):
            return title.end()
    return None


def standalone_heading(text: str, level: int) -> int | None:
    """Level (1 top … 4) of a paragraph that could be a heading on a line of its own, or ``None``.

    ``level`` is what the source marks (``##``).  Whether it is one depends on what follows: a short enumerated line with
    nothing beneath it is an item (``（一）公开内容不够全面``), which the caller knows.
    """
    if _SENTENCES.search(text):
        return None
    squeezed = squeeze(text)
    if not squeezed or len(squeezed) > _STANDALONE_MAX or re.search(r"[。;!?](?!$)|[;,]$", squeezed):
        return None
    if _BRACKETED.fullmatch(text.strip()):
        return 2
    found = enumerator(text)
    if found is None:
        return 2 if level and not squeezed.endswith("。") else None
    body = squeezed.rstrip("。:")
    said = _REMARK.sub("", squeeze(text[found[1] :]).rstrip("。:"))
    if _NOUN_HEADING.search(said):
        said = _SUBJECT.sub("", _YEAR_NAMED.sub("", said))  # （二）2022年存在的主要问题
    if _STATEMENT.search(said) and not level:
        return None
    if squeezed[-1] in "::" and not _NOUN_HEADING.search(body):
        return None
    return found[0]
