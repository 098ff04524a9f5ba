"""Nothing vanishes: every word and number of a file is in the canonical text or among what was left out, with its reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from corpus.ledger import take_stock
from corpus.readers import read_bytes
from corpus.readers.encoding import decode
from corpus.readers.html.parse import decode_page
from corpus.text.canonical import build
from corpus.text.normalise import fold, squeeze
from corpus.types import Document
from tests.support.bent import FOLDER
from training.samples import build as build_samples
from training.samples.layouts import LAYOUTS

_WORD = re.compile(r"[\u4e00-\u9fff]+")
_NUMBER = re.compile(r"\d+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LINK = re.compile(r"\]\([^)]*\)|<https?://[^>]*>|\[bookmark:[^\]]*\]|</?[a-z][^>]*>")


def account(document: Document) -> str:
    """All that the reader accounts for, without white space."""
    return squeeze("\n".join([build(document).text, *(d.text for d in document.dropped)]))


def assert_nothing_vanishes(source: str, document: Document) -> None:
    """Every run of Chinese characters stands in the account, and every number as often as in the source."""
    held = account(document)
    source = fold(_INVISIBLE.sub("", source))
    lost = [word for word in _WORD.findall(source) if word not in held and any(c not in held for c in word)]
    assert lost == []
    torn = [field for field in source.split() if len(field) > 3 and _WORD.fullmatch(field) and not _stands(field, held)]
    assert torn == []
    digits = Counter("".join(_NUMBER.findall(source))) - Counter("".join(_NUMBER.findall(held)))
    assert not digits, f"digits lost: {digits}"


def _stands(line: str, held: str) -> bool:
    """Whether a line stands in the account, whole or in two pieces (a label that is wrapped around its values)."""
    return line in held or any(line[:i] in held and line[i:] in held for i in range(2, len(line) - 1))


def shown_text(page: str) -> str:
    """Text of a page outside of its head, scripts and styles."""
    root = etree.fromstring(page.encode(), etree.HTMLParser(encoding="utf-8", remove_comments=True))
    for el in list(root.iter("script", "style", "head", "noscript", "template", "iframe")):
        el.text, tail = None, el.tail
        for child in list(el):
            el.remove(child)
        el.tail = tail
    return "\n".join(root.itertext())


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    build_samples(folder)
    return folder


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_bundled_reports(samples: Path, layout: str) -> None:
    for path in sorted((samples / layout).iterdir()):
        data = path.read_bytes()
        document = read_bytes(data, path.name)
        assert_nothing_vanishes(_LINK.sub("", decode(data, source=path.name)[0]), document)
        stock = take_stock(build(document), document.dropped)
        assert stock.kept > 100
        assert stock.furniture + stock.hidden == len(document.dropped) == sum(stock.kinds.values())


@pytest.mark.parametrize("path", sorted(p for p in FOLDER.iterdir() if p.suffix in (".txt", ".md")), ids=lambda p: p.name)
def test_texts(path: Path) -> None:
    data = path.read_bytes()
    text = decode(data, source=path.name)[0]
    if path.name == "s03_line_numbers.txt":
        text = re.sub(r"(?m)^ *\d+ ", "", text)
    assert_nothing_vanishes(text, read_bytes(data, path.name))


@pytest.mark.parametrize(
    "path", sorted(p for p in FOLDER.glob("*.html") if not re.match(r"a0[89]|a1|a03", p.name)), ids=lambda p: p.name
)
def test_pages(path: Path) -> None:
    data = path.read_bytes()
    assert_nothing_vanishes(shown_text(decode_page(data, path.name)[0]), read_bytes(data, path.name))


def test_what_is_left_out_has_its_kind_and_place() -> None:
    page = (
        "<html><body><nav>首页 政务公开</nav><h1>云岭县水务局2023年政府信息公开工作年度报告</h1><p>一、总体情况</p>"
        '<p>全年公开<s>9</s>846条。<sup>[1]</sup></p><p style="display:none">草稿</p><p>二、主动公开政府信息情况</p>'
        "<p>【打印本页】【关闭窗口】</p></body></html>"
    )
    document = read_bytes(page.encode(), "a.html")
    found = {(d.kind, d.text) for d in document.dropped}
    assert {("struck", "9"), ("note", "[1]"), ("hidden", "草稿"), ("buttons", "【打印本页】【关闭窗口】")} <= found
    assert any(kind == "navigation" and "首页" in text for kind, text in found)
    assert take_stock(build(document), document.dropped).hidden == 3


def test_lines_of_a_text_that_are_left_out_have_their_number() -> None:
    document = read_bytes("一、总体情况\n- 3 -\n全年公开8条。\n-----\n\n5\n\n六、其他需要报告的事项\n无。\n".encode(), "a.txt")
    assert [(d.kind, d.text, d.place.line) for d in document.dropped] == [
        ("page_mark", "- 3 -", 2), ("ruler", "-----", 4), ("page_number", "5", 6),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["（一）公开栏目设置", "青山县民政局2022年政府信息公开工作年度报告", "主要做法"])
def test_lines_inside_a_table_do_not_vanish(line: str) -> None:
    text = f"二、主动公开政府信息情况\n| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |\n|---|---|---|---|\n{line}\n| 规章 | 0 | 0 | 0 |\n"
    assert line in build(read_bytes(text.encode(), "a.md")).text.replace("\t", "")
