"""What is planted in a generated corpus is found again by the whole path, from text to comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import compare_planted as planted
from gongkai import compare


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[planted.Store, dict[str, planted.Planted]]:
    folder: Path = tmp_path_factory.mktemp("planted")
    return planted.build(20, 3, folder / "store")


def test_the_corpus_is_as_planted(corpus: tuple[planted.Store, dict[str, planted.Planted]]) -> None:
    store, truth = corpus
    assert len(truth) == 40
    study = compare.study(store, by=("kind", "year"))
    assert [int(g[1]) for g in study.groups] == [2022, 2023] * 2
    assert planted.recovered_cells(store, truth, study) == "granted rate   40 of 40 reports exact"


def test_facets_answers_and_returns_are_found(corpus: tuple[planted.Store, dict[str, planted.Planted]]) -> None:
    store, truth = corpus
    study, points = compare.study(store, by=()), compare.points(store)
    found: dict[str, set[str]] = {r: set() for r in truth}
    for r in points.to_pylist():
        if r["locus"] is not None and r["facet"] != "general":
            found[r["report_id"]].add(r["facet"])
    right = sum(len(found[r] & p.stated) for r, p in truth.items())
    assert 2 * right / (sum(map(len, found.values())) + sum(len(p.stated) for p in truth.values())) > 0.9
    later = {(p.agency, p.year): p for p in truth.values()}
    checks: list[bool] = []
    for r in compare.answers(study, store, points).to_pylist():
        p = truth[r["report_id"]]
        if r["facet"] in p.stated:
            checks.append((r["answer"] != "none") == (r["facet"] in p.answered))
            if r["returns"] is not None:
                checks.append((r["returns"] != "no") == (r["facet"] in later[p.agency, p.year + 1].stated))
    assert len(checks) > 200
    assert sum(checks) / len(checks) > 0.9
