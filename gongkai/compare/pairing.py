"""Two reports side by side: passages aligned, cells and indicators with what changed.

A report is named by its ``report_id`` (the first characters suffice), its ``source``, or ``AGENCY/YEAR`` with the agency as printed
or its id.  Two agencies may be named without a year (:func:`find_pair` takes the latest that both have), and two years where the store
is of one agency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from corpus.codebook import all_cells, codebook
from corpus.errors import UsageError
from corpus.extras import install_remedy
from corpus.types import Cell
from extract.types import Report
from gongkai.compare.comparable import Note, continued, notes, obstacle, own_definition
from gongkai.compare.copying import masked
from gongkai.report_names import find_report as find_report
from gongkai.store_access import Store
from models.base import Passage, Prediction

#: passages less alike than this are not the same one, reworded
ALIKE = 0.45
#: candidates of a passage in a round, rounds, and likenesses held at a time
_NEAREST, _ROUNDS, _STRIP = 50, 20, 2_000_000
#: of more than twice so many passages each looks only at those that stand about where it does: no report has as many, and a file that does
#: must not cost the square of its length
_AROUND = 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A passage of the first report and the one of the second that it is aligned with; one side may be empty.

    ``similarity`` (0…1) is of the texts without numbers and spaces; 1 with other numbers is the same sentence.
    """

    a: tuple[Passage, Prediction] | None
    b: tuple[Passage, Prediction] | None
    similarity: float


@dataclass(frozen=True, slots=True)
class PairedValue:
    """A cell or indicator of both reports: ``None`` where a report holds no value; ``state`` says why, for cells.

    ``why_not`` says why the two may not be subtracted (:data:`gongkai.compare.comparable.REASONS`), or is empty.
    """

    code: str
    zh: str
    a: Decimal | None
    b: Decimal | None
    a_state: str
    b_state: str
    why_not: str = ""

    @property
    def difference(self) -> Decimal | None:
        """b − a, where both have a value and count the same."""
        return None if self.a is None or self.b is None or self.why_not else self.b - self.a


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Everything that two reports are compared by; ``notes`` say what stands in the way of comparing them."""

    a: Report
    b: Report
    pairs: tuple[Pair, ...]
    cells: tuple[PairedValue, ...]
    indicators: tuple[PairedValue, ...]
    notes: tuple[Note, ...]


def find_pair(store: Store, first: str, second: str) -> tuple[Report, Report]:
    """The two reports that two names stand for.

    Args:
        first: a report as :func:`find_report` names it, an agency, or a year.
        second: likewise.  An agency named without a year is taken in the year of the other report, or of two such agencies in the
            latest year of which the store holds both.

    Raises:
        UsageError: names that leave open which reports are meant; the message says what the store holds.
    """
    rows = store.table("reports").select(["agency", "agency_id", "year"]).to_pylist()
    names = (first, second)
    if all(n.isdecimal() and len(n) == 4 for n in names):
        agencies = {r["agency_id"] or r["agency"] for r in rows}
        if len(agencies) != 1:
            raise UsageError(
                f"{first} and {second} are years, and the store is of {len(agencies)} agencies",
                remedy=f"name AGENCY/{first} and AGENCY/{second}, or compare all reports of each year with --by year --out FOLDER",
            )
        (agency,) = agencies
        return find_report(store, f"{agency}/{first}"), find_report(store, f"{agency}/{second}")
    years = [{r["year"] for r in rows if n in (r["agency"], r["agency_id"])} - {None} for n in names]
    if years[0] and years[1]:
        if not (both := years[0] & years[1]):
            held = "; ".join(f"{n}: {', '.join(map(str, sorted(y)))}" for n, y in zip(names, years, strict=True))
            raise UsageError(f"no year has a report of both ({held})", remedy="name AGENCY/YEAR for each")
        return find_report(store, f"{first}/{max(both)}"), find_report(store, f"{second}/{max(both)}")
    if not years[0] and not years[1]:
        return find_report(store, first), find_report(store, second)
    known = find_report(store, second if years[0] else first)
    other = find_report(store, f"{first if years[0] else second}/{known.identity.year}")
    return (other, known) if years[0] else (known, other)


def side_by_side(a: Report, b: Report) -> SideBySide:
    """Two reports compared.

    Raises:
        UsageError: rapidfuzz is not installed.
    """
    return SideBySide(a, b, tuple(_align(a, b)), tuple(_cells(a, b)), tuple(_indicators(a, b)), tuple(notes(a, b)))


def _align(a: Report, b: Report) -> list[Pair]:
    """Each passage with at most one of the other report: the most alike first; of equals the earlier ones."""
    try:
        from rapidfuzz.distance import Indel
        from rapidfuzz.process import cdist
    except ImportError as error:
        raise UsageError("rapidfuzz is not installed", remedy=install_remedy("compare")) from error
    left = list(zip(a.passages, a.predictions, strict=True))
    right = list(zip(b.passages, b.predictions, strict=True))
    chosen = _matched([masked(p.text) for p, _ in left], [masked(p.text) for p, _ in right], cdist, Indel.normalized_similarity)
    pairs = [
        Pair(own, right[chosen[i][0]], round(chosen[i][1], 4)) if i in chosen else Pair(own, None, 0.0)
        for i, own in enumerate(left)
    ]
    return _put_in(pairs, [Pair(None, own, 0.0) for j, own in enumerate(right) if j not in {k for k, _ in chosen.values()}])


def _matched(left: Sequence[str], right: Sequence[str], cdist: Any, scorer: Any) -> dict[int, tuple[int, float]]:
    """For texts of the first list the place of one of the second, and their likeness; the most alike first, of equals the earlier ones.

    Equal texts find each other first, in order.  Of all others each looks at the :data:`_NEAREST` most alike that are left, in rounds, so that
    thousands of texts that are all alike take no more memory than a strip of their table.
    """
    places: dict[str, list[int]] = {}
    for j, text in enumerate(right):
        places.setdefault(text, []).append(j)
    for held in places.values():
        held.reverse()
    chosen = {i: (places[text].pop(), 1.0) for i, text in enumerate(left) if places.get(text)}
    taken = {j for j, _ in chosen.values()}
    for _ in range(_ROUNDS):
        rows = [i for i in range(len(left)) if i not in chosen]
        columns = [j for j in range(len(right)) if j not in taken]
        found: list[tuple[float, int, int]] = []
        step = _STRIP // max(1, min(len(columns), 2 * _AROUND))
        for at in range(0, len(rows) if columns else 0, step):
            some = rows[at : at + step]
            near = columns
            if len(columns) > 2 * _AROUND:
                begin, end = (n * len(columns) // len(rows) for n in (at, at + len(some)))
                near = columns[max(0, begin - _AROUND) : end + _AROUND]
            scores = cdist([left[i] for i in some], [right[j] for j in near], scorer=scorer, score_cutoff=ALIKE)
            for i, own in zip(some, scores, strict=True):
                best = (-own).argsort(kind="stable")[:_NEAREST].tolist()
                found += [(-float(own[k]), i, near[k]) for k in best if own[k] >= ALIKE]
        if not found:
            break
        for score, i, j in sorted(found):
            if i not in chosen and j not in taken:
                chosen[i] = (j, -score)
                taken.add(j)
    return chosen


def _put_in(pairs: list[Pair], alone: Sequence[Pair]) -> list[Pair]:
    """Passages of the second report alone go behind the last pair whose second passage comes before them."""
    starts = [p.b[0].start if p.b is not None else None for p in pairs]
    # a place behind the last pair that begins before a start is a place behind every earlier one: from the end each pair is asked once
    later = sorted(alone, key=_start)
    placed: list[tuple[int, int]] = []
    at = len(pairs)
    for number in range(len(later) - 1, -1, -1):
        while at and ((start := starts[at - 1]) is None or start >= _start(later[number])):
            at -= 1
        placed.append((at, number))
    found: list[Pair] = []
    before = 0
    for at, number in reversed(placed):
        found += [*pairs[before:at], later[number]]
        before = at
    return [*found, *pairs[before:]]


def _start(pair: Pair) -> int:
    assert pair.b is not None
    return pair.b[0].start


def _cells(a: Report, b: Report) -> list[PairedValue]:
    left, right = {c.code: c for c in a.cells}, {c.code: c for c in b.cells}
    why = obstacle(a, b)
    found, done = [], set()
    for code, parts in _linked(a.identity.form, b.identity.form):
        x, y = _sum([left.get(c) for c in parts[0]]), _sum([right.get(c) for c in parts[1]])
        done |= {c for side in parts for c in side}
        if (x[1], y[1]) != ("absent", "absent"):
            found.append(PairedValue(code, _cell_name(code), x[0], y[0], x[1], y[1], why))
    for code in all_cells():
        if code in done or (code not in left and code not in right):
            continue
        x, y = _sum([left.get(code)]), _sum([right.get(code)])
        found.append(PairedValue(code, _cell_name(code), x[0], y[0], x[1], y[1], why or "form"))
    return sorted(found, key=lambda c: all_cells()[c.code].table)


def _linked(form_a: str, form_b: str) -> list[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Cells of two forms that count the same: the code of a row, and the codes that are added up for it on either side."""
    if form_a == form_b:
        return [(code, ((code,), (code,))) for code in all_cells()]
    if forward := continued(form_a, form_b):
        return [(code, ((code,), parts)) for code, parts in forward.items()]
    return [(code, (parts, (code,))) for code, parts in continued(form_b, form_a).items()]


def _sum(cells: Sequence[Cell | None]) -> tuple[Decimal | None, str]:
    """The value of cells added up, and their state; a cell without a value leaves no sum."""
    states = [c.state if c is not None else "absent" for c in cells]
    if wrong := [s for s in states if s != "value"]:
        return None, wrong[0]
    return sum((c.value for c in cells if c is not None and c.value is not None), Decimal(0)), "value"


def _cell_name(code: str) -> str:
    """Names of rows of table 4 are those of its groups (行政复议), which the rows of the others need not."""
    spec = all_cells()[code]
    group = spec.group if spec.table == "t4" else ""
    return " ".join(w for w in dict.fromkeys((group, spec.subgroup, spec.row, spec.column)) if w)


def _indicators(a: Report, b: Report) -> list[PairedValue]:
    def values(r: Report) -> dict[str, Decimal]:
        joined = {
            j.indicator: j.prose_value for j in r.joins if j.verdict in {"agrees", "disagrees"} and j.prose_value is not None
        }
        for m in r.mentions:
            if m.indicator and m.scope == "total" and m.period == "year":
                joined.setdefault(m.indicator, m.value)
        return joined

    left, right = values(a), values(b)
    why = obstacle(a, b)
    codes = codebook().indicators
    return [
        PairedValue(
            c,
            codes[c].zh,
            left.get(c),
            right.get(c),
            "value" if c in left else "absent",
            "value" if c in right else "absent",
            why or ("own_definition" if own_definition(c, a, b) else ""),
        )
        for c in codes
        if c in left or c in right
    ]


_TEXTS = ("text_a", "text_b", "label_a", "label_b")
_PASSAGES = pa.schema(
    [(n, pa.string()) for n in _TEXTS]
    + [("similarity", pa.float64())]
    + [(n, pa.int64()) for n in ("start_a", "end_a", "start_b", "end_b")]
)
_CHANGES = pa.schema(
    [
        ("code", pa.string()),
        ("zh", pa.string()),
        ("a", pa.float64()),
        ("b", pa.float64()),
        ("state_a", pa.string()),
        ("state_b", pa.string()),
        ("change", pa.float64()),
        ("why_no_change", pa.string()),
    ]
)


def pair_tables(found: SideBySide) -> dict[str, pa.Table]:
    """What two reports are compared by as tables: ``passages``, ``cells`` and ``indicators``; ``a`` is the first report."""
    passages = []
    for pair in found.pairs:
        row: dict[str, Any] = {"similarity": pair.similarity}
        for side, own in (("a", pair.a), ("b", pair.b)):
            if own is not None:
                row |= {
                    f"text_{side}": own[0].text,
                    f"label_{side}": own[1].label,
                    f"start_{side}": own[0].start,
                    f"end_{side}": own[0].end,
                }
        passages.append(row)
    tables = {"passages": pa.Table.from_pylist(passages, schema=_PASSAGES)}
    for name, changes in (("cells", found.cells), ("indicators", found.indicators)):
        rows = [
            {
                "code": c.code, "zh": c.zh, "a": None if c.a is None else float(c.a), "b": None if c.b is None else float(c.b), "state_a": c.a_state,
                "state_b": c.b_state, "change": None if c.difference is None else float(c.difference), "why_no_change": c.why_not or None,
            }
            for c in changes
        ]  # fmt: skip
        tables[name] = pa.Table.from_pylist(rows, schema=_CHANGES)
    return tables


def differing(a: str, b: str) -> list[tuple[str, str]]:
    """The second text in pieces: (``same`` | ``new`` | ``gone``, text), to show what changed.

    >>> differing("受理12件。", "受理15件，")
    [('same', '受理1'), ('gone', '2'), ('new', '5'), ('same', '件'), ('gone', '。'), ('new', '，')]
    """
    from rapidfuzz.distance import Indel

    pieces: list[tuple[str, str]] = []
    for op in Indel.opcodes(a, b):
        if op.tag == "equal":
            pieces.append(("same", b[op.dest_start : op.dest_end]))
            continue
        if op.src_end > op.src_start:
            pieces.append(("gone", a[op.src_start : op.src_end]))
        if op.dest_end > op.dest_start:
            pieces.append(("new", b[op.dest_start : op.dest_end]))
    for i in range(len(pieces) - 1):
        if pieces[i][0] == "new" and pieces[i + 1][0] == "gone":  # what went stands before what came for it
            pieces[i], pieces[i + 1] = pieces[i + 1], pieces[i]
    return pieces


def summary(found: SideBySide) -> dict[str, Any]:
    """Counts for a first look: passages the same but for numbers, reworded, gone, new; cells changed of those in both."""
    same = sum(p.similarity == 1 for p in found.pairs)
    both = [c for c in found.cells if c.a is not None and c.b is not None]
    return {
        "same": same,
        "reworded": sum(0 < p.similarity < 1 for p in found.pairs),
        "only_a": sum(p.b is None for p in found.pairs),
        "only_b": sum(p.a is None for p in found.pairs),
        "cells_compared": len(both),
        "cells_changed": sum(c.a != c.b for c in both),
    }
