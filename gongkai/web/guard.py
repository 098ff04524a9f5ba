"""What stands before every page: method, Host, length, token, where a form comes from, and the headers of every answer.

Report text is hostile and so may be the page in the next tab: a name that resolves to this machine (DNS rebinding) must get nothing,
text that got past the escaping must not run, and a form that another page sends changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gongkai.web.writing.forms import MOST_BYTES, SESSION, TOKEN, WRITE, FormError, Pen, Seal, cookie, decode, pen_of

#: the only methods that are answered, and that of a form, which is answered under WRITE alone
METHODS, SENDING = frozenset(("GET", "HEAD")), "POST"
LONGEST_PATH, LONGEST_QUERY = 512, 4096
COOKIE = "gongkai_token"
#: why a form is not accepted
_FOREIGN = "表单不是从本页面发出的，未保存任何内容。The form was not sent from a page of the explorer; nothing was saved."
_OLD = (
    "表单已过期（gongkai serve 曾重新启动），未保存任何内容：请返回并刷新页面后重新提交。"
    "The form is of an earlier session; nothing was saved: go back, reload the page and send it again."
)
_BROKEN = "表单无法读取，未保存任何内容。The form cannot be read; nothing was saved."
Refusal = tuple[int, str, Mapping[str, str]]
LOCAL_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # with no-referrer a browser sends forms with the origin "null", and ours could not be told from another's
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in: ``names`` a Host header may give, ``addresses`` whether any numeric address will do, ``token`` what must be known.

    A numeric address is safe where the token is asked for: rebinding needs a name.
    """

    names: frozenset[str] = LOCAL_NAMES
    addresses: bool = False
    token: str | None = None

    def knows_host(self, header: str) -> bool:
        """Whether this Host header names the explorer."""
        name = host_name(header)
        return name is not None and (name in self.names or (self.addresses and _is_address(name)))


def host_name(header: str) -> str | None:
    """The name in a Host header, lower case and without port and brackets; ``None`` if it is none.

    >>> host_name("LOCALHOST:8000"), host_name("[::1]:8000"), host_name("a@b"), host_name("localhost:8000:1")
    ('localhost', '::1', None, None)
    """
    text = header.strip().lower()
    if text.startswith("["):
        name, bracket, rest = text[1:].partition("]")
        return name if bracket and _is_address(name) and (not rest or _is_port(rest)) else None
    name, colon, port = text.partition(":")
    if (colon and not _is_port(colon + port)) or not name:
        return None
    return name if all(c.isascii() and (c.isalnum() or c in "-._") for c in name) else None


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdigit() and len(text) <= 6


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """The middleware: refuses what :class:`Door` does not let in, and puts :data:`HEADERS` on every answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self.door = door
        self.seal = Seal()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            scope["gongkai.pen"] = pen = pen_of(_cookies(scope), self.seal)
            refusal = await self._form(scope, receive, pen) if scope["method"] == SENDING else None
        if refusal is not None:
            await _answer(send, *refusal)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = _encoded(HEADERS)
                if pen.used:
                    more.append((b"set-cookie", cookie(SESSION, pen.session).encode()))
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Refusal | None:
        hosts = _header(scope, b"host")
        if len(hosts) != 1 or not self.door.knows_host(hosts[0]):
            return 421, "此地址不对应本服务。This host name is not served here.", {}
        sent = scope["method"] == SENDING and scope["path"].startswith(WRITE)
        if scope["method"] not in METHODS and not sent:
            return 405, "此处只支持读取。Only GET and HEAD are answered here.", {"allow": "GET, HEAD"}
        if len(scope.get("raw_path") or scope["path"].encode()) > LONGEST_PATH or len(scope["query_string"]) > LONGEST_QUERY:
            return 414, "地址过长。The address is too long.", {}
        refusal = self._without_token(scope) if self.door.token is not None else None
        if sent and refusal is None and not from_here(_header(scope, b"origin"), _header(scope, b"sec-fetch-site"), hosts[0]):
            return 403, _FOREIGN, {}
        return refusal

    async def _form(self, scope: Scope, receive: Receive, pen: Pen) -> Refusal | None:
        """Reads the form into ``scope``; why it is refused, if it is."""
        kinds = [k.partition(";")[0].strip().lower() for k in _header(scope, b"content-type")]
        if kinds != ["application/x-www-form-urlencoded"]:
            return 415, _BROKEN, {}
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return 400, _BROKEN, {}
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST_BYTES:
                return 413, _BROKEN, {"connection": "close"}
        try:
            form = decode(body)
            token = form.one(TOKEN)
        except FormError:
            return 400, _BROKEN, {}
        if not self.seal.knows(_cookies(scope).get(SESSION, ""), token):
            return 403, _OLD, {}
        scope["gongkai.form"] = form
        return None

    def _without_token(self, scope: Scope) -> Refusal | None:
        token = self.door.token or ""
        if secrets.compare_digest(_cookies(scope).get(COOKIE, "").encode(), token.encode()):
            return None
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=None)
        given = next((v for k, v in asked if k == "token"), "")
        if not secrets.compare_digest(given.encode(), token.encode()):
            return (
                403,
                "需要令牌：请使用 gongkai serve 打印的地址。Open the address that gongkai serve printed: it carries the token.",
                {},
            )
        rest = urlencode([(k, v) for k, v in asked if k != "token"])
        # the token leaves the address at once, where it would stay in the history; to "/" alone, for a path may begin with //
        cookie = f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"
        return 303, "", {"location": f"/?{rest}" if rest else "/", "set-cookie": cookie}


def from_here(origins: Sequence[str], sites: Sequence[str], host: str) -> bool:
    """Whether a form was sent by a page of the address that is served, as the browser tells.

    >>> from_here(["http://localhost:8765"], ["same-origin"], "localhost:8765")
    True
    >>> from_here(["http://localhost:9000"], ["same-site"], "localhost:8765"), from_here([], ["same-origin"], "localhost:8765")
    (False, False)
    """
    if any(site != "same-origin" for site in sites) or len(origins) != 1:
        return False
    scheme, _, where = origins[0].partition("://")
    return scheme in {"http", "https"} and where.lower() == host.strip().lower()


def _header(scope: Scope, name: bytes) -> list[str]:
    return [v.decode("latin-1") for k, v in scope["headers"] if k == name]


def _cookies(scope: Scope) -> dict[str, str]:
    return cookie_parser("; ".join(_header(scope, b"cookie")))


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]


async def _answer(send: Send, status: int, text: str, headers: Mapping[str, str]) -> None:
    kept = {**HEADERS, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **headers}
    body = text.encode()
    await send(
        {"type": "http.response.start", "status": status, "headers": _encoded({**kept, "content-length": str(len(body))})}
    )
    await send({"type": "http.response.body", "body": body})
