"""Whether the explorer's memory stays flat, ``python -m benchmarks.explorer_memory --requests 1000 5000``, and what one correction costs until
pages show it, ``--corrections``.

Pages of every kind in turn, with other filters, words and reports each time, and every hundredth request a correction that the snapshot
follows.  Prints the resident memory of the process after so many requests.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from starlette.testclient import TestClient

import gongkai
from benchmarks.explorer import base_store, pages, written
from gongkai.correction_file import add_lines, line_key, take_line
from gongkai.web.application import create_app
from gongkai.web.keeper import Keeper
from gongkai.web.reviewing.pages import correction_rows
from gongkai.web.reviewing.queue import queue_tables

_EACH = 100


def driven(store: Path, stops: list[int], seed: int) -> None:
    """Ask for pages, and print the memory at each stop."""
    app = create_app(store)
    keeper = app.app.state.keeper  # type: ignore[attr-defined]
    keeper.now()[0].book.wait()
    browser = TestClient(app, base_url="http://127.0.0.1")
    rng = random.Random(seed)
    ids = sorted(keeper.now()[0].batches)
    kinds = pages(ids, written(store, ids, rng), rng)
    plain = {r["report_id"]: r for r in gongkai.load(store, corrections=False).rows("passages", [("label", "=", "problem")])}
    process = psutil.Process()
    print(f"{len(ids):,} reports, {len(kinds)} kinds of pages; before the first {process.memory_info().rss / 1e6:,.0f} MB")
    for n, (name, address) in zip(range(1, max(stops) + 1), itertools.cycle(kinds.items())):
        asked = address()
        answer = browser.get(asked)
        if answer.status_code != 200:
            raise SystemExit(f"{name}: {asked}: {answer.status_code}")
        if n % _EACH == 0 and plain:
            _, r = plain.popitem()
            add_lines(store, [_line(r, "passages", "label", "problem", "disclosure")])
            keeper.settle(60)
        if n in stops:
            print(f"after {n:,} requests {process.memory_info().rss / 1e6:,.0f} MB", flush=True)


def corrected(store: Path) -> None:
    """Print the CPU that a correction takes until each kind of page shows it."""
    keeper = Keeper(store)
    held = keeper.now()[0]
    held.book.wait()
    plain = gongkai.load(store, corrections=False)
    ids = sorted(held.batches)
    _seconds("shares", partial(held.book.shares, ("year",)))
    _seconds("queue", partial(queue_tables, held))
    passages = [plain.rows("passages", [("report_id", "=", i), ("label", "=", "problem")])[0] for i in ids[:2]]
    lines = [_line(r, "passages", "label", "problem", "disclosure") for r in passages]
    year = _line({"report_id": ids[2]}, "reports", "year", "", "2021")
    changes: dict[str, Callable[[], object]] = {
        "one corrected passage": partial(add_lines, store, lines[:1]),
        "another": partial(add_lines, store, lines[1:]),
        "one corrected year": partial(add_lines, store, [year]),
        "one taken back": partial(take_line, store, line_key(lines[0])),
    }
    for what, change in changes.items():
        change()
        print(what)
        _seconds("  searches, filters, counts", partial(keeper.settle, 600))
        held = keeper.now()[0]
        _seconds("  queue", partial(queue_tables, held))
        _seconds("  all corrections", partial(correction_rows, held))
        _seconds("  shares of all reports", partial(held.book.shares, ()))
        _seconds("  shares by year", partial(held.book.shares, ("year",)))


def _line(row: Mapping[str, Any], table: str, name: str, old: str, new: str) -> dict[str, str]:
    place = {k: str(row.get(k, "")) for k in ("report_id", "start", "end")}
    blank = dict.fromkeys(("reason", "source", "item"), "")
    said = {"table": table, "field": name, "old": old, "new": new, "quote": str(row.get("text", ""))}
    return {**blank, **place, **said, "coder": "A", "date": "2026-01-01"}


def _seconds(what: str, done: Callable[[], object]) -> None:
    used = time.process_time()
    done()
    print(f"{what}: {time.process_time() - used:.2f} s of CPU", flush=True)


def _measure(store: Path, asked: argparse.Namespace) -> None:
    if asked.corrections:
        corrected(store)
    else:
        driven(store, asked.requests, asked.seed)


def main() -> None:
    """Make a store, or take one, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, nargs="+", default=[1000, 5000], help="stops")
    parser.add_argument("--store", type=Path, help="a store, instead of one made now; draws and corrections are added to it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corrections", action="store_true", help="measure corrections instead")
    asked = parser.parse_args()
    if asked.store:
        _measure(asked.store, asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        _measure(base_store(Path(folder), asked.seed), asked)


if __name__ == "__main__":
    main()
