"""Tags many files into a store: finds them, analyses each, writes parts, and never stops for a bad one."""

from __future__ import annotations

import csv
import glob
import io
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus import archives
from corpus.errors import GongkaiError, Issue, ReadError, UsageError
from corpus.readers import known_suffixes, read_file_bytes
from corpus.store import StoreWriter
from extract.pipeline import analyze_bytes
from extract.rows import Row, Rows, issue_rows, report_rows, source_row, status
from extract.types import Report
from models.base import Classifier

#: reports in one part; small parts make readers slow
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Source:
    """A file to tag: ``path`` to open, ``name`` as stored (relative to the root given), ``named`` on the command line itself.

    ``member`` is the name inside the archive at ``path``; the stored name is then ``archive.zip!/member``.
    """

    path: Path
    name: str
    named: bool
    member: str = ""

    @property
    def suffix(self) -> str:
        """Lower-case suffix that chooses the reader."""
        return Path(self.member or self.path).suffix.lower()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``report`` is ``None`` unless it was read."""

    source: Source
    status: str
    report: Report | None
    issues: tuple[Issue, ...]
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a run: files by status, reports, passages, mentions, cells, labels, join verdicts, issues by code."""

    statuses: Mapping[str, int]
    reports: int
    passages: int
    mentions: int
    cells: int
    labels: Mapping[str, int]
    verdicts: Mapping[str, int]
    issues: Mapping[str, int]
    failures: tuple[tuple[str, str], ...] = field(default=())


def find_sources(paths: Sequence[str | Path]) -> list[Source]:
    """Files named, in folders named (recursively), or matched by globs; sorted by stored name, each once.

    A folder's files are stored relative to it, a named file under its own name, or its path where that name is taken.  A file
    that does not exist is kept, to fail when it is read.  A ZIP archive gives its members; one that cannot be listed is kept.

    Raises:
        UsageError: a glob matches nothing.
    """
    found: dict[Path, Source] = {}
    for item in paths:
        path = Path(item)
        if path.is_dir():
            matches = [(f, f.relative_to(path).as_posix(), False) for f in path.rglob("*") if f.is_file() and not _hidden(f, path)]
        elif path.exists():
            matches = [(path, path.name, True)]
        elif glob.has_magic(str(item)):
            hits = [Path(h) for h in glob.glob(str(item), recursive=True) if Path(h).is_file()]
            if not hits:
                raise UsageError("the pattern matches no file", source=str(item), remedy="quote the pattern and check the folder")
            matches = [(h, h.name, True) for h in hits]
        else:
            # reading it fails with the reason, and the run goes on to the others
            matches = [(path, path.name, True)]
        for file, name, named in matches:
            found.setdefault(file.resolve(), Source(file, name, named))
    names = Counter(s.name for s in found.values())
    out = []
    for s in found.values():
        # two named files of one name in different folders: keep them apart by their full path
        kept = Source(s.path, s.path.as_posix(), s.named) if names[s.name] > 1 else s
        out += _members(kept) if kept.suffix == archives.SUFFIX else [kept]
    return sorted(out, key=lambda s: s.name)


def _members(archive: Source) -> list[Source]:
    try:
        names = archives.member_names(archive.path)
    except GongkaiError:
        # reading it fails with the reason, and the run goes on to the others
        return [archive]
    return [Source(archive.path, f"{archive.name}{archives.SEPARATOR}{name}", False, name) for name in dict.fromkeys(names)]


def read_source(source: Source) -> bytes:
    """The bytes of a source.

    Raises:
        ReadError: the file or the archive around it cannot be read.
    """
    if source.member:
        return archives.read_member(source.path, source.member)
    if source.suffix == archives.SUFFIX:
        names = archives.member_names(source.path)
        raise ReadError(f"is an archive of {len(names)} files, not a report", remedy="give it to find_sources", source=source.name)
    return read_file_bytes(source.path)


def _hidden(file: Path, root: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in file.relative_to(root).parts)


def load_metadata(path: Path) -> dict[str, dict[str, str]]:
    """Rows of a metadata CSV by ``path`` (as stored in ``sources.source``, or the file's name).

    Raises:
        UsageError: unreadable, no ``path`` column, or a path given twice.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"metadata cannot be read ({error})", source=str(path), remedy="save it as CSV in UTF-8") from error
    reader = csv.DictReader(io.StringIO(text))
    if "path" not in (reader.fieldnames or ()):
        raise UsageError(
            f"metadata have no column `path` (columns: {', '.join(reader.fieldnames or ()) or 'none'})",
            source=str(path),
            remedy="add a column `path` with each file's path relative to the folder that is tagged",
        )
    rows: dict[str, dict[str, str]] = {}
    for line, row in enumerate(reader, start=2):
        key = (row.get("path") or "").strip()
        if key in rows:
            raise UsageError(f"path {key!r} is given twice", source=f"{path}, line {line}", remedy="keep one row per file")
        rows[key] = {k: (v or "").strip() for k, v in row.items() if k and k != "path" and isinstance(v, str)}
    return rows


def process(source: Source, classifier: Classifier | None, metadata: Mapping[str, str]) -> Outcome:
    """Analyse one file; every failure becomes an outcome with an issue that says why."""
    if source.suffix not in known_suffixes() and source.suffix != archives.SUFFIX and not source.named:
        note = f"{source.name}: no reader for {source.suffix or 'files without a suffix'}; known: {', '.join(known_suffixes())}"
        return Outcome(source, "skipped", None, (Issue("unknown_suffix", "info", note),))
    try:
        data = read_source(source)
        report = analyze_bytes(data, source.name, classifier=classifier, metadata=metadata)
    except GongkaiError as error:
        return Outcome(source, "failed", None, (Issue("read_failed", "error", str(error)),))
    except Exception:  # noqa: BLE001 - the supervisor's one catch-all: a fault of ours must not end the run
        return Outcome(source, "failed", None, (Issue("internal", "error", f"{source.name}: {traceback.format_exc(limit=-6)}"),))
    return Outcome(source, status(report), report, report.issues)


def tag_sources(
    sources: Iterable[Source],
    writer: StoreWriter,
    *,
    classifier: Classifier | None = None,
    metadata: Mapping[str, Mapping[str, str]] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
    batch_size: int = BATCH,
) -> Summary:
    """Analyse ``sources`` in order and write their rows; equal bytes are one report, stored under the smallest path."""
    metadata = metadata or {}
    seen: dict[str, str] = {}
    tally = _Tally()
    for number, chunk in enumerate(_chunks(sources, batch_size)):
        rows: Rows = {}
        for source in chunk:
            given = metadata.get(source.name) or metadata.get(source.path.name) or {}
            outcome = process(source, classifier, given)
            outcome = _add(outcome, rows, seen, given)
            tally.add(outcome)
            if on_outcome is not None:
                on_outcome(outcome)
        writer.write_batch(number, rows)
    writer.finish()
    return tally.summary()


def _add(outcome: Outcome, rows: Rows, seen: dict[str, str], metadata: Mapping[str, str]) -> Outcome:
    name, report = outcome.source.name, outcome.report
    issues = outcome.issues
    stored = report is not None and outcome.status != "failed"
    if report is not None and stored and report.report_id in seen:
        twin = seen[report.report_id]
        issues = (Issue("duplicate_bytes", "info", f"{name} holds the same bytes as {twin}; they are one report"),)
        outcome = Outcome(outcome.source, outcome.status, None, issues)
        rows.setdefault("sources", []).append(source_row(name, outcome.status, report))
    else:
        rows.setdefault("sources", []).append(source_row(name, outcome.status, report, outcome.sha256))
        if report is not None and stored:
            seen[report.report_id] = name
            for table, some in report_rows(report, name, metadata).items():
                rows.setdefault(table, []).extend(some)
    report_id = report.report_id if report is not None and stored else None
    found: list[Row] = issue_rows(name, report_id, issues)
    if found:
        rows.setdefault("issues", []).extend(found)
    return outcome


def _chunks(items: Iterable[Source], size: int) -> Iterator[list[Source]]:
    chunk: list[Source] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    yield chunk


class _Tally:
    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.issues: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.failures: list[tuple[str, str]] = []

    def add(self, outcome: Outcome) -> None:
        self.statuses[outcome.status] += 1
        self.issues.update(i.code for i in outcome.issues)
        if outcome.status == "failed":
            self.failures.append((outcome.source.name, outcome.issues[-1].message if outcome.issues else ""))
        report = outcome.report
        if report is None or outcome.status == "failed":
            return
        self.counts.update(reports=1, passages=len(report.passages), mentions=len(report.mentions), cells=len(report.cells))
        self.labels.update(p.label for p in report.predictions)
        self.verdicts.update(j.verdict for j in report.joins)

    def summary(self) -> Summary:
        return Summary(
            dict(self.statuses), self.counts["reports"], self.counts["passages"], self.counts["mentions"], self.counts["cells"],
            dict(self.labels.most_common()), dict(self.verdicts.most_common()), dict(self.issues.most_common()),
            tuple(self.failures[:20]),
        )  # fmt: skip


__all__ = ["BATCH", "Outcome", "Source", "Summary", "find_sources", "load_metadata", "process", "read_source", "tag_sources"]
