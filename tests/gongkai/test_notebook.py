"""``docs/example.ipynb``: its cells run in order in an empty folder, and what is kept of an earlier run fits them."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import UsageError

pytest.importorskip("matplotlib")
pytest.importorskip("pandas")
pytest.importorskip("rapidfuzz")
pytest.importorskip("rensa")
from gongkai import plots

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "example.ipynb"
CELLS: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = [(c["id"], "".join(c["source"]), c["outputs"]) for c in CELLS if c["cell_type"] == "code"]


def planted(text: str) -> list[str]:
    """What the last table says of the texts themselves, which no classifier has a part in."""
    return re.findall(r"in the texts (\d\.\d\d)", text)


def test_its_cells_run_and_find_what_was_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        plots.chinese_font()
    except UsageError as error:  # a machine without Chinese fonts
        pytest.skip(error.message)
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"__name__": "__main__"}
    for name, source, _ in CODE:
        exec(compile(source, f"example.ipynb cell {name}", "exec"), space)  # the cells are ours
    finding = {(f["agencies"], f["what"]): f for f in space["finding"]}
    assert len(finding) == 6
    water, education = "水务局", "教育局"
    assert finding[education, "answered"]["high"] < finding[water, "answered"]["low"]
    assert finding[education, "returns"]["found"] > finding[water, "returns"]["found"]
    assert sum(f["low"] <= f["in the texts"] <= f["high"] for f in finding.values()) >= 5
    # what the sheet is for: the model's shares are off by more than their intervals say, the corrected ones and their difference are not
    said = {
        r["kind"]: r
        for r in space["shares"].to_pylist()
        if (r["what"], r["facet"], r["dimension"]) == ("problem", "capacity", "all")
    }
    for name, kind in ((water, "water"), (education, "education")):
        stated = finding[name, "stated"]
        assert stated["corrected"]
        assert said[kind]["high"] < stated["in the texts"] <= stated["high"]
        assert stated["low"] <= stated["in the texts"]
    truth = finding[education, "stated"]["in the texts"] - finding[water, "stated"]["in the texts"]
    (difference,) = space["changed"].to_dict("records")
    assert 0 < difference["low"] <= truth <= difference["high"]
    assert (tmp_path / "replication.zip").is_file()
    kept = next("".join(o["text"]) for _, _, outputs in CODE for o in outputs if "in the texts" in "".join(o.get("text", [])))
    assert planted(capsys.readouterr().out) == planted(kept) != []


def test_it_holds_outputs_that_are_small_and_name_no_place() -> None:
    outputs = [o for _, _, cell in CODE for o in cell]
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    images = [base64.b64decode(o["data"]["image/png"]) for o in outputs if "image/png" in o.get("data", {})]
    assert len(images) >= 3
    assert all(i.startswith(b"\x89PNG") for i in images)
    assert NOTEBOOK.stat().st_size < 600_000
    text = json.dumps(
        [{k: v for k, v in o.get("data", {}).items() if k != "image/png"} | {"text": o.get("text")} for o in outputs]
    )
    assert not re.search(r"(/tmp|/home|/Users|/root|/work|[A-Z]:\\)", text)


def test_it_links_to_pages_that_exist() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", "".join("".join(c["source"]) for c in CELLS if c["cell_type"] == "markdown"))
    assert linked
    assert all((NOTEBOOK.parent / target).is_file() for target in linked)
