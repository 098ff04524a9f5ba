"""``gongkai compare``: groups of reports compared, as tidy tables in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from corpus.errors import UsageError
from gongkai.compare.frame import check_by, study
from gongkai.compare.statistics import DRAWS, SEED
from gongkai.compare.tables import Options, compare, write_sheet, write_tables
from gongkai.store_access import load


def parse_by(text: str) -> tuple[str, ...]:
    """``year,level`` as keys.

    Raises:
        UsageError: an unknown key.
    """
    return check_by([k.strip() for k in text.split(",") if k.strip()])


def run(
    folder: Path, out: Path, by: str, *, weights: str | None = None, cluster: str | None = None, reference: str | None = None,
    coded: Path | None = None, draw: int | None = None, stratified: bool = False, draws: int = DRAWS, seed: int = SEED,
) -> None:  # fmt: skip
    """Write the tables of a comparison, or draw a sheet of reports to code.

    Raises:
        UsageError: arguments that do not fit together or the store.
    """
    keys = parse_by(by)
    wanted = None if reference is None else tuple(v.strip() for v in reference.split(","))
    if wanted is not None and len(wanted) != len(keys):
        raise UsageError(f"--reference {reference} has {len(wanted)} values", remedy=f"give one for each of {', '.join(keys)}")
    store = load(folder)
    if draw is not None:
        out.mkdir(parents=True, exist_ok=True)
        path = out / "to_code.csv"
        if path.exists():
            raise UsageError("is there already", source=str(path), remedy="keep it, or name another --out folder")
        count = write_sheet(study(store, keys, weights=weights, cluster=cluster), path, draw, seed=seed, stratified=stratified)
        print(f"{count} reports to code in {path}; give it back with --coded")
        return

    def tell(name: str) -> None:
        if sys.stderr.isatty():
            print(f"… {name}", file=sys.stderr)

    found = compare(store, Options(keys, weights, cluster, wanted, coded, draws, seed), tell)
    paths = write_tables(found, out)
    print(f"reports   {len(found.study.report_ids)} of {len(found.study.clusters)} agencies in {len(found.study.groups)} groups")
    for note in found.notes:
        print(f"note      {note}")
    for path in paths:
        rows = found.points.num_rows if path.suffix == ".parquet" else found.tables[path.stem].num_rows
        print(f"{path.name:32} {rows:>9,} rows")
