"""What share of random small changes to a room's code its tests notice: ``python -m tests.mutation_sample tables --n 60``.

``make mutants`` tries every change, which for these rooms takes a day.  Here some are drawn at random (mutmut makes them), each is
put into a copy of the tree, and the tests named below run until the first that fails; a change that makes them hang counts as noticed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongkai.compare.statistics import wilson

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("corpus", "extract", "models", "training", "gongkai", "tests")
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Room:
    """Files whose code is changed, and tests in the order in which they are run: those that notice most for their time first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


_GOLDEN, _REAL = "tests/extract/test_golden.py", "tests/test_acceptance.py::test_real_reports"
ROOMS = {
    "tables": Room(("corpus/forms/*.py",), (_GOLDEN, _REAL, "tests/corpus/forms")),
    "mentions": Room(("extract/mentions/*.py",), (_GOLDEN, "tests/extract/mentions", _REAL)),
    "canonical": Room(
        ("corpus/text/canonical.py", "corpus/text/headings.py", "corpus/text/sections.py"),
        (
            _GOLDEN, "tests/corpus/text", _REAL, "tests/corpus/test_bent_texts.py", "tests/corpus/test_ledger.py", "tests/models/test_segment.py",
            "tests/corpus/forms/test_tables.py", "tests/corpus/readers/test_readers.py", "tests/corpus/test_bent_reports.py",
        ),
    ),
}  # fmt: skip


def changes(room: Room) -> Iterator[tuple[Path, Any, Any]]:
    """All changes of a room: file below the root, parsed module, and the change of one node of it."""
    from mutmut.mutation.file_mutation import create_mutations

    for pattern in room.files:
        for path in sorted(ROOT.glob(pattern)):
            module, found, *_ = create_mutations(str(path), path.read_text(encoding="utf-8"))
            yield from ((path.relative_to(ROOT), module, m) for m in found if m.contained_by_top_level_function is not None)


def noticed(copy: Path, tests: tuple[str, ...]) -> bool:
    """Whether a test fails in the copy of the tree."""
    run = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(run, cwd=copy, env=env, capture_output=True, timeout=_SECONDS).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def main() -> None:
    """Draw, try and print."""
    from mutmut.mutation.file_mutation import deep_replace

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--n", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    room = ROOMS[args.room]
    every = list(changes(room))
    drawn = random.Random(args.seed).sample(every, min(args.n, len(every)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        for name in _FOLDERS:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        if (ROOT.parent / "shared").is_dir():
            (Path(folder) / "shared").symlink_to((ROOT.parent / "shared").resolve())
        if noticed(copy, room.tests):
            sys.exit("the tests fail before anything is changed")
        killed = 0
        for number, (path, module, change) in enumerate(drawn, 1):
            text = (ROOT / path).read_text(encoding="utf-8")
            changed: Any = deep_replace(module, change.original_node, change.mutated_node)
            (copy / path).write_text(changed.code, encoding="utf-8")
            seen = noticed(copy, room.tests)
            (copy / path).write_text(text, encoding="utf-8")
            killed += seen
            if not seen:
                before, after = (module.code_for_node(node).strip() for node in (change.original_node, change.mutated_node))
                print(f"not noticed: {path}: {before[:90]!r} -> {after[:90]!r}", flush=True)
            if number % 10 == 0:
                print(f"{killed} of {number}", flush=True)
    low, high = wilson(killed, len(drawn))
    print(
        f"{args.room}: {killed} of {len(drawn)} noticed, {killed / len(drawn):.1%} ({low:.1%}-{high:.1%}), of {len(every)} changes"
    )


if __name__ == "__main__":
    main()
