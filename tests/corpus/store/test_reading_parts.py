"""A part is read as pyarrow's own reader reads it, whatever is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.store.snapshot import _read_file

IDS = ["a", "a", "b.c", "b|c", "甲\n乙", "", None, "z$"]


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("part") / "p.parquet"
    spans = [[{"start": n}] for n in range(len(IDS))]
    pq.write_table(pa.table({"id": pa.array(IDS, pa.string()), "spans": spans, "n": range(len(IDS))}), path, row_group_size=3)
    return path


@pytest.mark.parametrize("columns", [None, ["n"], ["n", "id"], ["spans"]])
@pytest.mark.parametrize(
    "filters",
    [
        [], [("id", "=", "a")], [("id", "=", "b.c")], [("id", "=", "甲\n乙")], [("id", "=", "")], [("id", "=", "bxc")], [("id", "in", ["b|c", "z$", "zz"])],
        [("id", "in", ["a", "b.c"]), ("n", ">", 0)], [("id", "in", [f"x{i}" for i in range(99)] + ["a"])], [("id", "not in", ["a"])], [("n", "=", 2)],
    ],
)  # fmt: skip
def test_the_rows_asked_for(part: Path, columns: list[str] | None, filters: list[tuple[str, str, Any]]) -> None:
    known = pq.read_table(part, partitioning=None, columns=columns, filters=filters or None)
    assert _read_file(part, columns, filters).equals(known, check_metadata=True)


def test_a_column_that_is_not_there(part: Path) -> None:
    with pytest.raises(pa.ArrowInvalid, match="no column x"):
        _read_file(part, ["x"], [])
