"""Every word pattern that is kept as data fits its examples and none of its near misses; and words stay out of Python."""

from __future__ import annotations

import ast
import re

import pytest

from corpus.errors import DataError
from corpus.patterns import FILE, HOMES, WordPattern, word_home
from tests.conftest import ROOT

ALL = [pytest.param(home, found, id=f"{home}-{found.id}") for home in HOMES for found in word_home(home).patterns.values()]


@pytest.mark.parametrize(("home", "found"), ALL)
def test_examples(home: str, found: WordPattern) -> None:
    assert [t for t in found.yes if not found.found(t)] == []
    assert [t for t in found.no if found.found(t)] == []


@pytest.mark.parametrize("home", HOMES)
def test_each_is_asked_for(home: str) -> None:
    used = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / home.partition("/")[0]).rglob("*.py"))
    kept = word_home(home)
    assert [i for i in kept.patterns if not re.search(rf'pattern\(\s*"{home}", "{i}"\s*\)', used)] == []
    file = (ROOT / home.partition("/")[0] / "data" / home.partition("/")[2] / FILE).read_text(encoding="utf-8")
    assert [i for i in kept.words if f'words("{home}", "{i}")' not in used and f"{{{{{i}}}}}" not in file] == []


def test_every_file_of_patterns_is_tested() -> None:
    kept = {p.parent.relative_to(ROOT).as_posix() for p in ROOT.glob(f"*/data/**/{FILE}")}
    assert kept == {home.replace("/", "/data/") if "/" in home else f"{home}/data" for home in HOMES}


def _kept(monkeypatch: pytest.MonkeyPatch, **raw: object) -> None:
    monkeypatch.setattr("corpus.patterns.load_toml", lambda *_: raw)
    word_home.__wrapped__("corpus")


def test_a_fragment_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"id": "a", "means": "", "how": "search", "pattern": "{{plcae}}局", "yes": ["a", "b", "c"], "no": ["d"]}
    with pytest.raises(DataError, match=r"data/patterns.toml: a: unknown fragment 'plcae'. Remedy: use one of ends, place"):
        _kept(
            monkeypatch,
            fragments={"place": "县"},
            words=[{"id": "ends", "means": "", "words": ["局", "委", "办"], "no": ["院"]}],
            pattern=[entry],
        )


@pytest.mark.parametrize(
    ("words", "no", "said"),
    [
        (["局", "委", "办"], ["委"], "'委' is a word and a near miss"),
        (["局", "委"], ["院"], "too few examples"),
        (["局", "委", "办"], [], "too few"),
    ],
)
def test_a_list_of_words_has_a_near_miss(monkeypatch: pytest.MonkeyPatch, words: list[str], no: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        _kept(monkeypatch, words=[{"id": "ends", "means": "", "words": words, "no": no}])


#: modules that may keep such a pattern, and why
MAY_KEEP = {"corpus/text/headings.py": "numbers of headings: 第一部分, 第二章"}


def _alternatives(module: str) -> list[int]:
    """Lines with a string that names two words or more, one or the other: 问题|不足 ; docstrings and classes of characters apart."""
    tree = ast.parse(module)
    doc = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [(n.lineno, n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in doc]
    return [
        line
        for line, text in texts
        if isinstance(text, str) and "|" in text and len(re.findall("[\u4e00-\u9fff]{2,}", re.sub(r"\[[^\]]*\]", "", text))) > 1
    ]


@pytest.mark.parametrize("package", ["corpus", "models", "extract", "gongkai"])
def test_words_are_data(package: str) -> None:
    kept = {
        p.relative_to(ROOT).as_posix(): _alternatives(p.read_text(encoding="utf-8")) for p in (ROOT / package).rglob("*.py")
    }
    said = "move these words into the room's patterns.toml, with three examples and a near miss (corpus/patterns.py)"
    assert {path: lines for path, lines in kept.items() if lines and path not in MAY_KEEP} == {}, said
    assert {path for path in MAY_KEEP if path.startswith(f"{package}/")} <= {path for path, lines in kept.items() if lines}


@pytest.mark.parametrize(
    ("module", "lines"),
    [
        ("import re\nX = re.compile(r'问题|不足')", [2]),
        ("X = f'{a}(?:总体|基本)情况'", [1]),
        ("def f(x):\n    return re.search('其他|其它', x)", [2]),
        ("X = re.compile(r'[零一二三四五六七八九]|[年月日]')", []),
        ("X = re.compile(r'第[一二三]部分|20\\d\\d年')", []),
        ('"""表一 | 表二"""\nX = "总体情况"', []),
    ],
)
def test_what_counts_as_words(module: str, lines: list[int]) -> None:
    assert _alternatives(module) == lines
