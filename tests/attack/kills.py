"""Kills a run at every call that changes a file, and fills the disk at every write; the same command must then end as if nothing had been.

The program is loaded once in a process with ``shim.c`` before the C library; every point is a copy of that process (``fork``).
Linux with a C compiler.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import gongkai
from corpus.errors import GongkaiError
from corpus.store.manifest import is_store
from corpus.store.verify import verify_store
from extract.runs.compact import FEW
from extract.runs.options import TagOptions
from extract.runs.process import Bench
from extract.runs.run import Inline, Job, tag_corpus
from gongkai.bundle import bundle
from tests.attack.commands import COMMANDS, again, finals, make_results, quietly
from tests.attack.correcting import correct, corrected, hand_made, whole_corrections
from tests.conftest import ROOT

KILL, FULL = 1, 2
#: seconds that one point may take
_LIMIT = 120
OPERATIONS = ("tag", "update", "prune", "compact", "bundle", "serve")
#: every other command that writes
WRITING = tuple(name for name in COMMANDS if name != "bundle")
_SOURCE = Path(__file__).with_name("shim.c")


def can_attack() -> bool:
    """Whether there is what the shim needs."""
    return sys.platform == "linux" and shutil.which("cc") is not None


@dataclass(slots=True)
class Kills:
    """What became of the points of one operation: ``found`` are those after which something was wrong."""

    operation: str
    calls: int = 0
    points: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """For the process that started this one."""
        return {"operation": self.operation, "calls": self.calls, "points": self.points, "ends": self.ends, "found": self.found}


_TEXT = """云岭县水务局2021年政府信息公开工作年度报告
一、总体情况
全年公开信息{}条。
五、存在的主要问题及改进情况
更新不够及时。
"""


class _Quick:
    def __init__(self, work: Path) -> None:
        self._inline = Inline(_bench())

    def __enter__(self) -> Inline:
        return self._inline

    def __exit__(self, *_: object) -> None:
        return None


_made: list[Bench] = []


def _bench() -> Bench:
    if not _made:
        _made.append(Bench("keywords", analyser="tests.support.poison:quick"))
    return _made[0]


def _tag(corpus: Path, out: Path, size: int = 2, *, prune: bool = False) -> None:
    tag_corpus(Job([corpus], out, "attack", gongkai.__version__, TagOptions(prune=prune), size), _Quick, least=2)


def _write(corpus: Path, numbers: range, received: int = 0) -> None:
    corpus.mkdir(exist_ok=True)
    for n in numbers:
        (corpus / f"{n:02d}.txt").write_text(_TEXT.format(received + n), encoding="utf-8")


class _Case:
    """One operation: a folder as it is before, what is done, and what must hold after the same command was given again."""

    def __init__(self, operation: str, home: Path) -> None:
        self.operation = operation
        # results know where their corpus lies: every point is made in one place
        self.at, self._before = home / "case", home / "before"
        self._wanted: dict[str, str] = {}
        self.at.mkdir()
        corpus, out = self.at / "in", self.at / "out"
        match operation:
            case "tag":
                _write(corpus, range(4))
            case "update":
                _write(corpus, range(4))
                _tag(corpus, out)
                _write(corpus, range(2, 6), received=20)
            case "prune":
                _write(corpus, range(5))
                _tag(corpus, out)
                (corpus / "00.txt").unlink()
                (corpus / "03.txt").unlink()
            case "compact":
                for n in range(FEW + 2):
                    _write(corpus, range(n, n + 1))
                    _tag(corpus, out, 8 if n else 1)
                _write(corpus, range(FEW + 2, FEW + 3))
            case "bundle" | "serve":
                _write(corpus, range(4))
                _tag(corpus, out)
                if operation == "serve":
                    hand_made(out)
            case _:
                make_results(self.at)
                (self.at / "place").mkdir()
        self.at.rename(self._before)

    def fresh(self) -> None:
        """Make it as it was before."""
        shutil.rmtree(self.at, ignore_errors=True)
        shutil.copytree(self._before, self.at)

    def do(self) -> None:
        """The command."""
        corpus, out = self.at / "in", self.at / "out"
        if self.operation == "bundle":
            if not (self.at / "bundle").exists():  # one that is there is whole, and refused
                bundle(gongkai.load(out), self.at / "bundle")
        elif self.operation == "serve":
            correct(out)
        elif self.operation in COMMANDS:
            quietly(COMMANDS[self.operation], out, self.at / "place")
        else:
            _tag(corpus, out, 8 if self.operation == "compact" else 2, prune=self.operation == "prune")

    def readable(self) -> None:
        """What is there right after the kill is a store that can be read, or none; a bundle is whole or not there."""
        out = self.at / "out"
        if is_store(out):
            store = gongkai.load(out)
            for name in ("sources", "reports", "passages", "cells"):
                store.table(name)
            if problems := [p for p in verify_store(out).problems if "does not count" not in p]:
                raise AssertionError(f"after the kill: {problems[0]}")
        if (self.at / "bundle").is_dir():
            self._whole(self.at / "bundle")
        if self.operation == "serve":
            whole_corrections(out)
        if half := set(finals(self.at / "place").items()) - set(self._wanted.items()):
            raise AssertionError(f"half written: {sorted(half)[0]}")

    def do_again(self) -> None:
        """The same command after it was harmed."""
        if self.operation in WRITING:
            again(COMMANDS[self.operation], self.at / "out", self.at / "place", self._wanted)
        else:
            self.do()

    def digests(self) -> dict[str, str]:
        """What the finished results are known by."""
        found = verify_store(self.at / "out")
        if found.problems or not found.finished:
            raise AssertionError(f"after the same command again: {'; '.join(found.problems) or 'not finished'}")
        if self.operation == "bundle":
            self._whole(self.at / "bundle")
            return {p.relative_to(self.at).as_posix(): "" for p in sorted((self.at / "bundle").rglob("*")) if p.is_file()}
        if self.operation == "serve":
            return corrected(self.at / "out")
        if self.operation in WRITING:
            self._wanted = self._wanted or finals(self.at / "place")
            return finals(self.at / "place")
        return dict(found.digests)

    @staticmethod
    def _whole(folder: Path) -> None:
        if problems := verify_store(next(p.parent for p in folder.rglob("manifest.sqlite"))).problems:
            raise AssertionError(f"half a bundle under its name: {problems[0]}")


def _forked(doing: Callable[[], object]) -> tuple[int, str]:
    """Status of a copy of this process that does something, and what it had to say."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(_LIMIT)
        said, code = "", 0
        try:
            doing()
        except GongkaiError as error:
            said, code = f"coded: {error.message}", 3
        except BaseException as error:  # noqa: BLE001 - what this looks for
            said, code = f"{type(error).__name__}: {error}", 4
        os.write(into, said.encode("utf-8", "replace")[:2000])
        os._exit(code)
    os.close(into)
    with os.fdopen(out, "rb") as answer:
        said = answer.read().decode("utf-8", "replace")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def attack(operation: str, most: int, home: Path) -> list[Kills]:
    """Kill and fill the disk at up to ``most`` points of one operation each; runs where the shim is loaded."""
    shim = ctypes.CDLL(None)
    case = _Case(operation, home)
    case.fresh()
    shim.attack_arm(ctypes.c_long(0), 0)
    case.do()
    shim.attack_seen.restype = ctypes.c_long
    calls = int(shim.attack_seen())
    wanted = case.digests()
    results = []
    for how, name in ((KILL, operation), (FULL, f"{operation}, disk full")):
        result = Kills(name, calls)
        for point in _spread(calls, most if how == KILL else max(1, most // 4)):
            _point(shim, case, point, how, wanted, result)
        results.append(result)
    return results


def _spread(calls: int, most: int) -> list[int]:
    if calls <= most:
        return list(range(1, calls + 1))
    return sorted({1 + round(k * (calls - 1) / max(1, most - 1)) for k in range(most)})


def _point(shim: ctypes.CDLL, case: _Case, point: int, how: int, wanted: dict[str, str], result: Kills) -> None:
    case.fresh()

    def harmed() -> None:
        shim.attack_arm(ctypes.c_long(point), how)
        case.do()

    code, said = _forked(harmed)
    result.points += 1
    result.ends[
        "killed" if code == -signal.SIGKILL else "error of ours" if code == 3 else "finished" if code == 0 else "other"
    ] += 1
    where = f"{result.operation}, call {point} of {result.calls}"
    if code not in (0, 3, -signal.SIGKILL):
        result.found.append(f"{where}: {said or code}")

    def afterwards() -> None:
        case.readable()
        case.do_again()
        if case.digests() != wanted:
            raise AssertionError("the results differ")

    code, said = _forked(afterwards)
    if code:
        result.found.append(f"{where}, afterwards: {said or code}")


def build(folder: Path) -> Path:
    """The shim, compiled."""
    made = folder / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(_SOURCE), "-ldl"], check=True, capture_output=True)
    return made


def run(operation: str, most: int) -> list[Kills]:
    """:func:`attack` in a process with the shim."""
    with tempfile.TemporaryDirectory() as folder:
        shim = build(Path(folder))
        environment = {**os.environ, "LD_PRELOAD": str(shim), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.attack.kills", operation, str(most), folder], cwd=ROOT, env=environment, check=True,
            stdout=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
    found = []
    for raw in json.loads(done.stdout.splitlines()[-1]):
        found.append(Kills(raw["operation"], raw["calls"], raw["points"], Counter(raw["ends"]), raw["found"]))
    return found


def main() -> None:
    """``python -m tests.attack.kills OPERATION MOST FOLDER``, with the shim loaded: results as JSON."""
    import pyarrow

    pyarrow.set_cpu_count(1)
    operation, most, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    print(json.dumps([k.to_json() for k in attack(operation, most, folder)]))


if __name__ == "__main__":
    main()
