"""What the problems page asks of :mod:`gongkai.compare` beside shares: differences of two groups, and shares corrected with a coded sheet.

Nothing is estimated here: the tables are those of ``gongkai compare``, computed when they are first asked for and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.errors import GongkaiError, UsageError
from gongkai.compare.corrected_passages import MadeShares, corrected_differences, corrected_from_passages, made_for
from gongkai.compare.differences import MOST_GROUPS, facet_differences
from gongkai.compare.frame import Study, regrouped, study
from gongkai.compare.passage_sheet import PassageSheet, check_sheet, read_sheet
from gongkai.store_access import Store
from gongkai.web.coding.handed_on import sheet_of_browser

#: a coded sheet that lies in the store is taken without being named
SHEET = "coded.csv"
#: corrected differences of more groups take longer than anybody waits for a page
_MOST_CORRECTED = 300

Row = Mapping[str, Any]
#: a problem or measure and its facet
Key = tuple[str, str]


@dataclass(frozen=True)
class GroupDifferences:
    """Group ``a`` less group ``b``: rows of ``differences.csv`` by (what, facet), and of ``corrected_differences.csv`` where a sheet is coded.

    ``tested`` rows were tested together, which ``p_holm`` and ``q_bh`` are corrected over; ``whole`` says that they are every pair of
    groups, as ``gongkai compare`` writes them.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    rows: Mapping[Key, Row] = field(repr=False)
    corrected: Mapping[Key, Row] = field(repr=False)
    tested: int
    whole: bool


@dataclass(frozen=True)
class CorrectedShares:
    """Shares of reports corrected with the sheet, by group and (what, facet); ``fault`` says why there are none.

    ``passages`` and ``reports`` are coded by ``coders`` people; ``population`` is what the sheet stands for, ``alpha`` how far coders agree
    on the label of a passage (``None``: nobody coded twice); ``set_aside`` corrections of passages are no part of it, for they are not
    the model's work.
    """

    rows: Mapping[tuple[tuple[str, ...], str, str], Row] = field(repr=False, default_factory=dict)
    name: str = ""
    fault: str = ""
    notes: tuple[str, ...] = ()
    population: str = ""
    reports: int = 0
    passages: int = 0
    coders: int = 0
    set_aside: int = 0


def of_two(found: Study, a: tuple[str, ...], b: tuple[str, ...]) -> Study:
    """A study of two of its groups alone."""
    places = [found.groups.index(g) for g in (a, b)]
    kept = np.flatnonzero(np.isin(found.group, places)).tolist()
    names = sorted({found.clusters[found.cluster[i]] for i in kept})
    number = {c: n for n, c in enumerate(names)}
    groups = tuple(sorted((a, b)))

    def some(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(values[i] for i in kept)

    return replace(
        found, report_ids=some(found.report_ids), groups=groups,
        group=np.array([groups.index(found.groups[found.group[i]]) for i in kept], np.int64), clusters=tuple(names),
        cluster=np.array([number[found.clusters[found.cluster[i]]] for i in kept], np.int64), year=found.year[kept],
        coverage=some(found.coverage), basis=some(found.basis), level=some(found.level), s5=some(found.s5), form=some(found.form),
        weight=found.weight[kept],
    )  # fmt: skip


class Estimates:
    """Differences and corrected shares of one snapshot.

    Args:
        store: the store that shares are of.
        sheet: a coded sheet of ``gongkai sample --by reports``; where none is named, ``coded.csv`` of the store, or what was coded to
            the end in the explorer.
        points: the points of the store, once they are computed.
        grouped: the reports that are compared, grouped.
    """

    def __init__(
        self, store: Store, sheet: Path | None, points: Callable[[], pa.Table], grouped: Callable[[tuple[str, ...]], Study]
    ) -> None:
        self._named = sheet
        self._store, self._points, self._grouped = store, points, grouped
        self._plain = replace(store, corrections=())
        self._lock = threading.Lock()
        #: all reports as the model left them, in one group
        self._alone: Study | None = None
        #: the sheet that was read last, and what all its shares are made from
        self._made: tuple[object, PassageSheet, MadeShares] | None = None
        self._pairs: dict[tuple[tuple[str, ...], ...], GroupDifferences] = {}
        #: differences of all groups that a sheet corrects: what people corrected has no part in them
        self._sheets: dict[tuple[object, ...], list[Row]] = {}
        self._every: dict[tuple[str, ...], list[Row]] = {}
        self._shares: dict[tuple[object, ...], CorrectedShares] = {}

    def after(self, store: Store, points: Callable[[], pa.Table], grouped: Callable[[tuple[str, ...]], Study]) -> Estimates:
        """Those of a snapshot whose corrections are others."""
        found = Estimates(store, self._named, points, grouped)
        aside = _set_aside(store)
        with self._lock:
            found._shares = {k: replace(v, set_aside=aside) for k, v in self._shares.items()}
            found._sheets = dict(self._sheets)
            found._alone, found._made = self._alone, self._made
        return found

    @property
    def sheet(self) -> Path | None:
        """The sheet that corrects the shares now."""
        beside = self._store.folder / SHEET
        return self._named or (beside if beside.is_file() else sheet_of_browser(self._store.folder))

    def differences(self, by: tuple[str, ...], a: tuple[str, ...], b: tuple[str, ...]) -> GroupDifferences:
        """Group ``a`` less group ``b``; of up to twenty groups every pair is tested and corrected together.

        Raises:
            UsageError: an unknown group, or twice the same.
        """
        with self._lock:
            if (by, a, b) not in self._pairs:
                self._pairs[by, a, b] = self._difference(by, a, b)
            return self._pairs[by, a, b]

    def _difference(self, by: tuple[str, ...], a: tuple[str, ...], b: tuple[str, ...]) -> GroupDifferences:
        whole_study = self._grouped(by)
        if a == b or a not in whole_study.groups or b not in whole_study.groups:
            raise UsageError("name two different groups", remedy=f"use two of the {len(whole_study.groups)} groups")
        whole = len(whole_study.groups) <= MOST_GROUPS
        if whole:
            if by not in self._every:
                self._every[by] = facet_differences(whole_study, self._points()).to_pylist()
            table = self._every[by]
        else:
            table = facet_differences(of_two(whole_study, a, b), self._points()).to_pylist()
        rows = {(r["what"], r["facet"]): r for r in _turned(table, ",".join(a), ",".join(b))}
        return GroupDifferences(a, b, rows, self._corrected_difference(by, a, b), sum(r["p"] is not None for r in table), whole)

    def _corrected_difference(self, by: tuple[str, ...], a: tuple[str, ...], b: tuple[str, ...]) -> dict[Key, Row]:
        path = self.sheet
        if path is None:
            return {}
        try:
            grouped = self._as_tagged(by)
            if a not in grouped.groups or b not in grouped.groups or len(grouped.groups) > _MOST_CORRECTED:
                return {}
            reference = b if len(grouped.groups) > MOST_GROUPS else None
            key = (by, reference, *_stamp(path))
            if key not in self._sheets:
                grouped, sheet, made = self._read(by, path)
                table = corrected_differences(grouped, self._plain, sheet, reference=reference, made=made).to_pylist()
                self._sheets[key] = [r for r in table if r["unit"] == "report"]
        except (GongkaiError, OSError):
            return {}  # why is said beside the corrected shares
        return {(r["what"], r["code"]): r for r in _turned(self._sheets[key], ",".join(a), ",".join(b))}

    def corrected(self, by: tuple[str, ...]) -> CorrectedShares | None:
        """Shares of reports corrected with the sheet; ``None`` where there is no sheet."""
        sheet = self.sheet
        if sheet is None:
            return None
        with self._lock:
            try:
                key = (by, *_stamp(sheet))
                if key not in self._shares:
                    self._shares[key] = self._correct(by, sheet)
                return self._shares[key]
            except (GongkaiError, OSError) as error:
                said = error.message if isinstance(error, GongkaiError) else (error.strerror or "unreadable")
                return CorrectedShares(name=sheet.name, fault=said)

    def _correct(self, by: tuple[str, ...], path: Path) -> CorrectedShares:
        grouped, sheet, made = self._read(by, path)
        table = corrected_from_passages(grouped, self._plain, sheet, made=made).to_pylist()
        rows = {(tuple(r[k] for k in by), r["what"], r["code"]): r for r in table if r["unit"] == "report"}
        return CorrectedShares(
            rows, path.name, "", sheet.notes, sheet.population, len(sheet.chance), len(sheet.main()),
            len({p.coder for p in sheet.passages if not p.decided}), _set_aside(self._store),
        )  # fmt: skip

    def _read(self, by: tuple[str, ...], path: Path) -> tuple[Study, PassageSheet, MadeShares]:
        """The reports as the model left them, grouped, the sheet, and what shares of any groups are made from."""
        check_sheet(path)
        stamp = _stamp(path)
        if self._made is None or self._made[0] != stamp:
            sheet = read_sheet(path, self._plain, self._as_tagged(()))
            self._made = stamp, sheet, made_for(self._as_tagged(()), self._plain, sheet)
        return self._as_tagged(by), *self._made[1:]

    def _as_tagged(self, by: tuple[str, ...]) -> Study:
        """The reports as the model left them: what people corrected is no work of the model, whose errors a sheet measures."""
        if not any(c.table == "reports" for c in self._store.corrections):
            return self._grouped(by)
        self._alone = self._alone or study(self._plain, ())
        return regrouped(self._alone, self._plain, by) if by else self._alone


def _stamp(path: Path) -> tuple[object, ...]:
    """What is another when a file is."""
    stat = path.stat()
    return path, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _set_aside(store: Store) -> int:
    return sum(c.table == "passages" for c in store.corrections)


def _turned(rows: Sequence[Row], a: str, b: str) -> list[Row]:
    """The rows of a pair as the first less the second, whichever way round they were computed."""
    found: list[Row] = [r for r in rows if (r["group"], r["other"]) == (a, b)]
    if found:
        return found
    turned = {"group": "other", "reports": "other_reports", "clusters": "other_clusters", "coded": "other_coded"}
    turned |= {v: k for k, v in turned.items()}
    for r in (r for r in rows if (r["group"], r["other"]) == (b, a)):
        row = {k: r[turned.get(k, k)] for k in r}
        minus = {k: None if r[k] is None else -r[k] for k in ("difference", "low", "high")}
        found.append({**row, "difference": minus["difference"], "low": minus["high"], "high": minus["low"]})
    return found


__all__ = ["SHEET", "CorrectedShares", "Estimates", "GroupDifferences", "of_two"]
