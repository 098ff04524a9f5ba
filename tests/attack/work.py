"""Work that hostile input makes: calls on the whole way from bytes to a page, at a size and at 2, 4 and 8 times that size.

Calls are the same on every machine.  What one call does is not seen by counting them; ``benchmarks/input_cost.py`` measures that.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

from rich.console import Console

from corpus.errors import GongkaiError
from extract.checking.check import check_one
from extract.pipeline import analyze_bytes
from extract.rows import report_rows
from gongkai.pages.report_page import ReportView
from gongkai.pages.terminal import print_report
from tests.support.growing import GROWING

#: a doubling of a linear way adds twice what the one before added; sorting, or a start that is not yet linear, a little more, a square four
#: times as much
MOST = 3.0
#: what adds fewer calls than this does not grow
FLAT = 3_000
WARM = "云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n全年公开信息40条。\n五、存在的主要问题及改进情况\n更新不够及时。\n"


def whole_way(data: bytes, name: str) -> None:
    """From bytes to findings, to rows, to what a terminal prints, and to what a page shows."""
    report = analyze_bytes(data, name)
    check_one(report, report)
    report_rows(report, name)
    print_report(report, Console(file=io.StringIO(), width=120), all_rows=True)
    page = ReportView(report, "r0")
    for part in (page.passages(), page.tables(), page.joins(), page.metrics(), page.issues()):
        list(part)
    for verdict in ("holds", "fails", "not_checkable"):
        page.checks(verdict)


def calls(doing: Callable[[], object]) -> int:
    """Calls of functions, our own and built in, while something is done."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        if event in {"call", "c_call"}:
            count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        doing()
    except GongkaiError:
        pass
    finally:
        sys.setprofile(before)
    return count


def growth(counts: tuple[int, int, int, int]) -> float:
    """What a doubling added, as a multiple of what the one before added: the smaller of two; 0 where hardly anything was.

    Where a bound cuts a sentence that was too long before, one doubling adds much: a square does so every time.
    """
    one, two, four, eight = counts
    return 0.0 if eight - four < FLAT else min((eight - four) / max(four - two, 1), (four - two) / max(two - one, 1))


def counted(kind: str, size: int) -> tuple[int, int, int, int]:
    """Calls at a size and at 2, 4 and 8 times that size."""
    file = GROWING[kind]
    files = [file.make(times * size) for times in (1, 2, 4, 8)]
    one, two, four, eight = (calls(partial(whole_way, data, file.name)) for data in files)
    return one, two, four, eight


def work(share: float = 1.0) -> Iterator[tuple[str, int, tuple[int, int, int, int]]]:
    """Every kind with its size and counts; ``share`` of the kinds."""
    os.environ |= {"GONGKAI_OCR": "off", "GONGKAI_CACHE": "off"}
    whole_way(WARM.encode(), "warm.txt")  # rules and model are loaded
    for number, (kind, file) in enumerate(GROWING.items()):
        if int(number * share) != int((number + 1) * share):
            size = max(2, file.size // 20)
            counted(kind, max(1, size // 4))  # rules that only this kind asks are compiled
            yield kind, size, counted(kind, size)


def main() -> None:
    """``python -m tests.attack.work``: the table."""
    print("| input | n | calls at n | 2 n | 4 n | 8 n | a doubling |\n|---|---:|---:|---:|---:|---:|---:|", flush=True)
    for kind, size, counts in work():
        shown = " | ".join(f"{c:,}" for c in counts)
        print(f"| {kind} | {size:,} | {shown} | {growth(counts):.2f} |", flush=True)


if __name__ == "__main__":
    main()
