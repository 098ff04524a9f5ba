"""Voices with marked metrics, and how what is found is counted against the marks."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from corpus.errors import DataError
from training.shipped.metric_voices import measure, read_voice, read_voices

VOICE = """+++
id = "x-1"
+++
@s1 一、总体情况
##~ （一）主动公开。
[disclosure] 公开信息{12件|disclosure.total}，其中网站{8件|disclosure.website|by=channel|whole=12}。
[request] {未收到|request.received|value=0|unit=件}政府信息公开申请。
@s5 五、存在的问题
[problem: capacity] 人员不足。
"""


def test_a_voice_is_read_with_the_places_of_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "x-1.txt"
    path.write_text(VOICE, encoding="utf-8")
    voice = read_voice(path)
    assert [p.text for p in voice.passages] == ["公开信息12件，其中网站8件。", "未收到政府信息公开申请。", "人员不足。"]
    assert voice.passages[0].heading_path == ("一、总体情况", "（一）主动公开。")
    assert [(voice.text[m.start : m.end], m.value, m.indicator, m.whole) for m in voice.mentions] == [
        ("12件", 12, "disclosure.total", None), ("8件", 8, "disclosure.website", Decimal(12)), ("未收到", 0, "request.received", None),
    ]  # fmt: skip


def test_what_is_missed_or_named_wrongly_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(VOICE, encoding="utf-8")
    wrong = VOICE.replace("disclosure.website", "disclosure.weibo").replace("人员不足", "人员仅{3人|supervision.people}")
    (tmp_path / "b.txt").write_text(wrong, encoding="utf-8")
    right, changed = (measure([v]) for v in read_voices(tmp_path))
    assert (right.mentions.right, right.mentions.gold, right.zeros.gold) == (3, 3, 1)
    assert right.indicators.right == right.indicators.total == 3
    assert (changed.indicators.total - changed.indicators.right) >= 1
    assert any("disclosure.weibo" in e for e in changed.errors)


@pytest.mark.parametrize(("text", "said"), [("no head", "head"), (VOICE + "loose line\n", "neither passage nor heading")])
def test_a_broken_voice_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_voice(path)


def test_a_folder_without_voices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no voice"):
        read_voices(tmp_path)
