"""The explorer as an ASGI application: addresses, pages, errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from corpus.errors import GongkaiError, UsageError
from gongkai.pages.template import asset
from gongkai.pages.words import clean
from gongkai.web.address import LANGUAGES, AddressError, Asked, check_value, link
from gongkai.web.coding import pages as coding_pages
from gongkai.web.corpus_page import SORTS, corpus_page
from gongkai.web.difference_view import difference_view
from gongkai.web.guard import Door, Guard
from gongkai.web.held import Held
from gongkai.web.keeper import Keeper
from gongkai.web.problems_page import SORTS as PROBLEM_SORTS
from gongkai.web.problems_page import csv_of, keys_of, problems_page, rests_on
from gongkai.web.rendering import keeper_of, page_route, render
from gongkai.web.report_view import ReportPage
from gongkai.web.reviewing import pages as review_pages
from gongkai.web.reviewing.pages import review_path
from gongkai.web.reviewing.pictures import Pictures
from gongkai.web.reviewing.saving import current
from gongkai.web.reviewing.things import at_of, corrected_things
from gongkai.web.search_page import SORTS as SEARCH_SORTS
from gongkai.web.search_page import csv_lines, look, search_page
from gongkai.web.search_words import WordsError
from gongkai.web.tongue import TONGUES, WHAT, Tongue
from gongkai.web.writing import name_page
from gongkai.web.writing.forms import Form, FormError, RefusedError, local_address
from gongkai.web.writing.people import OvertakenError, People, ReadOnlyError

#: the only files that are served, read once
ASSETS = {
    "explorer.css": "text/css; charset=utf-8",
    "explorer.js": "text/javascript; charset=utf-8",
    "explorer.svg": "image/svg+xml",
}


def _corpus(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    page = corpus_page(held, asked, tongue)
    return render("corpus.html.j2", tongue, page=page, files=held.files, sorts=SORTS, **shared)


def _search(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    return render("search.html.j2", tongue, page=search_page(held, asked, tongue), **shared)


def _search_csv(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    try:
        found = look(held, asked)
    except WordsError as error:
        raise AddressError("q", asked.words) from error
    headers = {"content-disposition": 'attachment; filename="places.csv"', "cache-control": "no-store"}
    return StreamingResponse(csv_lines(held, found), media_type="text/csv; charset=utf-8", headers=headers)


def _problems(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    what = request.query_params.get("what") or "problem"
    if what not in WHAT:
        raise AddressError("what", what)
    pair = {k: request.query_params.get(k, "") for k in ("a", "b")}
    for name, value in pair.items():
        check_value(name, value)
    further = {k: v for k, v in {"what": what if what != "problem" else "", **pair}.items() if v}

    def address(sort: str) -> str:
        return link("/problems", asked, further, sort=sort)

    page = problems_page(held, asked, what, tongue)
    two = difference_view(held, asked, what, pair["a"], pair["b"], tongue)
    shared["switch"] = link("/problems", asked, further, lang=LANGUAGES[asked.lang == LANGUAGES[0]])
    return render(
        "problems.html.j2", tongue, page=page, two=two, what=what, keys=keys_of(held), address=address,
        rests=rests_on(held), **shared,
    )  # fmt: skip


def _problems_csv(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    if not held.book.ready:
        raise HTTPException(503)
    try:
        held.book.shares(asked.by)
    except UsageError as error:
        raise AddressError("by", ", ".join(asked.by)) from error
    headers = {"content-disposition": 'attachment; filename="shares.csv"', "cache-control": "no-store"}
    return StreamingResponse(csv_of(held, asked), media_type="text/csv; charset=utf-8", headers=headers)


_NEIGHBOURS = """
SELECT report_id, year, n FROM reports WHERE year IS NOT NULL AND report_id <> ?
AND ((agency_id IS NOT NULL AND agency_id = ?) OR ((? IS NULL OR agency_id IS NULL) AND agency = ?))
ORDER BY year, n
"""


def _report(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    report_id = request.path_params["report_id"]
    store = held.one(report_id, current(held.store.folder, held))
    if store is None:
        raise HTTPException(404)
    report = store.reports([report_id])[0]
    row = held.rows("SELECT * FROM reports WHERE report_id = ?", [report_id])[0]
    grids = store.rows("grids", [("report_id", "=", report_id)]) if row["form"] == "pre2019" else []
    agency = [report_id, row["agency_id"], row["agency_id"], row["agency"]]
    around = held.rows(_NEIGHBOURS, agency) if row["agency"] or row["agency_id"] else []
    year = row["year"]
    before = [r for r in around if year is not None and r["year"] < year]
    after = [r for r in around if year is not None and r["year"] > year]
    same = [r for r in around if r["year"] == year]
    return render(
        "report.html.j2", tongue, r=ReportPage(report, tongue, grids), row=row, previous=before[-1] if before else None,
        following=after[0] if after else None, same=same,
        human={at: fields for (_, at), fields in corrected_things(store).items()}, review_path=review_path, at_of=at_of, **shared,
    )  # fmt: skip


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        raise HTTPException(404)
    return Response(_assets()[name], media_type=ASSETS[name], headers={"cache-control": "no-cache"})


@cache
def _assets() -> dict[str, bytes]:
    served = {name: resources("gongkai").joinpath("templates", "web", name).read_bytes() for name in ASSETS}
    # the colours of labels stand once, in the sheet of report pages
    colours = re.findall(r"^\.l-.*", asset("report.css"), re.MULTILINE)
    served["explorer.css"] += "\n".join(("", *colours, "")).encode()
    return served


def _fault(request: Request, code: int, key: str, **values: object) -> Response:
    form: Form | None = request.scope.get("gongkai.form")
    lang = request.query_params.get("lang") if form is None else next(iter(form.all("lang")), "")
    tongue = TONGUES["en" if lang == "en" else "zh"]
    said = {k: tongue.said(str(v)) if k in ("message", "why", "value") else v for k, v in values.items()}
    return render("fault.html.j2", tongue, code, status=code, message=tongue(key, **said), back=_form_page(request))


def _form_page(request: Request) -> str:
    """The page whose form was sent; nothing where a browser does not say it."""
    at = urlsplit(request.headers.get("referer", ""))
    if request.method != "POST" or at.netloc != request.headers.get("host"):
        return ""
    return local_address(at.path + (f"?{at.query}" if at.query else ""), "")


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    gone = "fault_404" if keeper_of(request).now()[0].store.finished else "fault_404_unfinished"
    response = _fault(request, status, gone if status == 404 else "fault_other", status=status)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def _address_error(request: Request, error: Exception) -> Response:
    name, value = (error.name, error.value) if isinstance(error, AddressError) else ("", "")
    return _fault(request, 400, "fault_address", name=clean(name), value=clean(value))


def _form_error(request: Request, error: Exception) -> Response:
    name, value = (error.name, error.value) if isinstance(error, FormError) else ("", "")
    return _fault(request, 400, "fault_form", name=clean(name), value=clean(value))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _fault(request, error.status, error.key, **{k: clean(str(v)) for k, v in error.values.items()})


def _overtaken(request: Request, error: Exception) -> Response:
    assert isinstance(error, OvertakenError)
    return _fault(request, 409, "fault_overtaken", name=clean(error.act.who), at=error.act.at)


def _read_only(request: Request, error: Exception) -> Response:
    return _fault(request, 403, "fault_read_only")


def _store_error(request: Request, error: Exception) -> Response:
    # the message names a file of the store, never the folder it lies in
    return _fault(request, 503, "fault_store", message=clean(error.message if isinstance(error, GongkaiError) else ""))


def _internal(request: Request, error: Exception) -> Response:
    return _fault(request, 500, "fault_internal")


def create_app(folder: Path, door: Door | None = None, coded: Path | None = None, files: Sequence[Path] = ()) -> Guard:
    """The explorer of one store.

    Args:
        folder: a folder of results.
        door: who is let in; loopback names only if left out.
        coded: a coded sheet to correct shares with.
        files: folders of the files that were read, for pictures of their pages.

    Raises:
        StoreError: as :func:`gongkai.load`.
    """
    app = Starlette(
        routes=[
            page_route("/", _corpus, tuple(SORTS)),
            page_route("/search", _search, SEARCH_SORTS),
            page_route("/search.csv", _search_csv, SEARCH_SORTS),
            page_route("/problems", _problems, PROBLEM_SORTS),
            page_route("/problems.csv", _problems_csv, PROBLEM_SORTS),
            page_route("/report/{report_id}", _report),
            *name_page.ROUTES,
            *review_pages.ROUTES,
            *coding_pages.ROUTES,
            Route("/static/{name}", _asset, methods=["GET"]),
        ],
        exception_handlers={
            HTTPException: _http_error,
            AddressError: _address_error,
            FormError: _form_error,
            RefusedError: _refused,
            OvertakenError: _overtaken,
            ReadOnlyError: _read_only,
            GongkaiError: _store_error,
            Exception: _internal,
        },
    )
    app.state.keeper = Keeper(folder, coded)
    app.state.people = People(folder)
    app.state.pictures = Pictures(files)
    # outside of everything, so that the page of an internal fault has the headers, too
    return Guard(app, door or Door())
