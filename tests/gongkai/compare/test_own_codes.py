"""A store tagged with a user's own codes: compared, exported and evaluated with the user's labels, facets and Chinese names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from corpus.errors import UsageError
from gongkai import compare
from gongkai.codes import codes_of, is_own
from gongkai.commands.compare import run
from gongkai.commands.evaluate import run as evaluate
from gongkai.commands.sample import run as sample
from gongkai.compare.tables import CompareOptions
from gongkai.compare.tables import compare as compare_all
from gongkai.export.names import variables_of
from gongkai.export.text_files import codebook_rows
from gongkai.export.wide import wide
from gongkai.store_access import Store
from models.taxonomy import Taxonomy, from_text, to_text
from tests.support.compare_store import Rows

CODES = Taxonomy(
    "blame", "1", ("shortcoming", "none"), ("staff", "money", "unclear"), ("shortcoming",), "unclear",
    {"shortcoming": "不足", "none": "其他", "facet:staff": "人员", "facet:money": "经费", "facet:unclear": "不明"},
)  # fmt: skip
STAFF = ("shortcoming", "人员配备不足，业务不熟。", ("staff",))
MONEY = ("shortcoming", "经费没有保障。", ("money", "staff"))
BARE = ("shortcoming", "工作还有差距。", ("unclear",))
NONE = ("none", "全年公开信息80条。")


def store_of(folder: Path, codes: Taxonomy = CODES) -> Store:
    rows = Rows()
    for k in range(12):
        passages = [STAFF] if k < 6 else [MONEY] if k < 8 else [BARE] if k < 9 else [NONE]
        rows.report(f"r{k:02}", passages, agency_id=f"a{k}", kind="x" if k % 2 else "y", s5="unread" if k == 11 else "read")
    return rows.store(folder, codes=to_text(codes))


def test_codes_stand_in_the_manifest_and_read_as_written(tmp_path: Path) -> None:
    assert from_text(to_text(CODES), "there") == CODES
    assert codes_of(store_of(tmp_path)) == CODES
    assert not is_own(codes_of(Rows().report("r").store(tmp_path / "plain")))


def test_shares_are_of_the_users_labels_and_never_of_the_codebooks(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    study = compare.study(store, by=())
    table = compare.facet_shares(study, compare.points(store)).to_pylist()
    found = {(r["what"], r["facet"]): (r["stating"], r["reports"], r["what_zh"], r["facet_zh"]) for r in table}
    assert found == {
        ("shortcoming", "any"): (8, 11, "不足", "任一方面"),
        ("shortcoming", "staff"): (8, 11, "不足", "人员"),
        ("shortcoming", "money"): (2, 11, "不足", "经费"),
        ("shortcoming", "unclear"): (1, 11, "不足", "不明"),
    }
    labels = {r["label"]: r["label_zh"] for r in compare.label_shares(study, store).to_pylist()}
    assert labels == {"shortcoming": "不足", "none": "其他"}


def test_every_table_and_the_page_have_the_users_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = store_of(tmp_path / "store")
    names = set(compare_all(store, CompareOptions(by=("kind",))).tables)
    assert {"own_codes", "labels", "differences"} <= names
    assert not names & {"problems", "measures", "answers", "answers_by_group"}
    run(tmp_path / "store", tmp_path / "out", "kind")
    assert "blame 1" in capsys.readouterr().out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "不足" in page
    assert "人员" in page
    with (tmp_path / "out" / "codebook.csv").open(encoding="utf-8-sig") as f:
        told = {(r["kind"], r["code"]): r["zh"] for r in csv.DictReader(f)}
    assert told["label", "shortcoming"] == "不足"
    assert told["facet", "staff"] == "人员"
    assert ("label", "problem") not in told
    assert ("indicator", "request.received") in told
    with (tmp_path / "out" / "quotations.csv").open(encoding="utf-8-sig") as f:
        assert {(r["facet"], r["label"]) for r in csv.DictReader(f)} >= {("staff", "shortcoming")}


def test_the_wide_table_has_the_users_variables_and_nulls_where_nothing_was_read(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    rows = {r["report_id"]: r for r in wide(store).values.to_pylist()}
    assert (rows["r06"]["facet_money_shortcoming"], rows["r00"]["facet_money_shortcoming"]) == (1, 0)
    assert rows["r11"]["facet_money_shortcoming"] is None
    assert (rows["r00"]["label_shortcoming_share"], rows["r09"]["label_none_share"]) == (1, 1)
    assert not [n for n in rows["r00"] if n.startswith("label_problem") or n.endswith(("_problem", "_measure"))]
    listed = codebook_rows(store)
    assert ("passages", "label", "shortcoming", "不足", "") in listed
    assert ("wide", "facet_money_shortcoming", "money", "不足：经费", "0/1") in listed
    assert not [r for r in listed if r[:3] == ("passages", "label", "problem")]


def test_long_codes_get_names_that_stata_allows_each_once() -> None:
    long = tuple(f"{'shortcoming_of_the_department'}{k}" for k in range(3))
    codes = Taxonomy("long", "1", (*long, "none"), (*long,), long, "", {})
    names = [v.name for v in variables_of(codes)]
    assert max(map(len, names)) <= 32
    assert len(set(names)) == len(names)


def test_a_draw_is_evaluated_with_the_users_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store_of(tmp_path / "store")
    sheet = tmp_path / "draw.csv"
    sample(tmp_path / "store", sheet, n=12, by="simple", strata=(), allocate="proportional", seed=1)
    with sheet.open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    for r in rows:
        r["label"] = "none" if "公开" in r["text"] else "shortcoming"
    with sheet.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    capsys.readouterr()
    evaluate((), None, coded=sheet, store=tmp_path / "store")
    out = capsys.readouterr().out
    assert "shortcoming" in out
    assert "1.000" in out


@pytest.mark.parametrize(
    "strange", [("problem", "更新不及时。", ("timeliness",)), ("shortcoming", "更新不及时。", ("timeliness",))]
)
def test_another_codebook_is_refused(tmp_path: Path, strange: tuple[str, str, tuple[str, ...]]) -> None:
    store = Rows().report("r1", [strange]).report("r2", [STAFF]).store(tmp_path, codes=to_text(CODES))
    with pytest.raises(UsageError, match="another codebook than blame 1"):
        compare.study(store)
    with pytest.raises(UsageError, match="another codebook than blame 1"):
        wide(store)
