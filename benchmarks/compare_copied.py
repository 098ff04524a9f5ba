"""Planted copies found again: ``python -m benchmarks.compare_copied [--reports N]``.

Passages are put together from clauses of the project's own training passages.  Some repeat a passage of the agency's report of the
year before, some one of another agency, with a share of their characters replaced, taken out or doubled by chance.  Copies of
copies make families; a find is right if both passages are of one family.

With ``--reports`` only time and memory are measured, at that many reports of twelve passages each; time is told as a multiple of one
pass that prepares the same texts for comparing.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
from rapidfuzz.distance import Indel

from gongkai.compare.copying import OTHER, OWN, copied, copied_by_report, masked

YEARS = (2021, 2022, 2023)
PASSAGES = 12
#: shares of passages that repeat the agency's own report of the year before, and another agency's of the same year
OWN_SHARE, OTHER_SHARE = 0.3, 0.15
_COLUMNS = ("report_id", "passage_id", "agency", "year", "published", "label", "text")
_DATA = Path(__file__).parent.parent / "training" / "data" / "passages.jsonl"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages as :func:`gongkai.compare.copied` takes them, and what was planted.

    ``source`` gives the planted source of each copy by (passage_id, kind); ``family`` the first passage that each goes back to;
    ``kept`` the characters of each copy, as compared, that were left as they stood in its source.
    """

    passages: pa.Table
    source: dict[tuple[str, str], str]
    family: dict[str, str]
    kept: dict[str, float]


@cache
def clauses() -> tuple[str, ...]:
    """Clauses of problems and improvements, five to 24 characters each."""
    rows = [json.loads(line) for line in _DATA.read_text(encoding="utf-8").splitlines()]
    texts = (r["text"] for r in rows if r["label"] in {"problem", "improvement"})
    return tuple(sorted({c for t in texts for c in t.replace("；", "，").replace("。", "，").split("，") if 4 < len(c) < 25}))


def edited(text: str, rate: float, letters: str, rng: random.Random) -> tuple[str, int]:
    """The text with so large a share of its characters taken out, followed by another, or replaced; and how many were left alone."""
    out, kept = [], 0
    for c in text:
        if rng.random() >= rate:
            out.append(c)
            kept += 1
            continue
        out.append(rng.choice(("", c + rng.choice(letters), rng.choice(letters))))
    return "".join(out), kept


def plant(agencies: int, rate: float, seed: int) -> Corpus:
    """A corpus of so many agencies over :data:`YEARS`; copies lose a share ``rate`` of their characters to edits."""
    rng = random.Random(seed)
    pool = clauses()
    letters = "".join(sorted(set("".join(pool))))
    rows: list[tuple[object, ...]] = []
    source: dict[tuple[str, str], str] = {}
    family: dict[str, str] = {}
    kept: dict[str, float] = {}
    text: dict[str, str] = {}
    for year in YEARS:
        for agency in range(agencies):
            report = f"{year}{agency:06d}"
            for k in range(PASSAGES):
                name, draw, kind = f"{report}.p{k}", rng.random(), ""
                if draw < OWN_SHARE and year > YEARS[0]:
                    kind, origin = OWN, f"{year - 1}{agency:06d}.p{rng.randrange(PASSAGES)}"
                elif OWN_SHARE <= draw < OWN_SHARE + OTHER_SHARE and agency:
                    kind, origin = OTHER, f"{year}{rng.randrange(agency):06d}.p{rng.randrange(PASSAGES)}"
                if kind:
                    own, same = edited(text[origin], rate, letters, rng)
                    source[name, kind], family[name], kept[name] = origin, family[origin], float(same)
                else:
                    own, family[name] = "，".join(rng.sample(pool, rng.randint(3, 6))) + "。", name
                text[name] = own
                rows.append((report, name, f"a{agency}", year, None, "problem", own))
    columns = zip(*rows, strict=True)
    return Corpus(pa.table({n: list(c) for n, c in zip(_COLUMNS, columns, strict=True)}), source, family, kept)


def recovered(corpus: Corpus, threshold: float) -> list[str]:
    """Lines: copies found, finds that are right, sources that are right, and the shares of reports."""
    found = copied(corpus.passages, threshold=threshold)
    rows = found.to_pylist()
    got = {(r["passage_id"], r["kind"]): r for r in rows}
    texts = dict(zip(corpus.passages["passage_id"].to_pylist(), corpus.passages["text"].to_pylist(), strict=True))
    hits = [(key, origin) for key, origin in corpus.source.items() if key in got]
    right = sum(corpus.family[r["passage_id"]] == corpus.family[r["source_passage_id"]] for r in rows)
    named = best = 0
    for key, origin in hits:
        r = got[key]
        planted = Indel.normalized_similarity(masked(r["text"]), masked(texts[origin]))
        named += r["source_passage_id"] == origin or masked(r["source_text"]) == masked(texts[origin])
        best += r["similarity"] >= planted - 1e-4
    n = len(corpus.source)
    by_kind = " ".join(
        f"{kind} {_ratio(sum(k[1] == kind for k, _ in hits), sum(k[1] == kind for k in corpus.source))}"
        for kind in (OWN, OTHER)
    )
    return [
        f"  copies found {_ratio(len(hits), n)} ({by_kind})",
        f"  finds right  {_ratio(right, len(rows))}",
        f"  source: the planted passage or the same words {_ratio(named, len(hits))}; that or one at least as like {_ratio(best, len(hits))}",
        f"  {shares(corpus, found)}",
    ]


def shares(corpus: Corpus, found: pa.Table) -> str:
    """Shares of copied text of reports, found against planted."""
    lengths: dict[str, int] = defaultdict(int)
    planted: dict[str, float] = defaultdict(float)
    for report, passage, text in zip(
        *(corpus.passages[c].to_pylist() for c in ("report_id", "passage_id", "text")), strict=True
    ):
        lengths[report] += len(masked(text))
        planted[report] += corpus.kept.get(passage, 0.0)
    rows = copied_by_report(corpus.passages, found).to_pylist()
    truth = np.array([planted[r["report_id"]] / lengths[r["report_id"]] for r in rows])
    off = np.array([r["either_share"] for r in rows]) - truth
    return (
        f"copied share of a report: planted {truth.mean():.3f} on average, error {off.mean():+.3f}, absolute error {np.abs(off).mean():.3f} "
        f"on average and {np.quantile(np.abs(off), 0.95):.3f} at the 95th percentile"
    )


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole if whole else float('nan'):.3f} of {whole:,}"


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def speed(reports: int, rate: float, threshold: float, seed: int) -> list[str]:
    """Lines: time and memory at so many reports."""
    corpus = plant(max(1, reports // len(YEARS)), rate, seed)
    before = _memory()
    start = process_time()
    for text in corpus.passages["text"].to_pylist():
        masked(text)
    unit = process_time() - start
    wall, start = perf_counter(), process_time()
    found = copied(corpus.passages, threshold=threshold)
    wall, cpu = perf_counter() - wall, process_time() - start
    after = _memory()
    start = process_time()
    copied_by_report(corpus.passages, found)
    last = process_time() - start
    got = set(zip(found["passage_id"].to_pylist(), found["kind"].to_pylist(), strict=True))
    return [
        f"{len(corpus.passages) // PASSAGES:,} reports, {len(corpus.passages):,} passages",
        f"  copies found {_ratio(len(got & corpus.source.keys()), len(corpus.source))}, {len(found):,} rows",
        f"  copied           {wall:7.1f} s on the clock, {cpu:7.1f} s of CPU time, {cpu / unit:5.1f} × one pass that prepares the texts",
        f"  copied_by_report {last:7.1f} s of CPU time",
        f"  memory at most {after:,.0f} MB, of which {before:,.0f} MB were taken by making the corpus",
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--agencies", type=int, default=400, help="agencies of the recovery figures")
    parser.add_argument("--reports", type=int, help="measure time and memory at so many reports instead")
    parser.add_argument("--rate", type=float, default=0.08, help="share of characters edited, with --reports")
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=17)
    args = parser.parse_args()
    if args.reports:
        print("\n".join(speed(args.reports, args.rate, args.threshold, args.seed)))
        return
    print(
        f"{args.agencies} agencies, {len(YEARS)} years, {PASSAGES} passages a report, threshold {args.threshold}, seed {args.seed}"
    )
    for rate in (0.0, 0.05, 0.1, 0.15):
        print(f"{rate:.0%} of characters edited")
        print("\n".join(recovered(plant(args.agencies, rate, args.seed), args.threshold)))


if __name__ == "__main__":
    main()
