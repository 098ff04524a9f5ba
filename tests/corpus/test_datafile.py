"""The one loader of data files: what it refuses, and that nothing else reads TOML."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from corpus.datafile import enough_examples, entries, expect_keys, later, load_toml, one_of, parse_toml, pattern_of, read_toml
from corpus.errors import DataError
from tests.conftest import ROOT
from tests.test_project import PACKAGES

#: the sample builder knows nothing of the code it judges; a voice's head stands inside a text file
_OTHERS = {"corpus/datafile.py", "training/samples/narrative.py", "training/voices.py"}


def test_every_data_file_is_read_by_the_one_loader() -> None:
    reads = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*.py")
        if re.search(r"\btomllib\.", path.read_text(encoding="utf-8"))
    }
    assert reads == _OTHERS


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"id": "a", "pattern": "x"}, ""),
        ({"id": "a", "pattern": "x", "form": "2019"}, ""),
        ({"id": "a", "pattren": "x"}, "f: rule a: unknown key 'pattren'. Remedy: use id, pattern, form"),
        ({"id": "a"}, "f: rule a: has no pattern. Remedy: give id, pattern, form"),
        ({"pattern": "x"}, "f: rule 1: has no id. Remedy: give id, pattern, form"),
    ],
)
def test_keys(entry: dict[str, str], message: str) -> None:
    if not message:
        assert entries({"rule": [entry]}, "rule", "f", ("id", "pattern"), ("form",)) == [entry]
        return
    with pytest.raises(DataError) as error:
        entries({"rule": [entry]}, "rule", "f", ("id", "pattern"), ("form",))
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"rule": {"id": "a"}}, "rule is no list of tables"),
        ({"rule": ["a"]}, "f: rule 1: is 'a'"),
        ({"rule": [{"id": "a"}, {"id": "a"}]}, "f: rule a: id 'a' is used twice"),
    ],
)
def test_entries_are_tables_with_ids_of_their_own(raw: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        entries(raw, "rule", "f", ("id",))
    assert entries({}, "rule", "f", ("id",)) == []
    assert len(entries({"rule": [{"x": 1}, {"x": 1}]}, "rule", "f", ("x",), key="")) == 2


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    for path, message in (
        (tmp_path / "none.toml", "there is no such file"),
        (tmp_path / "bad.toml", "TOML"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(DataError, match=message) as error:
            read_toml(path)
        assert error.value.source == str(path)
    assert parse_toml(b"\xef\xbb\xbfa = 1", "f") == {"a": 1}, "editors on Windows write a byte order mark"
    assert set(load_toml("corpus", "data/furniture.toml")) == {"line", "box"}


def test_patterns_in_code_compile() -> None:
    # one that does not would be an error of the first report that asks it
    names = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for name in PACKAGES
        for path in (ROOT / name).rglob("*.py")
        if " = later(" in path.read_text(encoding="utf-8")
    ]
    asked = [v for name in names for v in vars(import_module(name)).values() if type(v) is type(later(""))]
    assert len(names) > 40
    assert all(pattern.groups >= 0 for pattern in asked)


def test_patterns_values_and_examples() -> None:
    assert pattern_of("收到([0-9]+)件", "f").findall("收到12件") == ["12"]
    with pytest.raises(DataError, match="f: pattern does not compile"):
        pattern_of("(", "f")
    rule = later("收到([0-9]+)件", "f")
    assert (rule.pattern, rule.findall("收到12件"), bool(rule.match("共12件")), rule.groups) == (
        "收到([0-9]+)件",
        ["12"],
        False,
        1,
    )
    assert (rule.sub("-", "收到12件"), repr(rule)) == ("-", "pattern('收到([0-9]+)件')")
    assert later("a", flags=re.IGNORECASE).fullmatch("A")
    with pytest.raises(AttributeError):
        rule.searched  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(DataError, match="f: pattern does not compile"):
        later("(", "f").search("")
    with pytest.raises(DataError, match=r"unknown kind 'x'\. Remedy: use one of column, row"):
        one_of("x", ("row", "column"), "kind", "f")
    enough_examples({"yes": ["一", "二", "三"], "no": ["四"]}, "f")
    for yes, no in ((["一", "二"], ["四"]), (["一", "二", "三"], [])):
        with pytest.raises(DataError, match="too few examples"):
            enough_examples({"yes": yes, "no": no}, "f")
    expect_keys({}, "f")
