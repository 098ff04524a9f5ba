"""Prints what share of mutants the tests kill, by module, after ``mutmut run`` (``make mutants``)."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

MUTANTS = Path(__file__).resolve().parent.parent / "mutants"
#: mutmut's exit codes: 0 the tests passed (survived), 33 no test reaches it, the rest were noticed
_SURVIVED, _UNTESTED = 0, 33


def score(folder: Path = MUTANTS) -> dict[str, Counter[str]]:
    """Counts of ``killed``, ``survived`` and ``untested`` by module."""
    found: dict[str, Counter[str]] = {}
    for meta in sorted(folder.rglob("*.py.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].values()
        counts = Counter(
            {_SURVIVED: "survived", _UNTESTED: "untested"}.get(code, "killed") for code in codes if code is not None
        )
        if counts:
            found[meta.relative_to(folder).as_posix().removesuffix(".meta")] = counts
    return found


def main() -> None:
    """Print the table."""
    found = score()
    if not found:
        sys.exit(f"no results in {MUTANTS}: run `make mutants`")
    found["all"] = sum(found.values(), Counter())
    for module, counts in found.items():
        total = sum(counts.values())
        print(
            f"{module:28} {counts['killed']:5} of {total:5} killed  {counts['killed'] / total:6.1%}  untested {counts['untested']}"
        )


if __name__ == "__main__":
    main()
