"""Tables that take long to make, kept beside the index for the next opening: as they were written, or made anew.

A file begins with the sha256 of its key and of what follows, which is Parquet; so one that is damaged, cut off or of other results is none.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gongkai.store_access import Store
from gongkai.web.textindex import index_key

_DIGEST = 32


def kept_table(file: Path, key: str, make: Callable[[], pa.Table]) -> pa.Table:
    """The table of a file, made if it is not there as it was written.

    Args:
        file: where it is kept; a folder or disk that takes nothing is no fault.
        key: what the table depends on.
        make: makes it.
    """
    found = read_kept(file, key)
    if found is None:
        found = make()
        write_kept(file, key, found)
    return found


def results_key(store: Store) -> str:
    """What tells these results from others: all their parts."""
    return index_key([part.sha256 for name in store.tables for part, _ in store.snapshot.parts[name]])


def read_kept(file: Path, key: str) -> pa.Table | None:
    """The table of a file; ``None`` if it is not there as it was written."""
    try:
        held = file.read_bytes()
        if held[:_DIGEST] == _digest(key, held[_DIGEST:]):
            return pq.read_table(pa.BufferReader(held[_DIGEST:]))
    except (OSError, pa.ArrowException):
        pass  # a later pyarrow may read less
    return None


def write_kept(file: Path, key: str, table: pa.Table) -> None:
    """Keep a table; a folder or disk that takes nothing is no fault."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    held = sink.getvalue().to_pybytes()
    work = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        work.write_bytes(_digest(key, held) + held)
        work.replace(file)
    except OSError:
        work.unlink(missing_ok=True)


def _digest(key: str, held: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + held).digest()


__all__ = ["kept_table", "read_kept", "results_key", "write_kept"]
