"""What a start keeps on disk for the next: never another result, whatever became of the file."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus import kept as module
from corpus.datafile import load_toml
from corpus.kept import compiled, keep, kept
from corpus.patterns import HOMES, word_home
from tests.support.factories import sample_text
from tests.support.in_process import Run

Start = Callable[[], None]
PATTERNS = (
    ("收到([0-9]+)件", 0),
    (r"(?P<year>20\d\d)年(?:(?P<month>\d{1,2})月)?", 0),
    (r"[\u4e00-\u9fff、a-f\U00020000-\U0003ffff]{2,14}(?<!本)方面$", re.MULTILINE),
    ("(?i:wechat)|微信|[^,;。]*?(Weibo)", re.IGNORECASE),
    ("", 0),
)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    """Begins a start: what was kept is read from disk."""
    monkeypatch.setenv("GONGKAI_CACHE", str(tmp_path / "cache"))

    def begin() -> None:
        for table in (module._new, module._compiled):
            table.clear()  # type: ignore[attr-defined]
        module._file.cache_clear()
        module._entries.cache_clear()

    begin()
    yield begin
    monkeypatch.undo()
    begin()


def _written(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "cache").iterdir()
    return file


def _never() -> object:
    raise AssertionError("worked out although it was kept")


def test_what_was_worked_out_is_found_at_the_next_start(start: Start) -> None:
    value = {"rule": [{"id": "a", "words": ["不够", "\u2028", 'q"\\'], "least": 1.0, "strict": True}]}
    assert kept("toml", b"content", lambda: value) is value
    value["rule"].clear()  # whoever asked may do so
    keep()
    start()
    again = kept("toml", b"content", _never)
    assert again == {"rule": [{"id": "a", "words": ["不够", "\u2028", 'q"\\'], "least": 1.0, "strict": True}]}
    assert kept("toml", b"content", _never) is not again


def test_other_content_other_code_and_another_kind_are_worked_out_anew(start: Start, tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("a = 1\n", encoding="utf-8")
    kept("toml", b"a = 1", lambda: "old", code=str(code))
    keep()
    start()
    assert kept("toml", b"a = 1", _never, code=str(code)) == "old"
    assert kept("toml", b"a = 2", lambda: "new", code=str(code)) == "new"
    assert kept("needs", b"a = 1", lambda: "new", code=str(code)) == "new"
    code.write_text("a = 2\n", encoding="utf-8")
    assert kept("toml", b"a = 1", lambda: "new", code=str(code)) == "new"
    code.unlink()
    assert kept("toml", b"a = 1", lambda: "new", code=str(code)) == "new"


@pytest.mark.parametrize(("text", "flags"), PATTERNS)
def test_a_pattern_comes_back_as_it_was(
    text: str, flags: int, start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = compiled(text, flags)
    keep()
    start()
    re.purge()
    monkeypatch.setattr(module.re, "compile", lambda *_: pytest.fail("compiled although it was kept"))
    again = compiled(text, flags)
    assert again is not first
    assert again == first
    assert (again.groups, again.groupindex, again.flags) == (first.groups, first.groupindex, first.flags)
    line = "2021年度收到12件，通过微信公开方面共2021年3月WEIBO"
    assert [m.groupdict() for m in again.finditer(line)] == [m.groupdict() for m in first.finditer(line)]
    assert [m.regs for m in again.finditer(line)] == [m.regs for m in first.finditer(line)]


def test_every_pattern_of_words_comes_back_as_it_was(start: Start) -> None:
    texts = [p.pattern.pattern for home in HOMES for p in word_home(home).patterns.values()]
    first = [compiled(text) for text in texts]
    keep()
    start()
    assert [compiled(text) for text in texts] == first
    assert not module._compiled


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:],
        lambda whole: b"",
        lambda whole: b"\x00\xff" * 500,
        lambda whole: whole + b"\n",
        lambda whole: whole.partition(b"\n")[2],
    ],
    ids=["cut off", "a bit", "empty", "foreign", "more", "no hash"],
)
def test_a_damaged_file_counts_as_not_there(damage: Callable[[bytes], bytes], start: Start, tmp_path: Path) -> None:
    kept("toml", b"content", lambda: ["old"])
    compiled("收到([0-9]+)件")
    keep()
    file = _written(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    start()
    assert kept("toml", b"content", lambda: ["new"]) == ["new"]
    assert compiled("收到([0-9]+)件") == re.compile("收到([0-9]+)件")
    keep()
    start()
    assert kept("toml", b"content", _never) == ["new"]


def _entry(tmp_path: Path, key: bytes, parts: object) -> None:
    body = key + b" " + json.dumps(parts).encode()
    _written(tmp_path).write_bytes(module._hash(body) + b"\n" + body)


@pytest.mark.parametrize(
    "parts", [[], [32, 1, {}, []], [32, 1, {}, [9999, 1, 2]], [32, 0, {}, [-1]], [32, 1, {}, "code"], {"a": 1}, None, 3]
)
def test_code_that_python_refuses_is_compiled_anew(parts: object, start: Start, tmp_path: Path) -> None:
    compiled("收到([0-9]+)件")
    keep()
    _entry(tmp_path, _written(tmp_path).read_bytes().split(b"\n")[1].split(b" ")[0], parts)
    start()
    assert compiled("收到([0-9]+)件") == re.compile("收到([0-9]+)件")


def test_a_python_that_compiles_elsewhere_keeps_no_patterns(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled("收到([0-9]+)件")
    with monkeypatch.context() as elsewhere:
        elsewhere.delattr("re._compiler._code")
        keep()
    assert not list((tmp_path / "cache").iterdir())


def test_nothing_is_kept_where_it_is_switched_off(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GONGKAI_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kept("toml", b"content", lambda: 1) == 1
    keep()
    assert not list(tmp_path.iterdir())


def test_without_the_variable_it_is_kept_with_the_users_caches(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GONGKAI_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    kept("toml", b"content", lambda: 1)
    keep()
    assert [f.name[:6] for f in (tmp_path / "gongkai").iterdir()] == ["start-"]


def test_a_folder_that_cannot_be_written_is_no_error(start: Start, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    assert kept("toml", b"content", lambda: 1) == 1
    keep()
    start()
    assert kept("toml", b"content", lambda: 2) == 2


def test_a_full_disk_is_no_error_and_leaves_nothing(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    kept("toml", b"content", lambda: 1)
    keep()
    assert not list((tmp_path / "cache").iterdir())


def test_what_json_cannot_hold_is_not_kept(start: Start, tmp_path: Path) -> None:
    for value in (datetime.date(2021, 3, 1), {"day": datetime.date(2021, 3, 1)}, {1: "a"}, ("a",), float("nan"), "\ud800"):
        assert kept("toml", repr(value).encode(), lambda value=value: value) is value  # type: ignore[misc]
    keep()
    assert not (tmp_path / "cache").exists()


def test_a_file_grown_large_is_begun_anew(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept("toml", b"old", lambda: "x" * 99)
    keep()
    start()
    kept("toml", b"more", lambda: 1)
    keep()
    assert len(_written(tmp_path).read_bytes().split(b"\n")) == 3
    start()
    monkeypatch.setattr(module, "_MOST", 50)
    kept("toml", b"new", lambda: 1)
    keep()
    assert len(_written(tmp_path).read_bytes().split(b"\n")) == 2


def test_data_files_are_the_same_from_the_cache(start: Start) -> None:
    first = load_toml("corpus", "data/headings.toml")
    keep()
    start()
    assert load_toml("corpus", "data/headings.toml") == first
    assert not module._new


def test_show_keeps_and_prints_the_same(start: Start, run: Run, tmp_path: Path) -> None:
    report = tmp_path / "a.txt"
    report.write_text(sample_text(), encoding="utf-8")
    kept("toml", b"asked", lambda: 1)  # what the rules ask is in this process already
    first = run("show", str(report))
    assert _written(tmp_path)
    start()
    assert run("show", str(report)) == first
