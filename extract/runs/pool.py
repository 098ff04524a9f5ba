"""Supervises worker processes: hands out tasks, and ends and replaces workers that crash, hang or swell.

A report that ends its worker is tried again in another one, because the worker may have been killed for no fault of the report's
(by a user, or by a system short of memory); after :data:`TRIES` it is set aside and the task goes on without it.
"""

from __future__ import annotations

import json
import os
import queue
import site
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from corpus.errors import GongkaiError, StoreError, UsageError
from extract.runs import process as worker
from extract.runs.nursery import Forked, Nursery
from extract.runs.options import Limits

#: how often an item may end its worker before it is set aside, by what happened
TRIES = {"crashed": 3, "timed_out": 2, "out_of_memory": 2}
#: workers that die before they are ready, one after another, before the run is given up
_STILLBORN = 8
#: seconds a worker may take to start (a transformer is loaded from disk)
_START = 600.0
_TICK = 0.2
#: answers taken before idle workers are looked after
_AT_ONCE = 50
_WATCH = 0.5
#: a pause this long is the machine's (asleep, stopped), not a report's
_PAUSE = 5.0
_HARMLESS = ("OpenBLAS", "Warning:")


@dataclass(frozen=True, slots=True)
class Spec:
    """What a worker loads: classifier by name or folder, its threshold, the analyser (``module:function``; empty: our own), and
    readers that were registered while the program runs (``module:name`` of their entries)."""

    engine: str = "linear"
    min_confidence: float | None = None
    analyser: str = ""
    readers: tuple[str, ...] = ()


@dataclass(slots=True)
class Task:
    """Work for one worker: ``request`` is sent to it as JSON; ``items`` is how many items it has.

    ``skip`` holds the items that were set aside, with code and message; ``seen`` counts the items that have been told of.
    """

    request: dict[str, Any]
    items: int
    skip: dict[int, tuple[str, str]] = field(default_factory=dict)
    deaths: Counter[tuple[int, str]] = field(default_factory=Counter)
    seen: int = 0


#: (task, item, what was found): an item done; or (task, -1, result): the task done
Event = tuple[Task, int, Any]


@dataclass(slots=True)
class _Worker:
    number: int
    process: subprocess.Popen[bytes] | Forked
    watched: psutil.Process | None
    log: Path
    task: Task | None = None
    item: int = 0
    since: float = 0.0
    ready: bool = False
    ended_for: str = ""


def default_workers() -> int:
    """Cores that this process may use."""
    try:
        return max(1, len(psutil.Process().cpu_affinity()))
    except (AttributeError, psutil.Error):  # macOS has no affinity
        return max(1, os.cpu_count() or 1)


class Pool:
    """Worker processes; use as a context manager.

    Args:
        spec: what each loads.
        workers: how many.
        limits: what a report may take.
        logs: folder for what they print; must exist.
    """

    whole_batches = False

    def __init__(self, spec: Spec, workers: int, limits: Limits, logs: Path) -> None:
        if workers < 1:
            raise UsageError(f"{workers} workers cannot work", remedy="give --workers 1 or more")
        self._spec, self._count, self._limits, self._logs = spec, workers, limits, logs
        self._workers: dict[int, _Worker] = {}
        self._inbox: queue.Queue[tuple[int, list[Any] | None]] = queue.Queue()
        self._urgent: deque[Task] = deque()
        self._started = self._stillborn = 0
        self._nursery: Nursery | None = None
        self._looked = self._watched = time.monotonic()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for each in list(self._workers.values()):
            _end(each)
        self._workers.clear()
        if self._nursery is not None:
            self._nursery.close()

    def push(self, task: Task) -> None:
        """Add a task that is to be done next."""
        self._urgent.append(task)

    def run(self, tasks: Iterator[Task]) -> Iterator[Event]:
        """Do ``tasks``, taken one at a time as workers come free, and those pushed meanwhile; give what is found.

        Raises:
            StoreError: results cannot be written.
            GongkaiError: workers cannot be started.
        """
        exhausted = False
        while True:
            while not exhausted and not self._urgent and len(self._busy()) < self._count:
                found = next(tasks, None)
                exhausted = found is None
                if found is not None:
                    self._urgent.append(found)
                    self._assign()
            self._assign()
            if exhausted and not self._urgent and not self._busy():
                return
            yield from self._receive()
            self._watch()

    def _busy(self) -> list[_Worker]:
        return [w for w in self._workers.values() if w.task is not None]

    def _assign(self) -> None:
        while self._urgent:
            idle = next((w for w in self._workers.values() if w.task is None and not w.ended_for), None)
            if idle is None and len(self._workers) < self._count:
                idle = self._start()
            if idle is None:
                return
            task = self._urgent.popleft()
            idle.task, idle.item, idle.since = task, 0, time.monotonic()
            _send(idle, {**task.request, "skip": task.skip})

    def _start(self) -> _Worker:
        self._started += 1
        log = self._logs / f"worker-{self._started}.log"
        # a reader that a user registered may hold what cannot be shared (a connection)
        if self._started == 1 < self._count and sys.platform == "linux" and not self._spec.readers:
            self._nursery = Nursery(asdict(self._spec), _search_path(), self._logs / "nursery.log")
        forked = self._nursery.fork(log) if self._nursery is not None else None
        process = forked or _alone(log)
        try:
            watched = psutil.Process(process.pid)
        except psutil.Error:
            watched = None
        new = _Worker(self._started, process, watched, log, since=time.monotonic())
        self._workers[new.number] = new
        threading.Thread(target=self._listen, args=(new.number, process), daemon=True).start()
        if forked is None:
            _send(new, asdict(self._spec))
        return new

    def _listen(self, number: int, process: subprocess.Popen[bytes] | Forked) -> None:
        # a thread for each worker, because pipes cannot be waited for together on Windows
        if process.stdout is not None:
            for line in process.stdout:
                if line.endswith(b"\n"):  # a worker that dies may leave half a line
                    self._inbox.put((number, json.loads(line)))
        self._inbox.put((number, None))

    def _receive(self) -> Iterator[Event]:
        try:
            number, message = self._inbox.get(timeout=_TICK)
            for _ in range(_AT_ONCE):
                yield from self._take(number, message)
                number, message = self._inbox.get_nowait()
            yield from self._take(number, message)
        except queue.Empty:
            return

    def _take(self, number: int, message: list[Any] | None) -> Iterator[Event]:
        each = self._workers.get(number)
        if each is None:
            return
        if message is None:
            self._bury(each)
            return
        each.since = time.monotonic()
        if message[0] == "ready":
            each.ready, self._stillborn = True, 0
            return
        task = each.task
        if task is None:
            return
        if message[0] == "item":
            each.item = message[1] + 1
            if message[1] >= task.seen:  # what was told before its worker died is not told again
                task.seen = message[1] + 1
                yield task, message[1], message[2]
        elif message[0] == "done":
            each.task = None
            yield task, -1, message[1]
        else:
            raise StoreError(
                f"results cannot be written: {message[2]}",
                remedy="make room (or check the disk) and give the same command again: finished batches are kept",
            )

    def _bury(self, dead: _Worker) -> None:
        del self._workers[dead.number]
        dead.process.wait()
        _close(dead)
        task = dead.task
        if task is None and not dead.ready:
            self._count_stillborn(dead)
        if task is None:
            return
        self._urgent.appendleft(task)
        if not dead.ready:
            self._count_stillborn(dead)
            return
        code = dead.ended_for or "crashed"
        # between its last item and the end of the task a worker writes; that counts as an item of its own
        item = dead.item
        task.deaths[item, code] += 1
        if task.deaths[item, code] < TRIES[code]:
            return
        if item >= task.items:
            raise GongkaiError(
                f"a worker {code.replace('_', ' ')} {TRIES[code]} times while it wrote results",
                remedy=f"give workers more room (--memory) or use fewer; {_tail(dead.log)}",
            )
        task.skip[item] = (code, self._reason(code, dead))

    def _count_stillborn(self, dead: _Worker) -> None:
        self._stillborn += 1
        if self._stillborn >= _STILLBORN:
            raise GongkaiError(
                f"workers do not start: {_tail(dead.log) or 'they ended without a message'}",
                remedy="try --workers 1, or report this",
            )

    def _reason(self, code: str, dead: _Worker) -> str:
        if code == "timed_out":
            return f"took longer than {self._limits.timeout:g} s and was set aside; look at the file, or give more time with --timeout"
        if code == "out_of_memory":
            return (
                f"needed more than {self._limits.memory:g} MB and was set aside; look at the file, or allow more with --memory"
            )
        ended = dead.process.returncode or 0
        how = f"signal {-ended}" if ended < 0 else f"exit code {ended}"
        return f"ended its worker process {TRIES[code]} times ({how}) and was set aside; please report this with the file"

    def _watch(self) -> None:
        now = time.monotonic()
        slept, self._looked = now - self._looked > _PAUSE, now
        if slept:
            for each in self._workers.values():
                each.since = now
        if now - self._watched < _WATCH:
            return
        self._watched = now
        for each in self._workers.values():
            if each.ended_for or (each.task is None and each.ready):
                continue
            limit = _START if not each.ready else self._limits.timeout
            writing = each.ready and each.task is not None and each.item >= each.task.items
            if now - each.since > limit and not writing:
                each.ended_for = "timed_out"
            elif _resident(each) > self._limits.memory * 1e6:
                each.ended_for = "out_of_memory"
            if each.ended_for:
                _kill(each)


def _alone(log: Path) -> subprocess.Popen[bytes]:
    """A worker process that loads everything itself."""
    code = worker.START.format(path=_search_path())
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            env={**os.environ, **worker.THREADS},
        )  # fmt: skip


def _search_path() -> list[str]:
    """Where a worker finds packages: where this process does, so that both load the same ones."""
    root = str(Path(__file__).resolve().parents[2])
    path = [p or str(Path.cwd()) for p in sys.path]
    if root in path:
        return path
    others = [*site.getsitepackages(), site.getusersitepackages()]
    at = next((n for n, p in enumerate(path) if p in others), len(path))
    return [*path[:at], root, *path[at:]]


def _send(to: _Worker, message: Mapping[str, Any]) -> None:
    if to.process.stdin is None:
        return
    # one that has died is seen by the end of its output
    with suppress(OSError):
        to.process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
        to.process.stdin.flush()


def _resident(each: _Worker) -> float:
    try:
        return float(each.watched.memory_info().rss) if each.watched is not None else 0.0
    except psutil.Error:
        return 0.0


def _kill(each: _Worker) -> None:
    """End a worker and what it started (LibreOffice)."""
    try:
        children = each.watched.children(recursive=True) if each.watched is not None else []
    except psutil.Error:
        children = []
    each.process.kill()
    for child in children:
        try:
            child.kill()
        except psutil.Error:
            continue


def _end(each: _Worker) -> None:
    _kill(each)
    each.process.wait()
    _close(each)


def _close(each: _Worker) -> None:
    if each.process.stdin is not None:
        # what was not sent went with the worker
        with suppress(OSError):
            each.process.stdin.close()


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return " / ".join(x.strip() for x in lines[-6:] if x.strip() and not x.startswith(_HARMLESS))


__all__ = ["TRIES", "Event", "Limits", "Pool", "Spec", "Task", "default_workers"]
