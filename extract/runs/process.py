"""A worker process: takes tasks from standard input, one JSON line each, and answers on standard output.

Started by ``extract.runs.pool`` with :data:`START`.  Answers are ``["ready"]``, ``["item", n, …]`` after each item of a task,
``["done", …]``, and ``["fault", kind, message]`` for what concerns the whole run.  It ends when its standard input does, so
that no worker outlives the process that started it.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from corpus.kept import keep

if TYPE_CHECKING:
    from extract.runs.same_bytes import Analyser

#: what the interpreter is given: our packages must be found wherever it is started, and before a user's own ``models.py``
START = "import sys; sys.path[:] = {path!r}; from extract.runs.process import main; main()"
_WARM = "云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n全年公开信息40条，收到申请2件。\n五、存在的主要问题及改进情况\n更新不够及时。\n"
#: libraries that would each start as many threads as there are cores
THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ARROW_IO_THREADS"), "1"
)

#: allocations between two collections of the young, and collections between two of the older: Python's own are 700, 10 and 10
_COLLECT = (20_000, 20, 20)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Keep the garbage collector from looking at the rules, the dictionary and the model again and again; undone at the end.

    A report makes thousands of small objects but hardly a cycle of them: at Python's own pace collecting takes 4 to 8 % of the time.
    """
    before, nothing_frozen = gc.get_threshold(), gc.get_freeze_count() == 0
    # without looking through it first: 30 ms of each worker, which found nothing to free
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if nothing_frozen:  # else the caller has frozen objects, which stay so
            gc.unfreeze()


def _quit_with_parent(tasks: queue.Queue[dict[str, Any]]) -> None:
    # a thread of its own: the end of standard input is the end of the parent, and must be seen while a report is analysed
    for line in sys.stdin.buffer:
        tasks.put(json.loads(line))
    os._exit(0)


def main(bench: Bench | None = None) -> None:
    """Serve tasks until standard input ends; without a ``bench`` its first line says what to load."""
    # libraries may print; the channel must stay clean
    channel = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    faulthandler.enable()
    # the parent decides what an interrupt means
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_quit_with_parent, args=(tasks,), daemon=True).start()
    try:
        _serve(tasks, channel, bench)
    except BrokenPipeError:
        os._exit(0)


def _serve(tasks: queue.Queue[dict[str, Any]], channel: TextIO, bench: Bench | None) -> None:
    def say(*message: object) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    if bench is None:
        bench = Bench.from_json(tasks.get())
    import pyarrow  # starts a thread of its own, so that no process that forks may load it

    pyarrow.set_cpu_count(1)
    say("ready")
    with rare_collection():
        while True:
            task = tasks.get()
            try:
                say("done", bench.perform(task, lambda number, found: say("item", number, found)))
            except BrokenPipeError:
                raise
            except OSError as error:
                # reports that cannot be read are outcomes; what is left is that results cannot be written
                say("fault", "write", str(error))


class Bench:
    """What a worker keeps between tasks: the classifier, loaded once, and the analyser.

    Args:
        engine: name or folder of the classifier, or a ready-made one (in the calling process only).
        min_confidence: as for ``gongkai.analyze``.
        analyser: ``module:function`` in place of ``extract.pipeline:analyze_bytes``.
    """

    def __init__(self, engine: Any, min_confidence: float | None = None, analyser: str = "") -> None:
        from extract.pipeline import analyze_bytes
        from models.registry import classifier

        module, _, name = analyser.partition(":")
        self.analyser = cast("Analyser", getattr(import_module(module), name) if name else analyze_bytes)
        self.classifier = classifier(engine, min_confidence=min_confidence) if isinstance(engine, str) else engine

    @staticmethod
    def from_json(spec: Mapping[str, Any]) -> Bench:
        """The bench of a worker process."""
        from corpus.readers.registry import load_addresses
        from extract.pipeline import analyze_bytes

        load_addresses(spec["readers"])
        bench = Bench(spec["engine"], spec["min_confidence"], spec["analyser"])
        # rules, agencies and dictionary are loaded when they are first used: not on the time of the first report
        analyze_bytes(_WARM.encode("utf-8"), "warm.txt", classifier=bench.classifier)
        keep()
        return bench

    def perform(self, task: Mapping[str, Any], on_item: Any) -> Any:
        """Do one task and return its result.

        ``hash``: sha256 of ``sources``, one item each.  ``tag``: ``units`` into the segment ``path``.  ``merge``: the segments ``paths`` of
        a ``batch`` into parts in the folder ``into``.  Items in ``skip`` are set aside unread.
        """
        from extract.runs.same_bytes import Outcome, Unit, source_digest, tag_units
        from extract.runs.sources import Source
        from extract.runs.spool import merge_segments, write_segment

        if task["kind"] == "hash":
            for number, source in enumerate(task["sources"]):
                on_item(number, source_digest(Source.from_json(source)) if str(number) not in task["skip"] else None)
            return None
        if task["kind"] == "tag":
            skip = task["skip"]
            units = [
                Unit.from_json({**u, "quarantine": skip.get(str(n), u["quarantine"])}) for n, u in enumerate(task["units"])
            ]
            items: list[list[tuple[str, str]]] = []

            def note(number: int, outcomes: list[Outcome]) -> None:
                items.append([(o.source.name, o.status) for o in outcomes])
                on_item(number, items[-1])

            write_segment(Path(task["path"]), tag_units(units, self.classifier, self.analyser, note), items)
            return None
        parts, counts = merge_segments([Path(p) for p in task["paths"]], Path(task["into"]), task["batch"], task["versions"])
        return [[p.file, p.table, p.rows, p.sha256] for p in parts], counts


__all__ = ["START", "THREADS", "Bench", "main", "rare_collection"]
