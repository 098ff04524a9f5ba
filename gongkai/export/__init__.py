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
from gongkai.store_access import Store

#: format -> module with ``write(store, out, names)``, which returns the files written
FORMATS = {
    "csv": "gongkai.export.text_files",
    "jsonl": "gongkai.export.text_files",
    "parquet": "gongkai.export.text_files",
    "xlsx": "gongkai.export.excel",
    "dta": "gongkai.export.stata",
    "spacy": "gongkai.export.spacy_files",
}
WIDE = "wide"


def export(
    store: Store,
    to: str,
    out: str | Path,
    *,
    only: Sequence[str] | None = None,
    overwrite: bool = False,
    codebook: bool = False,
) -> list[Path]:
    """Writes a store in another format.

    Args:
        to: one of :data:`FORMATS`.
        out: folder to write; new or empty, unless ``overwrite`` is set.
        only: tables wanted (``gongkai schema``), and ``wide`` for one row per agency and year; default is what the format is good
            for.
        overwrite: write into a folder that holds files.
        codebook: write beside it what the codes mean, as ``gongkai export`` does.

    Returns:
        The files written.

    Raises:
        UsageError: an unknown format or table, or a package that is not installed.
        StoreError: ``out`` holds files already, or cannot be written: then nothing was.
    """
    if to not in FORMATS:
        raise UsageError(f"unknown format {to!r}", remedy=f"use one of {', '.join(FORMATS)}")
    if unknown := [n for n in only or () if n not in tables() and n != WIDE]:
        raise UsageError(f"no table named {', '.join(unknown)}", remedy=f"use {', '.join(tables())} or {WIDE}")
    folder = Path(out)
    if folder.is_file():
        raise StoreError("is a file, not a folder", source=str(folder), remedy="name another --out folder")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise StoreError(
            "is not empty", source=str(folder), remedy="name a new --out folder, or write into it with --overwrite"
        )
    module = import_module(FORMATS[to])
    with filling(folder) as made:
        written: list[Path] = module.write(store, made, to, list(only) if only else None)
        if codebook:
            written.append(write_codebook(made, codes_of(store)))
    return [folder / path.relative_to(made) for path in written]
