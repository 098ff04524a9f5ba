"""A snapshot into which corrections were patched, one after the other, is one that is opened anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gongkai
from gongkai.correction_file import write_lines
from gongkai.corrections import COLUMNS, FURTHER, read_corrections
from gongkai.web import corrected, kept_shown
from gongkai.web.held import Held, signature_of
from gongkai.web.opening import hold
from gongkai.web.patched import patched
from gongkai.web.reviewing.pages import correction_rows
from gongkai.web.reviewing.queue import queue_tables
from tests.support.explorer import three_reports

_ALL = (*COLUMNS, *FURTHER)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("patched") / "s"
    three_reports(found)
    return found


@pytest.fixture(scope="module")
def lines(folder: Path) -> dict[str, dict[str, str]]:
    """A line of each kind; three of them are of one report."""
    store = gongkai.load(folder, corrections=False)
    problem, other = (store.rows("passages", [("label", "=", label)]) for label in ("problem", "disclosure"))
    join = store.rows("joins", [("verdict", "=", "disagrees")])[0]
    m = store.rows("mentions", [("mention_id", "=", join["mention_id"])])[0]
    cell = store.rows("cells", [("state", "=", "value"), ("report_id", "=", m["report_id"])])[0]
    last = store.rows("reports", [])[-1]

    def line(row: Any, table: str, field: str, old: object, new: object, quote: str = "text", **more: str) -> dict[str, str]:
        place = {} if table == "reports" else {"start": str(row["start"]), "end": str(row["end"]), "quote": row[quote]}
        given = {"report_id": row["report_id"], "table": table, "field": field, "old": str(old), "new": str(new), "coder": "李"}
        return {**dict.fromkeys(_ALL, ""), **place, **given, **more}

    return {
        "label": line(problem[0], "passages", "label", "problem", "platform"),
        "no facets": line(problem[0], "passages", "facets", ";".join(problem[0]["facets"]), ""),
        "problem": line(other[-1], "passages", "label", "disclosure", "problem"),
        "facets": line(other[-1], "passages", "facets", "", "format;timeliness"),
        "mention": line(m, "mentions", "value", f"{m['value']:.0f}", f"{join['table_value']:.0f}"),
        "cell": line(cell, "cells", "value", f"{cell['value']:.0f}", f"{cell['value'] + 1:.0f}", "raw", item=cell["code"]),
        "agency": line(problem[1], "reports", "agency", "x", "某某局"),
        "year": line(last, "reports", "year", last["year"], "2019"),
        "gone": line({**problem[0], "text": "原文中没有"}, "passages", "label", "problem", "platform"),
        "elsewhere": {**line(last, "reports", "year", "", "2018"), "report_id": "0" * 16},
    }


#: what stands in the file at each step
STEPS: tuple[list[str], ...] = (
    ["label"],
    ["problem", "label", "no facets", "facets", "mention", "cell"],
    ["agency", "facets", "problem", "gone", "year", "elsewhere"],
    [],
)


def shown(held: Held) -> dict[str, Any]:
    """Everything that pages are made of, in words."""
    held.book.wait()
    places = held.book.places
    assert places is not None, held.book.error
    index = held.index
    queue, looked = queue_tables(held)
    return {
        "reports": held.rows("SELECT * FROM reports ORDER BY n"),
        "marks": (held.marks.keys, held.marks.starts.tolist(), held.marks.number.tolist()),
        "order": held.order.tolist(),
        "labels": [[index.labels[c] for c in s.label.tolist()] for s in index.shards],
        "facets": [
            [(r, index.facets[c]) for r, c in zip(s.facet_row.tolist(), s.facet_code.tolist(), strict=True)]
            for s in index.shards
        ],
        "points": sorted(map(str, held.book.table().to_pylist())),
        "places": [
            sorted(zip(r.tolist(), m.tolist(), (places.facets[k] for k in f.tolist()), n.tolist(), strict=True))
            for r, m, f, n in zip(places.rows, places.measure, places.facet, places.report, strict=True)
        ],
        "shares": {by: held.book.shares(by).table.to_pylist() for by in ((), ("year",))},
        "passages": {k: v.tolist() for k, v in held.book.shares(("year",)).passages.items()},
        "queue": sorted(map(str, queue.to_pylist())),
        "looked": sorted(map(str, looked.to_pylist())),
        "corrections": [(r.at, r.outcome, r.values) for r in correction_rows(held)],
        "touched": sorted(i for t in held.touched for i in t.report_ids),
    }


def test_patched_one_after_the_other_is_as_opened_anew(folder: Path, lines: dict[str, dict[str, str]]) -> None:
    held = hold(folder)
    queue_tables(held)
    held.book.wait()
    marks, labels = held.marks.number.copy(), [s.label.tolist() for s in held.index.shards]
    before = held
    for n, step in enumerate(STEPS):
        write_lines(folder, _ALL, [lines[name] for name in step])
        held = patched(held, read_corrections(folder / "corrections.csv"), signature_of(folder))
        if n == 0:
            continue  # two steps that nobody looks at between
        for kept in (folder / "explorer").glob("index-*/corrected"):
            kept.unlink()
        anew = shown(hold(folder))
        for what, found in shown(held).items():
            assert found == anew[what], (step, what)
    # nothing of the snapshot that was patched has changed
    assert labels == [s.label.tolist() for s in before.index.shards]
    assert np.array_equal(before.marks.number, marks)


def test_a_line_that_moves_in_the_file_makes_nothing_anew(folder: Path, lines: dict[str, dict[str, str]]) -> None:
    held = hold(folder)
    write_lines(folder, _ALL, [lines["label"], lines["year"]])
    one = patched(held, read_corrections(folder / "corrections.csv"), ("", "1"))
    write_lines(folder, _ALL, [lines["year"], lines["label"]])
    other = patched(one, read_corrections(folder / "corrections.csv"), ("", "2"))
    assert other.book is one.book
    assert [r.outcome.correction.line for r in correction_rows(other) if r.outcome] == [3, 2]


@pytest.fixture
def kept(folder: Path, lines: dict[str, dict[str, str]], tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A store with corrections of every kind, opened before, and what it shows."""
    there = shutil.copytree(folder, tmp_path / "s")
    write_lines(there, _ALL, list(lines.values()))
    return there, shown(hold(there))


def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reports that are corrected from now on."""
    found: list[str] = []
    made = corrected.SHOWN["reports"]

    def seen(store: Any) -> Any:
        found.extend(store.snapshot.report_ids)
        return made(store)

    monkeypatch.setitem(corrected.SHOWN, "reports", seen)
    return found


def test_opened_again_nothing_is_corrected_anew(kept: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(monkeypatch)
    anew = shown(hold(kept[0]))
    assert made == []
    assert anew == kept[1]


def test_what_is_corrected_otherwise_is_made_anew_the_rest_is_as_it_was_kept(
    kept: tuple[Path, dict[str, Any]], lines: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = kept
    some = [{**line, "new": "2020"} if name == "year" else line for name, line in lines.items()]
    write_lines(folder, _ALL, some)
    made = asked(monkeypatch)
    anew = shown(hold(folder))
    assert set(made) == {lines["year"]["report_id"]}
    for file in (folder / "explorer").glob("index-*/corrected"):
        file.unlink()
    assert shown(hold(folder)) == anew


@pytest.mark.parametrize("damage", [lambda held: held[:-5], lambda held: b"", lambda held: held[:-1] + bytes([held[-1] ^ 1])])
def test_what_was_kept_and_is_damaged_is_made_anew(kept: tuple[Path, dict[str, Any]], damage: Callable[[bytes], bytes]) -> None:
    folder, before = kept
    (file,) = (folder / "explorer").glob("index-*/corrected")
    file.write_bytes(damage(file.read_bytes()))
    assert shown(hold(folder)) == before


def test_another_program_makes_it_anew(kept: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(monkeypatch)
    monkeypatch.setattr(kept_shown, "_program", lambda: "another")
    assert shown(hold(kept[0])) == kept[1]
    assert made
