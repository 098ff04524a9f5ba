"""Models and manifests from elsewhere end in coded errors: a small share of what ``make attack`` tries."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import gongkai
from corpus.errors import DataError, GongkaiError, StoreError
from corpus.store import manifest
from corpus.store.verify import verify_store
from models.folder import INFO, read_info
from models.keywords import KeywordClassifier
from models.shapes import expect
from tests.attack.json_damage import damage_manifests, damage_models
from tests.support.factories import sample_text

IN_PROCESS = True


def test_mutated_models_are_refused_or_work(tmp_path: Path) -> None:
    assert damage_models(tmp_path, 50, seed=7) == []


def test_mutated_manifests_are_refused_or_work(tmp_path: Path) -> None:
    assert damage_manifests(tmp_path, 8, seed=7) == []


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"a": 1}, {"a": str}), ({"a": True}, {"a": int}), ({"a": 1, "b": 2}, {"a": int}), ([1, "x"], [int]), (float("nan"), float),
        (10**30, int), (None, dict), ("x", [str]),
    ],
)  # fmt: skip
def test_values_of_another_shape_are_named(value: object, shape: object) -> None:
    with pytest.raises(DataError, match="of another format"):
        expect(value, shape, "model.json")  # type: ignore[arg-type]


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: links")
def test_no_link_leads_out_of_a_model_or_a_store(tmp_path: Path) -> None:
    shipped = Path(read_info.__code__.co_filename).parent / "data" / "linear"
    model, outside = tmp_path / "model", tmp_path / "outside"
    shutil.copytree(shipped, model)
    (model / "vocabulary.json").rename(outside)
    (model / "vocabulary.json").symlink_to(outside)
    assert (model / INFO).is_file()
    with pytest.raises(DataError, match="leads out of the model"):
        read_info(model)
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    out = tmp_path / "out"
    gongkai.tag([tmp_path / "a.txt"], out, classifier=KeywordClassifier())
    (out / "cells").rename(tmp_path / "cells")
    (out / "cells").symlink_to(tmp_path / "cells")
    with pytest.raises(StoreError, match="leads out of the results"):
        gongkai.load(out)
    assert any("leads out" in p for p in verify_store(out).problems)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE parts SET rows = 'x'", "UPDATE batches SET counts = '[]'", "UPDATE batches SET counts = '{\"reports\": []}'",
        "UPDATE parts SET batch = -1", "UPDATE meta SET value = x'ff00' WHERE key = 'roots'", "UPDATE batches SET revision = 1.5",
    ],
)  # fmt: skip
def test_rows_of_other_types_in_a_manifest_are_refused(tmp_path: Path, change: str) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    out = tmp_path / "out"
    gongkai.tag([tmp_path / "a.txt"], out, classifier=KeywordClassifier())
    with closing(sqlite3.connect(out / manifest.MANIFEST, isolation_level=None)) as db:
        db.execute(change)
    for use in (
        gongkai.load,
        verify_store,
        lambda folder: gongkai.tag([tmp_path / "a.txt"], folder, classifier=KeywordClassifier()),
    ):
        with pytest.raises(GongkaiError, match=r"manifest\.sqlite cannot be read|is damaged"):
            use(out)
