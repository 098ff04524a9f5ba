"""Messages in Chinese: all that are known are still raised, their values stand where they belong."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from corpus.datafile import load_toml
from gongkai.web.messages import in_chinese
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cannot draw 9 of 3 reports; draw 2 to 3", "3份报告中不能抽取9份；请抽取2至3个"),
        ("cannot draw 9999; draw 1 to 5000", "不能抽取9999个；请抽取1至5000个"),
        ("cannot group by 'x': no report has a value of it", "不能按x分组：没有报告有这一项"),
        ("passages.x cannot be corrected; use one of passages: label; cells: value", "passages.x不能更正；可更正的有：passages: label; cells: value"),
        ("nobody has said this; nor that", "nobody has said this; nor that"),
        ("nobody has said this; choose both, or neither", "nobody has said this；请同时选择，或都不选择"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_message_is_said_in_chinese(text: str, said: str) -> None:
    assert said in in_chinese(text)


def test_every_message_is_still_raised() -> None:
    raised = "\n".join(t for folder in ("corpus", "extract", "gongkai", "training") for t in _texts(folder))
    lost = [en for en in load_toml("gongkai", "data/messages.toml")["said"] if not all(p in raised for p in _parts(en))]
    assert lost == []


def _texts(folder: str) -> Iterator[str]:
    """Every text of the modules, with {} for what is put into it."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)


def _parts(en: str) -> list[str]:
    """What must stand in the modules: message and remedy are texts of their own, and so are alternatives."""
    return [p.strip() for p in re.split(r"\{\}|; |\. |Remedy: ", en)]


def test_values_are_those_of_the_message() -> None:
    for en, zh in load_toml("gongkai", "data/messages.toml")["said"].items():
        assert {int(n) for n in re.findall(r"\{(\d)\}", zh)} <= set(range(en.count("{}"))), en
