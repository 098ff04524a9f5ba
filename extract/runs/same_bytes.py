"""Analyses units: files of equal bytes, which are one report; and gathers their rows into parts.

A unit is analysed alike wherever that happens: in the calling process, in a worker, on a cluster.  What a run does with many of
them is in ``extract.runs.run``.
"""

from __future__ import annotations

import hashlib
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from corpus import archives
from corpus.errors import GongkaiError, Issue, ReadError
from corpus.readers import known_suffixes
from corpus.store.parts import columns_to_arrow
from corpus.store.schema import tables
from extract.pipeline import analyze_bytes
from extract.rows import Columns, issue_columns, report_columns, source_row, status
from extract.runs.sources import Source, read_source
from extract.types import Report
from models.base import Classifier

#: failures listed in the summary
SHOWN = 20
#: what Arrow raises for values that do not fit their column, such as a lone surrogate in a text
_UNSTORABLE = (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError)


class Analyser(Protocol):
    """Bytes to report, as :func:`extract.pipeline.analyze_bytes` does it."""

    def __call__(
        self, data: bytes, name: str, *, classifier: Classifier | None = None, metadata: Mapping[str, str] | None = None
    ) -> Report: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``report`` is ``None`` unless it was read, and where another process read it."""

    source: Source
    status: str
    report: Report | None
    issues: tuple[Issue, ...]
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a unit; ``present`` is ``False`` for one that is gone but keeps its place in the results."""

    source: Source
    given: Mapping[str, str] = field(default_factory=dict)
    present: bool = True


@dataclass(frozen=True, slots=True)
class Unit:
    """Files of equal bytes, sorted by name; ``sha256`` is ``None`` for a file that could not be hashed or need not be.

    ``quarantine`` is the code and message of the issue by which it is set aside unread.
    """

    key: str
    sha256: str | None
    members: tuple[Member, ...]
    quarantine: tuple[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """For another process; paths that are no UTF-8 survive."""
        return {
            "key": self.key, "sha256": self.sha256, "quarantine": self.quarantine,
            "members": [[m.source.to_json(), dict(m.given), m.present] for m in self.members],
        }  # fmt: skip

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Unit:
        """The unit that :meth:`to_json` wrote."""
        members = tuple(Member(Source.from_json(source), given, present) for source, given, present in value["members"])
        quarantine = value["quarantine"]
        return Unit(value["key"], value["sha256"], members, (quarantine[0], quarantine[1]) if quarantine else None)


def source_digest(source: Source) -> str | None:
    """Hex sha256 of a source's bytes; ``None`` if it cannot be read."""
    try:
        return hashlib.sha256(read_source(source)).hexdigest()
    except GongkaiError:
        return None


def process(
    source: Source,
    classifier: Classifier | None,
    metadata: Mapping[str, str],
    *,
    analyser: Analyser = analyze_bytes,
    sha256: str | None = None,
) -> Outcome:
    """Analyse one file; every failure becomes an outcome with an issue that says why.

    Args:
        source: the file.
        classifier: labels the passages; default is the shipped linear model.
        metadata: what is known of it.
        analyser: makes the report.
        sha256: of the bytes when the file was hashed; others are refused.
    """
    if source.skipped:
        note = f"{source.name}: no reader for {source.suffix or 'files without a suffix'}; known: {', '.join(known_suffixes())}"
        return Outcome(source, "skipped", None, (Issue("unknown_suffix", "info", note),))
    try:
        data = _bytes(source, sha256)
    except GongkaiError as error:
        # nothing is known of bytes that were not read, whatever was hashed before: without a hash the next run reads the file
        return Outcome(source, "failed", None, (Issue("read_failed", "error", _reason(error, source)),))
    try:
        report = analyser(data, source.name, classifier=classifier, metadata=metadata)
    except GongkaiError as error:
        return Outcome(source, "failed", None, (Issue("read_failed", "error", _reason(error, source)),), sha256)
    except MemoryError:
        note = f"{source.name}: memory ran out; look at what the file holds, or give workers more with --memory"
        return Outcome(source, "failed", None, (Issue("out_of_memory", "error", note),), sha256)
    except Exception:  # noqa: BLE001 - the supervisor's one catch-all: a fault of ours must not end the run
        fault = Issue("internal", "error", f"{source.name}: {traceback.format_exc(limit=-6)}")
        return Outcome(source, "failed", None, (fault,), sha256)
    return Outcome(source, status(report), report, report.issues)


def _bytes(source: Source, sha256: str | None) -> bytes:
    data = read_source(source)
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise ReadError(
            "changed while the corpus was tagged", remedy="tag again: changed files are read anew", source=source.name
        )
    return data


def _reason(error: GongkaiError, source: Source) -> str:
    # the file by its stored name: where the corpus lies must not show in the rows
    stored = source.name.removesuffix(f"{archives.SEPARATOR}{source.member}") if source.member else source.name
    return str(error).replace(str(source.path.absolute()), stored).replace(os.fspath(source.path), stored)


def process_unit(
    unit: Unit, classifier: Classifier | None, analyser: Analyser = analyze_bytes
) -> tuple[dict[str, Columns], list[Outcome]]:
    """Columns of a unit's rows by table, and what became of each of its files.

    The report is stored under the smallest name that can be read: ``a.docx`` and ``b.txt`` may hold the same plain text.
    """
    found: dict[str, Columns] = {"sources": {}, "issues": {}}
    outcomes: list[Outcome] = []
    owner: Outcome | None = None
    failed: dict[str, Outcome] = {}
    for member in sorted(unit.members, key=lambda m: (not m.present, m.source.name)):
        source = member.source
        if unit.quarantine:
            code, message = unit.quarantine
            outcome = Outcome(source, "failed", None, (Issue(code, "error", f"{source.name}: {message}"),), unit.sha256)
        elif owner is not None:
            note = f"{source.name} holds the same bytes as {owner.source.name}; they are one report"
            outcome = Outcome(source, owner.status, None, (Issue("duplicate_bytes", "info", note),))
        elif (before := failed.get(source.suffix)) is not None:
            # thousands of copies of one error page need not be read one by one
            outcome = Outcome(
                source, "failed", None, tuple(_again(i, source, before.source) for i in before.issues), unit.sha256
            )
        else:
            outcome = process(source, classifier, member.given, analyser=analyser, sha256=unit.sha256)
            if outcome.status == "failed" and (outcome.report or outcome.sha256):  # of the bytes, not of this file's disk
                failed[source.suffix] = outcome
            elif outcome.report is not None:
                owner = outcome
                found |= report_columns(outcome.report, source.name, member.given)
        report = outcome.report or (owner.report if owner is not None else None)
        row = source_row(source.name, outcome.status, report, outcome.sha256)
        _extend(found["sources"], {name: [value] for name, value in row.items()})
        report_id = report.report_id if report is not None and outcome.status != "failed" else None
        _extend(found["issues"], issue_columns(source.name, report_id, outcome.issues))
        outcomes.append(outcome)
    return found, outcomes


def _extend(columns: Columns, more: Columns) -> None:
    for name, values in more.items():
        columns.setdefault(name, []).extend(values)


def _again(issue: Issue, source: Source, before: Source) -> Issue:
    note = f"{source.name}: holds the same bytes as {before.name}, of which was said: {issue.message}"
    return Issue(issue.code, issue.severity, note, issue.start, issue.end, issue.page)


def tag_units(
    units: Iterable[Unit],
    classifier: Classifier | None,
    analyser: Analyser = analyze_bytes,
    on_unit: Callable[[int, list[Outcome]], None] = lambda number, outcomes: None,
) -> dict[str, pa.Table]:
    """Analyse units; gives their rows by table, unsorted, without the tables that have none."""
    done: list[tuple[Unit, dict[str, Columns]]] = []
    for number, unit in enumerate(units):
        found, outcomes = process_unit(unit, classifier, analyser)
        done.append((unit, found))
        on_unit(number, outcomes)
    return _arrow(done)


def _arrow(done: Sequence[tuple[Unit, dict[str, Columns]]]) -> dict[str, pa.Table]:
    try:
        return _tables([found for _, found in done])
    except _UNSTORABLE as error:
        if len(done) > 1:
            each = [_arrow([one]) for one in done]
            return {t: pa.concat_tables([e[t] for e in each if t in e]) for t in tables() if any(t in e for e in each)}
        fault = ("internal", f"its rows cannot be stored ({error}); please report this")
        return _tables([process_unit(replace(done[0][0], quarantine=fault), None)[0]])


def _tables(each: Sequence[dict[str, Columns]]) -> dict[str, pa.Table]:
    gathered: dict[str, Columns] = {}
    for found in each:
        for table, columns in found.items():
            _extend(gathered.setdefault(table, {}), columns)
    return {table: columns_to_arrow(table, columns) for table, columns in gathered.items() if any(columns.values())}


#: column of each table whose values are counted for the summary
_COUNTED = {"sources": "status", "passages": "label", "joins": "verdict", "checks": "verdict", "issues": "code"}


def failed_sources(sources: pa.Table) -> list[str]:
    """The smallest names of failed files, as many as a summary shows."""
    pairs = zip(sources["source"].to_pylist(), sources["status"].to_pylist(), strict=True)
    return sorted(name for name, state in pairs if state == "failed")[:SHOWN]


def unread_sources(sources: pa.Table) -> list[str]:
    """Names of files whose bytes were not read: away, locked or changed since they were hashed."""
    columns = (sources[name].to_pylist() for name in ("source", "status", "sha256"))
    return [name for name, state, sha256 in zip(*columns, strict=True) if state == "failed" and sha256 is None]


def count_rows(table: str, rows: pa.Table, failed: Sequence[str] = ()) -> dict[str, Any]:
    """Counts of a part for the summary: ``{table: rows}``, ``{table.column: {value: rows}}``, failing checks, failures with reasons."""
    counts: dict[str, Any] = {table: rows.num_rows}
    if table in _COUNTED:
        column = _COUNTED[table]
        counts[f"{table}.{column}"] = {c["values"]: c["counts"] for c in rows[column].value_counts().to_pylist()}
    if table == "sources":
        counts["sources.reader"] = dict(Counter(r for r in rows["reader"].to_pylist() if r))
    if table == "checks":
        failing = rows["check"].filter(pc.equal(rows["verdict"], "fails")).to_pylist()
        counts["checks.failing"] = dict(Counter(check.partition(".")[0] for check in failing))
    if table == "issues" and failed:
        # the last issue of a file says why it failed
        wanted = set(failed)
        reasons = {s: m for s, m in zip(rows["source"].to_pylist(), rows["message"].to_pylist(), strict=True) if s in wanted}
        counts["failures"] = sorted(reasons.items())
    return counts


__all__ = [
    "SHOWN", "Analyser", "Member", "Outcome", "Unit", "count_rows", "failed_sources", "process", "process_unit", "source_digest", "tag_units",
    "unread_sources",
]  # fmt: skip
