"""A corpus with planted truth, read by the whole pipeline and compared: ``python -m benchmarks.compare_planted [--agencies N]``.

Reports of two kinds of agencies and two years state problems of facets with planted shares, answer a planted part of them, and come
back with some of them the next year.  Printed: how well ``gongkai.compare`` recovers what was planted, classifier errors included,
and what a sample of reports coded by people (here: the truth) corrects.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from corpus.store.folder import StoreWriter
from extract.pipeline import analyze_bytes
from extract.rows import report_rows
from gongkai import compare
from gongkai.compare.answering import NEAR, Wording
from gongkai.compare.corrected import CodedReports
from gongkai.compare.frame import Study
from gongkai.store_access import Store, load
from training.samples.layouts import LAYOUTS
from training.samples.narrative import HeadingLine, Narrative, Para, PrintedCell, Sentence, form

CLAUSES: dict[str, dict[str, list[str]]] = tomllib.loads((Path(__file__).parent / "planted.toml").read_text(encoding="utf-8"))
FACETS = tuple(CLAUSES)
KINDS = ("水务局", "教育局")
YEARS = (2022, 2023)
_PLACES = "云岭澜江沧河溪桥青石白水大湾金沙东川南浦北源西塘长林平安永清华丰泰和"


@dataclass(frozen=True, slots=True)
class Planted:
    """Truth of one report: facets stated as problems, those answered by a measure, granted and all results of requests."""

    agency: int
    kind: int
    year: int
    stated: frozenset[str]
    answered: frozenset[str]
    granted: int
    results: int


def share(kind: int, year: int, facet: int) -> float:
    """The planted share of reports that state a problem of a facet."""
    return 0.08 + 0.03 * facet % 0.4 + 0.12 * kind + (0.06 if year == YEARS[1] and facet % 3 == 0 else 0.0)


def plant(agencies: int, seed: int) -> list[Planted]:
    """The truth of a corpus; an agency that is inclined to state problems is so in both years, and repeats some of them."""
    rng = random.Random(seed)
    out = []
    for agency in range(agencies):
        kind = agency % 2
        leaning = rng.random()
        for year in YEARS:
            stated = set()
            for k, facet in enumerate(FACETS):
                p = share(kind, year, k)
                # a mixture that keeps the share p: half of the time the agency's own leaning decides
                hit = leaning < p if rng.random() < 0.3 else rng.random() < p
                if hit:
                    stated.add(facet)
            answered = {f for f in sorted(stated) if rng.random() < 0.6}
            results = rng.randrange(0, 90)
            out.append(Planted(agency, kind, year, frozenset(stated), frozenset(answered), rng.randrange(results + 1), results))
    return out


def text(p: Planted, rng: random.Random) -> str:
    """A report that says so."""
    place = f"{_PLACES[p.agency % 31]}{_PLACES[(p.agency // 31 + 7) % 31]}{_PLACES[(p.agency * 7 + 3) % 31]}县"
    name = f"{place}{KINDS[p.kind]}"
    problems, measures = sorted(p.stated), sorted(p.answered)
    rng.shuffle(problems)
    rng.shuffle(measures)
    # measures that answer nothing: of facets that are no problem here
    spare = [f for f in FACETS if f not in p.stated]
    measures += rng.sample(spare, min(2, len(spare)))
    s5: list[HeadingLine | Para] = []
    if problems:
        s5 = [
            HeadingLine("（一）存在的主要问题", 2),
            _items("我局公开工作还有以下不足：", [rng.choice(CLAUSES[f]["problem"]) for f in problems]),
        ]
    planned = [rng.choice(CLAUSES[f]["measure"]) for f in measures]
    s5 += [HeadingLine("（二）改进措施", 2), _items("下一步，我局将采取以下措施：", planned)]
    parts: dict[str, tuple[HeadingLine | Para, ...]] = {
        "preamble": (_para("根据条例规定，编制本报告。"),),
        "s1": (_para(f"{p.year}年，我局主动公开信息{rng.randrange(90, 900)}条。"),),
        "s5": tuple(s5),
        "s6": (_para("无其他需要报告的事项。"),),
    }
    cells = {c["code"]: PrintedCell("0", Decimal(0), "value") for t in ("t2", "t3", "t4") for c in form("2021")[t]}
    for row, value in (
        ("new", p.results),
        ("granted", p.granted),
        ("unavailable_not_held", p.results - p.granted),
        ("total", p.results),
    ):
        for column in ("natural", "total"):
            cells[f"t3.{row}.{column}"] = PrintedCell(str(value), Decimal(value), "value")
    title = f"{name}{p.year}年政府信息公开工作年度报告"
    narrative = Narrative(f"{p.agency:05d}-{p.year}", title, name, p.year, "2021", parts, cells, {}, {}, None, (), (), ())
    return LAYOUTS["tab-rows"](narrative, p.agency)


def _para(text: str) -> Para:
    return Para((Sentence(text, "boilerplate", (), (), (), ""),))


def _items(lead: str, clauses: list[str]) -> Para:
    numbers = "一二三四五六七八九十"
    items = [f"{numbers[k]}是{c}" if k < 10 else f"此外，{c}" for k, c in enumerate(clauses)]
    return _para(lead + "；".join(items) + "。")


def build(agencies: int, seed: int, folder: Path) -> tuple[Store, dict[str, Planted]]:
    """Reads the corpus into a store; the truth by report_id."""
    rows: dict[str, list[dict[str, object]]] = {}
    truth = {}
    rng = random.Random(seed + 1)
    for p in plant(agencies, seed):
        data = text(p, rng).encode("utf-8")
        found = analyze_bytes(data, f"{p.agency:05d}-{p.year}.txt")
        truth[found.report_id] = p
        for name, some in report_rows(found, found.source).items():
            rows.setdefault(name, []).extend(some)
    writer = StoreWriter(folder, {"gongkai_version": "planted", "model_id": found.classifier})
    writer.write_batch(0, rows)
    writer.finish()
    return load(folder), truth


def recovered_shares(store: Store, truth: dict[str, Planted], study: Study, points: object) -> str:
    """Estimated against planted shares by kind and year."""
    real: Counter[tuple[str, ...]] = Counter()
    size: Counter[tuple[str, ...]] = Counter()
    places = study.index()
    for report_id, p in truth.items():
        group = study.groups[study.group[places[report_id]]]
        size[group] += 1
        for f in p.stated:
            real[(*group, f)] += 1
    off, inside, n = [], 0, 0
    for r in compare.facet_shares(study, points).to_pylist():
        group = tuple(r[k] for k in study.by)
        if r["what"] == "problem" and r["dimension"] == "all" and r["facet"] in FACETS:
            known = real[(*group, r["facet"])] / size[group]
            off.append(r["share"] - known)
            inside += r["low"] <= known <= r["high"]
            n += 1
    error = np.array(off)
    return (
        f"facet shares   {n} group shares: mean error {error.mean():+.3f}, mean absolute {np.abs(error).mean():.3f}, largest "
        f"{np.abs(error).max():.3f}; the interval holds the share that stands in the texts {inside} of {n} times"
    )


def recovered_points(store: Store, truth: dict[str, Planted], points: object) -> str:
    """Facets of the problems of each report against those planted."""
    found: dict[str, set[str]] = {r: set() for r in truth}
    for r in points.to_pylist():  # type: ignore[attr-defined]
        if r["locus"] is not None and r["facet"] != "general":
            found[r["report_id"]].add(r["facet"])
    right = sum(len(found[r] & p.stated) for r, p in truth.items())
    given, real = sum(map(len, found.values())), sum(len(p.stated) for p in truth.values())
    return f"stated facets  F1 {2 * right / (given + real):.3f}, precision {right / given:.3f}, recall {right / real:.3f} ({real} planted)"


def recovered_answers(truth: dict[str, Planted], answered: list[dict[str, object]]) -> list[str]:
    """Answered and returning problems against those planted, over problems whose facet was found rightly."""
    by_agency = {(p.agency, p.year): p for p in truth.values()}
    table: Counter[tuple[bool, bool]] = Counter()
    back: Counter[tuple[bool, bool]] = Counter()
    seen = set()
    for r in answered:
        p = truth[str(r["report_id"])]
        facet = str(r["facet"])
        if facet not in p.stated or (r["report_id"], facet) in seen:
            continue
        seen.add((r["report_id"], facet))
        table[facet in p.answered, r["answer"] != "none"] += 1
        after = by_agency.get((p.agency, p.year + 1))
        if after is not None and r["returns"] is not None:
            back[facet in after.stated, r["returns"] != "no"] += 1
    return [f"{name:14} {_two(t)}" for name, t in (("answered", table), ("comes back", back))]


def _two(t: Counter[tuple[bool, bool]]) -> str:
    yes, no = t[True, True] + t[True, False], t[False, True] + t[False, False]
    return (
        f"{t[True, True]} of {yes} planted ones found ({t[True, True] / yes:.3f}), {t[False, False]} of {no} others kept apart "
        f"({t[False, False] / no:.3f}); planted share {yes / (yes + no):.3f}, found {(t[True, True] + t[False, True]) / (yes + no):.3f}"
    )


def recovered_cells(store: Store, truth: dict[str, Planted], study: Study) -> str:
    """The disclosure rate against the planted cells."""
    wrong = n = 0
    for r in compare.derived_rates(study, store).to_pylist():
        if r["indicator"] == "granted_rate":
            p = truth[r["report_id"]]
            n += 1
            known = (p.granted / p.results) if p.results else None
            wrong += (r["rate"] is None) != (known is None) or (known is not None and abs(r["rate"] - known) > 1e-9)
    return f"granted rate   {n - wrong} of {n} reports exact"


def corrected(truth: dict[str, Planted], study: Study, points: object, n: int, seed: int) -> str:
    """Error of the model's shares and of the corrected ones, with the truth of a simple draw as coding."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(study.report_ids), size=n, replace=False))
    columns = tuple(f"problem.{f}" for f in FACETS)
    coding = np.array([[float(f in truth[study.report_ids[i]].stated) for f in FACETS] for i in rows.tolist()])
    sheet = CodedReports(rows, np.full(n, n / len(study.report_ids)), columns, coding)
    real = {f: sum(f in p.stated for p in truth.values()) / len(truth) for f in FACETS}
    model, better, inside = [], [], 0
    for r in compare.corrected_shares(study, points, sheet).to_pylist():
        model.append(abs(r["model"] - real[r["facet"]]))
        better.append(abs(r["share"] - real[r["facet"]]))
        inside += r["low"] <= real[r["facet"]] <= r["high"]
    return (
        f"corrected      {n} of {len(study.report_ids)} reports coded: mean absolute error of the model {np.mean(model):.3f}, corrected "
        f"{np.mean(better):.3f}; intervals hold {inside} of {len(better)} shares"
    )


def wording() -> str:
    """Cosines of clauses of one facet and of different ones: what :data:`gongkai.compare.answering.NEAR` rests on."""
    texts, facets = zip(*((c, f) for f in FACETS for part in ("problem", "measure") for c in CLAUSES[f][part]), strict=True)
    kinds = [part for _ in FACETS for part in ("problem", "measure") for _ in range(4)]
    left, right = np.triu_indices(len(texts), 1)
    across = np.array([kinds[a] != kinds[b] for a, b in zip(left, right, strict=True)])
    same = np.array([facets[a] == facets[b] for a, b in zip(left, right, strict=True)])
    cosine = Wording(texts).cosine(left, right)
    far, near = cosine[across & ~same], cosine[across & same]
    return (
        f"wording        cosine of a problem and a measure: 99th percentile {np.quantile(far, 0.99):.2f} between facets, median "
        f"{np.median(near):.2f} within; at {NEAR} {np.mean(far >= NEAR):.4f} of the former and {np.mean(near >= NEAR):.2f} of the latter are near"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--agencies", type=int, default=300)
    parser.add_argument("--coded", type=int, default=120)
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, truth = build(args.agencies, args.seed, Path(folder) / "store")
        print(f"{len(truth)} reports of {args.agencies} agencies, seed {args.seed}, {store.meta['model_id']}")
        points = compare.points(store)
        study = compare.study(store, by=("kind", "year"))
        print(recovered_points(store, truth, points))
        print(recovered_shares(store, truth, study, points))
        print("\n".join(recovered_answers(truth, compare.answers(study, store, points).to_pylist())))
        print(recovered_cells(store, truth, study))
        print(corrected(truth, compare.study(store, by=()), points, args.coded, args.seed))
        print(wording())


if __name__ == "__main__":
    main()
