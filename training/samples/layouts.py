"""One narrative printed in each of the layouts that real reports are found in.

A layout gets a :class:`Narrative` and its number in the corpus, from which it draws what varies between real files
(indentation, where a page ends).  All return text with ``\\n``; line ends and encodings are chosen by the build.

- ``lines``: one cell a line, nothing printed for merged cells, a blank cell as a line with a no-break space.
- ``tabbed-lines``: each cell on a line behind a TAB, a lone TAB for a merged cell, TAB and no-break space for a blank one, an
  empty line at the end of a row.
- ``tab-rows``: a row a line, cells between TABs; labels over row spans; after a page break inside table 3 the sub-rows begin in
  the first column; prose is broken by a page break in the middle of a sentence.
- ``markdown``: headings with ``#``, bold markers, pipe tables.
- ``spaces``: see :mod:`training.samples.layout_spaces`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from training.samples.layout_spaces import spaces
from training.samples.narrative import HeadingLine, Narrative, Para
from training.samples.pages import HEADINGS, PARTS_PRINTED, break_prose
from training.samples.tables import Row, SampleCell, table

NBSP = "\u00a0"
_ENUMERATOR = re.compile(r"[一二三四五六七八九十]+是|其[一二三四五六]，|第[一二三四五六]，")
_HOST = re.compile(r"www\.[a-z0-9.-]+[a-z]")


def _sections(narrative: Narrative) -> Iterator[tuple[str, str, list[Row]]]:
    """(section, heading as printed, rows of its table) for what the file holds; ``preamble`` first."""
    for part in PARTS_PRINTED:
        rows = table(narrative, part) if part in ("s2", "s3", "s4") else []
        if narrative.cut_after and part in ("s4", "s5", "s6", "s3") and not rows:
            return  # the file ends before this section
        yield part, narrative.headings.get(part, HEADINGS[part]), rows


def _cells_as_lines(rows: list[Row], narrow: bool) -> Iterator[str]:
    for row in rows:
        for item in row:
            if item.kind == "blank":
                yield NBSP
            elif item.kind != "merged":
                text = item.text
                # a narrow column prints its heading on two lines, as in 本年新 | 制作数量
                if narrow and re.fullmatch(r"本年新(?:制作|公开)数量", text):
                    yield text[:3]
                    text = text[3:]
                yield text


def lines(narrative: Narrative, number: int) -> str:
    """One cell a line, without TABs or row marks."""
    out = [narrative.title, ""]
    gap = [""] if number % 2 else []
    for part, heading, rows in _sections(narrative):
        if part != "preamble":
            out += [heading, *gap]
        for block in narrative.parts.get(part, ()):
            out += [block.text, *gap]
        out += _cells_as_lines(rows, number % 4 == 0)
    return "\n".join(out) + "\n"


def tabbed_lines(narrative: Narrative, number: int) -> str:
    """One cell a line behind a TAB; an empty line ends a row."""
    indent = "\u3000\u3000" if number % 2 else ""
    out = [NBSP + narrative.title if number % 3 == 0 else narrative.title, ""]
    for part, heading, rows in _sections(narrative):
        if part != "preamble":
            out.append(indent + heading)
        out += [indent + block.text for block in narrative.parts.get(part, ())]
        for row in rows:
            width = len(row)
            while width and row[width - 1].kind == "merged" and (part == "s2" or row[0].kind == "label"):
                width -= 1
            out += ["\t" + (NBSP if item.kind == "blank" else item.text) for item in _span(row[:width])]
            out.append("")
        if rows:
            out.append("")
    return "\n".join(out) + "\n"


def _span(row: Row) -> Iterator[SampleCell]:
    """A row without the places that a cell takes to its right: these hold no placeholder, those below a cell do."""
    seen_label = False
    for item in row:
        if item.kind == "label":
            seen_label = True
        elif item.kind == "merged" and seen_label:
            continue
        yield item


def tab_rows(narrative: Narrative, number: int) -> str:
    """A row a line; page breaks in prose and in table 3."""
    out = ["", "", narrative.title, ""]
    for part, heading, rows in _sections(narrative):
        if part != "preamble":
            out += [heading, ""]
        blocks = [block.text for block in narrative.parts.get(part, ())]
        if part in ("s1", "s5"):
            paragraphs = [i for i, b in enumerate(narrative.parts.get(part, ())) if isinstance(b, Para)]
            longest = max(paragraphs, key=lambda i: len(blocks[i]), default=None)
            if longest is not None:
                blocks[longest] = break_prose(blocks[longest], number)
        for text in blocks:
            out += [text, ""]
        if part == "s3" and rows:
            out += _rows_over_pages(rows, number)
        else:
            out += ["\t".join(_text(item) for item in row) for row in rows]
        if rows:
            out.append("")
    return "\n".join(out) + "\n"


def _text(item: SampleCell) -> str:
    return NBSP if item.kind == "blank" else item.text


def _rows_over_pages(rows: list[Row], number: int) -> Iterator[str]:
    """Table 3 with one page break inside a group of sub-rows: up to the end of that group the labels lose their place.

    ``\\t\\t2.重复申请\\t0…`` before the break, ``2.重复申请\\t\\t0…\\t`` after it.
    """
    inside = [i for i, row in enumerate(rows) if i > 2 and row[2].kind == "label" and row[1].kind == "merged"]
    at = inside[number % len(inside)] if inside else len(rows)
    shifted = False
    for i, row in enumerate(rows):
        if i == at:
            yield ""
            shifted = True
        elif shifted and row[1].kind == "label":
            shifted = False
        values = [_text(item) for item in row[3:]]
        if i < 3:
            yield "\t".join(_text(item) for item in row)
        elif shifted and row[0].kind == "merged":
            yield "\t".join([row[2].text, "", *values, ""])
        elif row[1].kind == "label" and row[2].kind == "merged":
            yield "\t".join([row[0].text, row[1].text, *values])
        elif row[0].kind == "label" and row[1].kind == "merged":
            yield "\t".join([row[0].text, "", *values, ""])
        else:
            yield "\t".join([row[0].text, row[1].text, row[2].text, *values])


def _linked(text: str) -> str:
    return _HOST.sub(lambda m: f"[{m.group()}](http://{m.group()}/)", text)


def markdown(narrative: Narrative, number: int) -> str:
    """Headings of changing level, bold run-in headings and enumerators, pipe tables."""
    level = "##" if number % 3 else "#"
    out = [f"# {narrative.title}", ""]
    for part, heading, rows in _sections(narrative):
        if part != "preamble":
            # the sections of one real file stand on different levels
            out += [f"{level}{'#' if part == 's3' else ''} {heading}", ""]
        for block in narrative.parts.get(part, ()):
            if isinstance(block, HeadingLine):
                out += [f"{level}{'#' * (block.level - 1)} **{block.text}**", ""]
                continue
            text = f"**{block.lead}**" if block.lead else ""
            for sentence in block.sentences:
                mark = _ENUMERATOR.match(sentence.text)
                body = sentence.text[mark.end() :] if mark else sentence.text
                text += (f"**{mark.group()}**" if mark else "") + _linked(body)
            out += [text, ""]
        if rows:
            width = max(len(row) for row in rows)
            for i, row in enumerate(rows):
                cells = [*(item.text for item in row), *[""] * (width - len(row))]
                out.append("| " + " | ".join(cells) + " |")
                if i == 0:
                    out.append("|" + " --- |" * width)
            out.append("")
    return "\n".join(out)


Layout = Callable[[Narrative, int], str]
LAYOUTS: dict[str, Layout] = {
    "lines": lines,
    "tabbed-lines": tabbed_lines,
    "tab-rows": tab_rows,
    "markdown": markdown,
    "spaces": spaces,
}
SUFFIXES = {"markdown": ".md"}
