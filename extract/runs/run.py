"""Tags any number of files into a store: finds them, analyses each in a supervised worker, and never stops for a bad one.

The steps of a run, and what survives what, are told in ``docs/scaling.md``.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from corpus.errors import StoreError, UsageError
from corpus.files import no_right
from corpus.readers.registry import added
from corpus.store import manifest
from corpus.store.folder import VIEWS, store_versions, views_sql
from corpus.store.manifest import Part, transaction
from corpus.store.row_types import expect_types
from corpus.store.snapshot import take_snapshot
from extract.runs import plan as planning
from extract.runs.compact import compact
from extract.runs.metadata import load_metadata
from extract.runs.open_store import OpenStore
from extract.runs.options import TagOptions
from extract.runs.pool import Event, Limits, Pool, Spec, Task, default_workers
from extract.runs.process import Bench, rare_collection
from extract.runs.remote import Folder, Remote, Shelf
from extract.runs.same_bytes import Outcome, process
from extract.runs.sources import Source, find_sources, list_sources, read_source, scan_sources, unmatched
from extract.runs.spool import cut, segment_name, whole
from models.base import Classifier

#: units in one part; small parts make readers slow
BATCH = 2000
_HASHED_AT_ONCE = 256
#: packages whose code and rules decide what a report becomes
_CODE = ("corpus", "models", "extract")
_SQLITE = (3, 33)

#: told of a phase of the run (``finding``, ``hashing``, ``planning``, ``tagging``): done, of how many (0: not known)
OnPhase = Callable[[str, int, int], None]
#: told of every file: done, of how many, and what became of it
OnFile = Callable[[int, int, Outcome], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a store holds after a run, and what the run did.

    Counts of the store: files by status (and ``readers``: by the reader that was used), reports, passages, mentions, cells, labels, verdicts of joins and checks, kinds of
    failing checks, issues by code; ``failures`` are the first files that failed, with reasons.  Of the run: files ``tagged``, files
    ``unchanged`` since the run before, files ``gone`` whose rows were kept, files ``pruned``, metadata keys that belong to no file.
    """

    statuses: Mapping[str, int]
    reports: int
    passages: int
    mentions: int
    cells: int
    labels: Mapping[str, int]
    verdicts: Mapping[str, int]
    issues: Mapping[str, int]
    failures: tuple[tuple[str, str], ...] = ()
    checks: Mapping[str, int] = field(default_factory=dict)
    failing: Mapping[str, int] = field(default_factory=dict)
    readers: Mapping[str, int] = field(default_factory=dict)
    tagged: int = 0
    unchanged: int = 0
    gone: int = 0
    pruned: int = 0
    unmatched: tuple[str, ...] = ()


class Runner(Protocol):
    """Does tasks: :class:`extract.runs.pool.Pool`, :class:`Inline`, or a cluster.

    ``whole_batches``: wants a batch as one task, instead of its segments and then one that merges them.
    """

    @property
    def whole_batches(self) -> bool: ...

    def run(self, tasks: Iterator[Task]) -> Iterator[Event]: ...

    def push(self, task: Task) -> None: ...


class Inline:
    """Does tasks in this process, unsupervised: for classifiers that cannot be sent to another."""

    whole_batches = False

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._urgent: deque[Task] = deque()

    def push(self, task: Task) -> None:
        """Add a task that is to be done next."""
        self._urgent.append(task)

    def run(self, tasks: Iterator[Task]) -> Iterator[Event]:
        """Do ``tasks`` and those pushed meanwhile; give what is found."""
        while (task := self._next(tasks)) is not None:
            found: list[Event] = []
            each = task
            result = self._bench.perform({**task.request, "skip": {}}, lambda n, x, t=each, into=found: into.append((t, n, x)))
            yield from found
            yield task, -1, result

    def _next(self, tasks: Iterator[Task]) -> Task | None:
        if not self._urgent and (task := next(tasks, None)) is not None:
            return task
        # taking the next one may have pushed another: of a batch whose segments a killed run left whole, only the merge is to do
        return self._urgent.popleft() if self._urgent else None


@dataclass(frozen=True, slots=True)
class Job:
    """What to tag, and how.

    Args:
        paths: files, folders and globs.
        folder: the store.
        model_id: of the classifier.
        gongkai_version: of this package.
        options: as asked for; ``min_confidence`` is part of what makes two runs alike.
        batch_size: units in a part.
        url: where the parts go, if not into ``folder``, which is then the stage (:class:`extract.runs.remote.Remote`).
        codes: of a user's own model (:func:`models.taxonomy.to_text`), kept in the manifest; empty where they are the codebook's.
    """

    paths: Sequence[str | Path]
    folder: Path
    model_id: str
    gongkai_version: str
    options: TagOptions = field(default_factory=TagOptions)
    batch_size: int = BATCH
    url: str = ""
    codes: str = ""

    def versions(self) -> dict[str, str]:
        """Metadata of every part."""
        return store_versions({"gongkai_version": self.gongkai_version, "model_id": self.model_id})

    def settings(self) -> dict[str, str]:
        """What must be alike for a run to go on with an earlier one."""
        roots = sorted(
            {Path(p).resolve().as_posix() if Path(p).exists() else Path(p).absolute().as_posix() for p in self.paths}
        )
        confidence = self.options.min_confidence
        threshold = "" if confidence is None else repr(confidence)
        return {
            **self.versions(),
            "roots": json.dumps(roots),
            "min_confidence": threshold,
            "code": code_id() + _other_readers(),
            **({"codes": self.codes} if self.codes else {}),
        }


def tag_corpus(
    job: Job,
    runner: Callable[[Path], AbstractContextManager[Runner]],
    on_file: OnFile | None = None,
    on_phase: OnPhase | None = None,
    *,
    workers: int = 1,
    least: int = 4,
) -> Summary:
    """Tag the files of ``job``; resumes or updates what ``job.folder`` holds.

    Args:
        job: what to tag.
        runner: makes the runner; is given a private folder for what it leaves.
        on_file: told of every file.
        on_phase: told how far each phase is.
        workers: how many the runner has, to cut a small corpus into enough tasks.
        least: units in a task at least; each worker takes seconds to start.

    Raises:
        UsageError: no file to read, or a URL that cannot be opened.
        StoreError: the folder holds other files, or results made otherwise; or results cannot be written.
    """
    phase = on_phase or (lambda name, done, total: None)
    if sqlite3.sqlite_version_info < _SQLITE:
        raise UsageError(f"SQLite {sqlite3.sqlite_version} is too old", remedy="use a Python with SQLite 3.33 or newer")
    shelf: Shelf = Remote(job.url, job.folder) if job.url else Folder(job.folder)
    if manifest.is_store(job.folder) and not job.options.overwrite:
        _check_alike(job)
    with closing(sqlite3.connect("", timeout=60.0, isolation_level=None)) as db:
        phase("finding", 0, 0)
        if not scan_sources(db, job.paths, job.folder):
            given = ", ".join(map(str, job.paths))
            raise UsageError("no file to read", source=given, remedy="name files or a folder that holds some")
        manifest.prepare(job.folder, overwrite=job.options.overwrite)
        with _writing(job.folder), manifest.locked(job.folder):
            if job.options.overwrite or not manifest.is_store(job.folder):
                shelf.wipe()
                manifest.create(job.folder, {**job.settings(), "finished": "0"})
            db.execute("ATTACH DATABASE ? AS store", (str(job.folder / manifest.MANIFEST),))
            db.execute("CREATE TABLE IF NOT EXISTS store.retired (file TEXT PRIMARY KEY, batch INTEGER NOT NULL)")
            manifest.clean(db, job.folder, retired=True)
            work = job.folder / manifest.WORK
            work.mkdir(exist_ok=True)
            with runner(work) as doing:
                store = OpenStore(db, job.folder, shelf, work, job.versions())
                summary = _Run(store, job, doing, on_file, phase, workers, least).go()
            manifest.remove(work)
            return summary


def _check_alike(job: Job) -> None:
    with manifest.reading(job.folder) as db:
        expect_types(db, ("meta", "parts", "batches", "files"))
        meta, seal = manifest.get_meta(db), manifest.seal_of(db)
    for key, value in job.settings().items():
        if meta.get(key) == value:
            continue
        was = {
            "roots": f"made from other paths ({meta.get('roots', 'not known')[:200]})",
            "code": "made with other rules or code of gongkai",
        }.get(key, f"made with {key} {meta.get(key) or 'not set'!r}, this is {value or 'not set'!r}")
        raise StoreError(
            f"holds results already, {was}",
            source=str(job.folder),
            remedy="name another --out folder, or replace the results with --overwrite",
        )
    if meta.get(manifest.SEAL) != seal:
        raise StoreError(
            f"{manifest.MANIFEST} is damaged: it is not what was written",
            source=str(job.folder),
            remedy="copy the folder again, or replace the results with --overwrite",
        )


@cache
def code_id() -> str:
    """Hash of code and rules: reports are analysed anew after either changed, whatever the version says."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for name in _CODE:
        for path in sorted((root / name).rglob("*")):
            if path.suffix in {".py", ".toml", ".csv", ".json", ".txt"}:
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _other_readers() -> str:
    """Readers of other packages, with their versions; results depend on them as on our own code."""
    return "".join(f" {r.name} {r.version}" for r in (entry.make() for entry in added()))


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    remedy = "make room (or check the disk) and give the same command again: finished batches are kept"
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot be written ({error})", source=str(folder), remedy=no_right(error) or remedy) from error


@dataclass(slots=True)
class _Open:
    """A batch whose segments are being made: their paths, and how many are missing."""

    paths: list[str]
    missing: int


class _Run:
    def __init__(
        self,
        store: OpenStore,
        job: Job,
        runner: Runner,
        on_file: OnFile | None,
        phase: OnPhase,
        workers: int,
        least: int,
    ) -> None:
        self._store, self._db, self._job, self._runner, self._phase = store, store.db, job, runner, phase
        self._metadata = job.options.rows()
        self._on_file, self._workers, self._least = on_file, workers, least
        self._open: dict[int, _Open] = {}
        self._done = self._todo = 0
        self._token = secrets.token_hex(4)

    def go(self) -> Summary:
        job, db = self._job, self._db
        planning.note_metadata(db, self._metadata)
        self._hash(planning.carry_over(db))
        self._phase("planning", 0, 0)
        found = planning.make_plan(self._store, job.options, job.batch_size)
        self._todo = found.todo
        self._tag()
        if found.todo or found.pruned:
            compact(self._store, job.batch_size)
        finished = manifest.get_meta(db).get("finished") == "1"
        if not finished:
            # the views first: a store that says it is finished has all it should have
            (job.folder / VIEWS).write_text(views_sql(take_snapshot(job.folder)), encoding="utf-8", newline="\n")
            manifest.set_meta(db, {"finished": "1"})
            self._store.shelf.saved(last=True)
        manifest.clean(db, job.folder)
        lost = tuple(unmatched(list_sources(db), self._metadata)) if self._metadata else ()
        return _summary(planning.total_counts(db), found, lost)

    def _hash(self, total: int) -> None:
        if not total:
            return
        done = 0
        self._phase("hashing", 0, total)
        tasks = (
            Task({"kind": "hash", "sources": [s.to_json() for s in some]}, len(some))
            for some in planning.to_hash(self._db, _HASHED_AT_ONCE)
        )
        waiting: list[tuple[str, str | None, tuple[str, str] | None]] = []
        for task, item, sha256 in self._runner.run(tasks):
            if item >= 0:
                waiting.append((task.request["sources"][item][1], sha256, task.skip.get(item)))
                continue
            self._note(waiting)
            done += task.items
            self._phase("hashing", done, total)

    def _note(self, waiting: list[tuple[str, str | None, tuple[str, str] | None]]) -> None:
        with transaction(self._db):
            for name, sha256, problem in waiting:
                planning.note_hash(self._db, name, sha256, problem)
        waiting.clear()

    def _tag(self) -> None:
        self._phase("tagging", 0, self._todo)
        for task, item, found in self._runner.run(self._tasks()):
            if item >= 0:
                self._tell(found)
            elif task.request["kind"] == "tag":
                batch = self._open[task.request["batch"]]
                batch.missing -= 1
                if not batch.missing:
                    self._runner.push(self._merge(task.request["batch"]))
            else:
                self._commit(task.request, found)

    def _tasks(self) -> Iterator[Task]:
        settings = self._job.settings()
        for batch in planning.open_batches(self._db):
            units = planning.units_of(self._db, batch, self._metadata)
            folder = self._store.work / str(batch)
            folder.mkdir(exist_ok=True)
            parts = cut(units, self._workers, self._least)
            paths = [(folder / segment_name(some, settings)).resolve() for some in parts]
            left = [(path, some) for path, some in zip(paths, parts, strict=True) if not self._kept(path)]
            self._open[batch] = _Open([str(p) for p in paths], len(left))
            requests: list[dict[str, Any]] = [
                {"kind": "tag", "batch": batch, "path": str(path), "units": [u.to_json() for u in some]} for path, some in left
            ]
            if self._runner.whole_batches:
                merge = self._merge(batch).request
                yield Task({**merge, "kind": "batch", "segments": requests}, sum(len(some) for _, some in left))
                continue
            if not left:
                self._runner.push(self._merge(batch))
            yield from (Task(request, len(request["units"])) for request in requests)

    def _kept(self, path: Path) -> bool:
        """Whether a run that was killed left this segment whole."""
        items = whole(path)
        if items is None:
            return False
        for files in items:
            self._tell(files)
        return True

    def _merge(self, batch: int) -> Task:
        # a process of a run that was killed may still be merging: every run has its own folder for parts
        into = self._store.work / str(batch) / f"parts-{self._token}"
        request = {
            "kind": "merge",
            "batch": batch,
            "into": str(into.resolve()),
            "versions": dict(self._store.versions),
            "url": self._job.url,
        }
        return Task({**request, "paths": self._open[batch].paths}, 0)

    def _commit(self, request: Mapping[str, Any], found: Any) -> None:
        parts = [Part(*p) for p in found[0]]
        batch, into = request["batch"], Path(request["into"])
        for part in parts if not self._store.shelf.local else ():
            if (into / part.made_as).is_file():  # else the node that made it has uploaded it
                self._store.shelf.put(into / part.made_as, part.file)
        self._store.commit(into, batch, parts, found[1])
        self._store.shelf.saved()
        manifest.remove(into.parent)
        del self._open[batch]

    def _tell(self, files: Sequence[tuple[str, str]]) -> None:
        for name, status in files:
            self._done += 1
            if self._on_file is not None:
                self._on_file(self._done, self._todo, Outcome(Source(Path(name), name, False), status, None, ()))


def _summary(counts: Mapping[str, Any], plan: planning.Plan, lost: tuple[str, ...]) -> Summary:
    def most(key: str) -> dict[str, int]:
        return dict(Counter(counts.get(key, {})).most_common())

    return Summary(
        counts.get("sources.status", {}), counts.get("reports", 0), counts.get("passages", 0), counts.get("mentions", 0),
        counts.get("cells", 0), most("passages.label"), most("joins.verdict"), most("issues.code"),
        tuple((name, reason) for name, reason in sorted(counts["failures"])[:20]), most("checks.verdict"), most("checks.failing"),
        most("sources.reader"), plan.todo, plan.unchanged, plan.gone, plan.pruned, lost,
    )  # fmt: skip


def pool(
    spec: Spec, workers: int | None = None, limits: Limits | None = None
) -> Callable[[Path], AbstractContextManager[Runner]]:
    """Makes the runner of ``workers`` supervised processes (default: one for each core) for :func:`tag_corpus`."""
    return lambda work: Pool(spec, workers or default_workers(), limits or Limits(), work)


def inline(classifier: Classifier) -> Callable[[Path], AbstractContextManager[Runner]]:
    """Makes the runner that works in this process with a ready-made classifier."""

    @contextmanager
    def make(work: Path) -> Iterator[Runner]:
        bench = Bench(classifier)
        with rare_collection():
            yield Inline(bench)

    return make


__all__ = [
    "BATCH", "Inline", "Job", "Limits", "Outcome", "Runner", "Source", "Spec", "Summary", "code_id", "default_workers", "find_sources",
    "inline", "load_metadata", "pool", "process", "read_source", "tag_corpus",
]  # fmt: skip
