"""Joins the small batches that many updates leave: a reader opens every part, and small parts make it slow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from extract.runs.open_store import OpenStore

#: so many small batches may stay
FEW = 8


def compact(store: OpenStore, size: int) -> int:
    """Join batches of less than a quarter of ``size`` files if there are more than :data:`FEW`; tells how many were joined.

    Each joined batch is swapped for the ones it is made of in one transaction, as everything else.
    """
    small = store.db.execute(
        "SELECT batch, count(*) FROM files JOIN batches AS b USING (batch) WHERE b.done GROUP BY batch HAVING count(*) * 4 < ? ORDER BY batch",
        (size,),
    ).fetchall()
    if len(small) <= FEW:
        return 0
    joined = 0
    for group in _groups(small, size):
        _join(store, group)
        joined += len(group)
    return joined


def _groups(small: Sequence[tuple[int, int]], size: int) -> Iterator[list[int]]:
    group: list[int] = []
    files = 0
    for batch, count in small:
        if files + count > size and len(group) > 1:
            yield group
            group, files = [], 0
        group.append(batch)
        files += count
    if len(group) > 1:
        yield group


def _join(store: OpenStore, group: Sequence[int]) -> None:
    files: dict[str, list[str]] = {}
    for batch in group:
        for table, file in store.db.execute("SELECT table_name, file FROM parts WHERE batch = ?", (batch,)):
            files.setdefault(table, []).append(file)

    def rows_of(table: str) -> pa.Table | None:
        return pa.concat_tables([store.read(file) for file in files[table]]) if table in files else None

    store.rewrite(group[0], rows_of, absorbed=group[1:])


__all__ = ["FEW", "compact"]
