"""Where the parts of a store lie: a local folder, or any file system that fsspec opens (``s3://…``, ``hdfs://…``, ``file://…``).

On a remote file system a part is uploaded under its final name before the manifest names it, and the manifest last of all; a
run is made in a local *stage* that holds the manifest, and of the parts only those that have to be read.
"""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from corpus.errors import StoreError, UsageError
from corpus.extras import install_remedy
from corpus.store import manifest
from corpus.store.manifest import MANIFEST, VIEWS
from corpus.store.schema import tables

#: seconds between uploads of the manifest while a run goes on
_PAUSE = 30.0


class Shelf(Protocol):
    """Gives parts to read, and takes parts that are written."""

    @property
    def local(self) -> bool:
        """Whether a part is in its place once it stands in the folder."""
        ...

    def get(self, file: str) -> Path:
        """A part on this machine."""
        ...

    def put(self, made: Path, file: str) -> None:
        """Bring a part that was made at ``made`` to its place."""
        ...

    def wipe(self) -> None:
        """Forget what was stored."""
        ...

    def saved(self, *, last: bool = False) -> None:
        """Told after each commit, and at the end."""
        ...


class Folder:
    """A store on this machine (or on a file system that all machines share)."""

    local = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, file: str) -> Path:
        """The part itself."""
        return self._folder / file

    def put(self, made: Path, file: str) -> None:
        """Nothing to do: the commit moves it."""

    def wipe(self) -> None:
        """Delete the store."""
        manifest.wipe(self._folder)

    def saved(self, *, last: bool = False) -> None:
        """Nothing to do: the manifest is in its place."""


class Remote:
    """A store on a file system of fsspec, staged in a local folder.

    Args:
        url: the store, with its protocol.
        stage: local folder for the manifest; what ``url`` holds is fetched into it.

    Raises:
        UsageError: fsspec, or what it needs for the protocol, is not installed.
        StoreError: the folder at ``url`` holds other files.
    """

    local = False

    def __init__(self, url: str, stage: Path) -> None:
        self._fs, self._root = open_url(url)
        self._stage = stage
        self._saved = time.monotonic()
        if self._fs.exists(self._at(MANIFEST)):
            manifest.forget_journal(stage)
            self._fs.get_file(self._at(MANIFEST), str(stage / MANIFEST))
        elif self._fs.exists(self._root) and (foreign := [n for n in self._names("") if n not in tables()]):
            raise StoreError(
                f"is not empty and holds no gongkai results ({foreign[0]})", source=url, remedy="name a new or empty folder"
            )

    def _at(self, file: str) -> str:
        return f"{self._root}/{file}" if file else self._root

    def _names(self, folder: str) -> list[str]:
        at = self._at(folder)
        return [PurePosixPath(n).name for n in self._fs.ls(at, detail=False)] if self._fs.isdir(at) else []

    def get(self, file: str) -> Path:
        """A part, fetched."""
        path = self._stage / file
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fs.get_file(self._at(file), str(path))
        return path

    def put(self, made: Path, file: str) -> None:
        """Upload a part."""
        self._fs.makedirs(self._at(file).rpartition("/")[0], exist_ok=True)
        self._fs.put_file(str(made), self._at(file))

    def wipe(self) -> None:
        """Delete the manifest; parts that the new one does not name are deleted at the end."""
        manifest.wipe(self._stage)
        if self._fs.exists(self._at(MANIFEST)):
            self._fs.rm_file(self._at(MANIFEST))

    def saved(self, *, last: bool = False) -> None:
        """Upload the manifest now and then; at the end the views too, and delete parts that it does not name."""
        if not last and time.monotonic() - self._saved < _PAUSE:
            return
        self._saved = time.monotonic()
        self.put(self._stage / MANIFEST, MANIFEST)
        if not last:
            return
        self.put(self._stage / VIEWS, VIEWS)
        named = {str(file) for (file,) in manifest.read(self._stage, "SELECT file FROM parts")}
        for table in tables():
            for name in self._names(table):
                if name.startswith("part-") and f"{table}/{name}" not in named:
                    self._fs.rm_file(self._at(f"{table}/{name}"))


def open_url(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path on it.

    Raises:
        UsageError: fsspec, or what it needs for the protocol, is not installed.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError("fsspec is not installed", source=url, remedy=install_remedy("ray")) from error
    try:
        system, root = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"cannot be opened ({error})", source=url, remedy="install what fsspec needs for this protocol"
        ) from error
    return system, str(root).rstrip("/")


__all__ = ["Folder", "Remote", "Shelf", "open_url"]
