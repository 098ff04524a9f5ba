"""The layout ``spaces``: text as ``pdftotext -layout`` prints a paged file.

Prose is wrapped at 38 characters, pages of 44 lines end in a page number and a form feed wherever the text happens to be.  A
table row is printed in columns of spaces: cell texts are wrapped inside their column, the numbers stand on the middle line
of a wrapped label, and a label over several rows runs down beside them.  A blank cell is white space in its column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from training.samples.narrative import Narrative
from training.samples.pages import HEADINGS, PARTS_PRINTED
from training.samples.tables import Row, table

LINE = 38
PAGE = 44
# columns in half-width characters: the label columns, then the values
_WIDTHS = {
    "s2": (28, 20, 20, 20),
    "s3": (10, 14, 26, 8, 10, 10, 14, 14, 8, 8),
    "s4": (8,) * 15,
}


def width(text: str) -> int:
    """Printed width in half-width characters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """``text`` with spaces up to a printed width."""
    return text + " " * max(1, columns - width(text))


def wrap(text: str, columns: int) -> list[str]:
    """``text`` cut into pieces that fit in a printed width."""
    pieces, piece = [], ""
    for c in text:
        if width(piece + c) > columns and not c.isdigit():
            pieces.append(piece)
            piece = ""
        piece += c
    return [*pieces, piece] if piece else pieces


def prose(text: str) -> list[str]:
    """A paragraph, its first line indented by two characters; closing punctuation hangs over the margin."""
    out, line = [], "    "
    room = LINE * 2
    for word in re.findall(r"[!-~]+|.", text):  # a number is not parted at the margin
        if width(line) + width(word) > room and word not in "，。；：、！？）”》":
            out.append(line)
            line = ""
        line += word
    return [*out, line]


def _row(cells: list[list[str]], numbers: list[str], widths: tuple[int, ...]) -> Iterator[str]:
    """Lines of one row: wrapped labels, and the numbers on the middle line."""
    height = max(1, *(len(c) for c in cells))
    for i in range(height):
        line = "".join(pad(c[i] if i < len(c) else "", w) for c, w in zip(cells, widths, strict=False))
        if i == (height - 1) // 2:
            line += "".join(pad(n, w) for n, w in zip(numbers, widths[len(cells) :], strict=False))
        yield line.rstrip()


def _spans(row: Row, widths: tuple[int, ...]) -> list[tuple[str, int]]:
    """Texts of a row of headings, each with the width of its column and of those merged into it."""
    spans: list[tuple[str, int]] = []
    for item, w in zip(row, widths, strict=False):
        if item.kind == "merged" and spans and spans[-1][0]:
            spans[-1] = (spans[-1][0], spans[-1][1] + w)
        else:
            spans.append((item.text, w))
    return spans


def _headings(row: Row, widths: tuple[int, ...]) -> list[str]:
    spans = _spans(row, widths)
    return list(_row([wrap(text, w - 2) for text, w in spans], [], tuple(w for _, w in spans)))


def _rows(rows: list[Row], section: str) -> Iterator[list[str]]:
    """Lines of each row; those of one row are never parted by a page end."""
    widths = _WIDTHS[section]
    if section in ("s2", "s4"):
        for row in rows:
            if all(item.kind in ("label", "merged") for item in row):
                yield _headings(row, widths)
            elif section == "s4":
                yield list(_row([[item.text] for item in row], [], widths))
            else:
                yield list(_row([wrap(row[0].text, widths[0] - 2)], [item.text for item in row[1:]], widths))
        return
    for row in rows[:3]:
        yield _headings(row, widths)
    running: list[str] = []  # what is left of the label that runs down over its rows
    for row in rows[3:]:
        if row[0].kind == "label" and row[1].kind == "merged":
            running = []
            merged = sum(widths[:3])
            yield list(_row([wrap(row[0].text, merged - 2)], [i.text for i in row[3:]], (merged, *widths[3:])))
            continue
        if row[0].kind == "label":
            running = wrap(row[0].text, widths[0] - 2)
        if row[2].kind == "merged":
            merged = widths[1] + widths[2]
            labels, room = [wrap(row[1].text, merged - 2)], (widths[0], merged, *widths[3:])
        else:
            labels, room = [wrap(row[1].text, widths[1] - 2), wrap(row[2].text, widths[2] - 2)], widths
        height = max(len(label) for label in labels)
        yield list(_row([running[:height], *labels], [i.text for i in row[3:]], room))
        running = running[height:]


def spaces(narrative: Narrative, number: int) -> str:
    """Wrapped prose, rows in columns of spaces, page numbers, form feeds."""
    blocks: list[list[str]] = [[" " * max(0, LINE - width(narrative.title) // 2) + narrative.title], [""]]
    for part in PARTS_PRINTED:
        rows = table(narrative, part) if part in ("s2", "s3", "s4") else []
        if narrative.cut_after and part in ("s3", "s4", "s5", "s6") and not rows:
            break
        if part != "preamble":
            blocks.append(["    " + narrative.headings.get(part, HEADINGS[part])])
        for printed_block in narrative.parts.get(part, ()):
            blocks += [[line] for line in prose(printed_block.text)]
        blocks += _rows(rows, part) if rows else []
    pages: list[list[str]] = [[]]
    for block in blocks:
        if len(pages[-1]) + len(block) > PAGE:
            pages.append([])
        pages[-1] += block
    style = ("- {} -", "{}", "— {} —")[number % 3]
    printed = []
    for i, sheet in enumerate(pages, 1):
        printed.append("\n".join([*sheet, "", " " * (LINE - 2) + style.format(i), ""]))
    return "\n\f".join(printed)
