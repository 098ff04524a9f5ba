"""Files and folders that have their names only once they are whole.

They are made beside their place under a name that begins with a dot.  A full disk, a folder without the right to write or an interrupt ends
with one error and leaves nothing; what a killed process left is removed by the next that writes to the same place.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from corpus.errors import StoreError

_REMEDY = "make room, or name a place that can be written; the same command works then"
_NO_RIGHT = "check your rights to it, or name a folder of your own"
#: what is raised when there is no room or no right: SQLite has errors of its own
_FAILURES = (OSError, sqlite3.OperationalError)


def _aside(path: Path) -> Path:
    """A name beside ``path`` for this process; what processes that are gone left there is removed."""
    name = re.compile(rf"\.{re.escape(path.name)}\.part-(\d+)")
    with suppress(OSError):
        for old in path.parent.iterdir():
            if (m := name.fullmatch(old.name)) and not _alive(int(m[1])):
                _remove(old)
    return path.with_name(f".{path.name}.part-{os.getpid()}")


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    if os.name == "nt":
        return True  # os.kill would end it there; what is left waits for a hand
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def failed(path: Path, error: Exception) -> StoreError:
    """The one error for what cannot be written."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return StoreError("a part of the path is a file, not a folder", source=str(path), remedy="name another place")
    told = getattr(error, "strerror", None) or str(error)
    return StoreError(f"cannot be written ({told})", source=str(path), remedy=no_right(error) or _REMEDY)


def no_right(error: Exception) -> str:
    """The remedy where it is a right that lacks, not room; else nothing."""
    return _NO_RIGHT if isinstance(error, PermissionError) or "readonly database" in str(error) else ""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write instead of ``path``, which it becomes at the end; the folder is made where it is not there.

    Raises:
        StoreError: it cannot be written.
    """
    made = _aside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield made
        place(made, path)
    except _FAILURES as error:
        raise failed(path, error) from error
    finally:
        _remove(made)


@contextmanager
def written(path: Path, *, newline: str = "\n") -> Iterator[TextIO]:
    """A file of text in UTF-8, to be written; as :func:`replacing`."""
    with replacing(path) as made, made.open("w", encoding="utf-8", newline=newline) as stream:
        yield stream


def write_text(path: Path, text: str, *, newline: str = "\n") -> None:
    """A file of text in UTF-8; as :func:`replacing`."""
    with written(path, newline=newline) as stream:
        stream.write(text)


@contextmanager
def filling(folder: Path, *, anew: bool = False) -> Iterator[Path]:
    """An empty folder to write into instead of ``folder``: at the end its files are moved there, over those of the same name.

    A folder that was not there, or was empty, comes into being at one moment.

    Args:
        anew: what ``folder`` holds is removed at the end.

    Raises:
        StoreError: it cannot be written, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError("is a file, not a folder", source=str(folder), remedy="name another folder")
    with workspace(folder) as made:
        yield made
        _flush(made)
        _move(made, folder, anew)


@contextmanager
def workspace(path: Path) -> Iterator[Path]:
    """An empty folder beside ``path`` in which it is made, and moved to its place with :func:`place`; it is removed at the end.

    Raises:
        StoreError: ``path`` cannot be written.
    """
    made = _aside(path)
    try:
        made.mkdir(parents=True)
        yield made
    except _FAILURES as error:
        raise failed(path, error) from error
    finally:
        _remove(made)


def place(made: Path, target: Path) -> None:
    """Gives what was made its name, once it is safely on disk."""
    _flush(made)
    made.replace(target)


def _move(made: Path, folder: Path, anew: bool) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        if folder.exists():
            folder.rmdir()
        made.replace(folder)
        return
    if anew:
        old = folder.with_name(f"{made.name}-old")
        folder.replace(old)
        made.replace(folder)
        _remove(old)
        return
    for path in sorted(p for p in made.rglob("*") if p.is_file()):
        target = folder / path.relative_to(made)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _flush(path: Path) -> None:
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        with file.open("rb+") as f:
            os.fsync(f.fileno())


__all__ = ["failed", "filling", "no_right", "place", "replacing", "workspace", "write_text", "written"]
