"""A store while a run works on it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.store import manifest
from corpus.store.manifest import Part
from corpus.store.parts import write_part
from corpus.store.schema import tables
from corpus.store.snapshot import check_name, part_rows, read_part
from extract.runs.remote import Shelf
from extract.runs.same_bytes import count_rows, failed_sources, unread_sources

#: key of the counts of a batch under which its unread files are listed until it is committed
UNREAD = "sources.unread"


@dataclass(frozen=True, slots=True)
class OpenStore:
    """What a run needs of a store to change it.

    ``db`` is the connection to the manifest with what was found (``scan``) attached, ``folder`` the store or its stage, ``shelf``
    where its parts lie, ``work`` a private folder of the run, ``versions`` what every part says of how it was made.
    """

    db: sqlite3.Connection
    folder: Path
    shelf: Shelf
    work: Path
    versions: Mapping[str, str]

    def read(self, file: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of a part that the manifest names, checked: an update must not write new checksums over damage.

        Raises:
            StoreError: it is missing, or not what was written.
        """
        ((part, _),) = part_rows(self.db, "WHERE file = ?", (file,))
        check_name(self.folder, part)
        self.shelf.get(file)
        return read_part(self.folder, part, columns)

    def rewrite(
        self,
        batch: int,
        rows_of: Callable[[str], pa.Table | None],
        *,
        dropped: Sequence[str] = (),
        absorbed: Sequence[int] = (),
    ) -> None:
        """Write a batch anew and swap it for what it was in one transaction.

        Args:
            batch: number of the batch; its revision goes up by one.
            rows_of: the rows that it has now of each table, or ``None``.
            dropped: sources whose rows it loses.
            absorbed: batches whose rows it takes.
        """
        revision = int(self.db.execute("SELECT revision FROM batches WHERE batch = ?", (batch,)).fetchone()[0]) + 1
        parts, counts = write_tables(((t, rows_of(t)) for t in tables()), self.work, batch, self.versions, revision)
        for part in parts if not self.shelf.local else ():
            self.shelf.put(self.work / part.made_as, part.file)
        self.commit(self.work, batch, parts, counts, revision=revision, dropped=dropped, absorbed=absorbed)

    def commit(
        self,
        made: Path,
        batch: int,
        parts: Sequence[Part],
        counts: Mapping[str, Any],
        *,
        revision: int = 0,
        dropped: Sequence[str] = (),
        absorbed: Sequence[int] = (),
    ) -> None:
        """Name the parts of a batch that :func:`write_tables` left in the folder ``made``, in one transaction."""
        kept = {key: value for key, value in counts.items() if key != UNREAD}
        manifest.commit_batch(
            self.db, self.folder, made, batch, parts, json.dumps(kept), revision=revision, dropped=dropped,
            absorbed=absorbed, unread=counts.get(UNREAD, ()), move=self.shelf.local,
        )  # fmt: skip


def write_tables(
    rows: Iterator[tuple[str, pa.Table | None]], into: Path, batch: int, versions: Mapping[str, str], revision: int = 0
) -> tuple[list[Part], dict[str, Any]]:
    """Write the parts of a batch into the folder ``into``, one table in memory at a time, and count what they hold.

    Raises:
        OSError: the parts cannot be written.
    """
    parts: list[Part] = []
    counts: dict[str, Any] = {}
    failed: list[str] = []
    for table, found in rows:
        if found is None or not found.num_rows:
            continue
        if table == "sources":  # the first table: what failed is counted with the issues that say why
            failed = failed_sources(found)
            counts[UNREAD] = unread_sources(found)
        parts.append(write_part(into, table, batch, found, versions, revision))
        counts |= count_rows(table, found, failed)
    return parts, counts


__all__ = ["UNREAD", "OpenStore", "write_tables"]
