"""Work beside the answers does not outlive the interpreter."""

from __future__ import annotations

import subprocess
import sys

from gongkai.web.background import begin, ending
from tests.conftest import ROOT

#: inside Arrow most of the time, and not ended by whoever began it
_CODE = """
import os, pyarrow as pa, pyarrow.compute as pc
from gongkai.web.background import begin, ending
many = pa.array(range(300_000))
def work():
    while not ending():
        pc.sort_indices(pc.multiply(many, -1))
    os.write(1, b"over\\n")
for _ in range(3):
    begin(work)
"""


def test_the_end_waits_for_what_runs_and_begins_nothing_more() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, encoding="utf-8", timeout=60, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\nover\nover\n", "")


def test_work_is_done_beside() -> None:
    seen: list[object] = []
    begin(seen.append, 3).join()
    assert seen == [3]
    assert not ending()
