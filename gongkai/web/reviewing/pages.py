"""The pages of review: the queue, one thing with the form that corrects it, and all corrections with what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from corpus.errors import DataError, UsageError
from corpus.sheets import read_sheet
from gongkai.codes import codes_of
from gongkai.correction_file import line_key
from gongkai.corrections import FILE, HEADINGS, Correction, CorrectionOutcome, no_report
from gongkai.web.address import ROWS, AddressError, Asked, check_value, link
from gongkai.web.corrected import Touched, changed_reports, touched_batches
from gongkai.web.held import Held
from gongkai.web.rendering import go_to, keeper_of, page_route, people_of, render, write_route
from gongkai.web.reviewing import saving
from gongkai.web.reviewing.pictures import picture_of, picture_page
from gongkai.web.reviewing.queue import STATES, WHY, queue_page
from gongkai.web.reviewing.things import ASKED, MANY, Thing, as_written, faults, find_thing, place_of
from gongkai.web.tongue import Tongue
from gongkai.web.writing.forms import LONGEST_FIELD, Form, FormError, RefusedError
from gongkai.web.writing.people import Act

#: a page waits so long for the snapshot with what was just written
_SETTLE = 3.0
#: characters of a paragraph on each side of a metric
_AROUND = 80
_LONGEST_NOTE = 1000


def review_path(report_id: str, at: str) -> str:
    """The address of the form of a thing."""
    return f"/review/{quote(report_id, safe='')}/{quote(at, safe='')}"


def _queue(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    why = request.query_params.get("why", "")
    state = request.query_params.get("state") or STATES[0]
    if why and why not in WHY:
        raise AddressError("why", why[:80])
    if state not in STATES:
        raise AddressError("state", state[:80])
    further = {k: v for k, v in {"why": why, "state": state if state != STATES[0] else ""}.items() if v}
    page = queue_page(held, asked, why, state, tongue)

    def address(**changes: str) -> str:
        return link("/review", replace(asked, page=1), {k: v for k, v in {**further, **changes}.items() if v})

    shared["switch"] = link("/review", asked, {**further}, lang="en" if tongue.code == "zh" else "zh")
    return render(
        "review.html.j2",
        tongue,
        page=page,
        why=why,
        state=state,
        reasons=WHY,
        further=further,
        address=address,
        review_path=review_path,
        **shared,
    )


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An act of the log about a thing."""

    act: Act
    line: Mapping[str, str]
    undone: bool


def _history(acts: Sequence[Act]) -> list[HistoryLine]:
    found = []
    for act in acts:
        value = act.value if isinstance(act.value, dict) else {}
        undone = "undone" in value
        found.append(HistoryLine(act, value["undone"] if undone else value, undone))
    return found


def _thing(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    thing = _found(request, held, tongue)
    return _form(request, held, thing, asked, tongue, shared)


def _found(request: Request, held: Held, tongue: Tongue) -> Thing:
    report_id, at = request.path_params["report_id"], request.path_params["at"]
    store = held.one(report_id, saving.current(held.store.folder, held))
    thing = find_thing(store, report_id, at, tongue) if store is not None else None
    if thing is None:
        raise HTTPException(404)
    return thing


def _form(
    request: Request, held: Held, thing: Thing, asked: Asked, tongue: Tongue, shared: dict[str, Any], *, code: int = 200,
    wrong: Sequence[str] = (), given: Mapping[str, str] | None = None, note: str = "",
) -> Response:  # fmt: skip
    row = held.rows("SELECT * FROM reports WHERE report_id = ?", [thing.report_id])[0]
    people = people_of(request)
    acts = [
        a
        for name in ASKED[thing.table]
        for a in people.history(saving.CORRECTION, "", f"{thing.report_id} {thing.at} {name}", most=50)
    ]
    return render(
        "correct.html.j2", tongue, code, thing=thing, row=row, wrong=wrong, given=given or {}, note=note, asked=asked,
        history=_history(sorted(acts, key=lambda a: -a.n)), picture=picture_of(request, held, thing, tongue),
        review_path=review_path, around=_around(held, thing), **{k: v for k, v in shared.items() if k != "asked"},
    )  # fmt: skip


def _around(held: Held, thing: Thing) -> tuple[str, str]:
    """What stands before and behind a metric in its paragraph, with an ellipsis where the paragraph goes on."""
    store = held.one(thing.report_id, ())
    if thing.table != "mentions" or store is None:
        return "", ""
    text = store.rows("documents", [("report_id", "=", thing.report_id)], ["report_id", "text"])[0]["text"]
    start, end = thing.row["start"], thing.row["end"]
    before, behind = text[:start].rpartition("\n")[2], text[end:].partition("\n")[0]
    return (
        before if len(before) <= _AROUND else f"…{before[-_AROUND:]}",
        behind if len(behind) <= _AROUND else f"{behind[:_AROUND]}…",
    )


def _write(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    report_id, at = form.one("report_id"), form.one("at")
    store = held.one(report_id, saving.current(held.store.folder, held))
    thing = find_thing(store, report_id, at, tongue) if store is not None else None
    if store is None or thing is None:
        raise HTTPException(404)
    note = " ".join(form.one("note", "", longest=_LONGEST_NOTE).split())
    changes = _changes(form, thing)
    new = {name: value for name, (_, value) in changes.items()}
    wrong = faults(thing, new, codes_of(store), tongue)
    if not changes:
        wrong = [tongue("nothing_changed")]
    if wrong:
        shared = {
            "meta": held.store.meta,
            "folder": held.store.folder.name,
            "pen": request.scope["gongkai.pen"],
            "path": review_path(report_id, at),
        }
        return _form(
            request, held, thing, Asked({}, lang=tongue.code), tongue, shared, code=400, wrong=wrong, given=new, note=note
        )
    saving.save(people_of(request), held, thing, changes, who, note, tongue)
    keeper_of(request).settle(_SETTLE)
    return go_to(
        link(f"/report/{quote(report_id, safe='')}", Asked({}, lang=tongue.code))
        + (f"#{quote(at, safe='')}" if at != "report" else "")
    )


def _changes(form: Form, thing: Thing) -> dict[str, tuple[str, str]]:
    """field -> (what stood, what shall stand); to confirm, the first field stays what it is."""
    found = {}
    for name in ASKED[thing.table]:
        old = form.one(f"old.{name}", "", longest=LONGEST_FIELD)
        given = form.all(f"new.{name}")
        if not given and name not in MANY:
            continue
        if len(given) > 1 and name not in MANY:
            raise FormError(f"new.{name}", " ".join(given))
        new = as_written(name, given)
        if not saving.same(new, old):
            found[name] = (old, new)
    if form.one("confirm", ""):
        name = "state" if thing.table == "cells" and not thing.values["value"] else ASKED[thing.table][0]
        found = {name: (thing.values[name], thing.values[name])}
    return found


#: how a refusal begins -> the text that says it
_REFUSED = {"no report ": "refused_report", "the quote ": "refused_quote", "no row of": "refused_row", "old is ": "refused_old"}


def refusal(outcome: CorrectionOutcome | None, tongue: Tongue) -> str:
    """Why a correction does not apply; as it was said where no text is known."""
    why = outcome.why if outcome is not None else "–"
    return next((tongue(key) for begins, key in _REFUSED.items() if why.startswith(begins)), tongue.said(why))


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A line of the file: what it says, what became of it, and the thing that it is of, where it stands."""

    key: str
    values: Mapping[str, str]
    outcome: CorrectionOutcome | None
    at: str
    report: Mapping[str, Any] | None


def _corrections(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    fault, rows = "", []
    try:
        rows = correction_rows(held)
    except (UsageError, DataError) as error:
        fault = error.message
    pages = max(1, -(-len(rows) // ROWS))
    first = (min(asked.page, pages) - 1) * ROWS
    refused = sum(r.outcome is not None and not r.outcome.applied for r in rows)
    history = _history(people_of(request).history(saving.CORRECTION, "", most=100))
    return render(
        "corrections.html.j2", tongue, rows=rows[first : first + ROWS], n=len(rows), refused=refused, pages=pages, fault=fault, history=history,
        refusal=refusal, named=names_of(held, [h.line.get("report_id", "") for h in history]), review_path=review_path, **shared,
    )  # fmt: skip


def correction_rows(held: Held) -> list[CorrectionRow]:
    """Every line of the corrections as they stand now, those that no longer fit first, then the latest.

    Raises:
        UsageError, DataError: the file cannot be read.
    """
    path = held.store.folder / FILE
    if not path.is_file():
        return []
    stand = saving.current(held.store.folder, held)
    of = {c.line: c for c in stand}
    outcomes = _outcomes(held, stand)
    names = names_of(held, [c.report_id for c in stand])
    found = []
    for row in read_sheet(path, HEADINGS, strip=False).rows:
        c = of.get(row.line)
        if c is not None:
            found.append(
                CorrectionRow(line_key(row.values), row.values, outcomes.get(row.line), place_of(c), names.get(c.report_id))
            )
    found.reverse()
    return sorted(found, key=lambda r: r.outcome is not None and r.outcome.applied)


def _outcomes(held: Held, stand: tuple[Correction, ...]) -> Mapping[int, CorrectionOutcome]:
    """What became of each line; kept until the lines are others."""
    made: tuple[object, Mapping[int, CorrectionOutcome]] = held.made.get("outcomes", (None, {}))
    if made[0] is stand:
        return made[1]
    found = {
        c.line: CorrectionOutcome(c, False, c.fault or no_report(c))
        for c in stand
        if c.fault or c.report_id not in held.batches
    }
    of: dict[tuple[str, str], list[CorrectionOutcome]] = {}
    for t in _touched(held, stand):
        for name in {c.table for c in t.store.corrections if not c.fault}:
            for o in t.store.corrected(name)[1]:
                if o.correction.report_id in t.report_ids:
                    of.setdefault((o.correction.report_id, name), []).append(o)
    # in the order of the file; what stands before a line may have gone since, so that its number is another
    for c in stand:
        if not c.fault and of.get((c.report_id, c.table)):
            found[c.line] = replace(of[c.report_id, c.table].pop(0), correction=c)
    held.made["outcomes"] = stand, found
    return found


def _touched(held: Held, stand: tuple[Correction, ...]) -> list[Touched]:
    """The reports with corrections, those of the snapshot as far as they are corrected as before."""
    changed = changed_reports(held.store.corrections, stand)
    now = changed & set(held.batches) & {c.report_id for c in stand}
    some = [t.without(changed) for t in held.touched]
    return [*some, *touched_batches(replace(held.store, corrections=stand), held.batches, now)]


def names_of(held: Held, report_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What names each of these reports, of those that are there."""
    wanted = sorted(set(report_ids) & set(held.batches))
    marks = ", ".join("?" * len(wanted))
    query = f"SELECT report_id, agency, title, source, year FROM reports WHERE report_id IN ({marks})"
    return {r["report_id"]: r for r in held.rows(query, wanted)} if wanted else {}


def _undo(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    key = form.one("key", longest=40)
    saving.undo(people_of(request), held, key, who)
    keeper_of(request).settle(_SETTLE)
    return go_to(link("/corrections", Asked({}, lang=tongue.code)))


def _picture(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    return picture_page(request, held)


ROUTES = (
    page_route("/review", _queue),
    page_route("/review/{report_id}/{at}", _thing),
    page_route("/corrections", _corrections),
    page_route("/picture/{report_id}/{page}", _picture),
    write_route("/write/correct", _write),
    write_route("/write/undo", _undo),
)

__all__ = ["ROUTES", "RefusedError", "check_value", "correction_rows", "review_path"]
