"""Reports of 2008–2018: passages as usual, no statutory cells, tables kept as grids."""

from __future__ import annotations

from corpus.store.schema import tables
from extract.pipeline import analyze_bytes
from extract.rows import report_rows

PAGE = (
    "<div class=nav><a href=1>首页</a></div><div class=main><h1>云岭县水务局2015年政府信息公开工作年度报告</h1><p>一、概述</p>"
    "<p>2015年，我局公开信息88条。</p><p>二、主动公开情况</p><p>通过网站公开60条，办结率100%。</p>"
    "<table><tr><th>指标</th><th>单位</th><th>数量</th></tr><tr><td rowspan=2>主动公开</td><td>条</td><td>88</td></tr><tr><td>次</td><td></td></tr></table>"
    "<p>三、收费及减免情况</p><p>没有收费。</p><table><tr><td>收费</td><td>0</td></tr><tr><td>减免</td><td>0</td></tr></table></div>"
)


def test_tables_are_kept_as_printed() -> None:
    report = analyze_bytes(PAGE.encode(), "a.html")
    assert (report.identity.form, report.cells) == ("pre2019", ())
    assert [p.text for p in report.passages] == ["2015年，我局公开信息88条。", "通过网站公开60条，办结率100%。", "没有收费。"]
    rows = report_rows(report, "a.html", {})["grids"]
    assert [(r["row"], r["column"], r["text"], r["row_span"], r["column_span"]) for r in rows] == [
        (0, 0, "指标", 1, 1), (0, 1, "单位", 1, 1), (0, 2, "数量", 1, 1), (1, 0, "主动公开", 2, 1), (1, 1, "条", 1, 1), (1, 2, "88", 1, 1),
        (2, 1, "次", 1, 1), (2, 2, "", 1, 1), (0, 0, "收费", 1, 1), (0, 1, "0", 1, 1), (1, 0, "减免", 1, 1), (1, 1, "0", 1, 1),
    ]  # fmt: skip
    assert len({r["grid_id"] for r in rows}) == 2
    assert all(report.text[int(str(r["start"])) : int(str(r["end"]))] == r["text"] for r in rows)
    table = tables()["grids"]
    assert {c.name for c in table.columns} == set(rows[0])
    assert len({tuple(str(r[k]) for k in table.key) for r in rows}) == len(rows)


def test_later_reports_have_no_grids() -> None:
    page = PAGE.replace("2015年", "2021年").replace("一、概述", "一、总体情况")
    report = analyze_bytes(page.encode(), "a.html")
    assert report_rows(report, "a.html", {})["grids"] == []
