"""A snapshot of results as if it held some reports alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class SomeReports(Snapshot):
    """A snapshot as if it held these reports alone: their rows are read once, however often what was corrected asks for them."""

    report_ids: frozenset[str] = frozenset()
    kept: dict[str, list[pa.Table]] = field(default_factory=dict, repr=False, compare=False)

    def read(
        self, table: str, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None
    ) -> list[pa.Table]:
        """As :meth:`Snapshot.read`; ``sources`` are of all reports."""
        if table not in self.kept:
            own = [("report_id", "in", sorted(self.report_ids) or [""])]
            self.kept[table] = Snapshot.read(self, table, None, None if table == "sources" else own)
        found = self.kept[table]
        if filters:
            wanted = pq.filters_to_expression(list(filters))
            found = [t.filter(wanted) for t in found]
        return found if columns is None else [t.select(list(columns)) for t in found]


def only(snapshot: Snapshot, report_ids: Collection[str]) -> SomeReports:
    """The snapshot as if it held these reports alone."""
    return SomeReports(snapshot.folder, snapshot.meta, snapshot.parts, frozenset(report_ids))


__all__ = ["SomeReports", "only"]
