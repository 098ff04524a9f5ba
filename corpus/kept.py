"""What a start works out from the rules alone, kept on disk for the next: parsed TOML, what patterns need, compiled patterns.

It is a third of what reading one report costs.  The file lies in ``GONGKAI_CACHE``, or in the user's own cache folder;
``GONGKAI_CACHE=off`` keeps nothing.  An entry is found by the hash of all it was made from, so that an edited rule is worked out anew.
A file that is damaged or another Python's counts as not there, and one that cannot be written is no error.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

from corpus.errors import StoreError

_T = TypeVar("_T")
VARIABLE = "GONGKAI_CACHE"
#: rules that were edited leave their old entries behind; a file that has grown to this is begun anew
_MOST = 16_000_000
_HASH = 64
#: what Python may say of code that is not its own, or when it keeps its compiler elsewhere
_UNFIT = (ImportError, AttributeError, TypeError, ValueError, LookupError, OverflowError, RuntimeError)
_new: dict[bytes, bytes] = {}
_compiled: dict[bytes, tuple[re.Pattern[str], int]] = {}


def user_cache() -> Path:
    """A folder of the user's own for what can be made again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "gongkai"


@cache
def _file() -> Path | None:
    named = os.environ.get(VARIABLE, "")
    if named.lower() == "off":
        return None
    python = hashlib.sha256(f"{sys.version} {sys.byteorder}".encode()).hexdigest()[:12]
    try:
        return (Path(named) if named else user_cache()) / f"start-{python}.txt"
    except RuntimeError:  # a user without a home
        return None


@cache
def _entries() -> dict[bytes, bytes]:
    # a line for the hash of the rest, then one for each entry: key and JSON, which is parsed only when it is asked for
    place = _file()
    with suppress(OSError):
        total, _, body = place.read_bytes().partition(b"\n") if place else (b"", b"", b"")
        if total == _hash(body):
            return {line[:_HASH]: line[_HASH + 1 :] for line in body.split(b"\n")}
    return {}


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def kept(kind: str, content: bytes, make: Callable[[], _T], code: str = "") -> _T:
    """What ``make`` gives for ``content``, or gave at an earlier start: tables, lists, texts and numbers, each time new ones.

    Args:
        code: the file of the module that makes it, where that may give something else one day.
    """
    try:
        key = _hash(b"%s %s%s" % (kind.encode(), Path(code).read_bytes() if code else b"", content))
    except OSError:  # an installation without sources
        return make()
    if (found := _entries().get(key)) is not None:
        return json.loads(found)  # type: ignore[no-any-return]
    value = make()
    with suppress(TypeError, ValueError):  # a date, half a character
        text = json.dumps(value, ensure_ascii=False)
        if json.loads(text) == value:
            _new[key] = text.encode()
    return value


def compiled(text: str, flags: int = 0) -> re.Pattern[str]:
    """``re.compile``, of the code that it gave at an earlier start if there was one.

    Raises:
        re.error: it does not compile.
    """
    key = _hash(f"pattern {int(flags)} {text}".encode("utf-8", "surrogatepass"))
    if (found := _entries().get(key)) is not None:
        with suppress(*_UNFIT):
            return _rebuilt(text, *json.loads(found))
    made = re.compile(text, flags)
    _compiled[key] = made, int(flags)
    return made


def _rebuilt(text: str, flags: int, groups: int, names: dict[str, int], code: list[int]) -> re.Pattern[str]:
    by_number = {number: name for name, number in names.items()}
    all_names = tuple(by_number.get(number) for number in range(groups + 1))
    found: re.Pattern[str] = importlib.import_module("_sre").compile(text, flags, code, groups, names, all_names)
    return found


def _code(made: re.Pattern[str], flags: int) -> bytes | None:
    """What Python compiled a pattern to; nothing where a pattern that is rebuilt from it would not equal it."""
    with suppress(*_UNFIT):
        compiler = importlib.import_module("re._compiler")
        code = compiler._code(compiler._parser.parse(made.pattern, flags), flags)
        parts = (made.flags, made.groups, dict(made.groupindex), [int(c) for c in code])
        if _rebuilt(made.pattern, *parts) == made:
            return json.dumps(parts, ensure_ascii=False).encode()
    return None


def keep() -> None:
    """Write what was not yet kept: at the end of a start."""
    place = _file()
    if place is None or not (_new or _compiled):
        return
    with suppress(OSError, StoreError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(place.parent, os.W_OK):
            _write(place)
    _new.clear()
    _compiled.clear()


def _write(place: Path) -> None:
    from corpus.files import replacing  # which imports much

    new = _new | {key: code for key, (made, flags) in _compiled.items() if (code := _code(made, flags))}
    if new:
        old = _entries() if sum(map(len, _entries().values())) < _MOST else {}
        body = b"\n".join(b"%s %s" % entry for entry in (old | new).items())
        with replacing(place) as aside:
            aside.write_bytes(_hash(body) + b"\n" + body)


__all__ = ["VARIABLE", "compiled", "keep", "kept", "user_cache"]
