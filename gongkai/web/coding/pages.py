"""Addresses of coding: draws, one passage after another, agreement, differences; and the forms that they send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from corpus.errors import DataError, UsageError
from gongkai.codes import codes_of
from gongkai.compare.passage_sheet import JUNK, STATES, sheet_text
from gongkai.tasks import OF_PASSAGE, OF_REPORT
from gongkai.web.address import AddressError, Asked, link
from gongkai.web.coding.agreement import MODEL, SETTLED, AgreementFigure, CodesOf, agreements, all_alpha
from gongkai.web.coding.codings import CODE, DECISION, SECTION_STATE, STATE_DECISION, Codings, GivenCode, as_value, codings
from gongkai.web.coding.draws import ALLOCATIONS, DESIGNS, Draw, Wish, draws, is_empty, make_draw, one_draw
from gongkai.web.coding.number_figures import model_numbers, number_figures, numbers_sheet
from gongkai.web.coding.views import (
    code_name,
    differences,
    facet_choices,
    indicator_choices,
    label_choices,
    names_of,
    shown,
    summary,
    to_code,
)
from gongkai.web.held import Held
from gongkai.web.problems_page import keys_of
from gongkai.web.rendering import go_to, page_route, people_of, render, write_route
from gongkai.web.reviewing.things import as_written
from gongkai.web.tongue import Tongue
from gongkai.web.writing.forms import Form, FormError, RefusedError
from gongkai.web.writing.people import Written
from models.seed import SEED
from models.taxonomy import Taxonomy
from training.coding.dataset import check_codes

_MOST_STRATA = 3


def _list(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    people = people_of(request)
    found = [summary(codings(people, d), held.store.folder.name) for d in draws(people).values()]
    strata = {
        "reports": keys_of(held),
        "passages": [k for k in (*OF_REPORT, *OF_PASSAGE) if k not in {"division_code", "host"}],
    }
    return render(
        "coding.html.j2", tongue, draws=found, designs=DESIGNS, strata=strata, allocations=ALLOCATIONS, seed=SEED,
        most_strata=_MOST_STRATA, **{**shared, "here": "coding"},
    )  # fmt: skip


def _draw(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    by, allocate = form.one("by"), form.one("allocate", ALLOCATIONS[0])
    if by not in DESIGNS or allocate not in ALLOCATIONS:
        raise FormError("by", by)
    strata = tuple(dict.fromkeys(s for s in form.all("stratum") if s))
    wish = Wish(by, _whole(form, "n"), strata, allocate, _whole(form, "seed"))
    try:
        name = make_draw(held.store, people_of(request), who, wish)
    except UsageError as error:
        raise RefusedError(400, "fault_draw", message=f"{error.message}; {error.remedy}") from error
    return go_to(_to(f"/coding/{name}", tongue))


def _whole(form: Form, name: str) -> int:
    text = form.one(name, longest=12)
    if not (text.isascii() and text.isdigit()):
        raise FormError(name, text)
    return int(text)


def _to(path: str, tongue: Tongue, **more: object) -> str:
    return link(path, Asked({}, lang=tongue.code), {k: str(v) for k, v in more.items()})


def _asked_draw(request: Request) -> Draw:
    found = one_draw(people_of(request), request.path_params["draw"])
    if found is None:
        raise HTTPException(404)
    return found


def _at(request: Request, size: int, otherwise: int) -> int:
    """The place that an address asks for, counted from 0."""
    text = request.query_params.get("at", "")
    if not text:
        return min(otherwise, size - 1)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= size):
        raise AddressError("at", text)
    return int(text) - 1


def _code_page(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    draw = _asked_draw(request)
    found = codings(people_of(request), draw)
    who = shared["pen"].who
    place = _at(request, len(draw.rows), found.first_open(who))
    last = people_of(request).history(CODE, draw.name, who=who, most=1) if who else []
    shared["switch"] = link(f"/coding/{draw.name}", asked, {"at": str(place + 1)}, lang="zh" if asked.lang == "en" else "en")
    return render(
        "code.html.j2", tongue, draw=draw, page=to_code(found, who, place), **_choices(tongue, draw), finished=bool(who) and found.finished(who), undo=bool(last), **{**shared, "here": "coding"},
    )  # fmt: skip


def _choices(tongue: Tongue, draw: Draw) -> dict[str, Any]:
    """What a form of codes has to choose from."""
    if draw.of_numbers:
        return {"labels": [], "facets": [], "groups": indicator_choices(tongue, draw.codes)}
    return {"labels": label_choices(tongue, draw.codes), "facets": facet_choices(tongue, draw.codes), "groups": []}


def _code(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    draw, place = _draw_and_place(request, form)
    row = draw.rows[place]
    given = {"label": JUNK, "also": [], "facets": [], "comment": ""} if is_empty(row) else _given(form, draw)
    written = Written(row["passage_id"], given, seen=_whole(form, "seen"))
    both = [(CODE, written)]
    if draw.of_reports:
        state = form.one("state", "")
        if state and state not in STATES:
            raise FormError("state", state)
        both.append((SECTION_STATE, Written(row["report_id"], state or None, seen=_whole(form, "state_seen"))))
    people = people_of(request)
    people.write_all(who, draw.name, both)
    if place + 1 < len(draw.rows):
        return go_to(_to(f"/coding/{draw.name}", tongue, at=place + 2))
    left = codings(people, draw).first_open(who)
    if left < len(draw.rows):
        return go_to(_to(f"/coding/{draw.name}", tongue, at=left + 1))
    return go_to(_to("/coding", tongue) + f"#{draw.name}")


def _draw_and_place(request: Request, form: Form) -> tuple[Draw, int]:
    found = one_draw(people_of(request), form.one("draw"))
    if found is None:
        raise FormError("draw", form.one("draw"))
    place = found.places.get(form.one("passage"))
    if place is None:
        raise FormError("passage", form.one("passage"))
    return found, place


def _given(form: Form, draw: Draw) -> dict[str, Any]:
    """The code that a form gives; further labels that repeat the first, and facets that no label takes, are not part of it."""
    codes, label = draw.codes, form.one("label", "")
    if not label:
        raise RefusedError(400, "fault_no_label")
    comment = form.one("comment", "", longest=2000).strip()
    if draw.of_numbers:
        return {**_given_number(form, codes, label), "comment": comment}
    further, chosen = set(form.all("also")) - {label}, set(form.all("facet"))
    if label == JUNK:
        return {"label": label, "also": [], "facets": [], "comment": comment}
    also = [c for c in codes.labels if c in further]
    takes = {label, *also} & set(codes.coded)
    facets = [f for f in codes.facets if f in chosen] if takes else []
    try:
        unknown = sorted(chosen - set(codes.facets)) if takes else []
        check_codes(label, [*also, *sorted(further - set(codes.labels))], [*facets, *unknown], codes, "")
    except DataError as error:
        raise RefusedError(400, "fault_codes", message=f"{error.message}; {error.remedy}") from error
    return {"label": label, "also": also, "facets": facets, "comment": comment}


def _given_number(form: Form, codes: Taxonomy, label: str) -> dict[str, Any]:
    """Indicator and value of a number; what is no metric has none."""
    if label not in (*codes.labels, JUNK):
        raise FormError("label", label)
    value = as_written("value", [form.one("value", "")]) if label != JUNK else ""
    try:
        known = label == JUNK or isfinite(float(value))
    except ValueError:
        known = False
    if not known:
        raise RefusedError(400, "fault_no_value", value=value or "–")
    return {"label": label, "also": [], "facets": [], "value": value}


def _undo(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    draw, _ = _draw_and_place(request, form)
    people = people_of(request)
    last = people.history(CODE, draw.name, who=who, most=1)
    if not last:
        raise RefusedError(400, "fault_no_undo")
    people.write(who, CODE, draw.name, [Written(last[0].thing, last[0].before, seen=last[0].n)])
    return go_to(_to(f"/coding/{draw.name}", tongue, at=draw.places[last[0].thing] + 1))


def _blind(found: Codings, who: str) -> None:
    """Refuses to show others' codes to somebody who is not through with the same passages."""
    if who in found.done and not found.finished(who):
        raise RefusedError(403, "fault_blind", n=len(found.draw.rows) - found.done[who])


def _model_codes(held: Held, draw: Draw) -> CodesOf:
    """What the model says of a draw: read once, for neither changes as long as the results stand."""
    made = held.book.plain.made
    key = ("codes of the model", draw.name)
    if key not in made:
        made[key] = _read_codes(held, draw)
    found: CodesOf = made[key]
    return found


def _read_codes(held: Held, draw: Draw) -> CodesOf:
    batches = {held.batches[i] for i in draw.reports if i in held.batches}
    parts = {name: tuple(p for p in some if p[1] in batches) for name, some in held.store.snapshot.parts.items()}
    plain = replace(held.store, corrections=(), snapshot=replace(held.store.snapshot, parts=parts))
    if draw.of_numbers:
        return model_numbers(plain, draw.rows)
    columns = ["report_id", "start", "passage_id", "label", "also", "facets"]
    rows = plain.rows("passages", [("report_id", "in", draw.reports)], columns)
    order = {c: n for n, c in enumerate((*draw.codes.labels, *draw.codes.facets))}

    def ordered(codes: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(codes, key=lambda c: order.get(c, len(order))))

    return {r["passage_id"]: GivenCode(r["label"], ordered(r["facets"]), also=ordered(r["also"])) for r in rows}


def _agreement(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    draw = _asked_draw(request)
    found = codings(people_of(request), draw)
    _blind(found, shared["pen"].who)
    names = {MODEL: tongue("the_model"), SETTLED: tongue("the_settled")}
    of_report = {r["report_id"]: f"{r['agency']} {r['year']}".strip() for r in draw.rows}

    def said(kind: str, figure: AgreementFigure) -> str:
        return of_report[figure.name] if kind == "report" else code_name(tongue, draw.codes, kind, figure.name)

    same = draw.of_numbers or codes_of(held.store).digest == draw.codes.digest
    model = _model_codes(held, draw) if same else {}
    pairs = agreements(found, model)
    figures = number_figures(found, model) if draw.of_numbers else None
    return render(
        "agreement.html.j2", tongue, draw=draw, pairs=[p for p in pairs if p.labels.n], everyone=all_alpha(found), said=said,
        who=lambda name: names.get(name, name), figures=figures, coders=found.coders, open=found.open(), **{**shared, "here": "coding"},
    )  # fmt: skip


def _adjudicate(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    draw = _asked_draw(request)
    found = codings(people_of(request), draw)
    _blind(found, shared["pen"].who)
    some = differences(found)
    first = next((n for n, d in enumerate(some) if d.decided is None), 0)
    at = _at(request, max(1, len(some)), first)
    now = some[at] if some else None
    shared["switch"] = link(request.url.path, asked, {"at": str(at + 1)}, lang="zh" if asked.lang == "en" else "en")
    return render(
        "adjudicate.html.j2", tongue, draw=draw, some=some, at=at, now=now, passage=shown(draw, now.place) if now else None,
        **_choices(tongue, draw), states=STATES,
        names=lambda given: names_of(tongue, draw.codes, given), **{**shared, "here": "coding"},
    )  # fmt: skip


def _decide(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    draw, _ = _draw_and_place(request, form)
    people = people_of(request)
    found = codings(people, draw)
    _blind(found, who)
    thing, of_section, seen = form.one("thing"), form.one("of_section", "") == "1", _whole(form, "seen")
    now = next((d for d in differences(found) if (d.thing, d.of_section) == (thing, of_section)), None)
    if now is None:
        raise FormError("thing", thing)
    took = form.one("take", "")
    side = next((given for w, given in now.sides if w == took), None)
    if took and side is None:
        raise FormError("take", took)
    if of_section:
        state = side.label if side is not None else form.one("state", "")
        if state and state not in STATES:
            raise FormError("state", state)
        people.write(who, STATE_DECISION, draw.name, [Written(thing, state, seen=seen)])
    else:
        given = _given(form, draw) if side is None else as_value(side)
        people.write(who, DECISION, draw.name, [Written(thing, given, seen=seen)])
    some = differences(codings(people, draw))
    here = next((n for n, d in enumerate(some) if (d.thing, d.of_section) == (thing, of_section)), 0)
    left = [n for n, d in enumerate(some) if d.decided is None]
    following = next((n for n in left if n > here), left[0] if left else here)
    return go_to(_to(f"/coding/{draw.name}/differences", tongue, at=following + 1))


def _sheet(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    draw = _asked_draw(request)
    found = codings(people_of(request), draw)
    _blind(found, shared["pen"].who)
    headers = {"content-disposition": f'attachment; filename="{draw.name}.csv"', "cache-control": "no-store"}
    text = numbers_sheet(found) if draw.of_numbers else sheet_text(found.sheet(), decided=True)
    return Response(text.encode("utf-8", "replace"), media_type="text/csv; charset=utf-8", headers=headers)


ROUTES = (
    page_route("/coding", _list),
    page_route("/coding/{draw}", _code_page),
    page_route("/coding/{draw}/agreement", _agreement),
    page_route("/coding/{draw}/differences", _adjudicate),
    page_route("/coding/{draw}/sheet.csv", _sheet),
    write_route("/write/coding/draw", _draw),
    write_route("/write/coding/code", _code),
    write_route("/write/coding/undo", _undo),
    write_route("/write/coding/decide", _decide),
)
