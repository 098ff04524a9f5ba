"""How often the shipped model finds a facet in a real report that states it, and in one that does not.

Written by ``python -m training.shipped.report_accuracy`` to ``gongkai/compare/data/confusions.json``, from which comparisons without a coded
sheet take their bands; ``python -m training.shipped.confusions`` writes that file alone.  Counts stand report by report, so that what varies
between reports is known.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from corpus.codebook import CODEBOOK_VERSION, codebook
from corpus.errors import DataError, GongkaiError
from models.registry import default_classifier
from models.taxonomy import codebook_taxonomy
from training.measure.quality import JudgedPassage
from training.shipped.accuracy_runs import Engine, read_set

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "gongkai" / "compare" / "data" / "confusions.json"
REAL = ROOT.parent / "shared"
#: real reports: name, folder of files, folder of truth, below ``--real``
REAL_SETS = (("seven", "real/reports", "real/gold"), ("five", "reports", "gold2"))
WHAT = (("problem", "problem"), ("measure", "improvement"))


def counted(items: Sequence[JudgedPassage]) -> list[dict[str, list[int]]]:
    """For each report and ``what`` its facets: found and stated, stated but not found, found but not stated, neither."""
    general = codebook_taxonomy().general
    facets = [f for f in codebook().facets if f != general]
    rows = []
    for report in sorted({i.report for i in items}):
        own = [i for i in items if i.report == report]
        row = {}
        for what, label in WHAT:
            truth = {f for i in own if i.gold == label for f in i.gold_facets}
            found = {f for i in own if i.found == label for f in i.found_facets}
            pairs = [(f in truth, f in found) for f in facets]
            row[what] = [pairs.count(p) for p in ((True, True), (True, False), (False, True), (False, False))]
        rows.append(row)
    return rows


def to_text(items: Sequence[JudgedPassage], model_id: str, day: str) -> str:
    """The file; reports stand in no order that tells which they are."""
    rows = sorted(counted(items), key=lambda r: (r["problem"], r["measure"]))
    found: dict[str, Any] = {
        "source": f"{len(rows)} real reports with adjudicated truth, facets of the codebook without the general one; "
        f"python -m training.shipped.confusions, {day}",
        "model": model_id, "codebook": CODEBOOK_VERSION, "columns": ["hit", "missed", "false", "neither"], "reports": rows,
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False) + "\n"


def measure(real: Path) -> list[JudgedPassage]:
    """The passages of the real reports as the shipped model labels them.

    Raises:
        DataError: there are none.
    """
    sets = [(n, real / files, real / gold) for n, files, gold in REAL_SETS if (real / gold).is_dir()]
    if not sets:
        raise DataError("holds no real reports with truth", source=str(real), remedy="name their folder with --real")
    return [i for s in sets for i in read_set(*s, [Engine("linear", "linear")]).items["linear"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m training.shipped.confusions", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    try:
        text = to_text(measure(options.real), default_classifier().model_id, date.today().isoformat())
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(f"-> {options.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
