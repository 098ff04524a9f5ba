"""Traditional characters are recognised and said: the rules are written for the simplified characters of the mainland."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.errors import Issue
from corpus.types import Block, Paragraph

# frequent in any report, and different in the two scripts
_TRADITIONAL = re.compile("[開務報個這來對時實現發與為業會辦處應當據條數類無轉導機關規範資訊請學區縣鎮鄉]")
_SIMPLIFIED = re.compile("[开务报个这来对时实现发与为业会办处应当据条数类无转导机关规范资讯请学区县镇乡]")
_MIN = 20


def script_issues(blocks: Sequence[Block]) -> tuple[Issue, ...]:
    """An issue if the prose is in traditional characters."""
    text = "".join(b.text for b in blocks[:200] if isinstance(b, Paragraph))[:20_000]
    traditional = len(_TRADITIONAL.findall(text))
    if traditional < _MIN or traditional <= 3 * len(_SIMPLIFIED.findall(text)):
        return ()
    note = "the text is in traditional characters; headings, labels and counts are recognised in simplified ones only: convert it first"
    return (Issue("traditional_script", "warning", note),)
