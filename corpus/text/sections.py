"""The six statutory sections and the preamble, whatever the style of their headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.codebook import SECTIONS
from corpus.errors import Issue
from corpus.text.headings import SectionHeading, enumerator, is_title, opens_problems, section_heading, standalone_heading
from corpus.types import CanonicalText, Section, TableBlock, TextBlock

_TOP = frozenset({"top", "none"})
_ORDER = {code: i for i, code in enumerate(SECTIONS)}


@dataclass(frozen=True, slots=True)
class _Candidate:
    block: int
    heading: SectionHeading


def split_sections(canonical: CanonicalText) -> tuple[tuple[Section, ...], tuple[Issue, ...]]:
    """Sections in printed order, the preamble first (possibly without blocks), and an issue for each that is missing.

    A report without any of the headings gives the preamble alone, holding everything.
    """
    chosen = _chain(_candidates(canonical))
    chosen = _with_lost(canonical, chosen)
    blocks = canonical.blocks
    first = chosen[0].block if chosen else len(blocks)
    sections = [Section("preamble", "", 0, 0, 0, 0, first)]
    for k, candidate in enumerate(chosen):
        block = blocks[candidate.block]
        last = chosen[k + 1].block if k + 1 < len(chosen) else len(blocks)
        heading_end = block.start + candidate.heading.length
        sections.append(
            Section(
                candidate.heading.code,
                canonical.text[block.start : heading_end].strip(),
                block.start,
                heading_end,
                block.start + candidate.heading.body,
                candidate.block,
                last,
            )
        )
    found = {s.code for s in sections}
    end = None if chosen else blocks[-1].end if blocks else 0
    issues = tuple(
        Issue(
            "section_missing",
            "warning",
            f"section {code} ({zh}) was not found; its passages, if any, are counted to the section before it",
            end,
            end,
        )
        for code, (zh, _) in SECTIONS.items()
        if code != "preamble" and code not in found
    )
    return tuple(sections), issues


def _candidates(canonical: CanonicalText) -> list[_Candidate]:
    found = []
    for i, block in enumerate(canonical.blocks):
        if isinstance(block, TextBlock):
            heading = section_heading(canonical.text[block.start : block.end])
            if heading is not None:
                found.append(_Candidate(i, heading))
    return found


def _chain(candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates that open sections: one style of number, printed order, tables of contents left out."""
    kept = _without_contents(candidates)
    if not kept:
        return []
    codes_by_style = {
        style: len({c.heading.code for c in kept if c.heading.style == style}) for style in ("top", "none", "paren", "digit")
    }
    style = max(codes_by_style, key=lambda s: codes_by_style[s])  # on a tie the first of the tuple wins
    main = [c for c in kept if c.heading.style == style]
    if style in {"top", "none"}:
        other = "none" if style == "top" else "top"
        have = {c.heading.code for c in main}
        main += [c for c in kept if c.heading.style == other and c.heading.code not in have]
        main.sort(key=lambda c: c.block)
    return _with_strays(_increasing(main), [c for c in main if c.heading.style == style])


def _with_lost(canonical: CanonicalText, chosen: list[_Candidate]) -> list[_Candidate]:
    """The headings with those that the report gives in other words: one of its own for section one, sub-headings of section five."""
    if not chosen:
        return chosen
    have = {c.heading.code for c in chosen}
    found = list(chosen)
    if "s1" not in have and (own := _own_heading(canonical, chosen[0].block)) is not None:
        found.append(own)
    if "s5" not in have and (problems := _problems(canonical, chosen)) is not None:
        found.append(problems)
    return sorted(found, key=lambda c: c.block)


def _own_heading(canonical: CanonicalText, stop: int) -> _Candidate | None:
    """The first numbered heading of the narrative before the first statutory one."""
    for i, block in enumerate(canonical.blocks[:stop]):
        if not isinstance(block, TextBlock):
            return None
        text = canonical.text[block.start : block.end]
        if (
            (found := enumerator(text)) is not None
            and found[0] == 1
            and standalone_heading(text, 1) == 1
            and not is_title(text)
        ):
            return _Candidate(i, SectionHeading("s1", len(text), len(text), "top")) if i + 1 < stop else None
    return None


def _problems(canonical: CanonicalText, chosen: Sequence[_Candidate]) -> _Candidate | None:
    """Where section five begins if its heading is lost: at the sub-heading or lead-in of problems behind table 4."""
    blocks = canonical.blocks
    before = [c.block for c in chosen if c.heading.code == "s4"]
    tables = [i for i, b in enumerate(blocks) if isinstance(b, TableBlock)]
    if not before and not tables:
        return None
    first = max([*before, *tables]) + 1
    last = next((c.block for c in chosen if c.block >= first and c.heading.code == "s6"), len(blocks))
    for i in range(first, last):
        block = blocks[i]
        if isinstance(block, TextBlock) and opens_problems(canonical.text[block.start : block.end]):
            return _Candidate(i, SectionHeading("s5", 0, 0, "none"))
    return None


def _with_strays(chain: list[_Candidate], main: list[_Candidate]) -> list[_Candidate]:
    """The chain with the headings of sections that stand out of order: 四、总体情况 behind the tables is section one."""
    have = {c.heading.code for c in chain}
    for candidate in main:
        if candidate.heading.code not in have:
            have.add(candidate.heading.code)
            chain = [*chain, candidate]
    return sorted(chain, key=lambda c: c.block)


def _without_contents(candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates without printed tables of contents: three or more in adjacent blocks that come again later."""
    last = {(c.heading.code, c.heading.style): i for i, c in enumerate(candidates)}
    kept: list[_Candidate] = []
    lo = 0
    while lo < len(candidates):
        hi = lo
        while hi + 1 < len(candidates) and _follows(candidates[hi], candidates[hi + 1]):
            hi += 1
        for candidate in candidates[lo : hi + 1]:
            # （一）存在的主要问题 under 五 is no second 五
            code, style = candidate.heading.code, candidate.heading.style
            again = any(last.get((code, s), -1) > hi for s in (_TOP if style in _TOP else {style}))
            if hi - lo < 2 or not again:
                kept.append(candidate)
        lo = hi + 1
    return kept


def _follows(a: _Candidate, b: _Candidate) -> bool:
    return b.block == a.block + 1 and _ORDER[a.heading.code] < _ORDER[b.heading.code]


def _increasing(candidates: list[_Candidate]) -> list[_Candidate]:
    """Longest chain with rising section codes; of equal ones that with the earliest headings (a repeated caption loses)."""
    previous: list[int] = []  # of each candidate that before it in the longest chain that ends with it
    ends: dict[
        int, tuple[int, int]
    ] = {}  # by rank: length of the longest chain that ends there, and the first candidate with it
    for i, c in enumerate(candidates):
        rank = _ORDER[c.heading.code]
        length, before = max(((n, -k) for r, (n, k) in ends.items() if r < rank), default=(0, 1))
        previous.append(-before)
        if length + 1 > ends.get(rank, (0, -1))[0]:
            ends[rank] = length + 1, i
    if not ends:
        return []
    i = -max((n, -k) for n, k in ends.values())[1]
    chain = []
    while i >= 0:
        chain.append(candidates[i])
        i = previous[i]
    return chain[::-1]
