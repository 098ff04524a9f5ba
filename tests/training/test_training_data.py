"""The training data: valid, varied, and what its datasheet says."""

from __future__ import annotations

import json

import pytest

from corpus.errors import DataError
from models.folder import data_digest, read_info
from models.linear_folder import SHIPPED
from training.passages import DATA, as_report, by_voice, load, of_columns, parse_line, to_columns
from training.shipped.datasheet import check, datasheet, mask, shared_share
from training.voices import held, parse_voice, reworded, shipped, sources

VOICE = """+++
id = "x-town-2021"
kind = "town"
level = "township"
year = 2021
agency = "甲镇"
+++
@preamble
[boilerplate] 现将情况报告如下。
@s1
## （一）主动公开。
[disclosure; also=platform] 公开信息{12件|disclosure.total}，建栏{3个|}。

[service] 另起一段。
### 1.细目
[request] 没有收到申请。
##-
[supervision] 开会一次。
@s5
[problem: content, format] 内容少，形式旧。
"""


def test_data_is_valid_and_fit() -> None:
    passages = load()
    assert len(passages) >= 3000
    assert check(passages).failures() == []


def test_datasheet_is_current() -> None:
    passages = load()
    assert DATA.with_name("README.md").read_text(encoding="utf-8") == datasheet(
        passages, check(passages), reworded(), held()
    ), "run python -m training.shipped.datasheet"


def test_what_is_shipped_are_the_sources() -> None:
    assert shipped() == sources(), "run python -m training.voices"


def test_nothing_held_is_trained_on() -> None:
    assert not {p.voice for p in held()} & {p.voice for p in shipped()}
    known = {p.text for p in shipped()}
    same = [p for p in held() if p.text in known]
    # reports share their frames (本报告由…组成, 未收到申请) word by word, nothing else
    assert sum(p.label not in {"boilerplate", "request", "other"} for p in same) <= len(held()) // 50


def test_shipped_model_was_trained_on_this_data() -> None:
    assert read_info(SHIPPED).data_hash == data_digest([p.to_json() for p in shipped()]), "run python -m training.shipped.build"


def test_voice_is_read() -> None:
    got = parse_voice(VOICE, "x")
    assert [(p.label, p.also, p.facets, p.section, p.position) for p in got] == [
        ("boilerplate", (), (), "preamble", 0),
        ("disclosure", ("platform",), (), "s1", 0),
        ("service", (), (), "s1", 1),
        ("request", (), (), "s1", 0),
        ("supervision", (), (), "s1", 0),
        ("problem", (), ("content", "format"), "s5", 0),
    ]
    assert got[1].text == "公开信息12件，建栏3个。"
    assert got[1].heading_path[1:] == ("（一）主动公开",)
    assert got[3].heading_path[1:] == ("（一）主动公开", "1.细目")
    assert len(got[4].heading_path) == 1
    assert got[0].heading_path == ()
    assert got[1].paragraph != got[2].paragraph
    report = as_report(got, headings=False)
    assert [len(p.heading_path) for p in report] == [0, 1, 1, 1, 1, 1]
    assert list(by_voice(got)) == ["x-town-2021"]


@pytest.mark.parametrize(
    "line",
    [
        "[nonsense] 甲。",
        "[problem] 没有方面。",
        "[service: content] 方面不该有。",
        "[problem: content, general] 笼统与具体并列。",
        "[disclosure; also=disclosure] 重复。",
        "没有标签。",
        "@s9",
    ],
)
def test_broken_voices_are_refused(line: str) -> None:
    with pytest.raises(DataError, match=r"x:\d+"):
        parse_voice(f"{VOICE}{line}\n", "x")


def test_broken_lines_are_refused() -> None:
    good = load()[0].to_json()
    assert parse_line(good, "x") == load()[0]
    raw = json.loads(good)
    for change in ({"label": "nonsense"}, {"extra": 1}, {"section": "s9"}, {"level": "village"}, {"text": " "}):
        with pytest.raises(DataError):
            parse_line(json.dumps({**raw, **change}), "x")
    with pytest.raises(DataError):
        parse_line("{", "x")


def test_masked_copies_are_found() -> None:
    assert mask("2021年，云屏县司法局公开信息146条。") == mask("2023年，青山区财政局公开信息9条。")
    one = "按照要求在门户网站集中公开部门预算和决算共146份。"
    other = "我局按照要求在门户网站集中公开部门预算和决算共9份。"
    assert shared_share([mask(one), mask(other), "完全不同的一句话说的是培训和考核的事情。"]) == pytest.approx(2 / 3)


def test_columns_are_read_as_they_were_written_and_refused_where_one_is_short() -> None:
    passages = load()[:40]
    text = to_columns(passages)
    assert of_columns(text, "x") == passages
    lines = text.splitlines()
    for broken in ("\n".join(lines[1:]), "\n".join([json.dumps(json.loads(lines[0])[1:]), *lines[1:]])):
        with pytest.raises(DataError, match="Pack it again"):
            of_columns(broken, "x")
    with pytest.raises(DataError, match="x:1: unknown codes"):
        of_columns(text.replace(json.dumps(passages[0].label), '"nonsense"', 1), "x")
