"""One sheet for every corrected share: reports are drawn, and their section 五 is coded passage by passage.

A row of the sheet is a passage with its neighbours, agency and year.  Coders fill in ``label`` (``x``: this is no passage), ``facets``, and on
one row of a report ``s5_state`` where the store is wrong about its section 五.  ``population`` says what the draw stands for.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import DataError, UsageError
from corpus.sheets import read_sheet as read_table
from corpus.spreadsheets import MARK, write_rows
from gongkai.compare.frame import COUNTED, Floats, Study, study
from gongkai.store_access import Row, Store
from models.taxonomy import Taxonomy
from training.coding.annotation import COLUMNS, DECIDED, HEADINGS, NEEDED, NO_PASSAGE, CodingTask, from_record, to_record
from training.coding.dataset import check_codes as check_label
from training.coding.sampling import allocation

DESIGNS = ("reports", "active")
#: what figures rest on: a sheet without one of them would be read as if nobody had filled it in
_RESTED_ON = (
    *NEEDED, "label", "facets", "coder", "draw", "design", "stratum", "inclusion_probability", "s5_state", "population",
)  # fmt: skip
#: of a row that is no passage
JUNK = NO_PASSAGE
STATE = "s5_state"
STATES = (*COUNTED, "absent", "unread")
POPULATION = "population"
SHEET_COLUMNS = (*COLUMNS, STATE, POPULATION)
#: text of the one row of a report whose section 五 has no passage
EMPTY = "（第五部分没有段落：只填 s5_state）"
#: in an active draw half of the chances are alike for all reports, so that none is too small to stand for others
_ALIKE = 0.5


def population_of(store: Store, frame: Study, drawn: int) -> str:
    """What a draw stands for, as one cell: reports, model, codebook, strata, and a hash of which reports they are."""
    ids = [frame.report_ids[i] for i in frame.counted(np.arange(len(frame.report_ids))).tolist()]
    digest = hashlib.sha256("\n".join(ids).encode("utf-8")).hexdigest()[:12]
    parts = {
        "reports": len(ids), "drawn": drawn, "model": store.meta.get("model_id", ""),
        "codebook": f"{frame.codes.name} {frame.codes.version} {frame.codes.digest}", "strata": "+".join(frame.by), "ids": digest,
    }  # fmt: skip
    return "; ".join(f"{k}={v}" for k, v in parts.items())


def _read_population(text: str) -> dict[str, str]:
    return dict(p.strip().split("=", 1) for p in text.split(";") if "=" in p)


def _chances(store: Store, frame: Study, n: int, places: Sequence[int]) -> Floats:
    """Chances of an active draw: half alike, half by how unsure the model is of the report's section 五 (Zrnic and Candès 2024).

    Of a passage it is as sure as of the label and of the facet that it is surest of together.
    """
    sure = "coalesce(score, 0.5) * coalesce(list_max(facet_scores) / 255, 1)"
    doubt = {r["report_id"]: r["doubt"] for r in store.sql(
        f"SELECT report_id, sum(1 - {sure}) AS doubt FROM passages WHERE section = 's5' GROUP BY report_id"
    ).to_pylist()}  # fmt: skip
    size = np.array([doubt.get(frame.report_ids[i], 0.0) for i in places])
    if not size.sum():
        raise UsageError(
            "these results have no probabilities", remedy="draw --by reports, or tag with an engine that gives them"
        )
    chance = n * (_ALIKE / len(size) + (1 - _ALIKE) * size / size.sum())
    while (over := chance > 1).any():  # a report that is drawn for certain leaves its surplus to the others
        rest = chance < 1
        surplus = float((chance[over] - 1).sum())
        chance = np.minimum(chance, 1.0)
        if not rest.any():
            break
        chance[rest] *= 1 + surplus / chance[rest].sum()
    return np.asarray(chance, dtype=np.float64)


def _drawn(store: Store, frame: Study, n: int, *, active: bool, allocate: str, seed: int) -> list[tuple[int, float]]:
    """(report, chance) of a draw without replacement."""
    rng = np.random.default_rng(seed)
    everyone = frame.counted(np.arange(len(frame.report_ids)))
    if not 2 <= n <= len(everyone):
        raise UsageError(f"cannot draw {n} of {len(everyone)} reports", remedy=f"draw 2 to {len(everyone)}")
    if active:
        order = rng.permutation(everyone)
        chance = _chances(store, frame, n, order.tolist())
        # systematic in random order: exactly these chances, and as many reports as asked for
        at = np.floor(np.concatenate([[0.0], np.cumsum(chance)]) + rng.random())
        return sorted((int(i), float(c)) for i, c, hit in zip(order, chance, np.diff(at) > 0, strict=True) if hit)
    held = {g: m for g, (_, some) in enumerate(frame.members()) if len(m := frame.counted(some))}
    sizes = allocation({f"{g:06d}": len(m) for g, m in held.items()}, n, allocate)
    found = []
    for g, members in held.items():
        take = sizes[f"{g:06d}"]
        found += [(int(i), take / len(members)) for i in rng.choice(members, size=take, replace=False)]
    return sorted(found)


def draw_sheet(
    store: Store, n: int, *, strata: Sequence[str] = (), active: bool = False, allocate: str = "proportional", seed: int
) -> list[dict[str, Any]]:
    """Rows of a sheet: every passage of section 五 of ``n`` reports, by :data:`SHEET_COLUMNS`.

    Args:
        store: without corrections: what people corrected is no work of the model.
        strata: any keys of ``--by``; reports are drawn from each.
        active: reports of whose section 五 the model is less sure are likelier, with known chances.
        allocate: of a stratified draw, as for :func:`training.coding.sampling.allocation`.
        seed: of the random numbers.

    Raises:
        UsageError: too many or too few, strata together with ``active``, unknown keys.
    """
    if active and strata:
        raise UsageError("an active draw has no strata", remedy="leave out --stratum, or draw --by reports")
    frame = study(store, strata)
    drawn = _drawn(store, frame, n, active=active, allocate=allocate, seed=seed)
    population = population_of(store, frame, len(drawn))
    design = "active" if active else "reports"
    name = f"{design}-{n}-{seed}-{hashlib.sha256(population.encode('utf-8')).hexdigest()[:8]}"
    ids = [frame.report_ids[i] for i, _ in drawn]
    about = {
        r["report_id"]: r for r in store.rows("reports", [("report_id", "in", ids)], ["report_id", "agency", "year", "s5"])
    }
    texts: dict[str, list[Row]] = defaultdict(list)
    for p in store.rows("passages", [("report_id", "in", ids)]):
        texts[p["report_id"]].append(p)
    found = []
    for i, chance in drawn:
        report = about[frame.report_ids[i]]
        common = {
            "agency": report["agency"] or "", "year": report["year"], "draw": name, "design": design,
            "stratum": ",".join(frame.groups[frame.group[i]]), "inclusion_probability": chance, "seed": seed,
        }  # fmt: skip
        for task in _tasks(report["report_id"], texts[report["report_id"]], common):
            found.append({**to_record(task), STATE: "", POPULATION: population})
    return [{k: "" if v is None else v for k, v in r.items()} for r in found]


def _tasks(report_id: str, passages: Sequence[Row], common: Mapping[str, Any]) -> list[CodingTask]:
    rows = sorted(passages, key=lambda p: p["start"])
    found = []
    for k, p in enumerate(rows):
        if p["section"] == "s5":
            before, after = (rows[j]["text"] if 0 <= j < len(rows) else "" for j in (k - 1, k + 1))
            found.append(
                CodingTask(
                    p["passage_id"],
                    report_id,
                    p["start"],
                    p["end"],
                    p["text"],
                    "s5",
                    tuple(p["heading_path"]),
                    before,
                    after,
                    **common,
                )
            )
    return found or [CodingTask(f"{report_id}.p-", report_id, 0, 0, EMPTY, "s5", **common)]


def sheet_text(rows: Sequence[Mapping[str, Any]], *, decided: bool = False) -> str:
    """The sheet as CSV that spreadsheets open; with the column :data:`DECIDED` if wanted."""
    out = io.StringIO()
    columns = (*SHEET_COLUMNS, DECIDED) if decided else SHEET_COLUMNS
    write_rows(out, columns, ([row.get(c) for c in columns] for row in rows))
    return MARK + out.getvalue()


@dataclass(frozen=True, slots=True)
class CodedPassage:
    """A passage as one person coded it, or as it was ``decided``: its place in the sheet's reports, and what is said."""

    report_id: str
    passage_id: str
    coder: str
    label: str
    facets: tuple[str, ...]
    decided: bool = False


@dataclass(frozen=True, slots=True)
class PassageSheet:
    """A coded sheet: codings, chance and stratum of each report, states that coders gave; ``notes`` say what no longer fits."""

    passages: tuple[CodedPassage, ...]
    chance: Mapping[str, float]
    stratum: Mapping[str, str]
    strata: tuple[str, ...]
    state: Mapping[str, str]
    design: str
    population: str
    notes: tuple[str, ...]

    def main(self) -> dict[str, CodedPassage]:
        """One coding of each passage: what was decided, else that of the person who coded most."""
        times = Counter(p.coder for p in self.passages if not p.decided)
        ranked = sorted(self.passages, key=lambda p: (p.decided, times[p.coder], p.coder), reverse=True)
        return {p.passage_id: p for p in reversed(ranked)}


def is_passage_sheet(path: Path) -> bool:
    """Whether a coded file is a sheet of passages of drawn reports."""
    return {"passage_id", POPULATION} <= set(read_table(path, HEADINGS, strip=False).columns)


def check_sheet(path: Path) -> None:
    """Refuse a file that is no sheet, or lacks a column that figures rest on.

    Raises:
        UsageError: unreadable.
        DataError: a column is missing.
    """
    _whole_columns(read_table(path, HEADINGS, strip=False).columns, str(path))


def _whole_columns(columns: Sequence[str], source: str) -> None:
    if lost := [c for c in _RESTED_ON if c not in columns]:
        raise DataError(
            f"has no column {', '.join(lost)}",
            source=source,
            remedy="give the sheet of `gongkai sample --by reports` that was coded, with all its columns and their names",
        )


def read_sheet(path: Path, store: Store, frame: Study) -> PassageSheet:
    """A coded sheet, for the reports of a study; refused, or weighted anew and said so, where it no longer fits them.

    Raises:
        DataError: rows of a report are missing or half coded, several draws, an unknown code, another codebook, other text.
        UsageError: passages of the store were corrected by people: the errors of the model cannot be told from theirs.
    """
    source = str(path)
    if any(c.table == "passages" for c in store.corrections):
        raise UsageError(
            "corrections of passages are mixed into what the model says", source=str(store.folder),
            remedy="compare with --corrections none, or move corrections.csv away: the sheet corrects for the model's errors",
        )  # fmt: skip
    rows, population = _one_draw(path)
    was = _read_population(population)
    now = _read_population(population_of(store, frame, 0))
    if was.get("codebook") != now["codebook"]:
        raise DataError(
            f"was coded by the codebook {was.get('codebook')}, the store has {now['codebook']}", source=source,
            remedy="use the store that the sheet was drawn from",
        )  # fmt: skip
    notes = []
    if was.get("model") != now["model"]:
        notes.append(
            f"the sheet was drawn from results of the model {was.get('model')}, these are of {now['model']}: its errors are measured "
            "anew on the same codes, which holds if the model was not trained on them"
        )
    passages, states, held = _codings(rows, source, frame.codes)
    _whole(held, passages, store, source)
    if lost := set(held) - set(frame.report_ids):
        raise DataError(
            f"{len(lost)} coded reports are not among those compared, e.g. {min(lost)}", source=source,
            remedy="use the store that the sheet was drawn from",
        )  # fmt: skip
    tasks = [r.task for r in rows if r.task.report_id in held]
    stratum = {t.report_id: t.stratum for t in tasks}
    chance = {t.report_id: t.inclusion_probability or 0.0 for t in tasks}
    if not all(0 < p <= 1 for p in chance.values()):
        raise DataError(
            "an inclusion_probability is missing", source=source, remedy="keep the columns of the sheet as they are"
        )
    strata = tuple(k for k in was.get("strata", "").split("+") if k)
    lacking = int(was.get("drawn", len(held))) - len(held)
    if lacking > 0:
        notes.append(f"{lacking} drawn reports are not coded: those that are stand for them, as if they were alike")
    if was.get("ids") != now["ids"]:
        notes.append(
            f"the sheet was drawn from {was.get('reports')} reports, {now['reports']} others are compared: weighted anew, as if those "
            "that came were like those that were there"
        )
    if lacking > 0 or was.get("ids") != now["ids"]:
        if tasks[0].design == "active":
            raise DataError(
                "is of an active draw and no longer fits the store (" + "; ".join(notes) + ")", source=source,
                remedy="code the missing reports, use the store as it was, or draw again",
            )  # fmt: skip
        chance = _anew(store, strata, stratum, source)
    return PassageSheet(tuple(passages), chance, stratum, strata, states, tasks[0].design, population, tuple(notes))


@dataclass(frozen=True, slots=True)
class _SheetRow:
    task: CodingTask
    state: str
    decided: bool
    line: int


def _one_draw(path: Path) -> tuple[list[_SheetRow], str]:
    """The rows of a sheet, all of one draw, and the population that it names."""
    source = str(path)
    table = read_table(path, HEADINGS, strip=False)
    rows = table.rows
    if not rows:
        raise DataError("is empty", source=source, remedy="name the sheet of `gongkai sample --by reports`")
    _whole_columns(table.columns, source)
    told = {(r.values.get(POPULATION) or "").strip() for r in rows}
    found = [
        _SheetRow(
            from_record(r.values, f"{source}:{r.line}"),
            (r.values.get(STATE) or "").strip(),
            bool((r.values.get(DECIDED) or "").strip()),
            r.line,
        )
        for r in rows
    ]
    if len(told) > 1 or len({r.task.draw for r in found}) > 1 or found[0].task.design not in DESIGNS:
        raise DataError(
            "holds several draws, or none of reports",
            source=source,
            remedy="give each sheet of `gongkai sample --by reports` alone",
        )
    return found, told.pop()


def _codings(rows: Sequence[_SheetRow], source: str, codes: Taxonomy) -> tuple[list[CodedPassage], dict[str, str], set[str]]:
    """Codings, states that were given, and the reports that are coded."""
    passages, states = [], {}
    half: dict[str, list[int]] = defaultdict(list)
    held: set[str] = set()
    for row in rows:
        t, line = row.task, row.line
        if row.state:
            if row.state not in STATES:
                raise DataError(
                    f"{STATE} is {row.state!r}", source=f"{source}:{line}", remedy=f"use one of {', '.join(STATES)}"
                )
            states[t.report_id] = row.state
        if t.text == EMPTY:
            held.add(t.report_id)
        elif t.label:
            if t.label != JUNK:
                check_label(t.label, t.also, t.facets, codes, f"{source}:{line}")
            facets = t.facets if t.label in codes.coded else ()
            passages.append(CodedPassage(t.report_id, t.passage_id, t.coder, t.label, facets, row.decided))
            held.add(t.report_id)
        elif not t.coder:
            half[t.report_id].append(line)
    done = {p.passage_id for p in passages}
    for row in rows:
        t = row.task
        if t.report_id in held and t.text != EMPTY and t.passage_id not in done:
            raise DataError(
                "is not coded, but other passages of its report are",
                source=f"{source}:{row.line}",
                remedy="code it; `x` if it is no passage",
            )
    if not passages:
        raise DataError("nothing is coded", source=source, remedy="fill in `label`")
    return passages, states, held


def _whole(held: set[str], passages: Sequence[CodedPassage], store: Store, source: str) -> None:
    coded = {p.passage_id for p in passages}
    stored = store.rows("passages", [("report_id", "in", sorted(held))], ["passage_id", "report_id", "start", "section"])
    there = {p["passage_id"] for p in stored if p["section"] == "s5"}
    if lost := sorted(there - coded):
        raise DataError(
            f"{len(lost)} rows of coded reports are missing, e.g. {lost[0]}",
            source=source,
            remedy="keep every row of the sheet",
        )
    if strange := sorted(coded - there):
        raise DataError(
            f"{len(strange)} passages are not in section 五 of these results, e.g. {strange[0]}", source=source,
            remedy="use the store that the sheet was drawn from",
        )  # fmt: skip


def _anew(store: Store, strata: Sequence[str], stratum: Mapping[str, str], source: str) -> dict[str, float]:
    """Chances as if the coded reports had been drawn from the store as it is now, by stratum."""
    frame = study(store, strata)
    sizes: Counter[str] = Counter()
    for values, some in frame.members():
        sizes[",".join(values)] += len(frame.counted(some))
    coded = Counter(stratum.values())
    if bare := sorted(s for s, n in sizes.items() if n and not coded[s]):
        raise DataError(
            f"no report of the stratum {bare[0]} is coded, and the store has {sizes[bare[0]]}", source=source,
            remedy="code one of each stratum, or compare the reports that were there when it was drawn",
        )  # fmt: skip
    return {r: min(1.0, coded[s] / max(1, sizes[s])) for r, s in stratum.items()}
