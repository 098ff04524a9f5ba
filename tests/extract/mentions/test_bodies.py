"""Whose count it is: own offices in reports of governments, all bodies of a place in reports of one office."""

from __future__ import annotations

import pytest

from extract.mentions.bodies import scopes_by_body
from extract.mentions.mentions import find_mentions
from models.base import Passage


@pytest.mark.parametrize(
    ("text", "coverage", "scope", "by"),
    [
        ("县政府办代表县政府受理政府信息公开申请21件。", "consolidated", "part", "body"),
        ("市政府办公室共收到政府信息公开申请21件。", "consolidated", "part", "body"),
        ("区本级收到政府信息公开申请21件。", "consolidated", "part", "body"),
        ("县政府办统筹，全县共收到政府信息公开申请21件。", "consolidated", "total", None),
        ("由县政府办公室受理，共收到政府信息公开申请21件。", "consolidated", "total", None),
        ("全县共收到政府信息公开申请21件。", "consolidated", "total", None),
        ("全县共收到政府信息公开申请21件。", "own", "wider", None),
        ("我办共收到政府信息公开申请21件。", "own", "total", None),
        ("县政府办公室共收到政府信息公开申请21件。", "own", "total", None),
        ("县政府办公室共收到政府信息公开申请21件。", "unknown", "total", None),
        ("全县各级行政机关公开信息210条。", "own", "total", None),  # class C is never compared
    ],
)
def test_scope_follows_the_body_that_counts(text: str, coverage: str, scope: str, by: str | None) -> None:
    passages = [Passage(5, 5 + len(text), text, "s1", ("一、总体情况",), 3)]
    found = scopes_by_body(find_mentions(passages), passages, coverage, government=True)
    assert [(m.scope, m.by) for m in found if m.indicator] == [(scope, by)]


def test_an_office_that_reports_for_its_government_names_itself() -> None:
    text = "市政府办公室代表市政府受理政府信息公开申请21件。"
    passages = [Passage(0, len(text), text, "s1")]
    (m,) = scopes_by_body(find_mentions(passages), passages, "consolidated", government=False)
    assert m.scope == "total"
