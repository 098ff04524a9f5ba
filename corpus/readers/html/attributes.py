"""Takes surplus attributes off a tag: parsers compare each with all before it, so that 40,000 on one tag take ten seconds."""

from __future__ import annotations

import re
from itertools import islice

#: of so many characters is no tag that a page means; shorter ones hold too few attributes to cost anything
LONG_TAG = 4_000
#: attributes that a longer tag keeps
KEPT = 200

_VALUE = r"""(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+"""
_ONE = rf"[\s/]*+[^\s/>][^\s/>=]*+{_VALUE}"
_NAME = r"<[a-zA-Z][^\s/>]*+"
# each step is possessive and each match takes a whole tag: no character is looked at twice
_TAG = re.compile(rf"{_NAME}(?:{_ONE})*+[\s/]*+>?")
_OPENING, _ATTRIBUTE = re.compile(_NAME), re.compile(_ONE)


def without_surplus(text: str) -> str:
    """``text`` with the attributes of tags over :data:`LONG_TAG` characters cut to the first :data:`KEPT`.

    >>> without_surplus("<p " + " ".join(f"a{n}='>'" for n in range(900)) + ">公开</p>")[-15:]
    "a199='>'>公开</p>"
    """
    if max(map(len, _TAG.findall(text)), default=0) <= LONG_TAG:
        return text  # as nearly every page
    out: list[str] = []
    kept = 0
    for m in _TAG.finditer(text):
        if m.end() - m.start() <= LONG_TAG:
            continue
        opening = _OPENING.match(text, m.start())
        assert opening is not None
        some = [a.end() for a in islice(_ATTRIBUTE.finditer(text, opening.end(), m.end()), KEPT)]
        if not some or some[-1] >= m.end() - 1:
            continue
        out += [text[kept : some[-1]], ">"]
        kept = m.end()
    out.append(text[kept:])
    return "".join(out) if kept else text


__all__ = ["KEPT", "LONG_TAG", "without_surplus"]
