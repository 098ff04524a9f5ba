"""Every command that docs name is played from the wheel, or stands on the list of those that cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs_commands import NOT_PLAYED, PAGES, commands_of, played
from tests.test_readme import blocks


def test_no_page_with_commands_is_forgotten() -> None:
    assert {p.stem for p in (ROOT / "docs").glob("*.md") if commands_of(p.stem)} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_of_gongkai(page: str) -> None:
    assert all(arguments[0] == "gongkai" for arguments in played(page))


@pytest.mark.parametrize("beginning", NOT_PLAYED)
def test_what_is_not_played_is_still_named(beginning: str) -> None:
    assert any(c.startswith(beginning) for page in PAGES for c in commands_of(page))
    assert NOT_PLAYED[beginning]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.stem)
def test_what_the_python_of_docs_imports_is_there(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        for line in re.findall(
            r"^(?:from (?:gongkai|corpus|models|extract|training)\b.*|import gongkai)$", block, re.MULTILINE
        ):
            exec(line, {})
