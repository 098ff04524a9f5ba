"""Passages on their way to and from people who code them: one row each, with everything that leads back to the report.

``passage_id``, ``report_id``, ``start`` and ``end`` stay with a passage through every tool, as do the draw it is from and its
probability; so that what was coded can be trained on (:func:`training_line`) and weighed (:mod:`training.coding.coded`).
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from corpus.errors import DataError, why_unread
from corpus.sheets import Sheet, read_sheet, sheet_of
from corpus.spreadsheets import MARK, write_rows
from models.taxonomy import Taxonomy
from training.coding.coded import CodedRow
from training.coding.dataset import check_codes
from training.measure.agreement import cohen_kappa, krippendorff_alpha

#: between the headings of a path, and between codes, in a cell of a table
PATH, LIST = " > ", ";"
#: instead of a label: this is no passage (a page number, the remains of a table); nothing is learnt from it
NO_PASSAGE = "x"
#: column of a row that settles what several people coded differently: its code counts, and it is no coder's in the agreement
DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class CodingTask:
    """A passage to code, or as one person coded it (``label`` empty while nobody did).

    ``before`` and ``after`` are its neighbours in the report, for the reader alone.  ``suggested_…`` and ``score`` are the model's,
    empty where coders should not see them.
    """

    passage_id: str
    report_id: str
    start: int
    end: int
    text: str
    section: str = ""
    heading_path: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    agency: str = ""
    year: int | None = None
    label: str = ""
    also: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    coder: str = ""
    comment: str = ""
    draw: str = ""
    design: str = ""
    stratum: str = ""
    inclusion_probability: float | None = None
    seed: int | None = None
    suggested_label: str = ""
    suggested_also: tuple[str, ...] = ()
    suggested_facets: tuple[str, ...] = ()
    score: float | None = None
    classifier: str = ""


#: columns of a table of tasks, in order
COLUMNS = tuple(f.name for f in fields(CodingTask))
#: what a tool must keep for a task to be found again
NEEDED = ("passage_id", "report_id", "start", "end", "text")
#: Chinese headings of what people fill in
HEADINGS = {"label": ("类别",), "also": ("兼及",), "facets": ("方面",), "coder": ("编码员", "编码人"), "comment": ("备注",)}
_LISTS = {"heading_path": PATH, "also": LIST, "facets": LIST, "suggested_also": LIST, "suggested_facets": LIST}
_INTS = ("start", "end", "year", "seed")
_FLOATS = ("inclusion_probability", "score")


def to_record(task: CodingTask) -> dict[str, Any]:
    """The task as JSON values; lists as text, as a table holds them."""
    record = {name: getattr(task, name) for name in COLUMNS}
    return {k: _LISTS[k].join(v) if k in _LISTS else v for k, v in record.items()}


def from_record(record: Mapping[str, Any], source: str) -> CodingTask:
    """A task from a row of a table or the data of another tool; columns that others added are left out.

    Raises:
        DataError: a column that leads back to the report is missing, or a number is none.
    """
    if lost := [c for c in NEEDED if record.get(c) in (None, "")]:
        raise DataError(
            f"has no {', '.join(lost)}",
            source=source,
            remedy="keep the columns that `gongkai sample` or `annotate export` wrote",
        )
    values: dict[str, Any] = {}
    for name in COLUMNS:
        given = record.get(name)
        try:
            if name in _LISTS:
                parts = (
                    given
                    if isinstance(given, list)
                    else str(given or "").split(_LISTS[name].strip() if name != "heading_path" else PATH)
                )
                values[name] = tuple(str(p).strip() for p in parts if str(p).strip())
            elif name in _INTS:
                values[name] = None if given in (None, "") else int(float(str(given)))
            elif name in _FLOATS:
                values[name] = None if given in (None, "") else float(str(given))
            else:
                values[name] = "" if given is None else str(given)
        except ValueError as error:
            raise DataError(
                f"{name} is {given!r}, not a number", source=source, remedy="leave the column as it was written"
            ) from error
    for name in ("label", "coder", "section"):
        values[name] = values[name].strip()
    # a spreadsheet takes 12345678901234e5 for a number and rounds it; 12345678901234e5.p40 stays what it is
    values["report_id"] = values["passage_id"].rpartition(".p")[0] or values["report_id"]
    return CodingTask(**values)


def write_csv(tasks: Sequence[CodingTask]) -> str:
    """A table that spreadsheets open: UTF-8 with a mark, codes to be filled into ``label``, ``also`` and ``facets``."""
    out = io.StringIO()
    write_rows(out, COLUMNS, (to_record(task).values() for task in tasks))
    return MARK + out.getvalue()


def read_csv(text: str, source: str) -> list[CodingTask]:
    """Tasks of a table; the inverse of :func:`write_csv`.

    Raises:
        DataError: no heading line with the columns needed, or a row as :func:`from_record` refuses it.
    """
    return _tasks(sheet_of(text.encode("utf-8"), source, HEADINGS, strip=False), source)


def read_tasks(path: Path) -> list[CodingTask]:
    """Tasks of a user's table, as Excel writes it: CSV of any kind, or .xlsx.

    Raises:
        UsageError: unreadable.
        DataError: as :func:`read_csv`.
    """
    return _tasks(read_sheet(path, HEADINGS, strip=False), str(path))


def read_coded(path: Path) -> tuple[list[CodingTask], list[CodingTask]]:
    """What coders coded and what was :data:`DECIDED` between them, of a table as :func:`read_tasks` reads it."""
    sheet = read_sheet(path, HEADINGS, strip=False)
    tasks = _tasks(sheet, str(path))
    settled = [bool((row.values.get(DECIDED) or "").strip()) for row in sheet.rows]
    parts = ([t for t, d in zip(tasks, settled, strict=True) if d is wanted] for wanted in (False, True))
    return next(parts), next(parts)


def _tasks(sheet: Sheet, source: str) -> list[CodingTask]:
    if lost := [c for c in NEEDED if c not in sheet.columns]:
        raise DataError(
            f"has no column {', '.join(lost)}",
            source=source,
            remedy="keep the heading line that `gongkai sample` wrote; save as CSV UTF-8",
        )
    return [from_record(row.values, f"{source}:{row.line}") for row in sheet.rows]


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        DataError: missing, or not UTF-8 (what a Chinese Excel saves as plain CSV is GB18030, which is read, too).
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(why_unread(error), source=str(path), remedy="check the path") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError("is neither UTF-8 nor GB18030", source=str(path), remedy="save it as CSV UTF-8 or as JSON in UTF-8")


def check_tasks(tasks: Sequence[CodingTask], taxonomy: Taxonomy, source: str) -> None:
    """Every code that was given is one of the taxonomy's.

    Raises:
        DataError: with the passage it is about.
    """
    for t in tasks:
        if t.label and t.label != NO_PASSAGE:
            check_codes(t.label, t.also, t.facets, taxonomy, f"{source}, passage {t.passage_id}")


def training_line(task: CodingTask) -> str:
    """A coded task as one line of training data (:mod:`training.coding.dataset`), traceable to its place in the report."""
    record: dict[str, Any] = {
        "text": task.text, "label": task.label, "also": list(task.also), "facets": list(task.facets), "section": task.section or None,
        "heading_path": list(task.heading_path), "report_id": task.report_id, "order": task.start, "passage_id": task.passage_id,
        "start": task.start, "end": task.end,
    }  # fmt: skip
    for name in ("coder", "draw", "design", "stratum", "inclusion_probability", "seed"):
        value = getattr(task, name)
        if value not in (None, ""):
            record[name] = value
    return json.dumps(record, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Settled:
    """One coding of each passage: ``tied`` were coded differently by as many people and are left out, and so are those that most
    call :data:`NO_PASSAGE` (``none`` of them)."""

    tasks: tuple[CodingTask, ...]
    tied: tuple[str, ...]
    uncoded: int
    disagreed: int
    alpha: float | None
    kappas: tuple[tuple[str, str, float | None, int], ...]
    none: int = 0


def settle(tasks: Sequence[CodingTask], coder: str | None = None, decided: Sequence[CodingTask] = ()) -> Settled:
    """One coding of each passage out of those of several people: the label most of them gave, with the first such person's facets.

    Args:
        tasks: all codings.
        coder: take this person's alone.
        decided: codings that stand in place of what coders say of the same passages, whoever they are.

    Raises:
        DataError: nobody of that name coded anything.
    """
    done = [t for t in tasks if t.label and (coder is None or t.coder == coder)]
    if coder is not None and not done:
        known = ", ".join(sorted({t.coder for t in tasks if t.coder})) or "none is named"
        raise DataError(f"no passage was coded by {coder!r}", remedy=f"coders are: {known}")
    by_passage: dict[str, list[CodingTask]] = {}
    for t in done:
        by_passage.setdefault(t.passage_id, []).append(t)
    chosen, tied, disagreed, none = [], [], 0, 0
    over = {t.passage_id: t for t in decided if t.label} if coder is None else {}
    for passage_id, own in by_passage.items():
        votes = Counter(t.label for t in own).most_common()
        disagreed += len(votes) > 1
        if passage_id not in over and len(votes) > 1 and votes[0][1] == votes[1][1]:
            tied.append(passage_id)
            continue
        first = over.get(passage_id) or next(t for t in own if t.label == votes[0][0])
        if first.label == NO_PASSAGE:
            none += 1
            continue
        chosen.append(
            first
            if len(own) == 1 or passage_id in over
            else replace(first, coder=LIST.join(sorted({t.coder for t in own if t.coder})))
        )
    coders = sorted({t.coder for t in done})
    codes = {p: {t.coder: t.label for t in own} for p, own in by_passage.items()}
    kappas = []
    for i, a in enumerate(coders):
        for b in coders[i + 1 :]:
            both = [(c[a], c[b]) for c in codes.values() if a in c and b in c]
            kappas.append((a, b, cohen_kappa(both), len(both)))
    alpha = krippendorff_alpha([list(c.values()) for c in codes.values()]) if len(coders) > 1 else None
    uncoded = len({t.passage_id for t in tasks} - set(by_passage))
    return Settled(tuple(chosen), tuple(tied), uncoded, disagreed, alpha, tuple(kappas), none)


def coded_rows(tasks: Sequence[CodingTask], source: str) -> list[CodedRow]:
    """Coded tasks as :mod:`training.coding.coded` weighs them."""
    return [
        CodedRow(
            t.passage_id, t.report_id, t.text, t.label, t.coder, t.stratum, t.design, t.draw, t.inclusion_probability,
            f"{source}, passage {t.passage_id}",
        )
        for t in tasks
        if t.label and t.label != NO_PASSAGE
    ]  # fmt: skip
