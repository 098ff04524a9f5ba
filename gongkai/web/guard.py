"""What stands before every page: method, Host, length, token, and the headers of every answer.

Report text is hostile and so may be the page in the next tab: a name that resolves to this machine (DNS rebinding) must get nothing,
and text that got past the escaping must not run.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: the only methods that are answered; pages that change something need a guard of their own here (docs/explorer.md)
METHODS = frozenset(("GET", "HEAD"))
LONGEST_PATH, LONGEST_QUERY = 512, 4096
COOKIE = "gongkai_token"
LOCAL_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _answer(send, *refusal)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_encoded(HEADERS)]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str, Mapping[str, str]] | None:
        headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        hosts = [v.decode("latin-1") for k, v in headers if k == b"host"]
        if len(hosts) != 1 or not self.door.knows_host(hosts[0]):
            return 421, "此地址不对应本服务。This host name is not served here.", {}
        if scope["method"] not in METHODS:
            return 405, "只支持读取。Only GET and HEAD are answered.", {"allow": "GET, HEAD"}
        if len(scope.get("raw_path") or scope["path"].encode()) > LONGEST_PATH or len(scope["query_string"]) > LONGEST_QUERY:
            return 414, "地址过长。The address is too long.", {}
        return self._without_token(scope) if self.door.token is not None else None

    def _without_token(self, scope: Scope) -> tuple[int, str, Mapping[str, str]] | None:
        token = self.door.token or ""
        cookies = "; ".join(v.decode("latin-1") for k, v in scope["headers"] if k == b"cookie")
        if secrets.compare_digest(cookie_parser(cookies).get(COOKIE, "").encode(), token.encode()):
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


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]


async def _answer(send: Send, status: int, text: str, headers: Mapping[str, str]) -> None:
    kept = {**HEADERS, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **headers}
    body = text.encode()
    await send(
        {"type": "http.response.start", "status": status, "headers": _encoded({**kept, "content-length": str(len(body))})}
    )
    await send({"type": "http.response.body", "body": body})
