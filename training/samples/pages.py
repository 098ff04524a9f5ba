"""What the paged layouts share: printed headings, and where a page may end inside a paragraph."""

from __future__ import annotations

import re

PARTS_PRINTED = ("preamble", "s1", "s2", "s3", "s4", "s5", "s6")
HEADINGS = {
    "preamble": "",
    "s1": "一、总体情况",
    "s2": "二、主动公开政府信息情况",
    "s3": "三、收到和处理政府信息公开申请情况",
    "s4": "四、政府信息公开行政复议、行政诉讼情况",
    "s5": "五、存在的主要问题及改进情况",
    "s6": "六、其他需要报告的事项",
}
# a page that ends right before 一是 or 第二 would look like the end of a paragraph
_BREAK = re.compile("(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff]{4})(?![一二三四五六七八九十第其])")


def break_prose(text: str, number: int) -> str:
    """``text`` cut by a page break (a blank line) in the middle of a word, somewhere past its middle."""
    places = [m.start() for m in _BREAK.finditer(text, len(text) // 2) if m.start() < len(text) - 10]
    if not places:
        return text
    at = places[number * 7 % len(places)]
    return f"{text[:at]}\n\n{text[at:]}"
