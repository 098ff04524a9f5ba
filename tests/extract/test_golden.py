"""The bundled samples give the results they gave before (see ``tests/golden_results.py``)."""

import json
from pathlib import Path

from tests.golden_results import GOLDEN, results


def test_samples_give_the_golden_results(tmp_path: Path) -> None:
    got = results(tmp_path)
    expected = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in GOLDEN.glob("*.json")}
    assert sorted(got) == sorted(expected)
    for name, value in got.items():
        for part, content in expected[name].items():
            assert json.loads(json.dumps(value[part])) == content, f"{name}: {part}"
