"""Whether section 五 of a report could be read (codebook, D1): a report whose section was lost says nothing about problems."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal

from corpus.patterns import pattern
from corpus.types import Section
from models.base import Passage
from models.places import placed

SectionFive = Literal["read", "nothing", "absent", "unread"]
#: the section says that there is nothing: `无。`, `本年度无。`, `没有需要报告的情况`; `无障碍改造不足` is none of them
_NOTHING = pattern("extract", "nothing_to_say")
_HEADING_NOTHING = pattern("extract", "heading_nothing")
_PUNCTUATION = re.compile(r"[\s。；;，,.:：、（）()]+")
#: issues by which parts of the file were not read
LOST = frozenset({"page_without_text", "page_unreadable", "low_confidence"})
#: sections before the fifth, of which a whole file has most
_BEFORE = frozenset({"s1", "s2", "s3", "s4"})


def says_nothing(text: str) -> bool:
    """Whether a text says no more than that there is nothing.

    >>> says_nothing("本年度无。"), says_nothing("无专职人员。")
    (True, False)
    """
    return _NOTHING.fullmatch(_PUNCTUATION.sub("", text)) is not None


def section_five(
    sections: Sequence[Section], passages: Sequence[Passage], issues: Collection[str], *, pre2019: bool = False
) -> SectionFive:
    """The state of section 五.

    Args:
        sections: of the report.
        passages: of the report.
        issues: codes of what was found while reading.
        pre2019: the report is of a time without statutory sections; what is called problems or plans stands for it.

    Returns:
        ``read``; ``nothing``: there is a heading, and behind it nothing or the statement that there is nothing; ``absent``: the file is
        whole and has no such section; ``unread``: the file is cut, lost, scanned, or no heading of any section was found.
    """
    headed = {s.code for s in sections if s.heading}
    lost = bool(LOST & set(issues))
    if pre2019:
        own = [p.text for p in placed(passages) if p.section == "s5"]
        if own:
            return "nothing" if all(says_nothing(t) for t in own) else "read"
        return "unread" if lost or len({h for p in passages for h in p.heading_path}) < 3 else "absent"
    own = [p.text for p in passages if p.section == "s5"]
    if own:
        return "nothing" if all(says_nothing(t) for t in own) else "read"
    if "s5" in headed:
        heading = next(s.heading for s in sections if s.code == "s5" and s.heading)
        # a heading at the end of a file that was cut is no statement
        ends = "s6" not in headed and not _HEADING_NOTHING.search(heading)
        return "unread" if lost or ends else "nothing"
    whole = "s6" in headed and len(headed & _BEFORE) >= 3 and not lost
    return "absent" if whole else "unread"
