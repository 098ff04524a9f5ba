"""How every page is made: templates in which whatever a report says is escaped, and a policy by which it can never become code."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from gongkai.pages import words as view


def environment(folder: str = "templates") -> Environment:
    """The templates of ``folder``: everything escaped, unknown names an error; filters ``clean`` and ``number``."""
    env = Environment(
        loader=PackageLoader("gongkai", folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"number": view.number, "clean": view.clean}
    return env


def asset(name: str) -> str:
    """A style sheet or script; stripped, as text between the tags must be byte for byte what is hashed."""
    return files("gongkai").joinpath("templates", name).read_text(encoding="utf-8").strip()


def content_policy(style: str, script: str) -> str:
    """A Content-Security-Policy that lets these two run and nothing else: text of a report can never become code."""
    style_hash, script_hash = (b64encode(hashlib.sha256(x.encode()).digest()).decode() for x in (style, script))
    return (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; "
        "base-uri 'none'; form-action 'none'"
    )
