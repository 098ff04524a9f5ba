"""Tables in text without row marks: where they are, and which lines form a row.

A region is found by its known labels; between two of them stand only values, empty lines and short pieces of text.  Inside it a
row is a label with the values after it.  Labels wrapped over lines are put together again only where the result is a known
label::

    （二）部分公开（区分处理的，只计这一
                                        3  0  0  0  0  0  3
    情形，不计其他情形）
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from corpus.datafile import later
from corpus.forms.cellvalue import COUNTS, is_value, spaced_values
from corpus.forms.shreds import glued_labels, is_shred
from corpus.forms.wordings import LabelHit, LabelMemo, is_label_start, label_key, match_label
from corpus.readers.plain.assemble import CellPiece, FlowRow, assemble
from corpus.readers.plain.blank_columns import fill_blanks
from corpus.readers.plain.lines import Line, is_page_number
from corpus.readers.plain.page_numbers import PageSeen, drop_page_numbers, is_marked_page, joined_page
from corpus.text.headings import section_heading
from corpus.text.normalise import squeeze
from corpus.types import Grid, GridCell, Place

_END = later(r"[。；！？;!?]")
_SENTENCE = later(r"[。；！？;!?]|[，,]$")
_FIELDS = later(r"[ \u3000\xa0]{2,}|\t+")
_TOP_HEADING = later(r"[一二三四五六七八][、.].{3,}|第[一二三四五六七八]部分")
_SHORT = 34
_SCRAP = 4
_LONGEST = 90
#: pieces of vertical labels and remarks may stand between two known labels, but not a page of unknown lines
#: labels of one row: 三、本年度办理结果 | （三）不予公开 | 1.属于国家秘密
_ROW_LABELS = 3
_MAX_UNKNOWN = 14
#: lines of seven values with empty lines between
_ROW_OF_VALUES = 14
_ALL_OF_T4 = 15
_STRONG = frozenset({"item", "note", "applicants", "organisations", "suit_direct", "suit_after_review"})


class FlowLine(NamedTuple):
    """A line of a region: its text pieces, its values, and what it may be (``label``, ``value``, ``short``, ``blank``, ``other``).

    ``tabbed``: the line begins with a TAB and holds one cell; ``hard_blank``: a cell that is printed but empty (TAB + NBSP), ``hard_space``:
    a line of NBSP alone, which may be one.
    """

    line: Line
    kind: str
    pieces: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    hits: tuple[LabelHit, ...] = ()
    tabbed: bool = False
    hard_blank: bool = False
    hard_space: bool = False


#: so many numbers above labels without any are theirs
_FEWEST_ABOVE = 10


@dataclass(frozen=True, slots=True)
class Region:
    """Lines ``first:last`` of the text are a table; ``at_end``: nothing follows them."""

    first: int
    last: int
    lines: tuple[FlowLine, ...] = ()
    at_end: bool = False


def _pieces(text: str, known: LabelMemo) -> tuple[list[str], list[LabelHit]]:
    """The text before the values of a line, cut into cells: at runs of spaces, and between known labels."""
    whole = known[text]
    if whole is not None:
        return [text], [whole]
    pieces: list[str] = []
    hits: list[LabelHit] = []
    for part in _FIELDS.split(text):
        if not part.strip():
            continue
        hit = known[part]
        tokens = part.split()
        glued = glued_labels(part, known) if hit is None and len(tokens) == 1 else None
        if glued is not None:
            pieces += glued
            hits += [at for label in glued if (at := known[label]) is not None]
            continue
        if hit is not None or len(tokens) == 1:
            pieces.append(part.strip())
            if hit is not None:
                hits.append(hit)
            continue
        joined, found = _by_labels(tokens, known)
        pieces += joined
        hits += found
    return pieces, hits


def _by_labels(tokens: list[str], known: LabelMemo) -> tuple[list[str], list[LabelHit]]:
    # `结果 维持 结果 纠正` is two labels, `2. 其他法律行政 法规` none: then the spaces are inside one piece
    pieces: list[str] = []
    hits: list[LabelHit] = []
    at = 0
    while at < len(tokens):
        for stop in range(min(len(tokens), at + 7), at, -1):
            hit = known["".join(tokens[at:stop])]
            if hit is not None:
                pieces.append(" ".join(tokens[at:stop]))
                hits.append(hit)
                at = stop
                break
        else:
            pieces.append(tokens[at])
            at += 1
    if not hits:
        if all(len(t) <= 5 for t in tokens) and len(tokens) > 2:
            return tokens, []  # `商业 科研 社会公益 法律服务`: the first line of wrapped headings
        return [" ".join(tokens)], []
    return pieces, hits


def _is_longer(text: str, length: int) -> bool:
    """Whether ``text`` has more than ``length`` characters, white space not counted."""
    return len(text) > length and len("".join(text.split())) > length


def classify(line: Line, known: LabelMemo) -> FlowLine:
    """What a line may be in a table."""
    text = line.text
    if text in COUNTS:
        return FlowLine(line, "value", (), (text,))
    if not text:
        return FlowLine(line, "blank")
    tabbed = text[0] == "\t"
    stripped = text.strip()
    if not stripped:
        return FlowLine(line, "blank", tabbed=tabbed, hard_blank=tabbed and text != "\t", hard_space="\xa0" in text)
    if stripped.isdigit() and stripped.isascii():
        return FlowLine(line, "value", (), (stripped,), (), tabbed) if len(stripped) < 16 else FlowLine(line, "other")
    if _is_longer(stripped, _LONGEST):
        return FlowLine(line, "other")
    if stripped[0] == "-" and is_marked_page(stripped):
        return FlowLine(line, "value", (), (stripped,), (), tabbed)  # `- 5` is no two cells
    head, values = spaced_values(stripped)
    if not head:
        return FlowLine(line, "value", (), tuple(values), (), tabbed)
    if not values and _is_longer(head, _LONGEST - 20):
        return FlowLine(line, "other")
    pieces, hits = _pieces(head, known)
    if hits:
        if any(len(p) > _SHORT and _SENTENCE.search(p) for p in pieces):
            return FlowLine(line, "other")
        return FlowLine(line, "label", tuple(pieces), tuple(values), tuple(hits), tabbed)
    if not values and stripped[0].isdigit() and is_value(stripped):
        return FlowLine(line, "value", (), (stripped,), (), tabbed)  # `12 件（注）` is one cell
    long = any(_is_longer(p, _SHORT) for p in pieces)
    if long and not _END.search(head) and (near := match_label(pieces[-1])) is not None:
        return FlowLine(line, "label", tuple(pieces), tuple(values), (near,), tabbed)  # a long label with a slip in it
    if line.level or long or _SENTENCE.search(head):
        return FlowLine(line, "other", tuple(pieces), tuple(values), (), tabbed)
    return FlowLine(line, "short", tuple(pieces), tuple(values), (), tabbed)


def _breaks_region(flow: FlowLine) -> bool:
    if flow.kind == "other":
        return True
    if flow.kind != "short":
        return False
    text = flow.line.text.strip()
    if section_heading(text) is not None:
        return True
    return _TOP_HEADING.match(squeeze(text)) is not None and not is_label_start(text) and not flow.values


def find_regions(lines: Sequence[Line], claimed: Collection[int], known: LabelMemo) -> list[Region]:
    """Regions of lines that are tables; ``claimed`` lines belong to tables found otherwise, ``known`` are the labels of this reading."""
    flows = [classify(line, known) if i not in claimed else FlowLine(line, "other") for i, line in enumerate(lines)]
    anchors = [i for i, flow in enumerate(flows) if flow.kind == "label"]
    regions: list[Region] = []
    at = 0
    while at < len(anchors):
        stop = at
        while stop + 1 < len(anchors) and _joined(flows, anchors[stop], anchors[stop + 1]):
            stop += 1
        group = anchors[at : stop + 1]
        if _is_table(flows, group, known):
            first = _grow_up(flows, group[0], regions[-1].last if regions else 0)
            last = _grow_down(flows, group[-1], known)
            if not any(flow.values for flow in flows[first:last]):
                first = _values_above(flows, first, regions[-1].last if regions else 0)
            at_end = all(flow.kind == "blank" for flow in flows[last:])
            regions.append(Region(first, last, tuple(flows[first:last]), at_end))
        at = stop + 1
    return regions


def _joined(flows: Sequence[FlowLine], a: int, b: int) -> bool:
    unknown = 0
    for flow in flows[a + 1 : b]:
        if _breaks_region(flow):
            return False
        # labels of narrow columns, printed apart from their values, are many lines of pieces
        unknown += flow.kind == "short" and not flow.values and not is_shred(flow.line.text)
    return unknown <= _MAX_UNKNOWN


def _is_strong(hit: LabelHit) -> bool:
    return any(
        label.code in _STRONG or label.code.startswith("article_") or (label.kind == "column" and label.form)
        for label in hit.labels
    )


def _is_table(flows: Sequence[FlowLine], group: Sequence[int], known: LabelMemo) -> bool:
    hits = [hit for i in group for hit in flows[i].hits]
    strong = sum(1 for hit in hits if _is_strong(hit))
    rows = flows[group[0] : _grow_down(flows, group[-1], known)]
    has_value = any(any(c.isdigit() for v in flow.values for c in v) for flow in rows)
    codes = {label.code for hit in hits for label in hit.labels[:1]}
    if len(hits) < 3:
        return False
    return (strong >= 1 and len(codes) >= 3) or len(codes) >= 5 or (has_value and len(codes) >= 3)


def _grow_up(flows: Sequence[FlowLine], first: int, floor: int) -> int:
    # the wrapped first label (（本列数据的勾稽关系为：第一项加第二 | 项之和…）) stands above the first known one
    at = first
    while at > floor and first - at < 4:
        above = flows[at - 1]
        starts = above.kind in {"short", "other"} and not above.values and above.pieces and not _breaks_heading(above)
        if not (starts and all(is_label_start(p) and len(label_key(p)) >= 2 for p in above.pieces)):
            break
        at -= 1
    return at


def _values_above(flows: Sequence[FlowLine], first: int, floor: int) -> int:
    """Where the numbers begin that a converter printed above labels which have none."""
    at = first
    while at > floor and flows[at - 1].kind in ("value", "blank"):
        at -= 1
    return at if sum(1 for flow in flows[at:first] if flow.kind == "value") >= _FEWEST_ABOVE else first


def _breaks_heading(flow: FlowLine) -> bool:
    return bool(flow.line.level) or section_heading(flow.line.text.strip()) is not None


def _grow_down(flows: Sequence[FlowLine], last: int, known: LabelMemo) -> int:
    end = reach = last + 1
    probe = end
    while probe < len(flows) and probe - max(end, reach) < 4:
        flow = flows[probe]
        if flow.kind == "value" or (flow.kind == "short" and len(flow.values) >= 2) or flow.hard_blank or flow.hard_space:
            if not _is_page_number(flows, probe) or _values_follow(flows, probe):
                end = probe + 1
        elif flow.kind == "short" and not _breaks_region(flow) and _completes(flows, probe, end, known):
            end = probe + 1
        elif (torn := _torn_label(flows, probe, known)) > probe:
            end = torn
            probe = torn - 1
        elif flow.kind == "short" and not flow.values and not _breaks_region(flow) and is_shred(flow.line.text):
            reach = probe + 1  # pieces of labels that a converter printed before all values of the page
        elif flow.kind != "blank" and not _is_header_rest(flow):
            break
        probe += 1
    return end


def _values_follow(flows: Sequence[FlowLine], at: int) -> bool:
    """Whether a number is the first of a row of them, each on its own line."""
    kinds = [flow.kind for flow in flows[at : at + _ROW_OF_VALUES]]
    return kinds.count("value") >= _ROW_OF_VALUES // 2 and set(kinds) <= {"value", "blank"}


def _torn_label(flows: Sequence[FlowLine], at: int, known: LabelMemo) -> int:
    """End of a row label that begins at ``at`` and is torn over two or three lines (四、结转下 | 年度继续办理), else ``at``."""
    text = ""
    for n in range(at, min(at + 3, len(flows))):
        flow = flows[n]
        if flow.kind != "short" or flow.values or _breaks_region(flow):
            return at
        text += "".join(flow.pieces)
        if n > at and (hit := known[text]) is not None and hit.of("row") is not None:
            return n + 1
        if not known.is_start(text):
            return at
    return at


def _is_header_rest(flow: FlowLine) -> bool:
    # the second line of wrapped headings (维持  纠正  结果  审结), which ends nothing if values follow
    return flow.kind == "short" and not flow.values and len(flow.pieces) > 2 and all(len(p) <= _SCRAP for p in flow.pieces)


def _completes(flows: Sequence[FlowLine], at: int, end: int, known: LabelMemo) -> bool:
    tail = "".join(flows[at].pieces)
    for flow in flows[max(0, end - 3) : end]:
        head = "".join(flow.pieces[-1:])
        if head and known[head + tail] is not None:
            return True
    return False


def _is_page_number(flows: Sequence[FlowLine], at: int, breaks: Collection[int] | None = None) -> bool:
    """A bare number between empty lines (or at a page break) in a table that prints its cells without empty lines.

    ``breaks``: source lines of the numbers at form feeds that may be pages; ``None`` where every number there is taken for one.
    """
    flow = flows[at]
    if flow.tabbed or flow.pieces or len(flow.values) != 1 or flow.values[0][0] == "0":
        return False
    if breaks is not None and flow.line.number in breaks:
        return True
    last = at + 1 == len(flows)
    at_break = breaks is None and (flow.line.page_break or (not last and flows[at + 1].line.page_break))
    apart = at > 0 and flows[at - 1].kind == "blank" and (last or flows[at + 1].kind == "blank")
    if not (at_break or apart) or not is_page_number(squeeze(flow.values[0])):
        return False
    if at_break:
        return True
    near = [f.kind for f in flows[max(0, at - 20) : at + 20]]
    return near.count("blank") * 3 < len(near)


def read_region(
    region: Region, known: LabelMemo, pages: Sequence[PageSeen] = (), breaks: Collection[int] | None = None
) -> Grid:
    """The grid of a region: one printed row per label with its values, header labels in rows of their own.

    ``pages`` are the page numbers of the document that stand outside its tables, ``breaks`` the source lines of numbers that may be
    pages by the form feed beside them.
    """
    flows = region.lines
    tabbed = sum([f.tabbed for f in flows])
    if tabbed:
        filled = [f.tabbed for f in flows if f.kind != "blank"]
        if tabbed > filled.count(False) and tabbed >= len(filled) // 2 and (rows := _cell_rows(flows)) is not None:
            return _grid(rows)
    rows_are_lines = _rows_are_lines(flows)
    if not rows_are_lines and not tabbed and any(f.hard_space for f in flows):
        cells = [f._replace(kind="cell", hard_blank=True) if f.hard_space else f for f in flows]
        table = assemble(_pieces_of(cells, breaks, rows_are_lines=False), known)
        if _rows_are_full(table, known):
            return _grid(table)
    table = assemble(_pieces_of(flows, breaks, rows_are_lines=rows_are_lines), known)
    if not rows_are_lines and not _mostly_labelled(table, known):
        # the numbers stand apart from all labels, and what is too much among them the sums say
        table = assemble(_pieces_of(flows, breaks, rows_are_lines=False, pages_too=True), known)
    elif not rows_are_lines:
        table = drop_page_numbers(table, known, pages)
    elif not tabbed:
        table = fill_blanks(table, {f.line.number: f.line.text for f in flows}, known, at_end=region.at_end)
    return _grid(table)


def _rows_are_full(table: Sequence[FlowRow], known: LabelMemo) -> bool:
    """Whether every value, blank ones included, stands in a row of table 3 that has all of its seven, or all fifteen of table 4 do."""
    rows = [(row, values) for row in table if (values := sum(1 for c in row.cells if c.value))]
    if [values for _, values in rows] == [_ALL_OF_T4]:
        hits = [hit for row in table for c in row.cells if not c.value and (hit := known[c.text]) is not None]
        return any(label.tables == ("t4",) for hit in hits for label in hit.labels)
    return all(
        values == _ROW_OF_VALUES // 2 and any(_is_row_of_t3(c, known) for c in row.cells if not c.value) for row, values in rows
    )


def _is_row_of_t3(cell: CellPiece, known: LabelMemo) -> bool:
    hit = known[cell.text]
    return hit is not None and hit.of("row", "t3") is not None


def _mostly_labelled(table: Sequence[FlowRow], known: LabelMemo) -> bool:
    """Whether at least half of the values stand in a row with its label, which has seven of them and perhaps a page number."""
    labelled = loose = 0
    for row in table:
        values = sum(1 for c in row.cells if c.value)
        if 0 < values <= _ROW_OF_VALUES // 2 + 1 and any(
            (hit := known[c.text]) is not None and hit.of("row") is not None for c in row.cells if not c.value
        ):
            labelled += values
        else:
            loose += values
    return labelled >= loose


def _rows_are_lines(flows: Sequence[FlowLine]) -> bool:
    counts = [(len(f.values), not f.pieces) for f in flows if f.values]
    lone = counts.count((1, True))
    return 2 * (len(counts) - lone) > lone


def _cell_rows(flows: Sequence[FlowLine]) -> list[FlowRow] | None:
    """Rows of the layout that prints a cell a line with a leading TAB and ends a row with an empty line.

    ``None`` where empty lines do not end the rows: every cell stands between two of them, or none stands at all.
    """
    rows: list[FlowRow] = []
    cells: list[CellPiece] = []
    labels = values = 0
    for flow in flows:
        labels += len(flow.hits)
        values += len(flow.values)
        if flow.kind == "blank" and not flow.tabbed:
            if cells:
                rows.append(FlowRow(tuple(cells)))
            cells = []
            labels = values = 0
        elif labels > _ROW_LABELS and values:
            return None  # headings and values, or several rows, without an empty line between them
        elif flow.tabbed:
            text = flow.line.text.strip()
            cells.append(
                CellPiece(text, flow.line.number, value=bool(flow.values) and not flow.pieces, merged=flow.line.text == "\t")
            )
        elif not is_page_number(squeeze(flow.line.text)):
            # a line of another make ends the row: what stands on both sides of it is not surely one row
            rows += [FlowRow(tuple(part)) for part in (cells, [CellPiece(flow.line.text.strip(), flow.line.number)]) if part]
            cells = []
    if cells:
        rows.append(FlowRow(tuple(cells)))
    several = sum(1 for row in rows if len(row.cells) > 1)
    if several * 2 < len(rows) or max((len(row.cells) for row in rows), default=0) > 40:
        return None
    return rows


def _pieces_of(
    flows: Sequence[FlowLine], breaks: Collection[int] | None, *, rows_are_lines: bool, pages_too: bool = False
) -> list[list[CellPiece]]:
    """Pieces of every line of the region, page numbers left out unless ``pages_too``."""
    out: list[list[CellPiece]] = []
    for at, flow in enumerate(flows):
        if flow.hard_blank:
            out.append([CellPiece("", flow.line.number, value=True)])
        if flow.hard_blank or flow.kind == "blank":
            continue
        number = flow.line.number
        if flow.pieces:
            out.append([CellPiece(p, number) for p in flow.pieces] + [CellPiece(v, number, True) for v in flow.values])
        elif len(flow.values) != 1:
            values = [CellPiece(v, number, True) for v in flow.values]
            out.append(values if rows_are_lines else joined_page(values))
        elif pages_too or not (
            _is_page_number(flows, at, breaks) or (rows_are_lines and is_page_number(squeeze(flow.values[0])))
        ):
            out.append([CellPiece(flow.values[0], number, True)])
    return out


def _grid(rows: Sequence[FlowRow]) -> Grid:
    cells = [
        GridCell(r, c, piece.text, 1, 1, Place(piece.line), piece.merged)
        for r, row in enumerate(rows)
        for c, piece in enumerate(row.cells)
    ]
    return Grid(tuple(cells), exact=False)
