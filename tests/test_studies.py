"""The tables of docs/studies.md: their lines run on the bundled reports, and give the figures of a corpus worked out by hand."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

import gongkai
from tests.conftest import ROOT
from tests.support.compare_store import DULL, LATE, Rows
from training.samples import build

IN_PROCESS = True


def lines() -> str:
    """All blocks of Python of the page, in their order."""
    text = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(found) == 5
    return "\n".join(found)


def tables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    pytest.importorskip("pandas")
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(lines(), names)  # the page's own code
    return names


def test_they_run_on_the_bundled_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "samples", ["tab-rows"])
    paths = sorted((tmp_path / "samples" / "tab-rows").glob("*.txt"))
    header, *levels = csv.reader((tmp_path / "samples" / "metadata.csv").read_text(encoding="utf-8").splitlines())
    with (tmp_path / "metadata.csv").open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([[*header, "region"], *([*row, "东" if k % 2 else "西"] for k, row in enumerate(levels))])
    gongkai.tag(paths, out=tmp_path / "results", metadata=tmp_path / "metadata.csv", workers=1)
    found = tables(tmp_path, monkeypatch)
    assert {region for region, _ in found["kinds"].columns} == {"东", "西"}
    assert set(found["tested"]["group"]) | set(found["tested"]["other"]) == {"东", "西"}
    assert "公开率" in found["reform"].index.get_level_values("zh")
    assert set(found["corrected"]["zh"]) == {"复议纠正率", "诉讼纠正率"}
    # the levels of invented places resolve; six departments of counties are enough for an interval, two towns are not
    levels_of = found["levels"].set_index(["level", "facet"])
    assert "unknown" not in set(found["corrected"]["level"]) | set(found["levels"]["level"])
    assert levels_of.loc[("county_department", "any"), "low"] > 0
    assert levels_of["low"].xs("township").isna().all()


def test_they_give_the_figures_worked_out_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    for k in range(60):
        east = k < 30
        for year in (2019, 2022):
            # in the east 20 of 30 are late, in the west 4 of 30, every year alike
            late = k < 20 or 30 <= k < 34
            rows.report(
                f"r{k:02}-{year}", [LATE if late else DULL], agency_id=f"a{k}", year=year, form="2019" if year == 2019 else "2021",
                level="county" if k % 2 else "province", metadata=json.dumps({"region": "东" if east else "西"}, ensure_ascii=False),
                cells={
                    "t3.total.total": 10, "t3.granted.total": 4 if year == 2019 else 6, "t3.partial.total": 1,
                    "t4.review.total": 4, "t4.review.pending": 1, "t4.review.corrected": 1 if k % 2 else 0,
                    "t4.suit_direct.total": 2, "t4.suit_direct.pending": 0, "t4.suit_direct.corrected": 1 if k % 4 == 0 else 0,
                    "t4.suit_after_review.total": 0, "t4.suit_after_review.pending": 0, "t4.suit_after_review.corrected": 0,
                },
            )  # fmt: skip
    rows.store(tmp_path / "results")
    found = tables(tmp_path, monkeypatch)
    kinds = found["kinds"]
    late = next(zh for zh in kinds.index if kinds["东", "2019"][zh] > 0.6 and zh != "任一方面")
    assert [round(kinds[c][late], 4) for c in (("东", "2019"), ("东", "2022"), ("西", "2019"), ("西", "2022"))] == [
        0.6667, 0.6667, 0.1333, 0.1333,
    ]  # fmt: skip
    row = found["tested"].set_index("facet_zh").loc[late]
    assert abs(row["difference"]) == pytest.approx(20 / 30 - 4 / 30)
    assert row["p"] < 0.05
    reform = found["reform"].xs("公开率", level="zh")
    assert reform["rate"]["2019"].iloc[0] == pytest.approx(0.5)
    assert reform["rate"]["2022"].iloc[0] == pytest.approx(0.7)
    assert reform["known"]["2019"].iloc[0] == 60
    by = found["corrected"].set_index(["level", "zh"])
    assert by.loc[("county", "复议纠正率"), "rate"] == pytest.approx(1 / 3)
    assert by.loc[("province", "复议纠正率"), "rate"] == pytest.approx(0.0)
    assert by.loc[("province", "诉讼纠正率"), "rate"] == pytest.approx(0.25)
    assert by.loc[("county", "诉讼纠正率"), "denominator"] == 120
