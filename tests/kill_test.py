"""Kills workers and the parent again and again while a corpus is tagged, and compares the store with an undisturbed one.

``make kill-test``, or ``python -m tests.kill_test --n 20000 --kills 30``: generated reports, poisoned files among them, random
SIGKILLs of workers and of the parent, then a full disk.  ``tests/extract/runs/test_batch_workers.py`` runs a small one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import gongkai
from benchmarks.make_corpus import texts
from corpus.errors import GongkaiError
from corpus.store.verify import Verification, verify_store
from extract.runs.run import Job, Limits, Spec, pool, tag_corpus
from tests.conftest import ROOT
from tests.support import poison

#: seconds that a poisoned report may hang, and megabytes it may swell to
TIMEOUT, MEMORY = 15.0, 700.0
#: function of ``tests.support.poison`` that makes the reports
ANALYSER = ["analyze"]


@dataclass(slots=True)
class Killed:
    """What was done to a run."""

    workers: int = 0
    parents: int = 0
    runs: int = 0
    seconds: list[float] = field(default_factory=list)


def make_corpus(folder: Path, n: int, seed: int, poisoned: int) -> None:
    """``n`` reports, and ``poisoned`` files of each of four kinds of poison."""
    for name, text in texts(n, seed):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rng = random.Random(seed)
    for kind in (poison.HANG, poison.CRASH, poison.SWELL, poison.RAISE):
        for k in range(poisoned):
            path = folder / f"{rng.randrange(max(1, n // 1000)):03d}" / f"p{kind.strip('@ ')}{k}.txt"
            path.write_text(f"云岭县{kind}{k}局2023年政府信息公开工作年度报告\n", encoding="utf-8")


def child(corpus: Path, out: Path, workers: int, batch: int, analyser: str) -> None:
    """One run, as a user's command would make it, with the analyser that heeds poison."""
    spec = Spec("keywords", analyser=f"tests.support.poison:{analyser}")
    job = Job([corpus], out, "kill-test", gongkai.__version__, batch_size=batch)
    tag_corpus(job, pool(spec, workers, Limits(TIMEOUT, MEMORY)), workers=workers)


def start(corpus: Path, out: Path, workers: int, batch: int, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.kill_test", "--child", str(corpus), str(out), str(workers), str(batch), ANALYSER[0]]
    return subprocess.Popen(command, cwd=ROOT, **options)  # type: ignore[call-overload,no-any-return]


def undisturbed(corpus: Path, out: Path, workers: int, batch: int) -> float:
    """Tag without killing; gives the seconds."""
    began = time.monotonic()
    if start(corpus, out, workers, batch).wait():
        raise SystemExit("the undisturbed run failed")
    return time.monotonic() - began


def disturbed(corpus: Path, out: Path, workers: int, batch: int, kills: int, pause: float, rng: random.Random) -> Killed:
    """Tag while killing a process every ``pause`` seconds or so, the parent every third time; goes on until the store is finished."""
    done = Killed()
    while True:
        process = start(corpus, out, workers, batch)
        done.runs += 1
        while process.poll() is None:
            if done.workers + done.parents >= kills:
                if process.wait():
                    raise SystemExit("a run failed by itself")
                break
            time.sleep(pause * rng.uniform(0.2, 1.8))
            if process.poll() is None:
                _kill(process, done, rng)
        if process.returncode == 0:
            if done.workers + done.parents < kills:
                # finished before its time: anew, from nothing
                shutil.rmtree(out)
                continue
            return done


def _kill(process: subprocess.Popen[bytes], done: Killed, rng: random.Random) -> None:
    try:
        found = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    if not found or (done.workers + done.parents) % 3 == 2:
        process.kill()
        process.wait()
        done.parents += 1
        _gone(found)
        return
    try:
        rng.choice(found).kill()
        done.workers += 1
    except psutil.NoSuchProcess:
        return


def _gone(workers: list[psutil.Process]) -> None:
    """Workers must not outlive their parent, not even one that hangs."""
    _, alive = psutil.wait_procs(workers, timeout=15)
    if alive:
        raise SystemExit(f"{len(alive)} workers outlived their parent")


def compare(first: Path, second: Path, poisoned: int) -> Verification:
    """Both stores, found to be whole and equal, with the poisoned files set aside."""
    a, b = verify_store(first), verify_store(second)
    for name, found in ((first, a), (second, b)):
        if found.problems or not found.finished:
            raise SystemExit(f"{name}: {'; '.join(found.problems) or 'not finished'}")
    if a.digests != b.digests:
        raise SystemExit(f"digests differ: {[t for t in a.digests if a.digests[t] != b.digests[t]]}")
    codes = gongkai.load(second).counts("issues", "code")
    expected = {"timed_out": poisoned, "crashed": poisoned, "out_of_memory": poisoned, "internal": poisoned}
    found_codes = {code: codes.get(code, 0) for code in expected}
    if found_codes != expected:
        raise SystemExit(f"poisoned files were not set aside as they should: {found_codes}")
    return b


def full_disk(corpus: Path, out: Path, workers: int, batch: int, megabytes: int) -> str:
    """Tag into a small file system (or, without the right to make one, with a limit on the size of files) until it is full.

    Then what was written is copied to where there is room, and the run is resumed there.
    """
    small = out.parent / "small"
    small.mkdir()
    mounted = (
        shutil.which("mount") is not None
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(small)], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        limit = None if mounted else _limit_files
        process = start(corpus, small / "out", workers, batch, stderr=subprocess.PIPE, preexec_fn=limit)
        _, errors = process.communicate()
        message = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if process.returncode != 2 or "give the same command again" not in message:
            raise SystemExit(f"a full disk was not said: {message}")
        shutil.copytree(small / "out", out)
    finally:
        if mounted:
            subprocess.run(["umount", str(small)], check=True)
    if start(corpus, out, workers, batch).wait():
        raise SystemExit("the run did not go on after the disk was full")
    return f"{'a file system of ' + str(megabytes) + ' MB' if mounted else 'a limit on file sizes'}: {message}"


def _limit_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


def main() -> None:
    """Run the whole test and print what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2000)
    parser.add_argument("--poisoned", type=int, default=2)
    parser.add_argument("--disk", type=int, default=0, help="megabytes of the small disk; default: half of the results")
    parser.add_argument("--quick", action="store_true", help="do without metrics, join and checks, which take most of the time")
    parser.add_argument("--child", nargs=5, metavar=("CORPUS", "OUT", "WORKERS", "BATCH", "ANALYSER"))
    args = parser.parse_args()
    if args.quick:
        ANALYSER[0] = "quick"
    if args.child:
        try:
            child(Path(args.child[0]), Path(args.child[1]), int(args.child[2]), int(args.child[3]), args.child[4])
        except GongkaiError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(2)
        return
    with tempfile.TemporaryDirectory(prefix="gongkai-kill-") as folder:
        report(Path(folder), args)


def report(root: Path, args: argparse.Namespace) -> None:
    """The steps of the test."""
    corpus = root / "corpus"
    make_corpus(corpus, args.n, args.seed, args.poisoned)
    print(
        f"{args.n} reports and {4 * args.poisoned} poisoned files, batches of {args.batch}, {args.workers} workers, seed {args.seed}"
    )
    seconds = undisturbed(corpus, root / "calm", args.workers, args.batch)
    print(f"undisturbed: {seconds:.0f} s", flush=True)
    rng = random.Random(args.seed)
    done = disturbed(corpus, root / "killed", args.workers, args.batch, args.kills, max(1.0, seconds / args.kills), rng)
    found = compare(root / "calm", root / "killed", args.poisoned)
    print(
        f"killed {done.workers} workers and {done.parents} parents in {done.runs} runs: digests equal, {sum(found.rows.values()):,} rows",
        flush=True,
    )
    size = args.disk or max(1, sum(p.stat().st_size for p in (root / "calm").rglob("*.*")) // 2_000_000)
    print(f"full disk, {full_disk(corpus, root / 'filled', args.workers, args.batch, size)}")
    compare(root / "calm", root / "filled", args.poisoned)
    print("resumed where there is room: digests equal")
    one = root / "one"
    undisturbed(corpus, one, 1, args.batch)
    compare(root / "calm", one, args.poisoned)
    print("one worker: digests equal")


if __name__ == "__main__":
    main()
