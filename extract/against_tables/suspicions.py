"""Findings that look like numbers entered in the wrong box (codebook, section 3): issues, never failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from corpus.errors import Issue
from corpus.types import Cell
from extract.against_tables.join import cells_by_code
from extract.against_tables.prose_checks import plain
from extract.types import Mention

_OVER = Decimal(20)
# row of table 2 -> words of its own subject, indicators that count the same thing: not a count of another thing
_OWN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "t2.regulation": (("规章",), ("normative.",)),
    "t2.normative": (("规范性文件", "政策文件"), ("normative.",)),
    "t2.licence": (("许可", "审批"), ("service.",)),
    "t2.service": (("服务", "确认", "备案"), ("service.",)),
    "t2.penalty": (("处罚", "执法"), ("service.",)),
    "t2.coercion": (("强制", "执法"), ("service.",)),
    "t2.fee": (("收费",), ("fee.",)),
    "t2.procurement": (("采购",), ()),
}


def _same_thing(row: str, mention: Mention) -> bool:
    words, indicators = _OWN.get(row, ((), ()))
    return mention.indicator.startswith(indicators) or any(word in mention.subject for word in words)


def _issue(code: str, message: str, cell: Cell) -> Issue:
    return Issue(code, "info", message, cell.start, cell.end, cell.page)


def _copied(cells: Sequence[Cell], mentions: Sequence[Mention]) -> list[Issue]:
    """Cells of table 2 over 20 with the value of a prose count of another thing; one issue for each row and mention."""
    counts: dict[Decimal, list[Mention]] = {}
    for m in mentions:
        if m.indicator and m.unit != "%" and m.qualifier == "exact" and m.scope == "total" and m.value > _OVER:
            counts.setdefault(m.value, []).append(m)
    issues: list[Issue] = []
    seen: set[tuple[str, str]] = set()
    for cell in cells:
        if not cell.code.startswith("t2.") or cell.value is None:
            continue
        row = cell.code.rsplit(".", 1)[0]
        for m in counts.get(cell.value, ()):
            if (row, m.key) not in seen and not _same_thing(row, m):
                seen.add((row, m.key))
                message = f"cell {cell.code} has the value {plain(cell.value)} that the narrative gives for {m.indicator}"
                issues.append(_issue("suspicion_prose_count", message, cell))
    return issues


def _number(cells: Mapping[str, Cell], code: str) -> Decimal | None:
    cell = cells.get(code)
    return None if cell is None else cell.value


def suspicions(cells: Sequence[Cell], mentions: Sequence[Mention]) -> tuple[Issue, ...]:
    """Issues of severity ``info``, each placed on the cell that it is about.

    ``suspicion_prose_count``: a cell of table 2 over 20 repeats a prose count of another thing.
    ``suspicion_decisions``: decisions equal the items of the year before plus their change (no count of decisions at all).
    ``suspicion_equal_counts``: documents made, disclosed and public in total are one number over 20.
    """
    issues = _copied(cells, mentions)
    by_code = cells_by_code(cells)
    for row in ("t2.licence", "t2.service", "t2.penalty", "t2.coercion"):
        before, change = _number(by_code, f"{row}.items_before"), _number(by_code, f"{row}.items_change")
        decisions = _number(by_code, f"{row}.decisions")
        if before is not None and change is not None and decisions and decisions == before + change:
            message = f"decisions {plain(decisions)} = items before {plain(before)} + change {plain(change)}"
            issues.append(_issue("suspicion_decisions", f"{row}: {message}", by_code[f"{row}.decisions"]))
    for row in ("t2.regulation", "t2.normative"):
        made = _number(by_code, f"{row}.made")
        same = {made, _number(by_code, f"{row}.disclosed"), _number(by_code, f"{row}.public_total")}
        if made is not None and made > _OVER and len(same) == 1:
            message = f"{row}: made, disclosed and public in total are all {plain(made)}"
            issues.append(_issue("suspicion_equal_counts", message, by_code[f"{row}.made"]))
    return tuple(issues)
