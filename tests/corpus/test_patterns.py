"""Every word pattern that is kept as data fits its examples and none of its near misses."""

from __future__ import annotations

import re

import pytest

from corpus.errors import DataError
from corpus.patterns import FILE, HOMES, WordPattern, patterns
from tests.conftest import ROOT

ALL = [pytest.param(home, found, id=f"{home}-{found.id}") for home in HOMES for found in patterns(home).values()]


@pytest.mark.parametrize(("home", "found"), ALL)
def test_examples(home: str, found: WordPattern) -> None:
    assert [t for t in found.yes if not found.found(t)] == []
    assert [t for t in found.no if found.found(t)] == []


@pytest.mark.parametrize("home", HOMES)
def test_each_is_asked_for(home: str) -> None:
    used = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / home.partition("/")[0]).rglob("*.py"))
    assert [i for i in patterns(home) if not re.search(rf'pattern\(\s*"{home}", "{i}"\s*\)', used)] == []


def test_every_file_of_patterns_is_tested() -> None:
    kept = {p.parent.relative_to(ROOT).as_posix() for p in ROOT.glob(f"*/data/**/{FILE}")}
    assert kept == {home.replace("/", "/data/") if "/" in home else f"{home}/data" for home in HOMES}


def test_a_fragment_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"id": "a", "means": "", "how": "search", "pattern": "{{plcae}}局", "yes": ["a", "b", "c"], "no": ["d"]}
    monkeypatch.setattr("corpus.patterns.load_toml", lambda *_: {"fragments": {"place": "县"}, "pattern": [entry]})
    with pytest.raises(DataError, match=r"data/patterns.toml: a: unknown fragment 'plcae'. Remedy: use one of place"):
        patterns.__wrapped__("corpus")
