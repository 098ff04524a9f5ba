"""Opens results for a command, and says where they are not whole."""

from __future__ import annotations

import sys
from pathlib import Path

from gongkai.store_access import Store, load


def open_store(folder: str | Path, *, corrections: str | Path | bool = True) -> Store:
    """:func:`gongkai.load`; of results whose run has not ended it is said on standard error.

    Raises:
        StoreError: as :func:`gongkai.load`.
        DataError: as :func:`gongkai.load`.
    """
    store = load(folder, corrections=corrections)
    if not store.finished:
        print(
            f"gongkai: {folder}: the run that writes these results has not ended: reports are missing. "
            "Remedy: wait for it, or give the same `gongkai tag` again",
            file=sys.stderr,
        )
    return store


__all__ = ["open_store"]
