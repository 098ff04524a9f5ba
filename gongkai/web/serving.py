"""Runs the explorer: which address, who is let in, and what is printed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

from corpus.errors import UsageError
from corpus.extras import install_remedy
from gongkai.compare.passage_sheet import check_sheet
from gongkai.web.guard import LOCAL_NAMES, Door

TOKEN = "GONGKAI_TOKEN"
_LEAST_TOKEN = 16


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def door_for(host: str, token: str | None = None) -> Door:
    """Who is let in at an address: on loopback whoever is on this machine, elsewhere only who knows the token.

    Args:
        host: the address to listen at.
        token: what visitors must know; made up where none is given and ``host`` is not loopback.

    Raises:
        UsageError: a token that is short enough to be guessed, or that a cookie cannot hold.
    """
    if token and (len(token) < _LEAST_TOKEN or not all(c.isascii() and (c.isalnum() or c in "-._~") for c in token)):
        raise UsageError(
            f"{TOKEN} must have {_LEAST_TOKEN} characters or more of A–Z, a–z, 0–9 and -._~",
            remedy="leave it unset to have one made up",
        )
    if is_loopback(host):
        return Door(LOCAL_NAMES, token=token or None)
    name = host.lower().strip("[]")
    return Door(LOCAL_NAMES | {name}, addresses=True, token=token or secrets.token_urlsafe(24))


def serve(
    folder: Path, host: str, port: int, say: Callable[[str], None], coded: Path | None = None, files: Sequence[Path] = ()
) -> None:
    """Serve a store until it is interrupted.

    Args:
        folder: a folder of results.
        host: address to listen at.
        port: 0 takes a free one.
        say: is told the address to open.
        coded: a coded sheet to correct shares with.
        files: folders of the files that were read, for pictures of their pages.

    Raises:
        UsageError: the parts that the explorer needs are not installed, or the address cannot be taken.
        DataError: the coded sheet lacks a column.
        StoreError: as :func:`gongkai.load`.
    """
    try:
        import uvicorn

        from gongkai.web.application import create_app
    except ImportError as error:
        raise UsageError("the explorer needs starlette and uvicorn", remedy=install_remedy("web")) from error
    door = door_for(host, os.environ.get(TOKEN))
    if coded is not None and not coded.is_file():
        raise UsageError("there is no such file", source=str(coded), remedy="name the sheet that was coded")
    if coded is not None:
        check_sheet(coded)
    for files_folder in files:
        if not files_folder.is_dir():
            raise UsageError(
                "there is no such folder", source=str(files_folder), remedy="name the folder that was given to `gongkai tag`"
            )
    app = create_app(folder, door, coded, files)
    with _listen(host, port) as listening:
        at: int = listening.getsockname()[1]
        shown = "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else host.strip("[]")
        name = f"[{shown}]" if ":" in shown else shown
        say(f"http://{name}:{at}/" + (f"?token={door.token}" if door.token else ""))
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="off", proxy_headers=False
        )
        # uvicorn gives a signal on when it has ended; what is beside the store goes only where the interpreter ends itself
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    try:
        family, kind, _, _, address = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        found = socket.socket(family, kind)
        if os.name == "posix":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot listen at {host} port {port} ({error})", remedy="name another --port or --host") from error
    return found
