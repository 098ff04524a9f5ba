"""Lines as some programs print them: numbered, one cell a line with its pipe, or not broken at all.

Each of these is told by the whole text and undone before anything else is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus.datafile import later
from corpus.errors import Issue
from corpus.forms.wordings import exact_label
from corpus.patterns import pattern
from corpus.readers.plain.lines import Line
from corpus.readers.plain.row_paragraphs import with_whole_rows
from corpus.readers.plain.ruled_columns import with_ruled_columns
from corpus.readers.plain.written_rows import written_rows
from corpus.text.headings import enumerator, is_title, no_narrative, section_heading, section_starts, torn_heading

_NUMBERED = later(r"^[ \t]*(\d{1,5})(?:[:|：│.、]?)(?:[ \t]|$)")
#: lines whose numbers must rise by one, and their share of all
_FEWEST_NUMBERED, _NUMBERED_SHARE = 12, 0.95
#: empty cells behind the text of a line, more than any statutory table has: a page laid out as one table
_EMPTY_CELLS = later(r"[ \t]*[|｜](?:[ \t]*[|｜]){19,}[ \t]*$")
_ALONE = later(r"[ \t]*(?P<own>[|｜][ \t]*)?(?P<text>[^|｜\t]{8,60})(?:[|｜][ \t]*)+(?(own)[|｜][ \t]*|)")
_CELL_LINE = later(r"^([^|｜]{0,80}?)[ \t]*[|｜][|｜ \t]*$")
#: the pipe that opens a row whose cells follow, one a line, each with its pipe
_ROW_OPENS = later(r"^[ \t]*[|｜][ \t]*$")
_FEWEST_OPENED, _MOST_CELLS = 4, 40
_PIPES = later(r"[|｜]")
#: one line that holds several rows: more cells than a row has, and labels of so many rows
_MANY_PIPES, _SEVERAL_ROWS = 16, 4
#: the ruler of a table between the cells of a row: `| 规章 | | --- | --- | --- |`
_INNER_RULER = later(r"[\u4e00-\u9fff][^-]*\|(?:\s*:?-{3,}:?\s*\|){3}")
_FEWEST_CELLS, _CELLS_SHARE = 8, 0.8
#: \r\n, \n, \t spelt out
_BREAK = later(r"<br\s*/?>")
#: "…": a whole text that a program wrote as a string
_QUOTED = later(r'\s*"([^"]*)"\s*')
_WRITTEN = later(r"\\(r\\n|[nrt])")
_BREAK_OF = {"r\\n": "\n", "n": "\n", "r": "\n", "t": "\t"}
_FEWEST_WRITTEN = 5
_BLANK_CELL = later(r"[|｜]\s*[|｜]")
#: a line that holds so much may hold a whole report
_LONG_LINE = 300
_FEWEST_HEADINGS = 3
#: what may begin a torn heading, and over how many lines with the empty ones between
_OPENS_SECTION = later(r"\s{0,8}第?[一二三四五六七](?:部分|章)?[、.．]?")
_TORN_OVER = 6
_TITLE = pattern("corpus/readers", "title_before")
_TABLE_SECTIONS = frozenset({"s2", "s3", "s4"})
_BLANK_BEFORE_HEADING = later(r"(?:^|\s)[一二三四五六七八][、.．]\S{2,30}\s")
#: numbers of all levels behind blanks that were line breaks: … 一、工作完成情况 （一）机构建设方面。建立了… （二）公开方面。 1、主动公开。
_BLANK_BEFORE_NUMBER = later(
    r"(?<=\S)\s+(?=(?:[一二三四五六七八九十][、.．]|[（(][一二三四五六七八九十][）)]|\d{1,2}[、.．](?!\d))\s?(?:[\u4e00-\u9fff“《]|20\d\d年))"
)
_ONE_SENTENCE = later(r"[^\s。！？；]{4,}[。！？；]")
_FEWEST_NUMBERS, _LONGEST_HEADING = 4, 40
_SIGNED_BEHIND = later(r"[。！；]\s+([^。，；：\s]{4,30}\s+[^。，；：\s]{6,14}日[\s|]*)$")
#: lines of prose, so many of them, and the share that has the margin and that ends in mid-sentence
_PROSE, _FEWEST_PROSE, _MARGIN_SHARE = 20, 6, 0.5
#: a row of one cell; so many that hold sentences make a frame
_ONE_CELL, _FEWEST_FRAMED = later(r"\s*\|([^|]*)\|\s*"), 3
_SENTENCE_END = later(r"[。！？；]")


def undo(text: str) -> str:
    """``text`` (with ``\\n`` line ends) without line numbers and without the pipes of cells that stand on lines of their own.

    >>> undo("规章 |\\n0 |\\n" * 5).split("\\n")[:2]
    ['规章', '0']
    """
    text = _written_breaks(text)
    lines = [_without_empty_cells(line) if "|" in line else line for line in text.split("\n")]
    numbers = [_NUMBERED.match(line) for line in lines]
    if _are_line_numbers(numbers, lines):
        lines = [line[m.end() :] if m else line for m, line in zip(numbers, lines, strict=True)]
        margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        lines = [line[margin:] for line in lines]
    return "\n".join(written_rows(_without_cell_pipes(_unframed(_without_margin(with_ruled_columns(with_whole_rows(lines)))))))


def _without_empty_cells(line: str) -> str:
    """The line without the empty cells behind it, where they are of a page laid out as a table or stand beside the title."""
    alone = _ALONE.fullmatch(line)
    return alone["text"].rstrip() if alone is not None and is_title(alone["text"]) else _EMPTY_CELLS.sub("", line)


def _written_breaks(text: str) -> str:
    """The text with line breaks and TABs for the marks ``\\n`` and ``\\t`` that a program wrote instead (strings of JSON, of a database)."""
    if text.count("<br") >= _FEWEST_WRITTEN and text.count("<br") > text.count("\n") and "|" not in text and "<t" not in text:
        return _BREAK.sub("\n", text)
    count = text.count("\\n")
    if count < _FEWEST_WRITTEN or count <= text.count("\n"):
        return text
    text = _QUOTED.sub(r"\1", text) if _QUOTED.fullmatch(text) else text
    return _WRITTEN.sub(lambda m: _BREAK_OF[m[1]], text)


def _are_line_numbers(found: list[re.Match[str] | None], lines: list[str]) -> bool:
    seen = [int(m[1]) for m in found if m]
    filled = sum(1 for line in lines if line.strip())
    if len(seen) < max(_FEWEST_NUMBERED, _NUMBERED_SHARE * filled):
        return False
    steps = sum(1 for a, b in pairwise(seen) if b == a + 1)
    return steps >= _NUMBERED_SHARE * (len(seen) - 1)


def _without_margin(lines: list[str]) -> list[str]:
    """The lines without the blanks that stand before all of wrapped prose: a page printed with its margin, not paragraphs indented."""
    prose = [line for line in lines if line[:1] == " " and len(line) >= _PROSE and "\t" not in line]
    if len(prose) < _FEWEST_PROSE:
        return lines
    margin, count = Counter(len(line) - len(line.lstrip(" ")) for line in prose).most_common(1)[0]
    own = [line for line in prose if len(line) - len(line.lstrip(" ")) == margin]
    wrapped = sum(1 for line in own if _SENTENCE_END.search(line.rstrip(), max(0, len(line.rstrip()) - 1)) is None)
    if count < _MARGIN_SHARE * len([line for line in lines if len(line) >= _PROSE]) or wrapped < _MARGIN_SHARE * count:
        return lines
    return [line[min(margin, len(line) - len(line.lstrip(" "))) :] for line in lines]


def _unframed(lines: list[str]) -> list[str]:
    """The lines without the pipes of tables of one cell that a page was set in: they hold sentences, headings, the title."""
    found = {n: m[1].strip() for n, line in enumerate(lines) if "|" in line and (m := _ONE_CELL.fullmatch(line)) is not None}
    if sum(1 for text in found.values() if "。" in text) < _FEWEST_FRAMED:
        return lines
    out = list(lines)
    for n, text in found.items():
        if not text.strip(":- ") or "。" in text or section_heading(text) or is_title(text) or enumerator(text) is not None:
            out[n] = text.strip(":- ")
    return out


def _without_cell_pipes(lines: list[str]) -> list[str]:
    cells = [_CELL_LINE.match(line) if "|" in line or "｜" in line else None for line in lines]
    own = sum(1 for m in cells if m)
    piped = sum(1 for line in lines if _PIPES.search(line))
    if own < _FEWEST_CELLS or own < _CELLS_SHARE * piped or len(_opened_rows(lines)) >= _FEWEST_OPENED:
        return lines
    return [m[1] if m else line for m, line in zip(cells, lines, strict=True)]


def _opened_rows(texts: Sequence[str]) -> list[tuple[int, int]]:
    """First and last line (exclusive) of each row that a lone pipe opens and whose cells follow, one a line, each with its pipe."""
    opens = [at for at, text in enumerate(texts) if text and _ROW_OPENS.match(text)]
    rows: list[tuple[int, int]] = []
    if len(opens) < _FEWEST_OPENED or not _runs_are_opened(texts):
        return rows
    for at in opens:
        end = at + 1
        while end < len(texts) and end - at < _MOST_CELLS and texts[end].rstrip()[-1:] in ("|", "｜"):
            if _ROW_OPENS.match(texts[end]):
                break
            end += 1
        if end > at + 1:
            rows.append((at, end))
    return rows


def _runs_are_opened(texts: Sequence[str]) -> bool:
    """Whether tables begin with a lone pipe: one among cells that stand on lines of their own is a blank cell."""
    ends = [text.rstrip()[-1:] in ("|", "｜") for text in texts]
    starts = [at for at, end in enumerate(ends) if end and (at == 0 or not ends[at - 1]) and ends[at : at + 3] == [True] * 3]
    opened = sum(1 for at in starts if _ROW_OPENS.match(texts[at]))
    return bool(starts) and opened >= _CELLS_SHARE * len(starts)


def rows_on_one_line(lines: list[Line]) -> list[Line]:
    """The lines, with each row that was printed over several put on one (``|``, ``规章 |``, ``0 | ||`` are ``| 规章 | 0 | ||``).

    Converters print a Markdown row so where the page has paragraphs in its cells; the pipes behind a cell are blank cells.
    """
    rows = _opened_rows([line.text for line in lines])
    if len(rows) < _FEWEST_OPENED:
        return lines
    out: list[Line] = []
    done = 0
    for first, last in rows:
        out += lines[done:first]
        out.append(lines[first]._replace(text="| " + " ".join(line.text.strip() for line in lines[first + 1 : last])))
        done = last
    return [*out, *lines[done:]]


def lost_breaks(text: str) -> tuple[Issue, ...]:
    """An issue if a line of ``text`` holds several sections of a report."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONG_LINE and len(section_starts(line)) >= _FEWEST_HEADINGS:
            message = (
                f"line {number} holds several sections: the text has lost its line breaks. Headings were found by their wording, "
                "cells only where white space keeps them apart; copy the report again if tables are missing"
            )
            return (Issue("line_breaks_lost", "warning", message),)
    return ()


def broken_at_headings(lines: list[Line]) -> list[Line]:
    """The lines, with one that holds several section headings broken before and behind each of them.

    What stands between the headings of tables without any sentence is the table, and is broken at its white space.  A line in
    which a heading stands between blanks and prose goes on behind it was printed as several (`…报告如下： 一、概述 2009年，…`): it is
    broken before the heading, and before a signature with its date at its end.
    """
    out: list[Line] = []
    for line in lines:
        if line.text.count("|") >= _MANY_PIPES and (_INNER_RULER.search(line.text) or _holds_rows(line.text)):
            starts = section_starts(line.text)
            # a whole report on one line; else a table, maybe with those after it
            whole = len(starts) >= _FEWEST_HEADINGS and starts[0][2] == "s1"
            if not whole or _BLANK_CELL.search(line.text) or _INNER_RULER.search(line.text):
                out += _cells_of_one_row(line)
                continue
            line = line._replace(text=_PIPES.sub(" ", line.text))
        starts = section_starts(line.text) if len(line.text) > _LONG_LINE else ()
        if len(starts) < _FEWEST_HEADINGS:
            out += _at_blanks(line)
            continue
        at, code = 0, ""
        for start, end, following in starts:
            out += _parts(line, at, start, code)
            out.append(line._replace(text=line.text[start:end]))
            at, code = end, following
        out += _parts(line, at, len(line.text), code)
    return out


def join_headings(lines: list[Line]) -> list[Line]:
    """The lines, with section headings whole that were torn over two or three of them."""
    out = list(lines)
    for at, line in enumerate(lines):
        if not _OPENS_SECTION.match(line.text):
            continue
        filled = [n for n in range(at, min(at + _TORN_OVER, len(lines))) if lines[n].text.strip()]
        for count in (3, 2):
            places = filled[:count]
            if len(places) == count and torn_heading([lines[n].text for n in places]):
                out[at] = line._replace(text="".join(lines[n].text.strip() for n in places))
                for n in places[1:]:
                    out[n] = lines[n]._replace(text="", level=0)
                break
    return out


def _holds_rows(text: str) -> bool:
    """Whether one line of pipes has the labels of several rows of the form; headings of table 4 repeat 其他 and 总计, which name rows too."""
    hits = (exact_label(cell) for cell in _PIPES.split(text) if cell.strip())
    rows = {row.code for hit in hits if hit is not None and (row := hit.of("row")) is not None}
    return len(rows) >= _SEVERAL_ROWS


def _cells_of_one_row(line: Line) -> Iterator[Line]:
    """The cells of a table inside a cell, which programs print as one row of pipes with its ruler in the middle, one a line."""
    for cell in _PIPES.split(line.text):
        cuts = [0, *(at for start, end, _ in section_starts(cell) for at in (start, end)), len(cell)]
        for start, end in pairwise(cuts):
            if cell[start:end].strip(" \t:-"):
                yield line._replace(text=cell[start:end].strip(), level=0)


def _at_blanks(line: Line) -> Iterator[Line]:
    """The pieces of a line whose breaks stand as blanks, before main headings and before many numbers; the line itself where it has none."""
    text = line.text
    cuts = [0]
    if _BLANK_BEFORE_HEADING.search(text):
        starts = [*section_starts(text), (len(text), len(text), "")]
        for (start, end, _), (following, _, _) in pairwise(starts):
            apart = start == 0 or text[start - 1].isspace()
            # a contents list on one line has no sentence between its headings
            if apart and text[end : end + 1].isspace() and _SENTENCE_END.search(text, end, following):
                cuts.append(start)
    if len(text) > _LONG_LINE and len(numbers := list(_BLANK_BEFORE_NUMBER.finditer(text))) >= _FEWEST_NUMBERS:
        cuts = sorted({*cuts, *(m.end() for m in numbers)})
    signed = _SIGNED_BEHIND.search(text) if "日" in text else None
    if signed is not None and no_narrative(signed[1]) == "signed-date":
        cuts.append(signed.start(1))
    if len(cuts) == 1:
        yield line
        return
    for start, end in pairwise([*dict.fromkeys(cuts), len(text)]):
        piece = text[start:end].rstrip()
        if not start and (title := _TITLE.match(piece)) is not None and is_title(title.group()):
            yield line._replace(text=title.group())
            piece = piece[title.end() :].strip()
        if piece.strip():
            yield line._replace(text=piece, level=line.level if not start else 0)


def _numbers(text: str) -> list[int]:
    """Where prose whose breaks are blanks is cut before numbers: behind a heading, and before items that are one sentence from their number on.

    （二）改进措施 1.加强培训。 2.完善机制。: but `3.信息管理 建立…机制` has a heading that ends at a blank, and is left whole.
    """
    cuts, last = [0], 0
    for m in _BLANK_BEFORE_NUMBER.finditer(text):
        heading = m.start() - last <= _LONGEST_HEADING and not _SENTENCE_END.search(text, last, m.start())
        if heading or _ONE_SENTENCE.match(text, m.end()):
            cuts += [last, m.end()] if heading else [m.end()]
        last = m.end()
    return sorted({*cuts, len(text)})


def _parts(line: Line, start: int, end: int, code: str) -> Iterator[Line]:
    text = line.text[start:end].strip()
    if not text:
        return
    if not code and (title := _TITLE.match(text)) is not None and is_title(title.group()):
        yield line._replace(text=title.group())
        text = text[title.end() :].strip()
    if code in _TABLE_SECTIONS and len(_SENTENCE_END.findall(text)) * 200 < len(text):
        for word in text.split():
            yield line._replace(text=word, level=0)
    else:
        for a, b in pairwise(_numbers(text)):
            yield line._replace(text=text[a:b].strip(), level=0)
