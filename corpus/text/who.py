"""The agency where the title names none or only half of it: formulas of the opening, signature, sentences of section 一, page labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.agencies.kinds import kind_of
from corpus.agencies.places import RELATION, read_chain
from corpus.agencies.printed import Printed, begins_with_place, is_name, names_in, says_more
from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.headings import no_narrative
from corpus.text.normalise import ideographs, normalise, squeeze
from corpus.types import CanonicalText, Section, TextBlock

AGENCY_END = pattern("corpus", "agency_end")
#: a signature stands among so many last paragraphs, one rank above the sentences of section 一
_SIGNED_WITHIN, _SIGNED = 8, 3
#: the preamble and the first paragraphs of section 一 are searched, so many blocks at most
_OPENING, _SENTENCES = 40, 12
#: formulas in which a report names itself; those below it are sentences, which may speak of others
_SENTENCE_RANK = 4
_OWN_SITE = "own-site"
_PLACE = pattern("corpus", "place_before").pattern
_FUNCTION_WORDS = pattern("corpus", "words_of_sentence")
_BEFORE_PLACE = later(r"[\u4e00-\u9fff]{0,8}?[为是由与在系]")
_AS_GOVERNMENT = pattern("corpus", "as_government")
_AS_BUREAU = pattern("corpus", "as_bureau")
_AS_TOWN = pattern("corpus", "as_town")
_AS_OFFICE = pattern("corpus", "as_office")
_TOWNSHIP = pattern("corpus", "is_township")


def names_agency(line: str) -> bool:
    """Whether a line may be a name on a line of its own."""
    squeezed = squeeze(line)
    return 2 <= len(squeezed) <= 40 and not re.search(r"[。;,:\d]", squeezed) and no_narrative(line) is None


def named(canonical: CanonicalText, sections: Sequence[Section], evidence: dict[str, tuple[int, int]], title: str = "") -> str:
    """The agency where the title names none or only by its relation (``县教育局``), as printed; ``""`` where nothing names it.

    ``title``: the name that the title gives; the text's own is taken instead only if it is that name with its place.
    """
    found = sorted(_candidates(canonical, sections), key=lambda p: (p.rank, p.start))
    if title:
        short = squeeze(title)
        found = [
            p
            for p in found
            if (p.rank < _SENTENCE_RANK or p.formula == _OWN_SITE) and p.name != short and _is_fuller(p.name, short)
        ]
        if len({p.name for p in found}) != 1:
            return title
    if not found:
        return ""
    best = found[0] if title else _fullest(_speaker(found[0], canonical.text), found)
    evidence["agency"] = (best.start, best.end)
    return ideographs("".join(canonical.text[best.start : best.end].split()))


def _candidates(canonical: CanonicalText, sections: Sequence[Section]) -> Iterator[Printed]:
    stop = sections[1].first if len(sections) > 1 else len(canonical.blocks)
    sentences: list[Printed] = []
    bodies = {s.first: s.body_start for s in sections if s.heading}  # 一、总体情况 2022年，云岭县水务局…
    for i, block in enumerate(canonical.blocks[:_OPENING]):
        if not isinstance(block, TextBlock) or i > stop + _SENTENCES:
            continue
        start = min(bodies.get(i, block.start), block.end)
        norm = normalise(canonical.text[start : block.end])
        for where in ("line", "preamble", "narrative"):
            for p in names_in(norm, where):
                here = replace(p, start=p.start + start, end=p.end + start)
                if where == "narrative":
                    sentences.append(here)
                elif p.formula != _OWN_SITE or re.search(f"[我本]{p.name[-1]}", canonical.text[:6000]):
                    yield here
    yield from _signed(canonical)
    counts = Counter(p.name for p in sentences)
    for n, p in enumerate(sentences):
        # one sentence of many may speak of another body; the first speaks of the agency
        if (n == 0 or counts[p.name] > 1) and _speaks_so(p.name, canonical.text):
            yield p if begins_with_place(p.name) or n == 0 else replace(p, rank=p.rank + 1)


def _speaks_so(name: str, text: str) -> bool:
    """Whether the text speaks as such a body would: 我局 is no government's word, and 全区 without any 我局 no bureau's.

    A sentence on 区教育局 in the report of a district is about another.
    """
    opening = text[:6000]
    bureau = len(_AS_BUREAU.findall(opening))
    town = len(_AS_TOWN.findall(opening))
    if _TOWNSHIP.search(name):
        return True
    government = len(_AS_GOVERNMENT.findall(opening))
    if name.endswith(("政府", "省", "市", "县", "区", "旗", "州", "盟")):
        return not town and bureau <= government
    return bureau > 0 or government < 3


def _signed(canonical: CanonicalText) -> Iterator[Printed]:
    """Who signs above the date at the end."""
    blocks = [b for b in canonical.blocks if isinstance(b, TextBlock)][-_SIGNED_WITHIN:]
    texts = [canonical.text[b.start : b.end] for b in blocks]
    for block, text, below in zip(blocks, texts, texts[1:], strict=False):
        name = squeeze(text)
        if no_narrative(below) == "date-line" and names_agency(text) and is_name(name) and begins_with_place(name):
            yield Printed(name, block.start, block.end, "signature", _SIGNED)


def _speaker(best: Printed, text: str) -> Printed:
    """``best`` with its 办公室 back where the office itself reports: 请与…人民政府办公室联系 names the office of either."""
    if not best.of.startswith(("办公", "办")) or not best.name.endswith("政府"):
        return best
    opening = text[:4000]
    if len(_AS_OFFICE.findall(opening)) <= len(_AS_GOVERNMENT.findall(opening)):
        return best
    office = re.match(r"办公[室厅]|办", best.of)
    return replace(best, name=best.name + office[0], end=best.end + len(office[0])) if office else best


def _fullest(best: Printed, found: Sequence[Printed]) -> Printed:
    """The fullest of the names that mean the same: 省教育厅 is 湖南省教育厅 where that is printed too."""
    if begins_with_place(best.name):
        return best
    kind = _kind(best.name)
    fuller = {
        p.name: p
        for p in reversed(found)
        if begins_with_place(p.name) and (p.name.endswith(best.name[kind[1] :]) or (kind[0] and kind[0] == _kind(p.name)[0]))
    }
    return next(iter(fuller.values())) if len(fuller) == 1 else best


def _is_fuller(name: str, short: str) -> bool:
    """Whether a name is ``short`` with the place before it: 云岭县水务局 for 县水务局, 云岭县教育局 for 教育局."""
    relation = RELATION.match(short)
    return bool(read_chain(name).last) and name.endswith(short) and (relation is None or len(name) > len(short) + 1)


def _kind(name: str) -> tuple[str, int]:
    """Kind of a name, and how many characters say only whose it is: (``hrss``, 1) for 县人社局."""
    m = None if begins_with_place(name) else RELATION.match(name)
    start = m.end() if m else read_chain(name).end
    hit = kind_of(name[start:])
    return (hit[0].code if hit else "", start)


def complete(agency: str, text: str, evidence: dict[str, tuple[int, int]]) -> str:
    """A name may lack the place (``政务服务办2019年…``): take the fuller name if the text prints exactly one."""
    if not agency or re.match(_PLACE, agency) or len(agency) > 14 or agency.startswith(("国家", "中国", "中华", "国务院")):
        return agency
    head = text[:6000]
    names: Counter[str] = Counter()
    first: dict[str, int] = {}
    for m in re.finditer(
        r"(?:^|(?<=[，,。；;、：:\s（(《“]))((?:" + _PLACE + r"){1,3})" + re.escape(agency), head, re.MULTILINE
    ):
        # 受理机构为长春市南关区 + 桃源街道: the words of the sentence before the place are no part of it
        lead = _BEFORE_PLACE.match(m[1])
        cut = lead.end() if lead is not None and read_chain(m[1], lead.end()).last else 0
        name = m[1][cut:] + agency
        names[name] += 1
        first.setdefault(name, m.start() + cut)
    # 本区, 我县 only point to a place by relation; 现将区… begins with words of the sentence
    full = [n for n in names if n[0] not in "本我全该各区县市省" and not _FUNCTION_WORDS.match(n) and not says_more(n)]
    if len(full) != 1:
        return agency
    evidence["agency"] = (first[full[0]], first[full[0]] + len(full[0]))
    return full[0]
