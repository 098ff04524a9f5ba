"""Times of the explorer's pages: ``python -m benchmarks.explorer --reports 1000 100000``.

A thousand distinct reports are written and tagged; larger stores repeat their rows under other ids, agencies and files, so that they
cost minutes instead of hours to make.  Each page is asked for in process, as a browser's request is answered, with other filters, words and
reports every time; the first request of a kind counts as any other.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from starlette.testclient import TestClient

import gongkai
from benchmarks.make_corpus import texts
from corpus.store import manifest
from corpus.store.folder import StoreWriter
from corpus.store.parts import write_part
from corpus.store.schema import tables
from extract.runs.process import rare_collection
from gongkai.correction_file import add_lines
from gongkai.web.application import create_app
from gongkai.web.coding.codings import CODE
from gongkai.web.coding.draws import Wish, make_draw, one_draw
from gongkai.web.textindex import TextIndex
from gongkai.web.writing.people import People, Written

_BASE = 1000
#: columns that begin with, or are, a report's id; the last three of its 16 digits become the number of the copy
_IDS = ("report_id", "passage_id", "mention_id", "whole", "grid_id")
_WORDS = (
    "公", "更新", "公开", "栏目", "不及时", "政府信息", "信息公开", "政府信息公开", "依申请公开", "主动公开政府信息", "平台建设", "培训", "考核", "滞后", "微信公众号", "1", "。",
    "更新 及时", "更新 -及时", "培训 OR 考核", "“公开 平台”", "没有这样的词", "解读材料", "保密审查", "公开目录", "队伍", "热线", "(更新 OR 维护) 网站",
)  # fmt: skip

_BY = ("year", "form", "level", "kind", "province", "level,year")
_LABELS, _FACETS, _YEARS = (
    ("problem", "improvement", "disclosure", "service"),
    ("timeliness", "content", "capacity"),
    range(2019, 2025),
)


def base_store(folder: Path, seed: int) -> Path:
    """A store of a thousand synthetic reports."""
    source = folder / "reports"
    source.mkdir()
    for name, text in texts(_BASE, seed):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    gongkai.tag(source, folder / "base")
    return folder / "base"


def repeated(base: Path, folder: Path, copies: int) -> Path:
    """A store with the rows of another so many times over, a batch for each copy."""
    given = gongkai.load(base)
    held = {name: given.table(name) for name in tables()}
    writer = StoreWriter(folder, {k: given.meta[k] for k in ("gongkai_version", "model_id")})
    for copy in range(copies):
        work = folder / manifest.WORK
        work.mkdir(exist_ok=True)
        parts = [
            write_part(work, name, copy, _renamed(table, copy), writer.versions) for name, table in held.items() if len(table)
        ]
        with manifest.connect(folder) as db:
            manifest.commit_batch(db, folder, work, copy, parts, json.dumps({p.table: p.rows for p in parts}))
        manifest.remove(work)
    writer.finish()
    return folder


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    for name in _IDS:
        if name in table.column_names:
            ids = table[name]
            kept = pc.utf8_slice_codeunits(ids, 0, 13), pc.utf8_slice_codeunits(ids, 16, 1000)
            table = _with(table, name, pc.binary_join_element_wise(kept[0], f"{copy:03x}", kept[1], ""))
    for name in ("source", "agency"):
        if name in table.column_names:
            table = _with(table, name, pc.binary_join_element_wise(table[name], str(copy), "~"))
    return table


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), values)


#: pages of a draw; the list of draws has none
_CODING = {"draws": None, "a passage": "", "agreement": "/agreement", "differences": "/differences", "sheet": "/sheet.csv"}


def _coding(draws: Sequence[str], part: str | None, rng: random.Random) -> Callable[[], str]:
    return lambda: "/coding" if part is None else f"/coding/{rng.choice(draws)}{part}"


def written(store: Path, ids: list[str], rng: random.Random) -> list[str]:
    """What people have written: a draw of 50 reports and one of 200 numbers, each coded by two of whom one errs, and a hundred corrections."""
    results, people = gongkai.load(store), People(store)
    names = [make_draw(results, people, "A", wish) for wish in (Wish("reports", 50, seed=1), Wish("numbers", 200, seed=1))]
    for name in names:
        draw = one_draw(people, name)
        assert draw is not None
        for who, slips in (("A", 0.0), ("B", 0.2)):
            coded = [
                Written(
                    r["passage_id"], {"label": draw.codes.labels[rng.random() < slips], "also": [], "facets": [], "value": "1"}
                )
                for r in draw.rows
            ]
            people.write(who, CODE, name, coded)
    few = rng.sample(ids, 100)
    for r in results.rows("reports", [("report_id", "in", few)]):
        line = {"report_id": r["report_id"], "table": "reports", "field": "year", "old": str(r["year"]), "new": str(r["year"])}
        blank = dict.fromkeys(("start", "end", "quote", "reason", "source", "item"), "")
        add_lines(store, [{**blank, "coder": "A", "date": "2026-01-01", **line}])
    return names


def pages(ids: list[str], draws: Sequence[str], rng: random.Random) -> dict[str, Callable[[], str]]:
    """An address of each kind of page, other ones every time."""

    def some_filters() -> str:
        return rng.choice(
            [
                "",
                f"year={rng.choice(_YEARS)}",
                f"label={rng.choice(_LABELS)}&year={rng.choice(_YEARS)}",
                "verdict=disagrees",
                "check=row",
            ]
        )

    return {
        "corpus, no filter": lambda: "/",
        "corpus, filtered": lambda: f"/?{some_filters()}&page={rng.randrange(1, 4)}&sort=-fails",
        "report": lambda: f"/report/{rng.choice(ids)}",
        "search, other words": lambda: f"/search?q={quote(_fresh(rng))}",
        "search, filtered": lambda: f"/search?q={quote(_fresh(rng))}&{some_filters()}&label={rng.choice(_LABELS)}",
        "search, further page": lambda: f"/search?q={quote('公开')}&page={rng.randrange(1, 200)}",
        "search, by the right": lambda: (
            f"/search?q={quote(_fresh(rng))}&sort=right&year={rng.choice(_YEARS)}&label={rng.choice(_LABELS)}"
        ),
        "problems": lambda: f"/problems?by={rng.choice(_BY)}&what={rng.choice(['problem', 'measure'])}",
        "problems, two groups": lambda: "/problems?by=year&a={}&b={}".format(*rng.sample(_YEARS, 2)),
        "review": lambda: (
            f"/review?why={rng.choice(['', 'disagrees', 'fails', 'unsure'])}&year={rng.choice(_YEARS)}&page={rng.randrange(1, 9)}"
        ),
        "form of a correction": lambda: f"/review/{rng.choice(ids)}/report",
        "corrections": lambda: f"/corrections?page={rng.randrange(1, 3)}",
        **{f"coding: {what}": _coding(draws, part, rng) for what, part in _CODING.items()},
        "passages of a figure": lambda: (
            f"/search?point=problem.{rng.choice(['timeliness', 'content', 'any'])}&in.year={rng.choice(_YEARS)}&q={quote(_fresh(rng))}"
        ),
    }


def _fresh(rng: random.Random) -> str:
    """Words that were hardly asked for before, so that nothing is kept of them."""
    word = rng.choice(_WORDS)
    return word if rng.random() < 0.5 else f"{word} -{rng.randrange(100, 1000)}"


def searches(index: TextIndex, rng: random.Random) -> dict[str, Callable[[], str]]:
    """Searches of each kind, for strings that stand in the passages: the more often one stands there, the likelier it is looked for."""

    def word(length: int) -> str:
        while True:
            shard = rng.choice(index.shards)
            at = rng.randrange(len(shard.text) - length)
            found = shard.slice(at, at + length)
            if not set('\0\n "“”()-|').intersection(found) and found not in {"OR", "AND", "NOT", "或", "且", "非"}:
                return found

    def one(length: int, further: str = "") -> Callable[[], str]:
        return lambda: f"/search?q={quote(word(length))}{further}"

    def some(pattern: str) -> Callable[[], str]:
        return lambda: f"/search?q={quote(pattern.format(*(word(2) for _ in range(3))))}"

    return {
        "search: one character": one(1),
        "search: two characters": one(2),
        "search: three characters": one(3),
        "search: four to nine": lambda: one(rng.randrange(4, 10))(),
        "search: a phrase": lambda: f"/search?q={quote(chr(34) + word(4) + chr(34))}",
        "search: both (AND)": some("{} {}"),
        "search: either (OR)": some("{} OR {}"),
        "search: without (NOT)": some("{} -{}"),
        "search: together": some("({} OR {}) -{}"),
        "search: two, a label": lambda: one(2, f"&label={rng.choice(_LABELS)}")(),
        "search: two, a facet": lambda: one(2, f"&facet={rng.choice(_FACETS)}")(),
        "search: two, a year": lambda: one(2, f"&year={rng.choice(_YEARS)}")(),
        "search: two, name of an agency": lambda: one(2, f"&who={quote(word(2))}")(),
        "search: two, a figure's group": lambda: one(2, f"&point=problem.{rng.choice(_FACETS)}&in.year={rng.choice(_YEARS)}")(),
        "search: one, by the right": one(1, "&sort=right"),
        "search: two, by the left": one(2, "&sort=left"),
        "search: no word, a label": lambda: f"/search?label={rng.choice(_LABELS)}&year={rng.choice(_YEARS)}",
    }  # fmt: skip


def timed(browser: TestClient, address: Callable[[], str], times: int) -> Iterator[tuple[float, float]]:
    """Milliseconds of so many requests, by the clock and of CPU (of all threads): the second does not depend on what else runs."""
    for _ in range(times):
        asked = address()
        begin, used = time.perf_counter(), time.process_time()
        answer = browser.get(asked)
        if answer.status_code != 200:
            raise SystemExit(f"{asked}: {answer.status_code}")
        yield 1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - used)


def measure(store: Path, times: int, seed: int) -> None:
    """Print how long opening and each page take.  Opening is a thread's work; the shares of the first time go on beside the second."""
    begin, used = time.perf_counter(), time.thread_time()
    app = create_app(store)
    first, used = time.perf_counter() - begin, time.thread_time() - used
    held = app.app.state.keeper.now()[0]  # type: ignore[attr-defined]
    held.book.wait()
    points = time.perf_counter() - begin - first
    begin, used_again = time.perf_counter(), time.thread_time()
    app = create_app(store)
    again, used_again = time.perf_counter() - begin, time.thread_time() - used_again
    keeper = app.app.state.keeper  # type: ignore[attr-defined]
    held = keeper.now()[0]
    held.book.wait()
    passages = sum(len(s.label) for s in held.index.shards)
    size = sum(p.stat().st_size for p in store.rglob("*") if p.is_file() and "explorer" not in p.parts)
    print(
        f"\n{len(held.order):,} reports, {passages:,} passages, store {size / 1e6:,.0f} MB: index {held.index.size / 1e6:,.0f} MB, first opening "
        f"{first:,.1f} s ({used:,.1f} s of CPU), points {points:,.1f} s, opened again {again:,.1f} s ({used_again:,.1f} s of CPU)"
    )
    browser = TestClient(app, base_url="http://127.0.0.1")
    rng = random.Random(seed)
    ids = sorted(held.batches)
    draws = written(store, ids, rng)
    begin = time.perf_counter()
    while keeper.now()[1] and time.perf_counter() - begin < 600:
        time.sleep(0.05)
    followed = time.perf_counter() - begin
    keeper.now()[0].book.wait()
    print(
        f"a hundred corrections: in the queue and in searches after {followed:,.1f} s, in the shares after {time.perf_counter() - begin:,.1f} s"
    )
    heads = ("median ms", "95th percentile ms", "CPU: median ms", "CPU: 95th percentile ms", "CPU: slowest ms")
    print(f"\n| page | {' | '.join(heads)} |\n|---|{'---:|' * len(heads)}")
    for name, address in {**pages(ids, draws, rng), **searches(keeper.now()[0].index, rng)}.items():
        spent = np.array(list(timed(browser, address, times)))
        figures = [f(spent[:, k]) for k in (0, 1) for f in (np.median, lambda x: np.quantile(x, 0.95))]
        figures.append(spent[:, 1].max())  # the first of a grouping, which is kept, is waited for all the same
        print(f"| {name} | {' | '.join(f'{x:.0f}' for x in figures)} |", flush=True)
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main() -> None:
    """Make the stores and measure them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, nargs="+", default=[1000], help="thousands")
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--store",
        type=Path,
        help="a store to measure as it is, instead of those made now; draws and corrections are added to it",
    )
    parser.add_argument("--base", type=Path, help="a store of a thousand reports, instead of one made now")
    asked = parser.parse_args()
    if asked.store:
        with rare_collection():  # as `gongkai serve` runs
            measure(asked.store, asked.times, asked.seed)
        return
    with rare_collection(), tempfile.TemporaryDirectory() as folder:
        base = asked.base or base_store(Path(folder), asked.seed)
        for n in asked.reports:
            store = repeated(base, Path(folder) / f"{n}", max(1, n // _BASE))
            measure(store, asked.times, asked.seed)


if __name__ == "__main__":
    main()
