"""Parts of a snapshot that stay as long as it is read, though `gongkai tag --overwrite` deletes them meanwhile.

They get a second name each (a hard link) in ``STORE/explorer``: no byte is copied, and the room of deleted parts is free again when the last page
of that snapshot is answered.  Where links cannot be made, the parts are read where they lie.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import weakref
from dataclasses import replace
from pathlib import Path

from corpus.store.snapshot import Snapshot
from gongkai.web.textindex import HOME

_NAME = ".parts-"


class Pin:
    """Keeps a folder of links until it is forgotten itself, or the process ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._end = weakref.finalize(self, shutil.rmtree, folder, True)


def pin_parts(snapshot: Snapshot) -> tuple[Snapshot, Pin | None]:
    """The snapshot as it is read through links, and what keeps them; as it is, and nothing, where there are none."""
    if os.name != "posix":  # elsewhere a file that is read cannot be deleted
        return snapshot, None
    home = snapshot.folder / HOME
    _forget_dead(home)
    pin = Pin(home / f"{_NAME}{_host()}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        for some in snapshot.parts.values():
            for part, _ in some:
                link = pin.folder / part.file
                link.parent.mkdir(parents=True, exist_ok=True)
                os.link(snapshot.folder / part.file, link)
    except OSError:
        shutil.rmtree(pin.folder, ignore_errors=True)
        return snapshot, None
    return replace(snapshot, folder=pin.folder), pin


def _forget_dead(home: Path) -> None:
    """Delete what processes of this machine left that were killed."""
    for old in home.glob(f"{_NAME}{_host()}-*"):
        process = old.name.split("-")[-2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            shutil.rmtree(old, ignore_errors=True)
        except (OSError, ValueError):
            continue  # somebody else's process


def _host() -> str:
    return "".join(c for c in socket.gethostname() if c.isalnum())[:40]


__all__ = ["Pin", "pin_parts"]
