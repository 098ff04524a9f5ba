"""``make attack``: everything at full size, with the figures for docs/robustness.md; ``--share 0.01`` for a look."""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

from tests.attack.commands import SLOW
from tests.attack.damage import Damages, damage, read_beside_writer
from tests.attack.json_damage import damage_manifests, damage_models
from tests.attack.kills import OPERATIONS, WRITING, can_attack, run
from tests.attack.whole_path import whole_path
from tests.attack.work import MOST, growth, work
from tests.format_matrix import replace_part

#: kills of each operation; a quarter as many times the disk is full
KILLS = 104
PARTS = ("kills", "commands", "damage", "readers", "files", "models", "manifests", "work")


def _row(what: str, tried: int, ends: str, wrong: int) -> str:
    return f"| {what} | {tried:,} | {ends} | {wrong} |"


def _ended(ends: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {end}" for end, count in sorted(ends.items()))


def _damages(what: str, made: Damages) -> tuple[str, list[str]]:
    return _row(what, sum(made.ends.values()), _ended(made.ends), len(made.found)), made.found


def _part(part: str, share: float, seed: int) -> list[tuple[str, list[str]]]:
    def size(full: int) -> int:
        return max(1, round(full * share))

    if part == "kills":
        made = [k for operation in OPERATIONS for k in run(operation, size(KILLS))] if can_attack() else []
        return [(_row(k.operation, k.points, _ended(k.ends), len(k.found)), k.found) for k in made]
    if part == "commands":
        made = [k for name in WRITING for k in run(name, size(8 if name in SLOW else 24))] if can_attack() else []
        return [(_row(k.operation, k.points, _ended(k.ends), len(k.found)), k.found) for k in made]
    if part == "work":
        grown = [(f"{kind}: {counts}", growth(counts)) for kind, _, counts in work(share)]
        wrong = [what for what, grew in grown if grew > MOST]
        return [(_row("input of 8 times the length", len(grown), "calls as many as its length asks", len(wrong)), wrong)]
    if part == "files":
        return [_damages("fuzzed files over the whole path", whole_path(size(3_000), seed))]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        match part:
            case "damage":
                return [_damages("damages of store files", damage(home, size(1_000), seed))]
            case "readers":
                return [_damages("reads beside a writer", read_beside_writer(home, size(10_000)))]
            case "models":
                found = damage_models(home, size(1_000), seed)
                return [(_row("mutated model folders", size(1_000), "coded error, or works", len(found)), found)]
        found = damage_manifests(home, size(1_000), seed)
        return [(_row("mutated manifests", size(1_000), "coded error, or works", len(found)), found)]


def main() -> None:
    """Print the table and what went wrong; exits with 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=20240501)
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = ["| attack | tried | ended | went wrong |", "|---|---:|---|---:|"]
    wrong: list[str] = []
    for part in options.only:
        began = time.monotonic()
        for line, found in _part(part, options.share, options.seed):
            lines.append(line)
            print(line, *found[:8], sep="\n    ", flush=True)
            wrong += found
        print(f"{part}: {time.monotonic() - began:.0f} s", flush=True)
    if options.out:
        replace_part(options.out, "attack", f"Seed {options.seed}.\n\n" + "\n".join(lines) + "\n")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
