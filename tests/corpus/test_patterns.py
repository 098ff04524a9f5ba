"""Every word pattern that is kept as data fits its examples and none of its near misses."""

from __future__ import annotations

import re

import pytest

from corpus.patterns import HOMES, WordPattern, patterns
from tests.conftest import ROOT

ALL = [pytest.param(package, found, id=f"{package}-{found.id}") for package in HOMES for found in patterns(package).values()]


@pytest.mark.parametrize(("package", "found"), ALL)
def test_examples(package: str, found: WordPattern) -> None:
    assert [t for t in found.yes if not found.found(t)] == []
    assert [t for t in found.no if found.found(t)] == []
    used = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / package).rglob("*.py"))
    assert re.search(rf'pattern\("{package}", "{found.id}"\)', used), "nothing asks for it"


def test_every_file_of_patterns_is_tested() -> None:
    assert {p.parent.parent.name for p in ROOT.glob("*/data/patterns.toml")} == set(HOMES)
