"""Reading a folder of results: tables, SQL, and whole reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from corpus.errors import Issue, StoreError, UsageError
from corpus.store.folder import view_sql
from corpus.store.manifest import Part
from corpus.store.schema import tables
from corpus.store.snapshot import Snapshot, take_snapshot
from corpus.types import NOWHERE, CanonicalText, Cell, Place, SourceRange
from extract.types import Check, Identity, Join, Mention, Report
from gongkai.codes import codes_of
from gongkai.corrections import DERIVED, FIELDS, FILE, Correction, CorrectionOutcome, apply, located, read_corrections
from gongkai.some_reports import only
from gongkai.store_sql import OVER, SharedDatabase, locks, patterns, refuse_files, remedy_of, tables_named
from models.base import Passage, Prediction

Row = Mapping[str, Any]

#: name given to whoever asks for a table that needs an extra -> what to install
_EXTRAS = {"pandas": "pandas", "polars": "polars", "duckdb": "duckdb"}


def load(folder: str | Path, *, corrections: str | Path | bool = True) -> Store:
    """Open a folder that ``gongkai tag --out`` wrote.

    Args:
        corrections: a CSV of corrections by people (:mod:`gongkai.corrections`); ``True`` takes ``corrections.csv`` of the folder
            where there is one, ``False`` none.

    Raises:
        StoreError: no results there, damaged, or written with another schema.
        DataError: corrections that cannot be used.
    """
    path = Path(folder)
    snapshot = take_snapshot(path)
    file = path / FILE if corrections is True else None if corrections is False else Path(corrections)
    if file is None or (corrections is True and not file.is_file()):
        return Store(path, snapshot.meta, (), snapshot)
    found = read_corrections(file)
    sources = {} if not any(c.source for c in found) else sources_of(snapshot)
    return Store(path, snapshot.meta, located(found, sources) if sources else tuple(found), snapshot)


def sources_of(snapshot: Snapshot) -> dict[str, str]:
    """report_id -> path of the file of every report."""
    return {
        report_id: source
        for rows in snapshot.read("reports", ["report_id", "source"])
        for report_id, source in zip(rows["report_id"].to_pylist(), rows["source"].to_pylist(), strict=True)
    }


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of results as it was when it was opened, for reading; nothing is ever written into it.

    What it reads belongs together, whatever runs beside it: an update leaves the parts that it replaces until the next one begins, and
    reading them after that ends with an error.  Each part is checked against the manifest's sha256 when it is first read.

    ``meta`` holds ``schema_version``, ``codebook_version``, ``gongkai_version``, ``model_id`` and ``finished`` (``0``: the run that wrote it
    has not ended, or was ended).  Where there are
    ``corrections``, the tables that they may touch are given corrected, with the further column ``human`` (fields a person set), and
    joins and checks of reports whose mentions or cells were corrected are computed anew.
    """

    folder: Path
    meta: Mapping[str, str]
    corrections: tuple[Correction, ...]
    snapshot: Snapshot = field(repr=False)
    #: whether joins and checks follow from the corrections
    derive: bool = field(default=True, repr=False)
    _shared: SharedDatabase = field(default_factory=SharedDatabase, init=False, repr=False, compare=False)

    @property
    def finished(self) -> bool:
        """Whether the run that wrote the store came to its end."""
        return self.meta.get("finished") == "1"

    @property
    def _touched(self) -> tuple[str, ...]:
        """Tables that corrections change, by hand or by what follows from it."""
        return (*FIELDS, *(DERIVED if self.derive else ())) if self.corrections else ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables, in the order of ``gongkai schema``."""
        return tuple(tables())

    def parts(self, name: str) -> list[Path]:
        """Parquet files of a table, as the manifest lists them; never list the folder itself."""
        return self.snapshot.paths(self._known(name))

    def table(self, name: str) -> Any:
        """A table as a ``pyarrow.Table`` with the columns of ``gongkai schema``; empty if nothing was written to it."""
        return self.corrected(name)[0]

    def corrected(self, name: str) -> tuple[Any, list[CorrectionOutcome]]:
        """A table as :meth:`table` gives it, and what became of each of its corrections."""
        found = self.snapshot.table(self._known(name))
        if self.corrections and self.derive and name in DERIVED:
            from gongkai.recomputed import recomputed  # loads what reads reports

            return recomputed(self, name, found), []
        if not self.corrections or name not in FIELDS:
            return found, []
        from gongkai.rederived import changed_identities, rederived, rescoped

        table, verdicts, texts = self._applied(name, found)
        if name == "reports":
            table = rederived(table, changed_identities(verdicts), texts)
        return (rescoped(self, table) if name == "mentions" else table), verdicts

    def outcomes(self, name: str) -> list[CorrectionOutcome]:
        """What becomes of each correction of a table; nothing that follows from them is computed."""
        return self._applied(name, self.snapshot.table(self._known(name)))[1]

    def _applied(self, name: str, found: Any) -> tuple[Any, list[CorrectionOutcome], dict[str, str]]:
        wanted = sorted({c.report_id for c in self.corrections if c.table == name})
        texts = {r["report_id"]: r["text"] for r in self.rows("documents", [("report_id", "in", wanted)])} if wanted else {}
        return *apply(found, name, self.corrections, texts, codes_of(self)), texts

    def batches(self) -> Iterator[Store]:
        """The store in pieces that fit into memory: each as if it held one batch of some thousand reports alone.

        Every row stands in one of them, rows of one report in the same; corrections apply in each.
        """
        found: dict[int, dict[str, tuple[tuple[Part, int], ...]]] = {}
        for name, some in self.snapshot.parts.items():
            for part, batch in some:
                held = found.setdefault(batch, dict.fromkeys(self.snapshot.parts, ()))
                held[name] = (*held[name], (part, batch))
        for _, parts in sorted(found.items()):
            yield replace(self, snapshot=replace(self.snapshot, parts=parts))

    def batch(self, number: int) -> Store:
        """The store as if it held one batch alone."""
        parts = {name: tuple(p for p in some if p[1] == number) for name, some in self.snapshot.parts.items()}
        return replace(self, snapshot=replace(self.snapshot, parts=parts))

    def pandas(self, name: str) -> Any:
        """A table as a ``pandas.DataFrame``.

        Raises:
            UsageError: pandas is not installed.
        """
        _need("pandas")
        return self.table(name).to_pandas()

    def polars(self, name: str) -> Any:
        """A table as a ``polars.DataFrame``.

        Raises:
            UsageError: polars is not installed.
        """
        return _need("polars").from_arrow(self.table(name))

    def sql(self, query: str, tables: Mapping[str, Any] | None = None, *, unsafe: bool = False) -> Any:
        """The result of a DuckDB query over the tables, as a ``pyarrow.Table`` (``.to_pandas()``, ``.to_pylist()`` …).

        A query reads nothing but the store and writes nothing, and cannot change that; what one that is no SELECT makes in memory is
        gone when it is done.

        Args:
            query: SQL over the tables of ``gongkai schema``.
            tables: further tables (of pyarrow, pandas or polars) that the query may name.
            unsafe: let the query read and write other files and load extensions: for SQL of your own only.

        Raises:
            UsageError: DuckDB refuses the query; the message is DuckDB's.
            StoreError: a part that the query reads is missing or damaged.
        """
        duckdb = _need("duckdb")
        connection = None
        try:
            connection = self._database(locked=False) if unsafe else self._shared.cursor(self._database)
            alone = not unsafe and refuse_files(connection, query) <= {"SELECT"}
            read = tables_named(connection, query, self.tables)
            touched = sorted(set(self._touched).intersection(read))
            if not unsafe and (touched or not alone):
                connection.close()
                connection = self._database()
            few = self._few() if touched else self
            for name in touched:
                connection.register(f"_{name}", few.table(name))
                connection.execute(view_sql(f"_parts_{name}", patterns(self.parts(name)), name))
                human = ", []::VARCHAR[] AS human" if name in FIELDS else ""
                connection.execute(
                    OVER.format(name=name, human=human, ids=", ".join(f"'{i}'" for i in sorted(self._corrected_ids)) or "''")
                )
            for name, table in (tables or {}).items():
                connection.register(name, table)
            with self.snapshot.checked(read):
                result = connection.sql(query)
                return import_module("pyarrow").table({}) if result is None else result.to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(f"the query failed: {str(error).strip()}", remedy=remedy_of(str(error))) from error
        except RuntimeError as error:
            if "interrupted" in str(error):  # DuckDB's word for Ctrl-C
                raise KeyboardInterrupt from error
            raise
        finally:
            if connection is not None:
                connection.close()

    def _database(self, *, locked: bool = True) -> Any:
        """A database in memory that has a view of every table; ``locked``: it reaches no other file, and cannot be made to."""
        connection = _need("duckdb").connect(":memory:")
        if locked:
            connection.execute(locks([path for name in self.tables for path in self.parts(name)])).fetchall()
        for name in self.tables:
            self._view(connection, name)
        connection.execute("SET lock_configuration = true")
        return connection

    def _view(self, connection: Any, name: str) -> None:
        try:
            connection.execute(view_sql(name, patterns(self.parts(name)))).fetchall()
        except _need("duckdb").Error:
            with self.snapshot.checked([name]):  # a damaged part is told of by its name, not in DuckDB's words
                raise

    @property
    def _corrected_ids(self) -> frozenset[str]:
        """Reports that have corrections; what follows from one stays in its report."""
        return frozenset(c.report_id for c in self.corrections if not c.fault and "'" not in c.report_id)

    def _few(self) -> Store:
        """The store as if it held the reports with corrections alone: a large one is not read whole to correct a few rows."""
        return replace(self, snapshot=only(self.snapshot, self._corrected_ids))

    def report(self, name: str) -> Report:
        """One report by its ``report_id`` (the first characters suffice) or by its ``source`` (the last parts of the path suffice).

        What is not stored is empty: ``sections``, ``canonical.blocks``, ``identity.evidence``.

        Raises:
            StoreError: no such report, or several that begin so.
        """
        return self.reports([self.report_id(name)])[0]

    def report_id(self, name: str) -> str:
        """The id of the report that :meth:`report` gives; raises as it does."""
        known = self.table("reports").select(["report_id", "source"]).to_pylist()
        exact = [r["report_id"] for r in known if name in (r["report_id"], r["source"])]
        hits = exact or [r["report_id"] for r in known if len(name) >= 4 and r["report_id"].startswith(name)]
        path = "/" + name.replace("\\", "/")  # as Windows writes it
        hits = hits or [r["report_id"] for r in known if name and f"/{r['source']}".endswith(path)]
        if len(hits) != 1:
            few = ", ".join(f"{r['report_id']} ({r['source']})" for r in known[:5]) or "none"
            raise StoreError(
                f"{'no report' if not hits else f'{len(hits)} reports are called'} {name!r}",
                source=str(self.folder),
                remedy=f"give a report_id or source of the {len(known)} reports: {few}{' …' if len(known) > 5 else ''}",
            )
        return str(hits[0])

    def reports(self, report_ids: Sequence[str]) -> list[Report]:
        """Several reports, in the order asked for; unknown ids are left out.

        Raises:
            StoreError: a part is missing or damaged, or rows that belong to a report are missing.
        """
        rows: dict[str, dict[str, list[Row]]] = {}
        for name, table in tables().items() if report_ids else ():
            if not any(c.name == "report_id" for c in table.columns):
                continue
            for row in self.rows(name, [("report_id", "in", list(report_ids))]):
                rows.setdefault(row["report_id"], {}).setdefault(name, []).append(row)
        found = []
        for report_id in report_ids:
            if "reports" not in rows.get(report_id, {}):
                continue
            try:
                found.append(_report(rows[report_id]))
            except (KeyError, IndexError, TypeError, ValueError) as error:  # rows that no run wrote
                raise StoreError(
                    f"the rows of report {report_id} do not belong together ({type(error).__name__}: {error})",
                    source=str(self.folder), remedy="copy the whole folder again, or replace the results with `gongkai tag --overwrite`",
                ) from error  # fmt: skip
        return found

    def rows(self, name: str, filters: Sequence[tuple[str, str, Any]], columns: Sequence[str] | None = None) -> list[Row]:
        """Rows of a table as dictionaries, sorted by its key; only matching row groups are read.

        Args:
            name: the table.
            filters: conditions that must all hold, as ``pyarrow.parquet.read_table`` takes them: ``("verdict", "=", "fails")``.
            columns: columns wanted (the key included, to sort by); all if ``None``.
        """
        pq = import_module("pyarrow.parquet")
        wanted = None if columns is None else list(columns)
        found: list[Row] = []
        own: list[tuple[str, str, Any]] = []
        if name in self._touched:
            few = self._few().table(name)
            some = few.filter(pq.filters_to_expression(list(filters))) if filters else few
            found += (some if wanted is None else some.select(wanted)).to_pylist()
            own = [("report_id", "not in", sorted(self._corrected_ids))] if self._corrected_ids else []
        more: dict[str, Any] = (
            {"human": []} if name in FIELDS and self.corrections and (wanted is None or "human" in wanted) else {}
        )
        plain = None if wanted is None else [c for c in wanted if c != "human"]
        for rows in self.snapshot.read(self._known(name), plain, [*own, *filters]):
            found.extend({**r, **more} for r in rows.to_pylist())
        key = tables()[name].key
        return sorted(found, key=lambda r: tuple(r[k] for k in key))

    def counts(self, name: str, column: str) -> dict[str, int]:
        """How often each value of a column occurs, the most frequent first; reads that column alone."""
        found: Counter[str] = Counter()
        wanted: list[tuple[str, str, Any]] = []
        columns = []
        if name in self._touched and self._corrected_ids:
            columns = [self._few().table(name)[column]]
            wanted = [("report_id", "not in", sorted(self._corrected_ids))]
        columns += [rows[column] for rows in self.snapshot.read(self._known(name), [column], wanted)]
        for values in columns:
            found.update({v["values"]: v["counts"] for v in values.value_counts().to_pylist()})
        return dict(found.most_common())

    def _known(self, name: str) -> str:
        if name not in tables():
            raise UsageError(f"no table named {name!r}", remedy=f"use one of {', '.join(tables())}")
        return name


def _need(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError as error:
        raise UsageError(f"{package} is not installed", remedy=f"pip install {_EXTRAS[package]}") from error


def _decimal(value: float | None) -> Decimal | None:
    """The number that was stored: 12.0 was printed as 12, 96.1 as 96.1."""
    if value is None:
        return None
    return Decimal(int(value)) if value.is_integer() else Decimal(repr(value))


def _place(item: Sequence[Any]) -> SourceRange:
    start, end = item[0], item[1]
    line = item[2] if len(item) > 2 else None
    page = item[3] if len(item) > 3 else None
    box = item[4:8]
    if line is None and page is None:
        return SourceRange(start, end, NOWHERE)
    bbox = (box[0], box[1], box[2], box[3]) if len(box) == 4 else None
    return SourceRange(start, end, Place(line, page, bbox))


def _report(rows: Mapping[str, list[Row]]) -> Report:
    head, document = rows["reports"][0], rows["documents"][0]
    report_id: str = head["report_id"]
    source = next((r for r in rows.get("sources", ()) if r["source"] == head["source"]), {})
    passages = _passages(rows.get("passages", ()), document["text"])
    index = {r["passage_id"]: i for i, r in enumerate(rows.get("passages", ()))}
    identity = Identity(
        head["title"] or "", head["agency"] or "", head["year"], head["period_start"], head["period_end"], head["form"],
        head["coverage"], head["url"], head["retrieved"], head["published"], coverage_basis=head["coverage_basis"],
    )  # fmt: skip
    mentions = [_mention(r, report_id, index) for r in rows.get("mentions", ())]
    return Report(
        report_id=report_id,
        source=head["source"],
        sha256=source.get("sha256") or "",
        reader=document["reader"],
        reader_version=document["reader_version"],
        encoding=source.get("encoding") or "",
        identity=identity,
        canonical=CanonicalText(document["text"], (), tuple(_place(i) for i in json.loads(document["source_map"]))),
        sections=(),
        passages=passages,
        predictions=tuple(
            Prediction(
                r["label"],
                tuple(r["also"]),
                tuple(r["facets"]),
                r["score"],
                r["abstained"],
                r["facets_guessed"],
                tuple(r["facet_scores"] or ()),
            )
            for r in rows.get("passages", ())
        ),
        cells=tuple(_cell(r) for r in sorted(rows.get("cells", ()), key=lambda r: (r["start"], r["end"]))),
        mentions=tuple(sorted(mentions, key=lambda m: (m.start, m.number))),
        joins=tuple(_join(r, report_id) for r in rows.get("joins", ())),
        checks=tuple(_check(r, report_id) for r in rows.get("checks", ())),
        issues=tuple(
            Issue(r["code"], r["severity"], r["message"], r["start"], r["end"], r["page"])
            for r in rows.get("issues", ())
            if r["source"] == head["source"]
        ),
        classifier=rows["passages"][0]["classifier"] if rows.get("passages") else "",
        kind_of_text=head["kind_of_text"],
        kind_evidence=tuple(head["kind_evidence"]),
    )


def _passages(rows: Sequence[Row], text: str) -> tuple[Passage, ...]:
    found: list[Passage] = []
    position = line = at = 0
    for n, r in enumerate(rows):
        path = tuple(r["heading_path"])
        position = position + 1 if found and found[-1].heading_path == path else 0
        # blocks are not stored: a passage belongs to the line of the text that it stands in
        line += text.count("\n", at, r["start"])
        at = r["start"]
        found.append(Passage(r["start"], r["end"], r["text"], r["section"], path, n, position, line))
    return tuple(found)


def _key(identifier: str | None, report_id: str) -> str | None:
    return None if identifier is None else identifier.removeprefix(f"{report_id}.")


def _mention(r: Row, report_id: str, index: Mapping[str, int]) -> Mention:
    key = cast(str, _key(r["mention_id"], report_id))
    return Mention(
        start=r["start"], end=r["end"], text=r["text"], value=_decimal(r["value"]) or Decimal(0),
        value_to=_decimal(r["value_to"]), unit=r["unit"],
        qualifier=r["qualifier"], scope=r["scope"], by=r["by"], whole=_key(r["whole"], report_id), period=r["period"],
        subject=r["subject"], indicator=r["indicator"], passage=index[r["passage_id"]],
        number=int(key.partition(".")[2] or 1),
    )  # fmt: skip


def _cell(r: Row) -> Cell:
    box = r["bbox"]
    return Cell(
        r["code"], r["raw"], _decimal(r["value"]), r["state"], r["start"], r["end"], r["page"],
        (box[0], box[1], box[2], box[3]) if box else None, basis=r["basis"],
    )  # fmt: skip


def _join(r: Row, report_id: str) -> Join:
    return Join(
        r["indicator"], _key(r["mention_id"], report_id), _decimal(r["prose_value"]), tuple(r["cell_codes"]), r["expression"],
        _decimal(r["table_value"]), r["derived"], r["verdict"], r["explained_by"],
    )  # fmt: skip


def _check(r: Row, report_id: str) -> Check:
    evidence = tuple(cast(str, _key(e, report_id)) for e in r["evidence"])
    return Check(r["check"], r["expression"], _decimal(r["left"]), _decimal(r["right"]), r["verdict"], evidence)


__all__ = ["Store", "load", "sources_of"]
