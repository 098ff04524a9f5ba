"""How to get an optional part in the installation at hand: the one place that says what to type."""

from __future__ import annotations

import json
import shlex
from functools import cache
from importlib import metadata
from urllib.parse import unquote, urlparse

NAME = "gongkai"


def install_remedy(extra: str) -> str:
    """The command that adds an extra: from the checkout or the wheel that gongkai was installed from, else from the index."""
    return install_command(extra, _origin())


def install_command(extra: str, origin: str) -> str:
    """The command, for what an installer noted in ``direct_url.json`` (empty: nothing, it came from an index).

    >>> install_command("ocr", '{"url": "file:///home/me/gongkai", "dir_info": {"editable": true}}')
    "pip install -e '/home/me/gongkai[ocr]'"
    >>> install_command("ocr", '{"url": "file:///tmp/gongkai-0.1.0-py3-none-any.whl", "archive_info": {}}')
    "pip install 'gongkai[ocr] @ file:///tmp/gongkai-0.1.0-py3-none-any.whl'"
    >>> install_command("ocr", "")
    "pip install 'gongkai[ocr]'"
    """
    try:
        noted = json.loads(origin) if origin else {}
    except json.JSONDecodeError:
        noted = {}
    url = str(noted.get("url", ""))
    if url.startswith("file:") and "dir_info" in noted:
        folder = unquote(urlparse(url).path)
        editable = "-e " if noted["dir_info"].get("editable") else ""
        return f"pip install {editable}{shlex.quote(f'{folder}[{extra}]')}"
    if vcs := noted.get("vcs_info", {}).get("vcs"):
        return f"pip install {shlex.quote(f'{NAME}[{extra}] @ {vcs}+{url}')}"
    return f"pip install {shlex.quote(f'{NAME}[{extra}] @ {url}' if url else f'{NAME}[{extra}]')}"


@cache
def _origin() -> str:
    try:
        return metadata.distribution(NAME).read_text("direct_url.json") or ""
    except metadata.PackageNotFoundError:
        return ""


__all__ = ["install_command", "install_remedy"]
