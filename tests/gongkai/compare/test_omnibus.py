"""Whether groups differ at all: permutations of whole agencies, or within those that have several groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gongkai import compare
from gongkai.compare.omnibus import omnibus_p, permuted
from tests.support.compare_store import DULL, LATE, Rows


def test_three_groups_by_hand(tmp_path: Path) -> None:
    rows = Rows()
    for n in range(18):
        rows.report(f"r{n:02}", [LATE if n < 6 else DULL], agency_id=f"a{n}", year=2021 + n // 6)
    study = compare.study(rows.store(tmp_path / "s"), ("year",))
    members = [np.flatnonzero(study.group == g) for g in range(3)]
    late = np.array([[i < 6, i % 2 == 0, True] for i in range(18)])
    sharp, even, same = omnibus_p(study, late, members, draws=999)
    # six of eighteen, all in one group: 3 of 18 564 ways to give six agencies to three groups are as uneven
    assert sharp is not None
    assert sharp <= 0.005
    assert even == 1.0
    assert same is None


def test_reports_of_an_agency_stay_together_or_change_within_it() -> None:
    rng = np.random.default_rng(1)
    whole = permuted(np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2]), rng)
    assert [whole[0] == whole[1], whole[2] == whole[3], whole[4] == whole[5]] == [True] * 3
    within = permuted(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), rng)
    assert [sorted(within[:2]), sorted(within[2:])] == [[0, 1], [0, 1]]
