"""The private folder in which LibreOffice works: its profile, the copy of the file, the result; what a killed process left is deleted.

A process holds a lock on a file in its folder; a folder whose lock is free has no owner any more.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "gongkai-office-"
_LOCK = "owner.lock"
#: seconds after which a folder without a lock has no owner: between making a folder and locking it there is a moment
_ORPHANED = 600.0


@contextmanager
def office_home() -> Iterator[Path]:
    """A folder that is deleted at the end; folders of processes that were killed are deleted first."""
    sweep(Path(tempfile.gettempdir()))
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (home / _LOCK).open("wb") as lock:
            _take(lock.fileno())
            yield home
    finally:
        # on Windows a file that LibreOffice still holds open stays, and goes with the next start
        shutil.rmtree(home, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Delete what processes that were killed left in ``folder``."""
    for path in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # of another user, or gone meanwhile
            if path.is_dir() and not path.is_symlink() and _orphaned(path):
                shutil.rmtree(path, ignore_errors=True)


def _orphaned(home: Path) -> bool:
    try:
        lock = (home / _LOCK).open("rb+")
    except FileNotFoundError:
        return time.time() - home.stat().st_mtime > _ORPHANED
    with lock:
        return _take(lock.fileno())


def _take(file: int) -> bool:
    """Lock a file; tells whether nobody else holds it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


__all__ = ["PREFIX", "office_home", "sweep"]
