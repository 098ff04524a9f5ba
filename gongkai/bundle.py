"""A store frozen for replication: results, versions, checksums, queries with their answers, and a paragraph on methods.

``--redact contacts`` masks contacts wherever they stand (:mod:`gongkai.redaction`).
"""

from __future__ import annotations

import json
import platform
import re
import shutil
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import gongkai
from corpus.errors import StoreError, UsageError
from corpus.files import place, workspace
from corpus.store import manifest
from corpus.store.folder import views_sql
from corpus.store.manifest import Part
from corpus.store.parts import file_sha256
from corpus.store.snapshot import copy_part, read_part, take_snapshot
from gongkai.compare.tables import write_csv
from gongkai.corrections import FILE as CORRECTIONS
from gongkai.corrections import write_corrections
from gongkai.redaction.contacts import KINDS, MASK, SOURCE, redact, spans, unknowable
from gongkai.redaction.tables import Redactor
from gongkai.store_access import Store, load

_PACKAGES = ("duckdb", "jieba", "lxml", "numpy", "pdfplumber", "pyarrow", "pypdfium2", "rjieba", "safetensors", "scikit-learn")


def _copy_store(store: Store, out: Path, redactor: Redactor | None) -> None:
    """Parts and a new manifest that names nothing but them: the old one knows where the files lay."""
    out.mkdir(parents=True)
    parts: list[tuple[str, str, int, int, str]] = []
    # rows of a batch refer to one another, which `gongkai verify` looks at batch by batch
    batches: dict[int, list[Part]] = {}
    for name in store.tables:
        (out / name).mkdir(exist_ok=True)
        for part, batch in store.snapshot.parts[name]:
            batches.setdefault(batch, []).append(part)
    for batch, some in sorted(batches.items()):
        if redactor is not None:
            hidden = redactor.batch({part.table: read_part(store.folder, part) for part in some})
        for part in some:
            target, rows = out / part.file, part.rows
            if redactor is None:
                copy_part(store.folder, part, target)
            else:
                pq.write_table(hidden[part.table], target, compression="zstd")
                rows = hidden[part.table].num_rows
            parts.append((part.file, part.table, batch, rows, file_sha256(target)))
    manifest.create(out, {**_meta(store), "finished": "1" if store.finished else "0"})
    counts: dict[int, dict[str, int]] = {}
    for _, name, batch, rows, _ in parts:
        counts.setdefault(batch, {})[name] = rows
    with manifest.connect(out) as db, manifest.sealed(db):
        db.executemany("INSERT INTO parts (file, table_name, batch, rows, sha256) VALUES (?, ?, ?, ?, ?)", parts)
        db.executemany(
            "INSERT INTO batches (batch, done, counts) VALUES (?, 1, ?)",
            [(batch, json.dumps(c)) for batch, c in counts.items()],
        )
    (out / manifest.VIEWS).write_text(views_sql(take_snapshot(out)), encoding="utf-8", newline="\n")


def _meta(store: Store) -> dict[str, str]:
    # what else the manifest keeps are places on the machine that made it
    return {k: store.meta[k] for k in ("schema_version", "codebook_version", "gongkai_version", "model_id") if k in store.meta}


def bundle(
    store: Store,
    out: str | Path,
    *,
    queries: Mapping[str, str] | None = None,
    hide_contacts: bool = False,
    unsafe: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Writes a bundle.

    Args:
        out: a new folder, or the name of a ``.zip`` file.
        queries: SQL by name; each is kept with its answer as CSV.
        hide_contacts: mask contacts wherever they stand: texts, names of files, metadata, corrections.
        unsafe: let the queries read and write other files.
        tell: told what is being done.

    Returns:
        The folder or the archive.

    Raises:
        StoreError: ``out`` exists, or cannot be written: then nothing was.
        UsageError: a query fails, its name is no file name, or it names a contact that is to be masked.
    """
    say = tell or (lambda _: None)
    target = Path(out)
    if target.suffix in {".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}:
        raise UsageError(f"no {target.suffix} archive is written", source=str(out), remedy="name a .zip file, or a new folder")
    folder = target.with_suffix("") if target.suffix == ".zip" else target
    if target.exists():
        raise StoreError("exists already", source=str(target), remedy="name a new folder or file")
    if wrong := [n for n in queries or {} if not re.fullmatch(r"[\w-]+", n)]:
        raise UsageError(f"{wrong[0]!r} is no name for a query", remedy="use letters, digits, _ and -")
    # the signs of LIKE stand where a word that counts could
    if hide_contacts and (told := [n for n, q in (queries or {}).items() if any(spans(re.sub("[%_]", " ", f"{n}\n{q}")))]):
        raise UsageError(f"query {told[0]} names a contact", remedy="take it out: the bundle would tell what --redact hides")
    with workspace(target) as work:
        making = work / folder.name
        _fill(store, making, queries or {}, hide_contacts, unsafe, say)
        if target.suffix == ".zip":
            making = Path(shutil.make_archive(str(making), "zip", root_dir=work, base_dir=folder.name))
        place(making, target)
    return target


def _fill(
    store: Store, folder: Path, queries: Mapping[str, str], hide_contacts: bool, unsafe: bool, say: Callable[[str], None]
) -> None:
    say("store")
    redactor = Redactor(store.corrections) if hide_contacts else None
    _copy_store(store, folder / "store", redactor)
    file = store.folder / CORRECTIONS
    if redactor is not None and store.corrections:
        write_corrections(folder / "store" / CORRECTIONS, redactor.redacted())
    elif store.corrections and file.is_file():
        shutil.copyfile(file, folder / "store" / CORRECTIONS)
    copy = load(folder / "store")
    say("queries")
    for name, query in queries.items():
        (folder / "queries").mkdir(exist_ok=True)
        (folder / "queries" / f"{name}.sql").write_text(query.strip() + "\n", encoding="utf-8", newline="\n")
        try:
            answer = copy.sql(query, unsafe=unsafe)
        except UsageError as error:
            raise UsageError(error.message, source=f"{name}.sql", remedy=error.remedy) from error
        write_csv(answer, folder / "queries" / f"{name}.csv")
    (folder / "environment.json").write_text(
        json.dumps(_environment(store), ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
    (folder / "METHODS.md").write_text(methods(copy, hide_contacts), encoding="utf-8", newline="\n")
    say("checksums")
    lines = [
        f"{file_sha256(p)}  {p.relative_to(folder).as_posix()}"
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.startswith(".")
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _environment(store: Store) -> dict[str, Any]:
    packages: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    return {
        "gongkai": gongkai.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "packages": packages,
        "store": _meta(store),
    }


def methods(store: Store, hidden: bool = False) -> str:
    """A paragraph for a paper's methods section, with this store's numbers, in English and Chinese."""
    counts = {
        n: store.sql(f"SELECT count(*) AS n FROM {n}").to_pylist()[0]["n"] for n in ("reports", "passages", "mentions", "cells")
    }
    head = store.sql(
        "SELECT count(DISTINCT coalesce(agency_id, agency)) AS agencies, min(year) AS first, max(year) AS last, "
        "count(*) FILTER (coverage = 'own') AS own, count(*) FILTER (coverage = 'consolidated') AS consolidated, "
        "count(*) FILTER (coverage = 'unknown') AS unknown, count(*) FILTER (coverage_basis = 'presumed') AS presumed, "
        "count(*) FILTER (s5 = 'unread') AS unread, count(*) FILTER (s5 = 'absent') AS absent FROM reports"
    ).to_pylist()[0]
    sources = store.counts("sources", "status")
    readers = ", ".join(f"{k} {n}" for k, n in store.counts("documents", "reader").items())
    years = "" if head["first"] is None else f" for {head['first']}–{head['last']}"
    years_zh = "" if head["first"] is None else f"{head['first']}—{head['last']}年"
    failed = sources.get("failed", 0)
    meta = store.meta
    human = f" {len(store.corrections)} corrections by people are applied (store/corrections.csv)." if store.corrections else ""
    part = "" if store.finished else " The run that wrote these results had not ended: reports are missing."
    part_zh = "" if store.finished else "写出这些结果的运行尚未完成，报告不全。"
    mask = " Contact details are masked (see below)." if hidden else ""
    return (
        "# Methods\n\n"
        f"We analysed {counts['reports']:,} annual reports on government information disclosure of {head['agencies']:,} agencies{years} with gongkai "
        f"{meta.get('gongkai_version')} (codebook {meta.get('codebook_version')}, schema {meta.get('schema_version')}, classifier {meta.get('model_id')}). "
        f"{failed:,} files could not be read (table sources); the rest were read as: {readers}. The reports hold {counts['cells']:,} statutory cells, "
        f"{counts['passages']:,} passages and {counts['mentions']:,} quantities in the prose, each with its place in the report's text. "
        f"{head['own']:,} reports cover the agency alone, {head['consolidated']:,} consolidate other bodies, of {head['unknown']:,} it is not known "
        f"(of {head['presumed']:,} it is presumed from what the agency is, for they do not print it); sums never mix them. The fifth section of {head['unread']:,} reports could "
        f"not be read and {head['absent']:,} have none: they count in no share of problems or measures.{human}{mask}{part} "
        "Labels and indicators are assigned by rules and a statistical model and are not free of error; accuracy is reported in gongkai's docs/accuracy.md.\n\n"
        f"我们用gongkai {meta.get('gongkai_version')}（编码手册{meta.get('codebook_version')}，分类模型{meta.get('model_id')}）处理了{head['agencies']:,}个机关"
        f"{years_zh}的{counts['reports']:,}份政府信息公开工作年度报告，得到{counts['cells']:,}个法定表格单元格、{counts['passages']:,}个段落、"
        f"{counts['mentions']:,}个正文数据，每一项均可追溯至原文位置；{failed:,}个文件无法读取。{head['own']:,}份仅统计本机关，{head['consolidated']:,}份汇总所属单位，{head['unknown']:,}份不明"
        f"（共{head['presumed']:,}份文中未载，按机关性质推定），合计时从不混合。{head['unread']:,}份的第五部分未能读取、{head['absent']:,}份没有第五部分，不计入问题和措施的占比。"
        f"标签与指标由规则和统计模型给出，难免有误，准确率见gongkai的docs/accuracy.md。{part_zh}\n"
    ) + (f"\n{redaction_text()}" if hidden else "")


def redaction_text() -> str:
    """What ``--redact contacts`` looks for, and what it cannot know."""
    looked = "".join(f"- {zh} {en}\n" for zh, en in KINDS.values())
    unknown = "".join(f"- {zh} / {en}\n" for zh, en in unknowable())
    return (
        "## Contacts that are masked 联系方式的遮盖\n\n"
        f"Each character is replaced by {MASK}, in every text, file name, further column and correction, so that all offsets stay true. "
        "What is masked in one place of a report is masked wherever it stands in that report. It is found by patterns "
        f"(gongkai/{SOURCE}), which look for 查找的内容:\n\n{looked}\n"
        f"They cannot know 无法识别的内容（公开之前请自行通读）; read the result before you publish it:\n\n{unknown}"
    )


def read_queries(path: Path) -> dict[str, str]:
    """Queries of a folder of ``.sql`` files, or of one file, by name.

    Raises:
        UsageError: nothing there.
    """
    found = sorted(path.glob("*.sql")) if path.is_dir() else [path] if path.is_file() else []
    if not found:
        raise UsageError("holds no .sql file", source=str(path), remedy="name a file or a folder of .sql files")
    from training.coding.annotation import read_text  # as Windows saves it, too: GBK, with a BOM

    return {p.stem: read_text(p) for p in found}


__all__ = ["MASK", "bundle", "methods", "read_queries", "redact", "redaction_text"]
