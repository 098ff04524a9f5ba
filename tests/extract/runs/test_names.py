"""Names of files, folders and members of archives, as people and systems make them: each file has a row of its own, or an issue that names it."""

from __future__ import annotations

import io
import os
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import gongkai
from extract.runs.sources import find_sources
from models.keywords import KeywordClassifier

IN_PROCESS = True

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="POSIX only: names"),
    pytest.mark.filterwarnings("ignore:Duplicate name"),
]
_TEXT = "云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n全年公开信息{}条。\n"
Make = Callable[[Path], list[str]]


def _file(folder: Path, name: str, number: int) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEXT.format(number), encoding="utf-8")


def files(*names: str | bytes, stored: list[str] | None = None) -> Make:
    """Files of those names, and what they are stored as where that is not the name itself."""

    def make(folder: Path) -> list[str]:
        own = [os.fsdecode(name) for name in names]
        for number, name in enumerate(own):
            _file(folder, name, number)
        return stored or own

    return make


def _zip(*members: str | bytes, first: int = 100) -> bytes:
    """Members of those names; bytes stand in the archive as they are, without the mark of UTF-8."""
    out = io.BytesIO()
    held = {name: f"{n:#>{len(name)}}" for n, name in enumerate(members, 10) if isinstance(name, bytes)}
    with zipfile.ZipFile(out, "w") as made:
        for number, name in enumerate(members, first):
            made.writestr(name if isinstance(name, str) else held[name], _TEXT.format(number))
    data = out.getvalue()
    for name, place in held.items():
        data = data.replace(place.encode(), name)
    return data


def archive(members: list[str | bytes], wanted: list[str]) -> Make:
    """One archive of those members, and the rows that they have; none: the archive has an issue."""

    def make(folder: Path) -> list[str]:
        (folder / "x.zip").write_bytes(_zip(*members))
        return [f"x.zip!/{name}" for name in wanted] or ["x.zip FAILED"]

    return make


def _beside(folder: Path) -> list[str]:
    (folder / "x.zip").write_bytes(_zip("a.txt", "b/a.txt"))
    for number, name in enumerate(("a.txt", "b/a.txt", "a (2).txt")):
        _file(folder / "x.zip!", name, number)
    return ["x.zip!/a.txt", "x.zip!/b/a.txt", "x.zip!/a (2).txt", "x.zip!/b/a (2).txt", "x.zip!/a (3).txt"]


def _nested(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "x.zip", "w") as outer:
        outer.writestr("y.zip", _zip("a.txt", "a.txt"))
        outer.writestr("y.zip", _zip("a.txt", first=200))
        outer.writestr("a.txt", _TEXT.format(5))
    return [f"x.zip!/{name}" for name in ("a.txt", "y.zip!/a.txt", "y.zip!/a (2).txt", "y (2).zip!/a.txt")]


def _links(folder: Path) -> list[str]:
    other = folder.parent / "other"
    _file(other, "e.txt", 1)
    _file(other, "inner/f.txt", 2)
    (folder / "2023").symlink_to(other)
    (folder / "again").symlink_to(other)
    (other / "inner" / "loop").symlink_to(folder)
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "broken.txt").symlink_to("nothing.txt")
    (folder / "broken.zip").symlink_to("nothing.zip")
    os.link(other / "e.txt", folder / "hard.txt")
    os.mkfifo(folder / "pipe.txt")
    return [
        "2023/e.txt", "2023/inner/f.txt", "hard.txt",
        "itself.txt FAILED", "broken.txt FAILED", "broken.zip FAILED", "pipe.txt FAILED",
    ]  # fmt: skip


CASES: dict[str, Make] = {
    "two spellings of one name": files(unicodedata.normalize("NFC", "é.txt"), unicodedata.normalize("NFD", "é.txt")),
    "large and small letters": files("A.txt", "a.txt", "A.TXT"),
    "UTF-8 and GB18030": files("报告一.txt", "报告二.txt".encode("gb18030"), stored=["报告一.txt", "报告二.txt"]),
    "patterns": files("[1].txt", "*.txt", "?.txt", "{0}.txt", "%s.txt", "[!a].txt"),
    "quotes": files("'.txt", '".txt', "`x`.txt", "a'; DROP TABLE files; --.txt"),
    "ends of lines": files("a\nb.txt", "a\rb.txt", "a\tb.txt", "\n.txt"),
    "blanks": files(" .txt", " a.txt", "a .txt", "\u3000.txt", "\u00a0.txt"),
    "marks": files("-x.txt", "=1+1.txt", "$(x).txt", "a;b|c&d.txt", "<b>&amp;.txt", "a\\b.txt", "!.txt", "#.txt"),
    "unseen characters": files("公\u202e开.txt", "\ufeffa.txt", "\x01.txt", "\x7f.txt", "a\u200bb.txt", "😀.txt"),
    "long names": files("公" * 83 + ".txt", "a" * 251 + ".txt", "/".join(["d" * 60] * 20) + "/a.txt"),
    "folders": files("[x]/a.txt", "*/a.txt", "a'b/a.txt", "a\nb/a.txt", " /a.txt", "x.zip/a.txt", "y.txt/a.txt", "q!/a.txt"),
    "no UTF-8": files(b"\xff\xfe.txt", b"\x80a.txt", stored=["\\xff\\xfe.txt", "\\x80a.txt"]),
    "half a pair of surrogates": files(b"\xed\xa0\x80.txt", stored=["頎\\x80.txt"]),
    "links, loops and pipes": _links,
    "a folder named as an archive's members": _beside,
    "equal members": archive(["a.txt", "a.txt", "a.txt", "A.txt"], ["a.txt", "a (2).txt", "a (3).txt", "A.txt"]),
    "members that are numbered already": archive(["a.txt", "a (2).txt", "a.txt"], ["a.txt", "a (2).txt", "a (3).txt"]),
    "GBK members": archive(["报告一.txt".encode("gbk"), "年报二.txt".encode("gbk")], ["报告一.txt", "年报二.txt"]),
    "GBK and UTF-8 members": archive(["报告.txt", "报告.txt".encode("gbk")], ["报告.txt", "报告 (2).txt"]),
    "backslashes": archive(["c\\d.txt", "c/d.txt"], ["c/d.txt", "c/d (2).txt"]),
    "odd members": archive(["*.txt", "[1].txt", "a\nb.txt", "'.txt", " .txt"], ["*.txt", "[1].txt", "a\nb.txt", "'.txt", " .txt"]),
    "members above the archive": archive(["../a.txt", "ok.txt"], []),
    "members from the root": archive(["/b.txt"], []),
    "members of a drive": archive(["C:/e.txt"], []),
    "members in a member": archive(["a!/b.txt"], []),
    "members of endless names": archive(["a" * 5_000 + ".txt"], []),
    "folders without files": archive(["d/", "d/e/"], []),
    "nothing": archive([], []),
    "archives of one name in an archive": _nested,
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_every_name_has_a_row_of_its_own_or_an_issue(case: str, tmp_path: Path) -> None:
    corpus = tmp_path / "in"
    corpus.mkdir()
    wanted = CASES[case](corpus)
    gongkai.tag(corpus, tmp_path / "out", classifier=KeywordClassifier())
    store = gongkai.load(tmp_path / "out")
    found = {r["source"]: r["status"] for r in store.table("sources").to_pylist()}
    failed = {name.removesuffix(" FAILED") for name in wanted if name.endswith(" FAILED")}
    assert set(found) == {name.removesuffix(" FAILED") for name in wanted}
    assert {name for name, status in found.items() if status == "failed"} == failed
    issues = store.table("issues").to_pylist()
    assert {i["source"] for i in issues if i["code"] == "read_failed" and i["message"]} == failed
    # every file by itself: none stands for another
    assert len(store.table("reports")) == len(found) - len(failed) - _twins(store)
    gongkai.tag(corpus, tmp_path / "out", classifier=KeywordClassifier(), prune=True)
    rows = gongkai.load(tmp_path / "out").table("sources").to_pylist()
    assert {r["source"]: r["status"] for r in rows} == found, "the same names are found again"


def _twins(store: gongkai.Store) -> int:
    """Files of the same bytes share a report."""
    rows = [r["report_id"] for r in store.table("sources").to_pylist() if r["report_id"]]
    return len(rows) - len(set(rows))


def test_two_folders_with_one_name(tmp_path: Path) -> None:
    for number, folder in enumerate("12"):
        _file(tmp_path / folder, "a.txt", number)
    (tmp_path / "x.zip").write_bytes(_zip("a.txt"))
    given = [
        tmp_path / "1",
        tmp_path / "2",
        tmp_path / "2" / "a.txt",
        tmp_path / "2" / ".." / "2" / "a.txt",
        tmp_path / "x.zip",
    ]
    found = [s.name for s in find_sources(given)]
    assert found == sorted([(tmp_path / "1" / "a.txt").as_posix(), (tmp_path / "2" / "a.txt").as_posix(), "x.zip!/a.txt"])


def test_one_name_in_two_encodings(tmp_path: Path) -> None:
    files("报告.txt", "报告.txt".encode("gb18030"))(tmp_path / "in")
    gongkai.tag(tmp_path / "in", tmp_path / "out", classifier=KeywordClassifier())
    rows = gongkai.load(tmp_path / "out").table("sources").to_pylist()
    assert [Path(r["source"]).name for r in rows if r["status"] != "failed"] == ["报告 (2).txt", "报告.txt"]
