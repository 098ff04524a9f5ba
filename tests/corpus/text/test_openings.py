"""Who and when, on the openings of some hundred reports whose formulas are real and whose names and figures are not.

``data/openings.tsv``: ``agency`` are the names that a reader accepts (``-``: none is printed), ``place`` and ``kind`` what they
are (``-``: the text leaves it open).  Lines of ``text`` end in ``⏎``.  Rules were written on ``dev``; ``held`` only measures.
"""

import csv
from functools import cache
from pathlib import Path

import pytest

from corpus.agencies.places import read_chain
from corpus.agencies.resolve import Agency, resolve_agency
from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.identity import Found, identify
from corpus.text.sections import split_sections

DATA = Path(__file__).parents[2] / "data"
AFTER_2019 = """二、主动公开政府信息情况
第二十条第（一）项
| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |
|---|---|---|---|
| 规章 | 0 | 0 | 0 |
| 行政规范性文件 | 1 | 0 | 3 |
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
五、存在的主要问题及改进情况
公开的及时性还不够，下一步将加强学习。
六、其他需要报告的事项
无。"""
BEFORE_2019 = """三、依申请公开情况
未收到申请。
四、存在的主要问题和改进措施
公开的及时性还不够，下一步将加强学习。"""

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def whole(row: Row) -> str:
    """The opening with the rest of a report behind it."""
    text = row["text"].replace("⏎", "\n")
    if "其他需要报告" in text:
        return text
    return f"{text}\n{BEFORE_2019 if int(row['year']) < 2019 else AFTER_2019}"


def read(row: Row) -> tuple[Found, Agency | None]:
    canonical = build(read_bytes(whole(row).encode(), "opening.md"))
    found = identify(canonical, split_sections(canonical)[0])
    return found, resolve_agency(found.agency, text=canonical.text[:4000], year=found.year) if found.agency else None


@cache
def _read_all() -> tuple[tuple[Row, Found, Agency | None], ...]:
    return tuple((row, *read(row)) for row in rows("openings.tsv"))


def is_right(row: Row, agency: Agency) -> bool:
    """Whether what is claimed as certain is what the reader sees."""
    if row["place"] == "-":
        return False
    codes = {d.code for d in read_chain(row["place"]).last}
    return agency.division_code in codes and row["kind"] in ("-", agency.kind)


@pytest.mark.parametrize("part", ["dev", "held"])
def test_a_printed_agency_is_found(part: str) -> None:
    printed = [(r, f) for r, f, _ in _read_all() if r["set"] == part and r["agency"] != "-"]
    missed = [(r["agency"], f.agency) for r, f in printed if not f.agency.endswith(tuple(r["agency"].split("|")))]
    assert len(printed) >= 18
    assert len(missed) <= 0.06 * len(printed), missed


def test_an_agency_that_is_not_printed_is_not_invented() -> None:
    assert [f.agency for r, f, _ in _read_all() if r["agency"] == "-" and f.agency] == []


def test_nothing_wrong_is_certain() -> None:
    wrong = [(r["agency"], a) for r, _, a in _read_all() if a and a.certainty == "certain" and not is_right(r, a)]
    assert wrong == []


def test_years() -> None:
    assert [(r["year"], f.year, r["text"][:40]) for r, f, _ in _read_all() if str(f.year) != r["year"]] == []


def test_levels() -> None:
    known = [(r, a) for r, _, a in _read_all() if a is not None and r["level"] != "-"]
    assert [(r["agency"], a.level_code) for r, a in known if a.level_code != r["level"]] == []


def test_no_name_ends_in_people() -> None:
    assert [f.agency for _, f, _ in _read_all() if f.agency.endswith("人民")] == []
