"""One report with known truth, in the pieces that tests bend: lines of prose, rows of its tables."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from corpus.codebook import form_cells

FOLDER = Path(__file__).parents[1] / "data/cases"
TITLE = "云岭县水务局2023年政府信息公开工作年度报告"
COLUMNS = ("natural", "business", "research", "nonprofit", "legal", "other", "total")


@cache
def truth() -> dict[str, int]:
    """Value of each of the 200 cells by code."""
    found: dict[str, int] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
    return found


def t3_rows() -> list[tuple[str, str, list[str]]]:
    """Rows of table 3 in printed order: code, label, seven values."""
    cells = form_cells("2021")
    rows = dict.fromkeys(spec.row_code for spec in cells.values() if spec.table == "t3")
    labels = {spec.row_code: spec.row for spec in cells.values()}
    return [(row, labels[row], [str(truth()[f"{row}.{column}"]) for column in COLUMNS]) for row in rows]


def t4_values() -> list[list[str]]:
    """Values of table 4 by group."""
    leaves = ("upheld", "corrected", "other", "pending", "total")
    return [[str(truth()[f"t4.{g}.{leaf}"]) for leaf in leaves] for g in ("review", "suit_direct", "suit_after_review")]


def report(t3: str, t4: str) -> str:
    """A report as text, with these lines as tables 3 and 4."""
    return (
        f"{TITLE}\n\n一、总体情况\n2023年，我局主动公开政府信息846条。\n\n三、收到和处理政府信息公开申请情况\n\n{t3}\n\n"
        f"四、政府信息公开行政复议、行政诉讼情况\n\n{t4}\n\n五、存在的主要问题及改进情况\n更新不及时。\n\n六、其他需要报告的事项\n无。\n"
    )
