"""Markup of other programs than Markdown: wikis, Org, AsciiDoc, reStructuredText, and the head that sites put before Markdown.

Tables of MediaWiki (``{|`` … ``|}``) and AsciiDoc (``|===``) are written anew as HTML tables, which the reader knows; marks of headings and lines
that only a program reads are taken off.  The number of lines stays.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.datafile import later
from corpus.text.headings import is_title
from corpus.text.normalise import squeeze
from corpus.types import Dropped, Place

_WIKI_TABLE = later(r"^[ \t:]*\{\|.*?^[ \t]*\|\}[ \t]*$", flags=re.MULTILINE | re.DOTALL)
#: cells of one line: | a || b, ! a !! b
_WIKI_CELLS = later(r"\|\||!!")
#: what stands before the text of a cell: rowspan="2" style="…" |
_WIKI_LOOK = later(r"\s*((?:[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s|\"']+)\s*)+)\|(?!\|)")
_WIKI_HEADING = later(r"^(={1,6})[ \t]*(\S(?:.*\S)?)[ \t]*\1[ \t]*$", flags=re.MULTILINE)
#: [[#_a][公开指南]] of Org, link:#_a[公开指南] of AsciiDoc
_ORG_LINK = later(r"\[\[[^\[\]\n]*\]\[([^\[\]\n]*)\]\]")
_ADOC_LINK = later(r"(?<![a-z])link:[^\s\[\]]{0,300}\[([^\[\]\n]*)\]")
#: `公开指南 <http://…>`__, with the blanks that end a mark inside a word
_RST_LINK = later(r"(?:\\ )?`([^`\n]*?)\s<[^<>`\n]*>`__?(?:\\ )?")
_WIKI_STRONG = later(r"'''(?=\S)([^\n]*?\S)'''")
_WIKI_BOLD = later(r"'{2,5}")
_SPAN = later(r"\b(row|col)span\s*=\s*[\"']?(\d{1,3})", flags=re.IGNORECASE)
_ADOC_TABLE = later(
    r"^(?:\[(?P<look>[^\]\n]*)\][ \t]*\n)?(?:\.[^\n]*\n)?\|===[ \t]*\n(?P<body>.*?)^\|===[ \t]*$",
    flags=re.MULTILINE | re.DOTALL,
)
_ADOC_COLUMNS = later(r"cols=\"([^\"]*)\"")
_ADOC_REPEAT = later(r"(\d{1,2})\*")
#: what stands before the pipe of a cell: 3+| .2+^| 2.3+a|
_ADOC_CELL = later(
    r"(?:(?:(?<=\s)|^)(?:(?P<wide>\d{1,2})?(?:\.(?P<high>\d{1,2}))?\+)?[<^>.]*[adehlmsv]?)?\|", flags=re.MULTILINE
)
#: the same for a table inside a cell, whose cells begin with other marks
_ADOC_INNER = later(r"((?:(?<=\s)|^)(?:(?:\d{1,2})?(?:\.\d{1,2})?\+)?[<^>.]*[adehlmsv]?)!", flags=re.MULTILINE)
#: lines that say how Org, AsciiDoc and reStructuredText print what follows
_TITLE_LINE = later(r"^[ \t]*(?:#\+title:|\.\. (?:rubric|title)::)[ \t]*", flags=re.IGNORECASE | re.MULTILINE)
_PROGRAM_LINE = later(
    r"^[ \t]*(?:#\+[a-z_]+(?:\[[^\]]*\])?:.*|#\+(?:begin|end)_\w+.*|\.\. (?:container|class|raw|contents|_[^:]*)::?.*|:[a-z][\w-]*!?:(?:[ \t].*)?"
    r"|:{3,}(?:[ \t].*)?|\[\[(?:category|file|分类|文件):.*\]\]|__[a-z]+__)$",
    flags=re.IGNORECASE | re.MULTILINE,
)
_LETTER_HEADING = later(r"^[ \t]*h([1-6])(?:\([^)\n]*\))?\.[ \t]+(?:\{anchor:[^}\n]*\})?", flags=re.MULTILINE)
_FRONT = later(r"\s*(?:---|\+\+\+)[ \t]*\n((?:[\w-]+[ \t]*[:=].*\n|[ \t]+.*\n|- .*\n)+)(?:---|\.\.\.|\+\+\+)[ \t]*\n")
_FRONT_TITLE = later(r"^title[ \t]*[:=][ \t]*[\"']?(.*?)[\"']?[ \t]*$", flags=re.MULTILINE)
#: what only says how a cell looks; <s> and <sup> say what it holds
_BOX = later(r"</?(?:span|font|small|big|center|div|p|b|i|u)\b[^<>]*>", flags=re.IGNORECASE)
_BREAK = later(r"&lt;br ?/?&gt;", flags=re.IGNORECASE)
_MOST_CELLS = 20_000
#: how deep tables of a page stand in each other
_DEPTH = 3
#: a title that the text prints itself stands within so many characters
_OPENING = 2000


@dataclass(frozen=True, slots=True)
class _Written:
    """A cell as it is written: text, rows and columns that it takes."""

    text: str
    rows: int = 1
    columns: int = 1


def without_markup(text: str, dropped: list[Dropped]) -> str:
    """``text`` (with ``\\n`` line ends) with tables of wikis and AsciiDoc as HTML, without marks of headings and lines for programs.

    >>> without_markup('{|\\n| rowspan="2" | 规章 || 0\\n|}', [])
    '<table><tr><td rowspan="2">规章</td><td>0</td></tr></table>\\n\\n'
    """
    if "!===" in text:
        text = "\n".join(_unnested(text.split("\n"), "|===", "|===", _adoc_line))
    if "{|" in text and "|}" in text:
        for _ in range(_DEPTH):
            text = "\n".join(_unnested(text.split("\n"), "{|", "|}", _wiki_line))
        text = _WIKI_TABLE.sub(_table(_wiki_rows), text)
    if "|===" in text:
        text = _ADOC_TABLE.sub(_table(_adoc_rows), text)
    if "][" in text:
        text = _ORG_LINK.sub(r"\1", text)
    if "link:" in text:
        text = _ADOC_LINK.sub(r"\1", text)
    if ">`_" in text:
        text = _RST_LINK.sub(r"\1", text)
    if "'''" in text:
        text = _WIKI_STRONG.sub(r"\1", text)
    if "==" in text:
        text = _WIKI_HEADING.sub(lambda m: f"{'#' * len(m[1])} {m[2]}", text)
    if _TITLE_LINE.search(text):
        text = _TITLE_LINE.sub("", text)
    if _PROGRAM_LINE.search(text):
        text = _left_out(_PROGRAM_LINE, text, dropped)
    if _LETTER_HEADING.search(text):
        text = _LETTER_HEADING.sub(lambda m: f"{'#' * int(m[1])} ", text)
    return _without_front(text, dropped)


def _unnested(lines: list[str], opens: str, closes: str, outer: Callable[[str, bool], str]) -> list[str]:
    """The lines, with a table that holds tables (a page that was laid out so) as what its cells hold."""
    out = list(lines)
    start, depth, inside = 0, 0, False
    for n, line in enumerate(lines):
        mark = line.strip()
        if depth and mark.startswith(closes):
            depth -= 1
            if not depth and inside:
                out[start : n + 1] = ["", *_of_cells(lines[start + 1 : n], opens, closes, outer), ""]
        elif mark.startswith(opens) or (depth and mark.startswith("!===")):
            start, inside = (start, True) if depth else (n, False)
            depth += mark.startswith(opens)
    return out


def _of_cells(lines: list[str], opens: str, closes: str, outer: Callable[[str, bool], str]) -> Iterator[str]:
    depth = 0
    for line in lines:
        mark = line.strip()
        if mark.startswith("!==="):
            depth = 1 - depth
        elif opens != closes and mark.startswith((opens, closes)):
            depth += 1 if mark.startswith(opens) else -1
        yield outer(line, depth > 0)


def _adoc_line(line: str, inner: bool) -> str:
    if line.startswith("!==="):
        return "|==="
    return _ADOC_INNER.sub(r"\1|", line) if inner else _ADOC_CELL.sub("", line, 1)


def _wiki_line(line: str, inner: bool) -> str:
    if inner or not line.startswith(("|", "!")) or line.startswith("|}"):
        return line
    look = _WIKI_LOOK.match(line[1:])
    return "" if line.startswith("|-") else line[1 + (look.end() if look else 0) :]


def _left_out(lines: re.Pattern[str], text: str, dropped: list[Dropped]) -> str:
    dropped += [Dropped("markup", m[0].strip(), _place(text, m.start())) for m in lines.finditer(text) if m[0].strip()]
    return lines.sub(_blank, text)


def _place(text: str, at: int) -> Place:
    return Place(line=text.count("\n", 0, at) + 1)


def _blank(m: re.Match[str]) -> str:
    return "\n" * m[0].count("\n")


def _without_front(text: str, dropped: list[Dropped]) -> str:
    """The text without the head of keys before Markdown (``---``, ``title: …``, ``---``); its title stays where the text prints none."""
    front = _FRONT.match(text)
    if front is None:
        return text
    rest = text[front.end() :]
    title = _FRONT_TITLE.search(front[1])
    dropped.append(Dropped("markup", front[0].strip(), _place(text, front.start(1))))
    own = title[1] if title is not None and is_title(title[1]) else ""
    printed = {squeeze(line.strip("#*= ")) for line in rest[:_OPENING].split("\n")}
    return ("" if squeeze(own) in printed else own) + _blank(front) + rest


def _table(rows_of: Callable[[re.Match[str]], list[list[_Written]]]) -> Callable[[re.Match[str]], str]:
    def written(m: re.Match[str]) -> str:
        rows = rows_of(m)
        if not rows or sum(map(len, rows)) > _MOST_CELLS:
            return m[0]
        return f"<table>{''.join(map(_row, rows))}</table>{_blank(m)}"

    return written


def _row(cells: list[_Written]) -> str:
    return f"<tr>{''.join(map(_cell, cells))}</tr>"


def _cell(cell: _Written) -> str:
    spans = (f' rowspan="{cell.rows}"' if cell.rows > 1 else "") + (f' colspan="{cell.columns}"' if cell.columns > 1 else "")
    return f"<td{spans}>{_BREAK.sub('<br>', html.escape(cell.text, quote=False))}</td>"


def _wiki_rows(m: re.Match[str]) -> list[list[_Written]]:
    rows: list[list[_Written]] = [[]]
    for line in m[0].split("\n")[1:-1]:
        line = line.strip()
        if line.startswith("|-"):
            rows.append([])
        elif line.startswith("|+"):
            continue
        elif line[:1] in {"|", "!"} and line:
            rows[-1] += map(_wiki_cell, _WIKI_CELLS.split(line[1:]))
        elif rows[-1] and line:
            last = rows[-1][-1]
            rows[-1][-1] = _Written(last.text + line, last.rows, last.columns)
    return [row for row in rows if row]


def _wiki_cell(source: str) -> _Written:
    look = _WIKI_LOOK.match(source)
    text = _WIKI_BOLD.sub("", _BOX.sub("", source[look.end() :] if look else source)).strip()
    spans = {kind.lower(): int(n) for kind, n in _SPAN.findall(look[1])} if look else {}
    return _Written(text, spans.get("row", 1), spans.get("col", 1))


def _adoc_rows(m: re.Match[str]) -> list[list[_Written]]:
    body = m["body"]
    marks = list(_ADOC_CELL.finditer(body))
    if not marks or len(marks) > _MOST_CELLS:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    cells = [
        _Written("".join(body[mark.end() : end].split("\n")).strip(), int(mark["high"] or 1), int(mark["wide"] or 1))
        for mark, end in zip(marks, ends, strict=True)
    ]
    stated = _ADOC_COLUMNS.search(m["look"] or "")
    width = _stated_columns(stated[1]) if stated else 0
    if not width:
        first = body.strip("\n").split("\n", 1)[0]
        width = sum(int(mark["wide"] or 1) for mark in _ADOC_CELL.finditer(first))
    return list(_filled(cells, width))


def _stated_columns(columns: str) -> int:
    """How many columns ``1,1,2``, ``,,`` or ``3*`` states."""
    return sum(int(n[1]) if (n := _ADOC_REPEAT.match(part.strip())) else 1 for part in columns.split(","))


def _filled(cells: list[_Written], width: int) -> Iterator[list[_Written]]:
    """Rows of ``width`` columns, filled one after the other; cells that reach down take their places in the rows below."""
    row: list[_Written] = []
    taken: dict[int, int] = {}
    free = width
    for cell in cells:
        row.append(cell)
        free -= cell.columns
        if cell.rows > 1:
            for below in range(1, cell.rows):
                taken[below] = taken.get(below, 0) + cell.columns
        while free <= 0 and row:
            yield row
            row = []
            free = width - taken.get(1, 0)
            taken = {n - 1: columns for n, columns in taken.items() if n > 1}
    if row:
        yield row
