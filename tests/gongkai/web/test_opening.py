"""Opening a store: what is kept beside the index is taken only if it is as it was written, and is what a query of the results says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gongkai
from gongkai.correction_file import write_lines
from gongkai.corrections import COLUMNS
from gongkai.web import beside, opening
from gongkai.web.beside import read_kept
from gongkai.web.held import Held
from gongkai.web.opening import hold
from gongkai.web.report_rows import MARKS
from gongkai.web.reviewing.queue import queue_tables
from tests.support.explorer import three_reports

#: files beside the index
KEPT = ("reports", "marks", "points", "queue")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("opening") / "s"
    three_reports(found)
    shown(hold(found))
    return found


def shown(held: Held) -> dict[str, Any]:
    held.book.wait()
    return {
        "reports": held.rows("SELECT * FROM reports ORDER BY n"),
        "marks": (held.marks.keys, held.marks.starts.tolist(), held.marks.number.tolist()),
        "batches": held.batches,
        "points": held.book.table().to_pylist(),
        "queue": queue_tables(held)[0].to_pylist(),
        "done": (held.book.done, held.book.batches, held.book.error),
    }


def test_nothing_is_made_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shown(hold(folder))
    monkeypatch.setattr(beside, "write_kept", lambda *_: pytest.fail("made again"))
    monkeypatch.setattr(opening, "_passages", lambda *_: pytest.fail("made again"))
    assert shown(hold(folder)) == first


def _flip(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)


def _foreign(path: Path) -> None:
    shutil.copyfile(path.with_name("marks" if path.name != "marks" else "reports"), path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize(
    "damage", [_flip, lambda p: p.write_bytes(p.read_bytes()[:-9]), lambda p: p.write_bytes(b""), _foreign, Path.unlink]
)
def test_what_is_damaged_or_foreign_is_made_anew(folder: Path, name: str, damage: Callable[[Path], object]) -> None:
    first = shown(hold(folder))
    (file,) = (folder / "explorer").glob(f"index-*/{name}")
    whole = file.read_bytes()
    damage(file)
    assert shown(hold(folder)) == first
    assert file.read_bytes() == whole
    assert not list(file.parent.glob(".*"))


def test_where_nothing_can_be_kept_it_is_made_each_time(folder: Path, tmp_path: Path) -> None:
    first = shown(hold(folder))
    there = shutil.copytree(folder, tmp_path / "s")
    for name in KEPT:
        _folder(next((there / "explorer").glob(f"index-*/{name}")))
    assert shown(hold(there)) == first
    assert sorted(p.name for p in (there / "explorer").glob("index-*/*") if p.is_dir()) == sorted(KEPT)


def test_a_key_tells_files_of_other_results_apart(tmp_path: Path, folder: Path) -> None:
    (file,) = (folder / "explorer").glob("index-*/marks")
    assert read_kept(file, "other") is None
    assert read_kept(tmp_path / "none", "other") is None


def test_rows_and_codes_are_those_of_the_corrected_results(folder: Path, tmp_path: Path) -> None:
    there = shutil.copytree(folder, tmp_path / "s")
    store = gongkai.load(there)
    row = store.rows("passages", [("label", "=", "problem")])[0]
    join = store.rows("joins", [("verdict", "=", "disagrees")])[0]
    mention = store.rows("mentions", [("mention_id", "=", join["mention_id"])])[0]

    def line(of: Any, table: str, field: str, old: object, new: object) -> dict[str, str]:
        given = {
            "report_id": of["report_id"],
            "start": str(of["start"]),
            "end": str(of["end"]),
            "quote": of["text"],
            "coder": "李",
        }
        return {**dict.fromkeys(COLUMNS, ""), **given, "table": table, "field": field, "old": str(old), "new": str(new)}

    value = line(mention, "mentions", "value", f"{mention['value']:.0f}", f"{join['table_value']:.0f}")
    write_lines(there, COLUMNS, [line(row, "passages", "label", "problem", "platform"), value])
    held, stands = hold(there), gongkai.load(there)
    assert len(held.touched) > 0
    marks = {(k, c, held.by_number(held.order, ["n", "report_id"])[n]["report_id"]) for k, c, n in _each(held)}
    said = stands.sql(MARKS).to_pylist()
    queried = {"label", "facet", "verdict", "check", "issue"}
    assert {m for m in marks if m[0] in queried} == {(r["kind"], r["code"], r["report_id"]) for r in said}
    for name, query in {
        "disagrees": "FROM joins WHERE verdict = 'disagrees'",
        "fails": "FROM checks WHERE verdict = 'fails'",
        "issues": "FROM issues WHERE report_id IS NOT NULL",
    }.items():
        counts = {
            r["report_id"]: r["n"] for r in stands.sql(f"SELECT report_id, count(*) AS n {query} GROUP BY ALL").to_pylist()
        }
        rows = {r["report_id"]: r[name] for r in held.rows("SELECT * FROM reports")}
        assert rows == {i: counts.get(i, 0) for i in rows}, name
    assert (
        sum(r["disagrees"] for r in held.rows("SELECT * FROM reports"))
        == sum(r["disagrees"] for r in hold(folder).rows("SELECT * FROM reports")) - 1
    )


def _each(held: Held) -> list[tuple[str, str, int]]:
    marks = held.marks
    return [
        (kind, code, int(n))
        for k, (kind, code) in enumerate(marks.keys)
        for n in marks.number[marks.starts[k] : marks.starts[k + 1]]
    ]
