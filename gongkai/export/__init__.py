"""Exports of a store to what researchers work with: CSV, Excel, Stata, JSON lines, Parquet, spaCy.

Everything goes through :func:`export`; corrections by people are applied, and nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from corpus.errors import StoreError, UsageError
from corpus.files import filling
from corpus.store.schema import tables
from gongkai.codebook_text import write_codebook
from gongkai.codes import codes_of
from gongkai.export.text_files import Watch
from gongkai.export.wide import WIDE
from gongkai.store_access import Store

#: every table there is
ALL = "all"
#: format -> module with ``write(store, out, to, names, watch)``, which returns the files written; tables written if none are named
FORMATS = {
    "csv": ("gongkai.export.text_files", ALL),
    "jsonl": ("gongkai.export.text_files", ALL),
    "parquet": ("gongkai.export.text_files", ALL),
    "xlsx": ("gongkai.export.excel", WIDE),
    "dta": ("gongkai.export.stata", WIDE),
    "spacy": ("gongkai.export.spacy_files", ""),
}
#: the texts of whole reports do not fit into cells
_NOT_IN = {"xlsx": ("documents",)}


def export(
    store: Store,
    to: str,
    out: str | Path,
    *,
    only: Sequence[str] | None = None,
    overwrite: bool = False,
    codebook: bool = False,
    watch: Watch | None = None,
) -> list[Path]:
    """Writes a store in another format, a batch at a time: what it needs of memory hardly grows with the store.

    Args:
        to: one of :data:`FORMATS`.
        out: folder to write; new or empty, unless ``overwrite`` is set.
        only: tables wanted (``gongkai schema``; their Chinese names do, too), ``wide`` for one row per agency and year, ``all`` for every one; default is all in CSV,
            JSON lines and Parquet, ``wide`` in a workbook and for Stata.
        overwrite: write into a folder that holds files.
        codebook: write beside it what the codes mean, as ``gongkai export`` does.
        watch: is told how far it is, and what to know of the files.

    Returns:
        The files written.

    Raises:
        UsageError: an unknown format or table, or a package that is not installed.
        StoreError: ``out`` holds files already, or cannot be written: then nothing was.
    """
    if to not in FORMATS:
        raise UsageError(f"unknown format {to!r}", remedy=f"use one of {', '.join(FORMATS)}")
    called = {t.zh: t.name for t in tables().values()}
    only = [called.get(n, n) for n in only or ()]
    if unknown := [n for n in only if n not in tables() and n not in (WIDE, ALL)]:
        known = ", ".join(f"{name} {zh}" for zh, name in called.items())
        raise UsageError(f"no table named {', '.join(unknown)}", remedy=f"use {known}, {WIDE} or {ALL}")
    folder = Path(out)
    if folder.is_file():
        raise StoreError("is a file, not a folder", source=str(folder), remedy="name another --out folder")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise StoreError(
            "is not empty", source=str(folder), remedy="name a new --out folder, or write into it with --overwrite"
        )
    listener = watch or Watch()
    module, default = FORMATS[to]
    names = only or list(filter(None, [default]))
    if ALL in names:
        names = [n for n in (*store.tables, WIDE) if n not in _NOT_IN.get(to, ())]
        if left := _NOT_IN.get(to):
            listener.note(
                f"{', '.join(left)} is not in it: whole texts do not fit into cells; export it as csv, parquet or jsonl"
            )
    with filling(folder) as made:
        written: list[Path] = import_module(module).write(store, made, to, list(dict.fromkeys(names)), listener)
        if codebook:
            written.append(write_codebook(made, codes_of(store)))
    return [folder / path.relative_to(made) for path in written]
