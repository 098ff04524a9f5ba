"""The page on comparing says by which test each rule is held; the tests that it names are there."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def test_every_test_that_the_page_names_is_there() -> None:
    page = (
        (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8").partition("## What is tested on stores worked by hand")[2]
    )
    rows = [line for line in page.partition("\n## ")[0].splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 12))
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)`((?:,? `test_\w+`)+)", row)
        assert named, row
        for file, tests in named:
            text = (ROOT / "tests" / "gongkai" / "compare" / file).read_text(encoding="utf-8")
            for test in re.findall(r"`(test_\w+)`", tests):
                assert f"def {test}(" in text, (file, test)
