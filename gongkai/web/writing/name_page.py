"""Who writes: a name, kept in a cookie.  It is no password; it tells one coder's work from another's."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gongkai.web.address import Asked, link
from gongkai.web.held import Held
from gongkai.web.rendering import go_to, page_route, render, write_route
from gongkai.web.tongue import Tongue
from gongkai.web.writing.forms import NAME, Form, FormError, RefusedError, checked_name, cookie, local_address

_YEAR = 365 * 24 * 3600


def _page(request: Request, held: Held, asked: Asked, tongue: Tongue, shared: dict[str, Any]) -> Response:
    back = local_address(request.query_params.get("back", ""), "/")
    return render("name.html.j2", tongue, back=back, **shared)


def _write(request: Request, held: Held, form: Form, tongue: Tongue, who: str) -> Response:
    try:
        name = checked_name(form.one("name"))
    except FormError as error:
        raise RefusedError(400, "fault_name", name=error.value) from error
    response = go_to(local_address(form.one("back", "/", longest=1000), link("/", Asked({}, lang=tongue.code))))
    response.headers["set-cookie"] = cookie(NAME, name, seconds=_YEAR)
    return response


ROUTES = (page_route("/name", _page), write_route("/write/name", _write, nameless=True))
