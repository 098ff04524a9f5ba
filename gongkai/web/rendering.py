"""How a page is made: its template in one language, and the snapshot that stands when the request begins."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import gongkai
from gongkai.pages.template import environment
from gongkai.web.address import LANGUAGES, Asked, link, read_address
from gongkai.web.corpus_page import SHOWN, report_name
from gongkai.web.held import Held
from gongkai.web.keeper import Keeper
from gongkai.web.tongue import Tongue
from gongkai.web.writing.forms import Form, FormError, Pen, RefusedError
from gongkai.web.writing.people import People

NAV = (("/", "corpus"), ("/search", "search"), ("/problems", "problems"), ("/review", "review"), ("/coding", "coding"))


@cache
def _environment() -> Environment:
    env = environment("templates/web")
    env.globals |= {"link": link, "report_name": report_name, "version": gongkai.__version__, "SHOWN": SHOWN}
    return env


def render(template: str, tongue: Tongue, code: int = 200, **values: Any) -> HTMLResponse:
    """A page in one language; whatever stands in ``values`` is escaped."""
    blank = Asked({}, lang=tongue.code)
    nav = [(link(address, blank), key) for address, key in NAV]
    shared = {
        "blank": blank,
        "only_lang": blank,
        "nav": nav,
        "here": "",
        "changed": "",
        "unfinished": False,
        "meta": None,
        "switch": "",
        "pen": None,
    }
    text = _environment().get_template(template).render({**shared, "t": tongue, **values})
    # a report may hold half of a surrogate pair, which no encoding of a page has room for
    body = text.encode("utf-8", errors="replace")
    return HTMLResponse(body, code, {"cache-control": "no-store"})


Page = Callable[[Request, Held, Asked, Tongue, dict[str, Any]], Response]
#: what is done with a form: the request, the snapshot, the form, the language, who sent it
Write = Callable[[Request, Held, Form, Tongue, str], Response]


def page_route(path: str, page: Page, sorts: tuple[str, ...] = ()) -> Route:
    """A route whose page is given the snapshot that stands when the request begins.  It runs in a thread: pages read files."""

    def answer(request: Request) -> Response:
        asked = read_address(request.query_params.multi_items(), sorts)
        held, changed = keeper_of(request).now()
        tongue = held.tongue(asked.lang)
        shared = {
            "asked": asked, "changed": changed, "path": request.url.path, "meta": held.store.meta, "folder": held.store.folder.name,
            "pen": request.scope["gongkai.pen"], "here": next((key for address, key in NAV if address == path), ""), "unfinished": not held.store.finished, "switch": link(request.url.path, asked, lang=LANGUAGES[asked.lang == LANGUAGES[0]]),
        }  # fmt: skip
        return page(request, held, asked, tongue, shared)

    return Route(path, answer, methods=["GET"])


def keeper_of(request: Request) -> Keeper:
    """The snapshots of the store."""
    found: Keeper = request.app.state.keeper
    return found


def write_route(path: str, write: Write, *, nameless: bool = False) -> Route:
    """A route to which a form is sent; the guard has checked where the form comes from.

    Args:
        path: under :data:`gongkai.web.writing.forms.WRITE`.
        write: is given the name of who wrote, and answers with :func:`go_to`.
        nameless: whether somebody without a name may send it.
    """

    def answer(request: Request) -> Response:
        form: Form = request.scope["gongkai.form"]
        pen: Pen = request.scope["gongkai.pen"]
        lang = form.one("lang", LANGUAGES[0])
        if lang not in LANGUAGES:
            raise FormError("lang", lang)
        if not nameless and not pen.who:
            raise RefusedError(403, "fault_no_name")
        # a form that was opened before another tab gave another name would be signed by the wrong person
        if not nameless and form.one("who") != pen.who:
            raise RefusedError(409, "fault_other_name", name=pen.who)
        held = keeper_of(request).now()[0]
        return write(request, held, form, held.tongue(lang), pen.who)

    return Route(path, answer, methods=["POST"])


def go_to(address: str) -> Response:
    """The answer to a form: the browser asks for a page, so that reloading it sends nothing again."""
    return Response(status_code=303, headers={"location": address, "cache-control": "no-store"})


def people_of(request: Request) -> People:
    """What people wrote."""
    found: People = request.app.state.people
    return found
