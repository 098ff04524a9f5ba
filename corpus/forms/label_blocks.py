"""Values of tables 2 and 4 that stand beside, over or under labels of their own, and not under the headings of columns.

As cards of a page, or forms to be filled in, print them::

    规章                                          行政许可    行政处罚
    本年制发件数  3  本年废止件数  0  现行有效件数  12      120        35
    行政规范性文件本年制发件数7                         本年处理决定数量  本年处理决定数量

Nothing is claimed of a table unless every value in it has its labels, and each label of a row its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal, NamedTuple

from corpus.codebook import all_cells
from corpus.datafile import later
from corpus.forms.cellvalue import heading_money_unit, is_value
from corpus.forms.claims import Claim, GridReading
from corpus.forms.columns import T4_GROUPS, T4_LEAVES, cell_column
from corpus.forms.wordings import LabelMemo
from corpus.types import GridCell

Kind = Literal["row", "column", "group", "item", "value", "other"]
#: the number that ends a cell, or a piece of one, that begins with its labels: 结果维持94结果纠正48
_NUMBERED = later(r"(?P<label>[^\d]*?(?:\([^()]*\)|（[^（）]*）)?)[：:\s]*(?P<value>-?\d[\d,.]*)(?=\D|$)")
_SETTLED = ("cells_unassigned", "column_unlabelled", "table_missing")


class _Token(NamedTuple):
    """A label or a value: what it is, its code, and the cell (cut down to the value where that stands behind its label)."""

    kind: Kind
    code: str
    cell: GridCell
    form: str = ""


class _Contradiction(Exception):
    """A value without labels, or labels without a value: the table is not printed in blocks of labels."""


def with_label_blocks(
    printed: Iterable[tuple[str, Sequence[GridCell]]], labels: LabelMemo, reading: GridReading
) -> GridReading:
    """The reading with what blocks of labels say of tables 2 and 4 as far as nothing else is known of their cells."""
    rows = [(table, cells) for table, cells in printed if table in ("t2", "t4")]
    for table, read in (("t2", _of_t2), ("t4", _of_t4)):
        known = {claim.code: claim.cell for claim in reading.claims if claim.code.startswith(table)}
        mine = [cells for of, cells in rows if of == table]
        if not mine or (known and not any(f.table == table and f.code in _SETTLED for f in reading.findings)):
            continue
        lines = [tokens for cells in mine if (tokens := _tokens(cells, table, labels))]
        try:
            claims = read(lines)
        except _Contradiction:
            continue
        more = [claim for claim in claims if claim.code not in known]
        once = len({claim.code for claim in claims}) == len(claims)
        if more and once and all(known.get(claim.code, claim.cell) == claim.cell for claim in claims):
            reading = _added(reading, table, more, lines)
    return reading


def _added(reading: GridReading, table: str, claims: Sequence[Claim], lines: Sequence[Sequence[_Token]]) -> GridReading:
    columns = [token for line in lines for token in line if token.kind == "column" and token.form]
    # 处理决定数量 and 本年处理决定数量 are weak evidence of the form, as in grid_reading
    forms = {(table, token.form if token.code != "decisions" else f"{token.form}?") for token in columns}
    return replace(
        reading,
        claims=(*reading.claims, *claims),
        rows=reading.rows.union(claim.code.rsplit(".", 1)[0] for claim in claims if table == "t2"),
        tables=reading.tables | {table},
        forms=reading.forms | forms,
        findings=tuple(f for f in reading.findings if f.table != table or f.code not in _SETTLED),
    )


# ---- tokens
def _tokens(cells: Sequence[GridCell], table: str, labels: LabelMemo) -> list[_Token]:
    return [token for cell in cells if cell.text and not cell.merged for token in _of_cell(cell, table, labels)]


def _of_cell(cell: GridCell, table: str, labels: LabelMemo) -> list[_Token]:
    if is_value(cell.text):
        return [_Token("value", "", cell)]
    label = _label(cell.text, cell, table, labels)
    if label is not None:
        return [label]
    return _numbered(cell, table, labels) or [_Token("other", "", cell)]


def _label(text: str, cell: GridCell, table: str, labels: LabelMemo) -> _Token | None:
    hit = labels[text]
    if hit is None:
        return None
    for kind in ("row", "column", "group"):
        if (found := hit.of(kind, table)) is not None:
            return _Token(kind, found.code, cell, found.form)
    word = hit.of("word", table)
    return _Token("item", word.code, cell) if word is not None and word.code == "item" else None


def _numbered(cell: GridCell, table: str, labels: LabelMemo) -> list[_Token]:
    """The labels and values of a cell that holds both; empty unless all of it is that."""
    tokens: list[_Token] = []
    at = 0
    for found in _NUMBERED.finditer(cell.text):
        if found.start() != at or not found["label"]:
            return []
        named = _labels_of(found["label"].strip(), cell, table, labels)
        start = cell.span[0] + found.start("value")
        value = replace(cell, text=found["value"], span=(start, start + len(found["value"])))
        if not named:
            return []
        tokens += [*named, _Token("value", "", value)]
        at = found.end()
    return tokens if at == len(cell.text) else []


def _labels_of(text: str, cell: GridCell, table: str, labels: LabelMemo) -> list[_Token]:
    """The label that ``text`` is, or the label of a row and that of a column that it is made of."""
    whole = _label(text, cell, table, labels)
    if whole is not None:
        return [whole]
    for n in range(2, len(text) - 1):
        first, second = (_label(part.strip(), cell, table, labels) for part in (text[:n], text[n:]))
        if first is not None and second is not None and first.kind in ("row", "group") and second.kind == "column":
            return [first, second]
    return []


# ---- table 2
@dataclass(slots=True)
class _Block:
    """The labels of rows and columns and the values that wait for each other, and the claims made so far."""

    claims: list[Claim] = field(default_factory=list)
    rows: list[_Token] = field(default_factory=list)
    columns: list[_Token] = field(default_factory=list)
    values: list[_Token] = field(default_factory=list)

    def put(self, tokens: Sequence[_Token], kind: str) -> None:
        """Take up a line of labels of one kind, or of values."""
        if kind == "row" and not self.columns and not self.values:
            self.rows += tokens
        elif kind == "column" and not self.columns:
            self.columns = list(tokens)
        elif kind == "value" and not self.values:
            self.values = list(tokens)
        else:
            raise _Contradiction
        if self.columns and self.values:
            self._match()

    def _match(self) -> None:
        count = len(self.values)
        if len(self.columns) != count or len(self.rows) not in (1, count):
            raise _Contradiction
        rows = self.rows * count if len(self.rows) == 1 else self.rows
        self.claims += [_claim(*each) for each in zip(rows, self.columns, self.values, strict=True)]
        self.rows, self.columns, self.values = [], [], []

    def end(self) -> None:
        """A new group begins: nothing may be left waiting."""
        if self.rows or self.columns or self.values:
            raise _Contradiction


def _of_t2(lines: Sequence[Sequence[_Token]]) -> list[Claim]:
    block = _Block()
    standard = False  # 信息内容 begins the headings of a block whose values stand under them
    for tokens in lines:
        kinds = {token.kind for token in tokens}
        if "group" in kinds:
            block.end()
            standard = False
        tokens = [token for token in tokens if token.kind != "group"]
        standard = standard or "item" in kinds
        if standard or not tokens:
            continue
        order = [kind for kind, _ in groupby(token.kind for token in tokens)]
        if order in (["row"], ["column"], ["value"], ["row", "value"]):
            for kind, part in groupby(tokens, key=attrgetter("kind")):
                block.put(list(part), kind)
        elif "value" in kinds:
            block.claims += _beside(tokens, block)
        elif "other" not in kinds:
            raise _Contradiction
    block.end()
    return block.claims


def _beside(tokens: Sequence[_Token], block: _Block) -> list[Claim]:
    """The claims of a line in which each value follows its label: 规章 | 本年制发件数 | 3 | 本年废止件数 | 0."""
    row = block.rows[0] if len(block.rows) == 1 else None
    if len(block.rows) > 1 or block.columns or block.values:
        raise _Contradiction
    claims: list[Claim] = []
    for token, after in pairwise([*tokens, _Token("other", "", tokens[-1].cell)]):
        if token.kind == "row":
            row = token
        elif token.kind == "column" and after.kind == "value" and row is not None:
            claims.append(_claim(row, token, after))
        elif token.kind != "value":
            raise _Contradiction
    if len(claims) != sum(token.kind == "value" for token in tokens):
        raise _Contradiction
    block.rows = []
    return claims


def _claim(row: _Token, column: _Token, value: _Token) -> Claim:
    code = f"{row.code}.{cell_column(column.code)}"
    if code not in all_cells():
        raise _Contradiction
    return Claim(code, value.cell, heading_money_unit(column.cell.text) if all_cells()[code].unit == "万元" else "")


# ---- table 4
def _of_t4(lines: Sequence[Sequence[_Token]]) -> list[Claim]:
    groups: list[str] = []
    claims: list[Claim] = []
    open_ = False  # the last line named groups, to which the next may add: 行政复议 | 行政诉讼, then its two kinds
    for tokens in lines:
        named = [token.code for token in tokens if token.kind == "group" and token.code in T4_GROUPS]
        if named:
            groups = [*groups, *named] if open_ else named
        pairs = [(a, b) for a, b in pairwise(tokens) if a.kind == "column" and b.kind == "value"]
        values = sum(token.kind == "value" for token in tokens)
        open_ = bool(named) and not values
        if len(pairs) != values or (not values and any(token.kind == "column" for token in tokens)):
            raise _Contradiction
        if not values:
            continue
        # all outcomes of one group stand together, or one outcome of each
        each = len(pairs) // len(groups) if groups else 0
        if not each or len(pairs) != each * len(groups):
            raise _Contradiction
        claims += [Claim(f"t4.{groups[n // each]}.{label.code}", value.cell) for n, (label, value) in enumerate(pairs)]
    if {claim.code for claim in claims} != {f"t4.{group}.{leaf}" for group in T4_GROUPS for leaf in T4_LEAVES}:
        raise _Contradiction
    return claims
