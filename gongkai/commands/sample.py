"""``gongkai sample``: passages for people to code, drawn so that what they find can be told of the whole store."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from corpus.errors import UsageError
from corpus.files import write_text
from corpus.store.schema import tables
from gongkai.commands.faults import check_writable
from gongkai.commands.opening import open_store
from gongkai.compare.passage_sheet import DESIGNS, draw_sheet, sheet_text
from gongkai.pages.words import names
from gongkai.tasks import draw_from, tasks_of
from training.coding.annotation import write_csv
from training.coding.dataset import UNCERTAINTY
from training.coding.sampling import DESIGNS as _OF_PASSAGES


def run(
    folder: Path,
    out: Path,
    *,
    n: int,
    by: str,
    strata: Sequence[str],
    allocate: str,
    seed: int,
    suggest: bool = False,
    overwrite: bool = False,
) -> None:
    """Draws and writes a CSV to be coded.

    Raises:
        UsageError: a design that does not fit, or a file that would be overwritten: it may hold somebody's coding.
    """
    if by in DESIGNS:
        _of_reports(folder, out, n, strata, by == "active", allocate, seed, suggest=suggest, overwrite=overwrite)
        return
    if by not in _OF_PASSAGES:
        raise UsageError(f"unknown design {by!r}", remedy=f"use one of {', '.join((*_OF_PASSAGES, *DESIGNS))}")
    if (by == "stratified") != bool(strata):
        raise UsageError("--stratum goes with --by stratified", remedy="for example --by stratified --stratum year,level")
    if out.exists() and not overwrite:
        raise UsageError("exists; it may hold codes already", source=str(out), remedy="name another file, or add --overwrite")
    check_writable(out)
    # what people corrected already is their coding, not the model's
    store = open_store(folder, corrections=False)
    drawn, sizes = draw_from(store, n, by=by, strata=strata, allocate=allocate, seed=seed)
    write_text(out, write_csv(tasks_of(store, drawn, suggest=suggest)), newline="")
    lines = [f"{len(drawn)} of {sum(sizes.values()):,} passages, draw {drawn[0].draw} -> {out}"]
    if strata:
        taken = Counter(d.stratum for d in drawn)
        lines += [f"  {s:<30} {taken[s]:>5} of {sizes[s]:<7,} {_in_chinese(s, strata)}".rstrip() for s in sorted(sizes)]
    if by == UNCERTAINTY:
        lines.append("these are the least certain ones: good to train on, refused where anything is estimated")
    lines += [
        "fill in `label` (and `also`, `facets`, separated by ;), and `coder` if several people code",
        f"then   gongkai annotate import {quote(str(out))} --from csv --out coded.jsonl",
    ]
    if by != UNCERTAINTY:
        lines.append(f"and    gongkai evaluate --coded {quote(str(out))} --store {quote(str(folder))}")
    sys.stdout.write("\n".join(lines) + "\n")


def _in_chinese(stratum: str, strata: Sequence[str]) -> str:
    """``2023 县级部门`` for ``2023/county_department``; nothing where no part has another name."""
    codes = {c.name: dict(c.codes) for name in ("reports", "passages") for c in tables()[name].columns}
    known = {"label": names()["label"], "section": names()["section"]}
    parts = stratum.split("/")
    named = ["不明" if p == "-" else (known.get(c) or codes.get(c, {})).get(p, p) for c, p in zip(strata, parts, strict=False)]
    return " ".join(named) if len(parts) == len(strata) and named != parts else ""


def _of_reports(
    folder: Path,
    out: Path,
    n: int,
    strata: Sequence[str],
    active: bool,
    allocate: str,
    seed: int,
    *,
    suggest: bool,
    overwrite: bool,
) -> None:
    """The one sheet that corrects the shares of ``gongkai compare``."""
    if suggest:
        raise UsageError("a sheet that corrects the model's shares does not show its codes", remedy="leave out --suggest")
    if out.exists() and not overwrite:
        raise UsageError("exists; it may hold codes already", source=str(out), remedy="name another file, or add --overwrite")
    store = open_store(folder, corrections=False)
    rows = draw_sheet(store, n, strata=strata, active=active, allocate=allocate, seed=seed)
    write_text(out, sheet_text(rows), newline="")
    print(f"{len(rows)} rows of section 五 of {len({r['report_id'] for r in rows})} reports -> {out}")
    print(f"population  {rows[0]['population']}")
    print(
        "fill in `label` (x: no passage) and `facets` (separated by ;) of every row; `s5_state` where the section is not what it seems"
    )
    print("(read, nothing, absent, unread); `coder`, in copies of rows, if several people code")
    print(f"then   gongkai compare {quote(str(folder))} --coded {quote(str(out))} --out compared")
