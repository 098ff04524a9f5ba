"""Messages in Chinese: all that are known are still raised, their values stand where they belong."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

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
        ("2 reports left out: it is doubtful that they are reports (kind_of_text; --doubtful keeps them)", "未计入2份报告：是否年报存疑"),
        ("coverage of the reports: consolidated 6, own 1 (0 in print, 7 presumed); sums of cells are made within each coverage, of what is or may be consolidated at one level of government only", "报告的统计范围：汇总所属部门和乡镇6份、仅本机关1份（0份文中载明，7份推定）"),
        ("words_problems.csv is not written: 1 group(s) hold passages of problem", "未写出words_problems.csv：只有1组有相应段落"),
        ("copied.csv is not written: rensa is not installed; pip install 'a[b]'", "未写出copied.csv：未安装rensa；pip install 'a[b]'"),
        ("coded sheet: 2 drawn reports are not coded: those that are stand for them, as if they were alike", "编码表格：抽到的报告有2份未编码"),
        ("province_code (GB/T 2260, as of the report's year) is unknown of 2 reports: of the agency's place nothing is certain, or it lies above", "2份报告的省级区划代码"),
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
            yield from filter(None, [_text(node)])


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _whole(node: ast.AST) -> Iterator[str]:
    """The texts in an expression, none that is put into another."""
    said = _text(node)
    if said is not None:
        yield said
    else:
        for part in ast.iter_child_nodes(node):
            yield from _whole(part)


def _noted(path: Path) -> Iterator[str]:
    """What a module notes or leaves reports out for: given to `notes` or `excluded`, and, in figures, raised."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("notes"), attr="append"), args=[said]):
                yield from _whole(said)
            case ast.Assign(targets=[ast.Name("notes")], value=said) | ast.AugAssign(target=ast.Name("notes"), value=said):
                yield from _whole(said)
            case ast.Assign(
                targets=[ast.Name("excluded")], value=ast.Call(args=[ast.IfExp(body=ast.Dict(keys=[ast.Constant(said)]))])
            ):
                yield str(said)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name("excluded"), slice=ast.Constant(said))]):
                yield str(said)
            case ast.FunctionDef(name="notes_of"):
                yield from (_text(x) or "" for r in ast.walk(node) if isinstance(r, ast.List) for x in r.elts)
            case ast.Call(func=ast.Name("UsageError"), args=[said]) if path.parent.name == "plots":
                yield from _whole(said)


#: refused before a figure is begun
_ASKED = ("cannot write a figure", "the font {}", "no font", "plots need", "no group {}", "{}: no facet")


def test_every_note_of_a_comparison_is_said_in_chinese() -> None:
    modules = [
        *(ROOT / "gongkai/compare").glob("*.py"),
        *(ROOT / "gongkai/plots").glob("*.py"),
        ROOT / "gongkai/commands/compare.py",
    ]
    noted = {t for path in modules for t in _noted(path)}
    assert len(noted) > 30
    noted = {n for n in noted if not n.startswith(("{} is not written: ", *_ASKED))}
    advice = "code a sheet (`gongkai sample --by reports`) and give it with --coded before you publish any"
    for text in noted:
        filled = re.sub(r"(?<!written: \{\}); \{\}$", f"; {advice}", text).replace("{}", "7")
        said = re.sub(r"[\w-]+\.csv|--[a-z-]+|`?gongkai sample|agency_id", "", in_chinese(filled))
        assert not re.search(r"[a-z]+ [a-z]+", said), text


def _parts(en: str) -> list[str]:
    """What must stand in the modules: message and remedy are texts of their own, and so are alternatives."""
    return [p.strip() for p in re.split(r"\{\}|; |\. |Remedy: ", en)]


def test_values_are_those_of_the_message() -> None:
    for en, zh in load_toml("gongkai", "data/messages.toml")["said"].items():
        assert {int(n) for n in re.findall(r"\{(\d)\}", zh)} <= set(range(en.count("{}"))), en
