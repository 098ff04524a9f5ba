"""What holds for the house: one word for one meaning, and rooms that can be told apart."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.conftest import ROOT
from tests.test_project import PACKAGES


def test_no_public_class_name_repeats() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in (p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py"))):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    repeated = {name: where for name, where in places.items() if len(where) > 1}
    assert not repeated, f"one word, one meaning (docs/glossary.md): rename all but one of {repeated}"
