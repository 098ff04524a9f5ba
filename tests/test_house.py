"""What holds for the house: one word for one meaning, and rooms that can be told apart."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from corpus.errors import UsageError
from extract.runs.options import TagKeywords, TagOptions, options_from
from tests.changelog import missing
from tests.conftest import ROOT
from tests.layout import read_layout
from tests.test_project import PACKAGES


def modules() -> list[Path]:
    return [p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))]


def test_no_public_class_name_repeats() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    repeated = {name: where for name, where in places.items() if len(where) > 1}
    assert not repeated, f"one word, one meaning (docs/glossary.md): rename all but one of {repeated}"


@pytest.mark.parametrize(
    ("pattern", "home"),
    [
        (r"\b20240501\b", "models/seed.py"),
        (
            r"[{(]\"problem\", \"improvement\"[})]",
            "training/samples/narrative.py",
        ),  # which may know nothing of the code it judges
    ],
)
def test_what_is_said_once(pattern: str, home: str) -> None:
    said = {p.relative_to(ROOT).as_posix() for p in modules() if re.search(pattern, p.read_text(encoding="utf-8"))}
    assert said == {home}


def test_keywords_of_tag_are_its_options() -> None:
    options, keywords = get_type_hints(TagOptions), get_type_hints(TagKeywords)
    assert {f.name for f in fields(TagOptions)} == set(keywords) | {"engine"}, "the engine is the argument `classifier`"
    assert all(options[name] in (hint, hint | None) or name == "metadata" for name, hint in keywords.items())


def test_an_unknown_option_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no option named wokers.*workers"):
        options_from({"wokers": 2})


def test_no_arrow_leads_upwards() -> None:
    assert read_layout().upward() == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/glossary.md", "docs/architecture.md"])
def test_places_that_pages_name_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:corpus|models|extract|training|gongkai|tests|docs)/[\w/.-]+)(?:::(\w+))?`", text))
    assert named, "the page names places"
    for place, test in sorted(named):
        assert (ROOT / place).exists(), place
        assert not test or f"def {test}(" in (ROOT / place).read_text(encoding="utf-8"), (place, test)


@pytest.mark.parametrize(
    ("changed", "added", "messages", "asked"),
    [
        (["extract/data/zeros.toml"], [], ["Read more zeros"], ["extract/data/zeros.toml"]),
        (["extract/data/zeros.toml"], ["- **Zeros**: more."], ["Read more zeros"], []),
        (["extract/data/zeros.toml"], ["  "], ["Read more zeros"], ["extract/data/zeros.toml"]),
        (["models/base.py"], [], ["Rename; no behaviour change"], []),
        (["models/base.py"], [], ["Rename; no behaviour change", "Read more"], ["models/base.py"]),
        (["models/base.py"], [], [], ["models/base.py"]),
        (["docs/quality.md", "tests/test_house.py", "models/py.typed"], [], ["Say more"], []),
    ],
)
def test_a_change_of_behaviour_asks_for_a_changelog_line(
    changed: list[str], added: list[str], messages: list[str], asked: list[str]
) -> None:
    assert missing(changed, added, messages) == asked
