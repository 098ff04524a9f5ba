"""A hundred planted contacts leave no trace in any file of a redacted bundle, and everything else stands as it did."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import tomllib
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import gongkai
from corpus.errors import UsageError
from corpus.store.verify import verify_store
from corpus.text.normalise import squeeze
from gongkai.bundle import bundle
from gongkai.corrections import COLUMNS
from tests.support.factories import sample_text

IN_PROCESS = True

PLANTED = tomllib.loads((Path(__file__).parent / "planted.toml").read_text(encoding="utf-8"))
#: of the planted ones so many must be gone from every file
RECALL = 0.95


def plain(line: str) -> str:
    return re.sub("[{}]", "", line)


def planted() -> list[str]:
    """All that must not be found, without blanks and in one width."""
    return [found for lines in PLANTED.values() for line in lines for found in re.findall(r"\{([^}]*)\}", line)]


def plant(folder: Path) -> Path:
    """Reports with the planted lines, and a table of metadata beside them; returns the latter."""
    folder.mkdir()
    head, _, rest = sample_text().partition("\n")
    for number, line in enumerate(PLANTED["paragraph"]):
        agency = head.replace("临江区", f"第{number}区")
        (folder / f"p{number:03}.txt").write_text(
            f"{agency}\n{rest}\n六、其他需要报告的事项\n{plain(line)}\n", encoding="utf-8"
        )
    tables = "".join(
        "<table>"
        + "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in r.split('|'))}</tr>" for r in plain(t).split("\n"))
        + "</table>"
        for t in PLANTED["table"]
    )
    headings = "".join(f"<h3>{plain(h)}</h3><p>公开信息{n}条。</p>" for n, h in enumerate(PLANTED["heading"], 2))
    paragraphs = "".join(f"<p>{p}</p>" for p in f"{head}\n{rest}".split("\n"))
    (folder / "h.html").write_text(f"<html><body><h1>{head}</h1>{paragraphs}{headings}{tables}</body></html>", encoding="utf-8")
    quotes = "\n".join(map(plain, PLANTED["correction"]))
    for name in PLANTED["file"]:
        text = f"{head}\n{rest}\n附注（{len(name)}）。\n{quotes}\n"
        (folder / f"{plain(name).replace('：', '')}.txt").write_text(text, encoding="utf-8")
    given = [plain(m).split("|") for m in PLANTED["metadata"]]
    table = folder.parent / "metadata.csv"
    with table.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(["path", "url", *(name for name, _ in given)])
        for number, url in enumerate(PLANTED["url"]):
            writer.writerow([f"p{number:03}.txt", plain(url), *(value for _, value in given)])
    return table


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> gongkai.Store:
    root = tmp_path_factory.mktemp("planted")
    table = plant(root / "in")
    gongkai.tag(root / "in", root / "out", metadata=table, workers=1)
    rows = [
        r
        for r in gongkai.load(root / "out").table("passages").to_pylist()
        if any(plain(c)[:6] in r["text"] for c in PLANTED["correction"])
    ]
    assert rows
    with (root / "out" / "corrections.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f)
        writer.writerow(COLUMNS)
        for r in rows:
            line = [
                r["report_id"],
                "passages",
                r["start"],
                r["end"],
                r["text"],
                "label",
                r["label"],
                "problem",
                "编码员",
                "",
                r["text"],
            ]
            writer.writerow(line)
        lost = plain(PLANTED["correction"][0])
        writer.writerow(["0" * 16, "passages", 0, len(lost), lost, "label", "boilerplate", "problem", "编码员", "", ""])
    return gongkai.load(root / "out")


@pytest.fixture(scope="module")
def hidden(store: gongkai.Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    queries = {
        "texts": "SELECT source, passages.text FROM passages JOIN reports USING (report_id)",
        "titles": "SELECT * FROM reports",
    }
    return bundle(store, tmp_path_factory.mktemp("bundle") / "b", queries=queries, hide_contacts=True)


def everything(folder: Path) -> str:
    """What can be read in any file of a folder and in its names: bytes as text, Parquet and SQLite decoded."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        found += [path.name, *(path.read_bytes().decode(e, "ignore") for e in ("utf-8", "gb18030", "utf-16-le"))]
        if path.suffix == ".parquet":
            found.append(json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False))
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as db:
                found += list(db.iterdump())
    return squeeze("\n".join(found).replace("\\n", ""))


def test_nothing_planted_is_found_in_any_file(store: gongkai.Store, hidden: Path) -> None:
    before, after = everything(store.folder), everything(hidden)
    wanted = planted()
    assert len(wanted) >= 80
    there = [w for w in wanted if squeeze(w) in before]
    left = [w for w in there if squeeze(w) in after]
    assert len(there) == len(wanted), set(wanted) - set(there)
    assert 1 - len(left) / len(wanted) >= RECALL, left
    assert left == []


def test_no_statutory_number_is_touched(store: gongkai.Store, hidden: Path) -> None:
    copy = gongkai.load(hidden / "store")
    for name in ("cells", "joins", "checks"):
        assert copy.table(name).to_pylist() == store.table(name).to_pylist()
    columns = ["mention_id", "start", "end", "text", "value", "unit", "indicator"]
    assert copy.table("mentions").select(columns).to_pylist() == store.table("mentions").select(columns).to_pylist()


def test_offsets_reproduce_texts_and_the_store_is_whole(hidden: Path) -> None:
    assert verify_store(hidden / "store").problems == ()
    copy = gongkai.load(hidden / "store")
    texts = {r["report_id"]: r["text"] for r in copy.table("documents").to_pylist()}
    for name, column in (("passages", "text"), ("mentions", "text"), ("cells", "raw")):
        rows = copy.table(name).to_pylist()
        assert rows
        assert all(texts[r["report_id"]][r["start"] : r["end"]] == r[column] for r in rows)


def test_corrections_apply_as_before(store: gongkai.Store, hidden: Path) -> None:
    copy = gongkai.load(hidden / "store")
    before, after = (s.corrected("passages")[1] for s in (store, copy))
    assert [o.applied for o in after] == [o.applied for o in before]
    assert sum(o.applied for o in after) == len(after) - 1 > 0
    assert [c.coder for c in copy.corrections] == [c.coder for c in store.corrections]


def test_names_of_files_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        (tmp_path / "in" / f"来件1390001234{number}.txt").write_text(sample_text(received=number + 2), encoding="utf-8")
    gongkai.tag(tmp_path / "in", tmp_path / "out", workers=1)
    made = bundle(gongkai.load(tmp_path / "out"), tmp_path / "b", hide_contacts=True) / "store"
    assert gongkai.load(made).table("sources")["source"].to_pylist() == sorted(
        ["来件███████████.txt", "来件███████████ (2).txt", "来件███████████ (3).txt"]
    )
    assert verify_store(made).problems == ()


def test_it_is_told_what_is_looked_for_and_what_cannot_be_known(hidden: Path) -> None:
    text = (hidden / "METHODS.md").read_text(encoding="utf-8")
    for word in ("微信号", "identity cards", "postal addresses", "cannot know", "report_id"):
        assert word in text


def test_a_query_that_names_a_contact_is_refused(store: gongkai.Store, tmp_path: Path) -> None:
    queries = {"q": "SELECT * FROM passages WHERE text LIKE '%13900012345%'"}
    with pytest.raises(UsageError, match="query q names a contact"):
        bundle(store, tmp_path / "b.zip", queries=queries, hide_contacts=True)
    assert zipfile.is_zipfile(bundle(store, tmp_path / "b.zip", queries=queries))
