"""The page of a comparison: groups by their names, many groups, nothing of the data's codes, large tables as Parquet."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import html as lxml_html

pytest.importorskip("matplotlib")
pytest.importorskip("rensa")
from corpus.errors import DataError, UsageError
from gongkai import plots
from gongkai.commands.compare import run
from gongkai.compare import tables
from gongkai.pages import compare_page
from tests.support.compare_store import DULL, FASTER, LATE, Rows

try:
    plots.chinese_font()
except UsageError as error:  # a machine without Chinese fonts
    pytest.skip(error.message, allow_module_level=True)

Make = Callable[..., tuple[str, str, Path]]


@pytest.fixture
def page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """Makes a store of so many agencies and compares it: (text of the page without markup, what was printed, folder)."""

    def make(agencies: int, by: str, **options: Any) -> tuple[str, str, Path]:
        rows = Rows()
        for k in range(agencies):
            for year in (2022, 2023):
                rows.report(
                    f"r{k:02}{year}", [LATE if k % 2 else DULL, FASTER], agency_id=f"3301{k:02}.water", agency=f"丙{k // 2:02}县水务局",
                    year=year, kind="water" if k % 3 else "education", cells={"t3.carried_in.total": k, "t3.carried_out.total": 400},
                )  # fmt: skip
        rows.store(tmp_path / "s")
        run(tmp_path / "s", tmp_path / "out", by, **{"lang": "both", **options})
        html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
        assert "default-src" in html
        return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)), capsys.readouterr().out, tmp_path / "out"

    return make


def test_groups_are_named_as_people_name_them(page: Make) -> None:
    text, _, _ = page(8, "year,kind")
    assert "2022 教育" in text
    assert "2023 水利（水务）" in text
    assert not re.search(r"returns_in_words|cluster bootstrap|t3\.carried|2022,|\bFalse\b", text)
    assert "合计：上年结转 ＝ 上年报告的结转下年度继续办理" in text.replace("总计：", "合计：")
    assert "−0" not in text.split("Across years")[-1]


def test_the_page_and_its_figures_are_in_the_language_asked_for(page: Make) -> None:
    text, _, out = page(8, "kind", lang="en")
    tree = lxml_html.fromstring((out / "report.html").read_text(encoding="utf-8"))
    said = tree.xpath("//h1//text() | //h2//text() | //h3//text() | //th//text() | //nav//text() | //section/p//text()")
    assert [x for x in said if re.search(r"[\u3400-\u9fff：]|^[^（]*[a-z=\d]（", x)] == []
    assert "Share of reports that state a problem of each facet" in text
    assert "timeliness" in text


def test_a_page_in_chinese_says_nothing_in_english(page: Make) -> None:
    _, _, out = page(8, "kind", lang="zh", weights="n_cells", cluster="agency")
    tree = lxml_html.fromstring((out / "report.html").read_text(encoding="utf-8"))
    said = " ".join(tree.xpath("//h1//text() | //h2//text() | //h3//text() | //th//text() | //nav//text() | //footer//text()"))
    assert set(re.findall(r"[A-Za-z]{3,}", said)) <= {"docs", "comparing"}
    notes = tree.xpath("//ul[@class='notes']/li//text() | //section/p//text()")
    assert len(notes) > 10
    assert [n for n in notes if re.search("[a-z]+ [a-z]+ [a-z]+", n)] == []
    assert {"占比、均值、中位数按n_cells加权，报告数不加权", "区间与检验按agency的取值（见 clusters）而非机关抽样"} <= set(
        notes
    )
    assert tree.xpath("//ul//*[@lang]") == []


def test_years_of_few_agencies_are_points_without_a_line() -> None:
    keys = {"what": "problem", "facet": "timeliness", "facet_zh": "时效性", "dimension": "all", "value": "all"}
    for low, line in ((None, "None"), (0.1, "-")):
        rows = [{"year": y, "share": 0.5, "low": low, "high": low and 0.9, **keys} for y in ("2022", "2023")]
        figure = plots.trends(pa.Table.from_pylist(rows), ("year",))
        assert [x.get_linestyle() for x in figure.axes[0].lines if x.get_marker() == "o"] == [line]


def test_figures_are_english_where_that_is_asked_for() -> None:
    with plots.language("en"):
        assert plots.group_name(("year", "level"), ("2023", "county_department")) == "2023 county department"
        assert plots.group_name((), ()) == "all"
    assert plots.group_name(("year", "level"), ("2023", "county_department")) == "2023 县级部门"


def test_cells_tell_their_heading_where_rows_are_stacked(page: Make) -> None:
    _, _, out = page(8, "year")
    tree = lxml_html.fromstring((out / "report.html").read_text(encoding="utf-8"))
    told = 0
    for table in tree.xpath("//table"):
        heads = [th.text_content() for th in table.xpath("./thead//th")]
        for row in table.xpath("./tbody/tr[td[@data-h]]"):
            assert [td.get("data-h") for td in row.xpath("./td")] == heads
            told += 1
    assert told > 20
    assert len(tree.xpath('//figure[@class="scroll"]/img')) == len(tree.xpath("//figure"))  # a heat map keeps its size


def test_agencies_are_printed_by_name_and_apart(page: Make) -> None:
    text, said, folder = page(30, "agency")
    assert "30 groups" in said
    assert "30 largest of 30 groups" in text
    # two agencies that print the same name keep their ids
    assert "丙00县水务局（330100.water）" in text
    assert "丙00县水务局（330101.water）" in text
    assert "时效性 ▨100.0 2/2" in text
    assert "no group holds 3 agencies" in said
    header = (folder / "quotations.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.startswith("agency,agency_name,year_of_report,")


def test_a_table_no_spreadsheet_opens_is_parquet(page: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 20)
    text, said, folder = page(8, "kind")
    assert not (folder / "problems.csv").exists()
    assert pq.read_table(folder / "problems.parquet").num_rows > 20
    assert "problems.parquet" in text
    assert re.search(r"problems\.parquet +\d", said)
    assert (folder / "copied_by_report.csv").is_file()


def test_tables_in_other_formats(page: Make) -> None:
    text, said, folder = page(8, "kind", to="xlsx")
    book = pytest.importorskip("openpyxl").load_workbook(folder / "comparison.xlsx", read_only=True)
    assert {"problems", "measures", "answers", "derived", "panel", "indicators_within_agency"} <= set(book.sheetnames)
    rows = list(book["problems"].values)
    found = [dict(zip(rows[0], r, strict=True)) for r in rows[1:]]
    assert [
        r["stating"]
        for r in found
        if (r["kind"], r["facet"], r["dimension"]) == ("water", "timeliness", "all") and r["what"] == "problem"
    ] == [6]
    assert [p.name for p in folder.glob("*.csv")] == ["codebook.csv"]
    assert "comparison.xlsx" in text
    assert "problems.csv" not in text
    assert "comparison.xlsx" in said


def test_parquet_and_what_is_no_format(page: Make) -> None:
    text, _, folder = page(4, "kind", to="parquet")
    assert pq.read_table(folder / "answers_by_group.parquet").num_rows
    assert [p.name for p in folder.glob("*.csv")] == ["codebook.csv"]
    assert "answers.parquet" in text
    with pytest.raises(UsageError, match="as 'ods'"):
        run(folder.parent / "s", folder.parent / "new", "kind", to="ods")
    assert not (folder.parent / "new").exists()


def test_tables_of_an_earlier_run_do_not_stay(page: Make) -> None:
    _, _, folder = page(8, "year,kind")
    held = {p.stem for p in folder.iterdir()} - {"points", "report", "codebook"}
    assert {"words_problems", "differences"} <= held <= tables.NAMES
    (folder / "notes.csv").write_text("mine", encoding="utf-8")
    (folder / "to_code.csv").write_text("mine too", encoding="utf-8")
    run(folder.parent / "s", folder, "", to="parquet")
    names = {p.name for p in folder.iterdir()}
    assert {"notes.csv", "to_code.csv", "problems.parquet"} <= names
    assert not names & {"problems.csv", "words_problems.csv", "differences.csv"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"identity": "name"}, "unknown identity"),
        ({"lineage": Path("nowhere.csv")}, "no such file"),
        ({"reference": "court"}, "no group 'court'"),
        ({"reference": "water,2022"}, "has 2 values"),
    ],
)
def test_what_is_wrong_is_said_before_the_work(
    page: Make, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(tables, "points_of_store", never)
    with pytest.raises((UsageError, DataError), match=message):
        page(4, "kind", **options)


def test_figures_say_of_how_many_and_at_which_level(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(12):
        granted = 30 if k % 2 else 10
        rows.report(
            f"r{k:02}", [LATE if k % 3 else DULL, FASTER], agency_id=f"a{k}", kind="xyz"[k % 3], coverage="consolidated",
            level="county" if k % 2 else "prefecture", s5="unread" if k == 11 else "read",
            cells={"t3.granted.total": granted, "t3.total.total": 40, "t3.partial.total": 0},
        )  # fmt: skip
    rows.store(tmp_path / "s")
    run(tmp_path / "s", tmp_path / "out", "form", lang="en")
    tree = lxml_html.fromstring((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))

    def cells(section: str) -> list[list[str]]:
        return [[c.text_content() for c in r.xpath("td")] for r in tree.xpath(f'//section[@id="{section}"]//tbody/tr')]

    assert cells("counted")[0][1:7] == ["12", "11", "0", "0", "1", "11"]
    # a county's cases are among its city's: a row for each level, none overwrites the other
    captions = tree.xpath('//section[@id="derived"]//h3/text()')
    assert [c.partition(": ")[2] for c in captions] == ["county", "prefecture"]
    assert [r[1].split(" ")[0] for r in cells("derived")] == ["75.0", "25.0"]
    assert all("240; 6/6" in r[1] for r in cells("derived"))
    run(tmp_path / "s", tmp_path / "out", "kind", lang="en")
    tree = lxml_html.fromstring((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    row = cells("differences")[0]
    assert row[6] in {"4 : 4 (4 : 4)*", "3 : 4 (3 : 4)*", "4 : 3 (4 : 3)*"}
    assert float(row[7]) <= 0.05  # of no difference between any of the three kinds


def test_one_late_form_does_not_take_its_year_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = Rows()
    for k in range(6):
        rows.report(f"r{k}2020", [LATE], agency_id=f"a{k}", year=2020, form="2019")
        rows.report(f"r{k}2021", [LATE], agency_id=f"a{k}", year=2021, form="2021" if k else "2019")
    rows.store(tmp_path / "s")
    run(tmp_path / "s", tmp_path / "out", "year")
    said = capsys.readouterr().out
    assert "labels.csv leaves out the years of the form of 2019" in said
    assert "mix both forms" in said
    lines = (tmp_path / "out" / "labels.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert {(line.split(",")[0], line.split(",")[-4]) for line in lines} == {("2021", "2019+2021")}


def test_examples_hold() -> None:
    assert doctest.testmod(compare_page).attempted
    assert doctest.testmod(compare_page).failed == 0
