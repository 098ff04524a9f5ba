"""Forms as they come from a browser: decoded within limits, told apart from forged ones by a token, and by whom they were sent.

The token is bound to the session: its keyed hash, the key known to this process alone.  A page of another origin can neither read it nor
make it; :mod:`gongkai.web.guard` checks it before anything else sees the form.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

#: everything that changes something lies under this address
WRITE = "/write/"
SESSION, NAME, TOKEN, WHO = "gongkai_session", "gongkai_name", "form_token", "who"
#: bytes and fields of a form, characters of one field
MOST_BYTES, MOST_FIELDS, LONGEST_FIELD = 65_536, 400, 8_000
LONGEST_NAME = 40
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BACK = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,1000}")
#: between the names of people in a sheet, and what spreadsheets take for the beginning of a formula
_NOT_IN_NAMES, _NOT_FIRST = ';,|<>"', "=+-@"


class FormError(ValueError):
    """A field that is missing or cannot be read."""

    def __init__(self, name: str, value: str = "") -> None:
        super().__init__(f"{name}={value[:80]}")
        self.name = name
        self.value = value[:80]


class RefusedError(Exception):
    """A form that is well made and yet not accepted: ``key`` of the text that says why."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Form:
    """Fields in the order in which they came; a name may repeat."""

    fields: tuple[tuple[str, str], ...]

    def one(self, name: str, default: str | None = None, *, longest: int = 400) -> str:
        """The value of a field that stands once.

        Raises:
            FormError: it is missing (and has no ``default``), repeated, or too long.
        """
        found = self.all(name)
        if len(found) > 1 or (not found and default is None):
            raise FormError(name, " ".join(found))
        value = found[0] if found else default or ""
        if len(value) > longest:
            raise FormError(name, value)
        return value

    def all(self, name: str) -> tuple[str, ...]:
        """The values of a field that may repeat."""
        return tuple(v for k, v in self.fields if k == name)


def decode(body: bytes) -> Form:
    """A form from the body of a request.

    Raises:
        FormError: no form, too many fields, a field too long, text that is not UTF-8, control characters.
    """
    if len(body) > MOST_BYTES:
        raise FormError("…", str(len(body)))
    try:
        # names and values alike are percent-encoded: anything else is no form of a browser
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise FormError("…", "") from error
    fields = tuple((k, v.replace("\r\n", "\n")) for k, v in pairs)
    for name, value in fields:
        if len(value) > LONGEST_FIELD or len(name) > 100 or _CONTROL.search(name) or _CONTROL.search(value):
            raise FormError(name[:40], value)
    return Form(fields)


class Seal:
    """Makes and knows the tokens of forms; a new process knows none of an earlier one."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, session: str) -> str:
        """What a form of this session carries."""
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()

    def knows(self, session: str, token: str) -> bool:
        """Whether a form of this session carries the right token."""
        return bool(session) and hmac.compare_digest(self.token(session).encode(), token.encode("utf-8", "replace"))


@dataclass
class Pen:
    """Who asks for a page, and the token that its forms carry; ``used`` once it is shown: then the session is kept in a cookie."""

    session: str
    seal: Seal = field(repr=False)
    who: str = ""
    used: bool = False

    @property
    def token(self) -> str:
        """The token for a form of this page."""
        self.used = True
        return self.seal.token(self.session)


def pen_of(cookies: dict[str, str], seal: Seal) -> Pen:
    """Who asks, from the cookies of a request; a session begins where there is none."""
    given = cookies.get(SESSION, "")
    session = given if _SESSION_ID.fullmatch(given) else secrets.token_urlsafe(24)
    try:
        who = checked_name(unquote(cookies.get(NAME, ""), errors="strict"))
    except (FormError, UnicodeDecodeError):
        who = ""
    return Pen(session, seal, who)


def cookie(name: str, value: str, *, seconds: int | None = None) -> str:
    """A ``Set-Cookie`` header that no script reads and no other site sends."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={quote(value, safe='')}; HttpOnly; SameSite=Strict; Path=/{age}"


def checked_name(text: str) -> str:
    """The name by which a person is known in codes, corrections and sheets.

    >>> checked_name(" 张  三 ")
    '张 三'

    Raises:
        FormError: empty, too long, or with characters that a sheet of codes cannot hold.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    wrong = any(unicodedata.category(c)[0] == "C" or c in _NOT_IN_NAMES for c in name)
    if not name or len(name) > LONGEST_NAME or wrong or name[0] in _NOT_FIRST:
        raise FormError("name", name)
    return name


def local_address(text: str, otherwise: str) -> str:
    """An address of the explorer itself to go back to; ``otherwise`` where the text is another.

    >>> local_address("//evil.example/", "/"), local_address("/coding?lang=en", "/")
    ('/', '/coding?lang=en')
    """
    ascii_only = quote(text, safe="/?&=%.-_~:+,;")
    return ascii_only if _BACK.fullmatch(ascii_only) else otherwise
