"""Works on a Ray cluster (extra ``ray``): the same tasks in the same order of parts, a whole batch at a time.

Ray Data hands batches to actors; each actor keeps one supervised worker process, so that a report that crashes, hangs or swells
is set aside as on one machine.  Every node must see the reports under the same paths; and the results, too, unless they go to a URL.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from corpus.errors import UsageError
from corpus.extras import install_remedy
from corpus.store.manifest import Part, remove
from extract.runs.pool import Event, Limits, Pool, Spec, Task
from extract.runs.remote import Remote
from extract.runs.run import Runner


class Actor:
    """Does whole tasks on a node; made once in each actor of the cluster."""

    def __init__(self, spec: dict[str, Any], limits: dict[str, float]) -> None:
        self._logs = Path(mkdtemp(prefix="gongkai-"))
        self._pool = Pool(Spec(**spec), 1, Limits(**limits), self._logs)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Do the task ``row["task"]``; gives its number, what was found of each item, and the result, as JSON."""
        request = json.loads(row["task"])
        if request["kind"] != "batch":
            return {"number": row["number"], "found": json.dumps(single(self._pool, request))}
        if not request["url"]:
            return {"number": row["number"], "found": json.dumps(batch_of(self._pool, request))}
        # nothing is shared with the machine that asks: the parts are made here and uploaded
        own = Path(mkdtemp(prefix="gongkai-"))
        found = batch_of(self._pool, _moved(request, own))
        shelf = Remote(request["url"], own)
        for part in found["result"][0]:
            made = Part(*part)
            shelf.put(own / "parts" / made.made_as, made.file)
        remove(own)
        return {"number": row["number"], "found": json.dumps(found)}


def _moved(request: dict[str, Any], own: Path) -> dict[str, Any]:
    segments = [{**s, "path": str(own / Path(s["path"]).name)} for s in request["segments"]]
    return {
        **request,
        "into": str(own / "parts"),
        "segments": segments,
        "paths": [str(own / Path(p).name) for p in request["paths"]],
    }


def single(pool: Pool, request: dict[str, Any]) -> dict[str, Any]:
    """Do a task that stays whole."""
    task = Task(request, len(request["sources"]))
    found = [what for _, item, what in pool.run(iter([task])) if item >= 0]
    return {"items": found, "skip": {str(k): v for k, v in task.skip.items()}, "result": None}


def batch_of(pool: Pool, request: dict[str, Any]) -> dict[str, Any]:
    """Make the segments of a batch that are missing, and merge them all, as ``extract.runs.run`` does with tasks of its own for each."""
    tasks = [Task(segment, len(segment["units"])) for segment in request["segments"]]
    items = [what for _, item, what in pool.run(iter(tasks)) if item >= 0]
    merge = Task({**request, "kind": "merge", "segments": None}, 0)
    (result,) = [what for _, item, what in pool.run(iter([merge])) if item < 0]
    return {"items": items, "skip": {}, "result": result}


class RayRunner:
    """Hands tasks to the actors of a cluster; see :class:`extract.runs.run.Runner`."""

    whole_batches = True

    def __init__(self, spec: Spec, workers: int, limits: Limits) -> None:
        self._spec, self._workers, self._limits = spec, workers, limits

    def push(self, task: Task) -> None:
        """Refused: a batch is one task here, so that nothing is added to it while it is done."""
        raise AssertionError("a runner of whole batches is given all its tasks at once")

    def run(self, tasks: Iterator[Task]) -> Iterator[Event]:
        """Do ``tasks``; give what is found as soon as a task is done."""
        import ray

        asked: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        for number, task in enumerate(tasks):
            rows.append({"number": number, "task": json.dumps(task.request)})
            asked.append({k: v for k, v in task.request.items() if k not in {"units", "segments"}})
        if not rows:
            return
        actors = min(self._workers, len(rows))
        actor: Any = Actor  # Ray takes a class for a function
        dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
            actor,
            fn_constructor_args=(asdict(self._spec), asdict(self._limits)),
            compute=ray.data.ActorPoolStrategy(size=actors),
        )
        del rows
        for row in dataset.iter_rows():
            found = json.loads(row["found"])
            task = Task(asked[row["number"]], len(found["items"]), {int(k): (v[0], v[1]) for k, v in found["skip"].items()})
            for item, what in enumerate(found["items"]):
                yield task, item, what
            yield task, -1, found["result"]


def ray_runner(spec: Spec, workers: int, limits: Limits) -> Callable[[Path], AbstractContextManager[Runner]]:
    """Makes the runner of a Ray cluster for :func:`extract.runs.run.tag_corpus`: the one at ``RAY_ADDRESS``, or one on this machine.

    Raises:
        UsageError: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UsageError("Ray is not installed", remedy=install_remedy("ray")) from error

    @contextmanager
    def make(work: Path) -> Iterator[Runner]:
        started = not ray.is_initialized()
        if started:
            root = str(Path(__file__).resolve().parents[2])
            ray.init(
                log_to_driver=False,
                include_dashboard=False,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": {"PYTHONPATH": root}},
            )
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.WARNING)
        try:
            yield RayRunner(spec, workers, limits)
        finally:
            if started:
                ray.shutdown()

    return make


__all__ = ["Actor", "RayRunner", "batch_of", "ray_runner", "single"]
