"""Web pages of the content systems of government sites: every cell and passage, date and host; encodings and what they claim."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corpus.errors import ReadError
from corpus.readers import read_bytes
from corpus.types import Paragraph
from extract.pipeline import analyze_bytes
from models.base import Passage, Prediction
from tests.support.exporters import cms
from training.measure.evaluate import result_of, score
from training.measure.gold import GoldReport, load_gold
from training.samples.build import build, load


class Unlabelled:
    """Labels are no matter of the reader."""

    model_id = "none"

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [Prediction("other") for _ in passages]


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> dict[str, GoldReport]:
    out = tmp_path_factory.mktemp("gold")
    build(out, [])
    return dict(load_gold(out / "gold"))


@pytest.mark.parametrize("design", list(cms.DESIGNS))
def test_every_cell_and_passage_of_a_page_is_read(design: str, gold: dict[str, GoldReport]) -> None:
    for narrative in load():
        report = analyze_bytes(cms.page(narrative, design), f"{narrative.id}.html", classifier=Unlabelled())
        found = score(gold[narrative.id], result_of(report))
        assert found.cells.wrong == found.cells.missing == found.cells.extra == 0, (narrative.id, found.errors[:8])
        assert found.boundaries.right == found.boundaries.gold == found.boundaries.predicted, (narrative.id, found.errors[:8])
        assert report.identity.title == narrative.title
        assert report.identity.published == cms.PUBLISHED
        assert report.host == cms.HOSTS[design]


@pytest.mark.parametrize(
    ("encoding", "used"),
    [
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("utf-8-sig", "utf-8-sig"),
    ],
)
def test_the_encoding_is_what_the_bytes_are_and_not_what_the_page_says(encoding: str, used: str) -> None:
    narrative = load()[0]
    page = cms.trs(narrative)
    document = read_bytes(page.encode(encoding), "a.html")
    assert document.encoding == used
    assert document.blocks == read_bytes(page.encode("utf-8"), "a.html").blocks


_TRADITIONAL = (
    "岚東縣檔案局二零二一年政府資訊公開工作年度報告。本局依據條例編製本報告，內容包括總體情況、主動公開情況、處理申請情況與存在的問題。"
    * 4
)


def test_big5_and_traditional_text_are_said() -> None:
    page = f"<html><head><meta charset=gb2312></head><body><p>{_TRADITIONAL}</p></body></html>".replace("岚", "嵐")
    with pytest.raises(ReadError, match="Big5"):
        read_bytes(page.encode("big5"), "a.html")
    document = read_bytes(page.encode("utf-8"), "a.html")
    assert [i.code for i in document.issues] == ["traditional_script"]
    assert any("總體情況" in b.text for b in document.blocks if isinstance(b, Paragraph))


def test_what_hides_a_page_until_a_script_runs_hides_nothing_from_the_reader() -> None:
    hidden = '<div style="visibility:hidden">{}</div>'
    article = '<div id="js_content" style="visibility: hidden;"><p>一、总体情况</p><p>全年公开信息40条。</p></div>'
    document = read_bytes(
        f"<html><body>{article}{hidden.format('<p>您的浏览器版本过低。</p>')}</body></html>".encode(), "a.html"
    )
    assert [b.text for b in document.blocks if isinstance(b, Paragraph)] == ["一、总体情况", "全年公开信息40条。"]
