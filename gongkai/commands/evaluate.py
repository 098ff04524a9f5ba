"""``gongkai evaluate``: results against truth files, coded passages or what people coded of a draw; two models against each other."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from corpus.errors import DataError, GongkaiError, UsageError
from corpus.files import workspace, write_text
from extract.pipeline import analyze_bytes
from extract.runs.run import find_sources, read_source
from extract.types import Report
from gongkai.api import engine as engine_by_name
from gongkai.codes import check_codes, check_same
from gongkai.commands.faults import check_folder_name, check_installed, check_writable
from gongkai.commands.opening import open_store
from gongkai.pages.errors_page import write_errors
from gongkai.web.coding.codings import Codings
from gongkai.web.coding.handed_on import coded_numbers, coded_sheet
from gongkai.web.coding.number_figures import figures_text, model_numbers, number_figures
from models.base import Classifier
from models.folder import is_model, read_info
from models.taxonomy import Taxonomy, codebook_taxonomy, load_taxonomy
from training.coding.annotation import check_tasks, coded_rows, read_tasks
from training.coding.coded import agree, format_agreement
from training.coding.dataset import load_coded
from training.measure.calibration_text import check_picture, format_calibration, plot
from training.measure.compare_models import compare, comparison_to_dict, format_comparison
from training.measure.evaluate import evaluate, format_evaluation, to_dict
from training.measure.gold import load_gold
from training.measure.gold_items import gold_items, stem
from training.measure.heldout import items_of
from training.measure.quality import JudgedPassage, measure
from training.measure.quality_text import format_quality, quality_to_dict


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write beside the figures."""

    json_file: Path | None = None
    errors: bool = False
    errors_to: Path | None = None
    plot: Path | None = None
    risk: float | None = None


#: figures on the terminal alone
NOTHING = Wanted()


def run(
    paths: Sequence[str],
    gold: Path | None,
    *,
    store: Path | None = None,
    engine: str = "linear",
    data: Path | None = None,
    labels: Path | None = None,
    coded: Path | None = None,
    pair: tuple[str, str] | None = None,
    wanted: Wanted = NOTHING,
) -> bool:
    """Score, print the scores, and tell whether a report of the truth has no result.

    Raises:
        UsageError: options that do not fit together.
        DataError: broken truth, or coded passages that cannot be used.
    """
    ways = [name for name, value in (("--gold", gold), ("--data", data), ("--coded", coded)) if value is not None]
    if len(ways) != 1:
        raise UsageError(
            f"{' and '.join(ways) or 'no truth'} given",
            remedy="give one: --gold DIR with reports or --store, --data FILE.jsonl, or --coded FILE.csv with --store",
        )
    for file in (wanted.json_file, wanted.plot):
        if file is not None:
            check_writable(file)
    if wanted.plot is not None:
        check_picture(wanted.plot)
        check_installed("a plot", ("matplotlib",), "plots")
    if wanted.errors_to is not None:
        check_folder_name(wanted.errors_to)
        with workspace(wanted.errors_to):
            pass  # better said before the work than after
    if coded is not None:
        if store is None or paths or pair:
            raise UsageError(
                "--coded is compared with the results it was drawn from", remedy="gongkai evaluate --coded FILE.csv --store DIR"
            )
        numbers = coded_numbers(coded, store)
        if numbers is not None:
            return _numbers(numbers, store, wanted)
        with coded_sheet(coded, store, of_reports=False) as sheet:
            assert sheet is not None
            return _coded(sheet, store, labels, wanted)
    if data is not None:
        if paths or store:
            raise UsageError("--data holds its own passages", remedy="leave out reports and --store")
        return _data(data, labels, engine, pair, wanted)
    assert gold is not None
    if bool(paths) == (store is not None):
        raise UsageError(
            "give either reports or --store", remedy="gongkai evaluate --gold DIR PATH..., or --gold DIR --store DIR"
        )
    if pair is not None:
        if store is not None:
            raise UsageError("--compare reads the reports itself", remedy="give reports instead of --store")
        return _gold_pair(paths, gold, pair, wanted)
    return _gold(paths, gold, store, engine, wanted)


# ---- truth files -----------------------------------------------------------------------------------------------------
def _gold(paths: Sequence[str], gold: Path, store: Path | None, engine: str, wanted: Wanted) -> bool:
    model = None if store is not None else engine_by_name(engine)
    reports = list(_analysed(paths, model) if model is not None else _stored(store))
    found = evaluate(reports, gold)
    sys.stdout.write(format_evaluation(found, errors=wanted.errors))
    truth = load_gold(gold)
    items = [
        item
        for report in sorted(reports, key=lambda r: r.source)
        if (name := stem(report.source)) in truth
        for item in gold_items(truth[name], report, explainer=model if wanted.errors_to is not None else None)
    ]
    name = engine if model is not None else next((r.classifier for r in reports if r.classifier), "")
    extra = _details(items, codebook_taxonomy(), name, wanted, confusions=False) if items else {}
    _write_json(wanted.json_file, {**to_dict(found), **extra})
    return bool(found.missing)


def _stored(folder: Path | None) -> list[Report]:
    assert folder is not None
    # what people corrected is truth, not a result
    store = open_store(folder, corrections=False)
    return store.reports(store.table("reports")["report_id"].to_pylist())


def _analysed(paths: Sequence[str], classifier: Classifier) -> Iterator[Report]:
    for source in find_sources(paths):
        try:
            yield analyze_bytes(read_source(source), source.name, classifier=classifier)
        except GongkaiError as error:
            # the report counts as missing; the others are still scored
            print(f"gongkai: {error}", file=sys.stderr)


def _gold_pair(paths: Sequence[str], gold: Path, pair: tuple[str, str], wanted: Wanted) -> bool:
    truth = load_gold(gold)
    a, b = (engine_by_name(name) for name in pair)
    found: tuple[list[JudgedPassage], list[JudgedPassage]] = ([], [])
    seen = set()
    for report in _analysed(paths, a):
        name = stem(report.source)
        if name in truth:
            seen.add(name)
            found[0].extend(gold_items(truth[name], report, explainer=a if wanted.errors_to else None))
            found[1].extend(
                gold_items(truth[name], report, b.predict(report.passages), explainer=b if wanted.errors_to else None)
            )
    if not found[0]:
        raise UsageError(
            "none of the reports has a truth file", source=str(gold), remedy="truth is paired with reports by file name"
        )
    _pair(found, codebook_taxonomy(), pair, (a.model_id, b.model_id), wanted)
    if missing := sorted(set(truth) - seen):
        sys.stdout.write(f"NOT COMPARED, no report for: {', '.join(missing)}\n")
    return bool(missing)


# ---- coded passages --------------------------------------------------------------------------------------------------
def taxonomy_of(engine: str) -> Taxonomy:
    """The codes of a model's folder, or the codebook for an engine that comes with gongkai."""
    return read_info(Path(engine)).taxonomy if is_model(Path(engine)) else codebook_taxonomy()


def _data(data: Path, labels: Path | None, engine: str, pair: tuple[str, str] | None, wanted: Wanted) -> bool:
    engines = pair if pair is not None else (engine,)
    models = [engine_by_name(name) for name in engines]
    taxonomies = [taxonomy_of(name) for name in engines]
    taxonomy = load_taxonomy(labels) if labels is not None else taxonomies[0]
    if others := [name for name, t in zip(engines, taxonomies, strict=True) if t.labels != taxonomy.labels]:
        raise UsageError(f"{others[0]} has other labels than {taxonomy.name}", remedy="compare models of one codebook")
    coded = load_coded(data, taxonomy)
    if coded.uncertain:
        raise DataError(
            f"{len(coded.uncertain)} passages were drawn by uncertainty and would make every model look worse than it is",
            source=str(data),
            remedy="train on them; evaluate on a simple or stratified draw",
        )
    found = [items_of(m, coded.passages, reasons=wanted.errors_to is not None) for m in models]
    if pair is not None:
        _pair((found[0], found[1]), taxonomy, pair, (models[0].model_id, models[1].model_id), wanted)
        return False
    _write_json(wanted.json_file, _details(found[0], taxonomy, engine, wanted))
    return False


# ---- what is printed -------------------------------------------------------------------------------------------------
def _details(
    items: Sequence[JudgedPassage], taxonomy: Taxonomy, name: str, wanted: Wanted, *, confusions: bool = True
) -> dict[str, Any]:
    quality = measure(items, taxonomy)
    text = format_quality(quality, confusions=12 if confusions else 0)
    sys.stdout.write(f"\nlabels and facets, with 95 % intervals by report\n{text}")
    if wanted.risk is not None:
        sys.stdout.write(f"\n{format_calibration(items, wanted.risk)}")
    if wanted.plot is not None:
        plot(items, wanted.plot, f"{name}: {quality.items} passages of {quality.reports} reports")
        sys.stdout.write(f"\nplot    {wanted.plot}\n")
    if wanted.errors_to is not None:
        table, page = write_errors(wanted.errors_to, items, taxonomy, name)
        sys.stdout.write(f"\nerrors  {table}\n        {page}\n")
    return {"quality": quality_to_dict(quality)}


def _pair(
    found: tuple[Sequence[JudgedPassage], Sequence[JudgedPassage]],
    taxonomy: Taxonomy,
    names: tuple[str, str],
    ids: tuple[str, str],
    wanted: Wanted,
) -> None:
    result = compare(*found, taxonomy)
    shown = tuple(n if n == i else f"{n} ({i})" for n, i in zip(names, ids, strict=True))
    sys.stdout.write(format_comparison(result, shown[0], shown[1]))
    if wanted.errors_to is not None:
        for side, name, items in zip("AB", names, found, strict=True):
            table, page = write_errors(wanted.errors_to / side, items, taxonomy, name)
            sys.stdout.write(f"errors of {side}  {table}\n             {page}\n")
    _write_json(wanted.json_file, {"a": names[0], "b": names[1], **comparison_to_dict(result)})


def _write_json(path: Path | None, content: dict[str, Any]) -> None:
    if path is not None:
        write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _numbers(found: Codings, folder: Path, wanted: Wanted) -> bool:
    """How metrics are read, by numbers that people coded in the explorer."""
    store = open_store(folder, corrections=False)
    figures = number_figures(found, model_numbers(store, found.draw.rows))
    if not figures.n:
        raise UsageError("nothing is coded", source=str(folder), remedy=f"gongkai serve {quote(str(folder))}, page /coding")
    sys.stdout.write(figures_text(found.draw.name, figures))
    _write_json(wanted.json_file, {"draw": found.draw.name, **asdict(figures)})
    return False


# ---- a draw coded by people ------------------------------------------------------------------------------------------
def _coded(path: Path, folder: Path, labels: Path | None, wanted: Wanted) -> bool:
    if wanted.errors_to or wanted.plot or wanted.risk is not None:
        raise UsageError(
            "--errors-to, --plot and --risk need every passage's truth", remedy="gongkai annotate import, then evaluate --data"
        )
    store = open_store(folder, corrections=False)
    taxonomy = check_codes(store)
    if labels is not None:
        check_same(taxonomy, load_taxonomy(labels), str(labels))
    tasks = read_tasks(path)
    check_tasks(tasks, taxonomy, str(path))
    rows = coded_rows(tasks, str(path))
    if not rows:
        raise UsageError("nothing is coded", source=str(path), remedy="fill in `label`")
    few = sorted({r.report_id for r in rows})
    stored = {
        r["passage_id"]: r
        for r in store.rows("passages", [("report_id", "in", few)], ["passage_id", "report_id", "start", "text", "label"])
    }
    for r in rows:
        if r.passage_id not in stored or stored[r.passage_id]["text"] != r.text:
            what = "is not in these results" if r.passage_id not in stored else "has another text there"
            raise DataError(
                f"{r.passage_id} {what}", source=r.source, remedy="name the results that the passages were drawn from"
            )
    counts = Counter(store.counts("passages", "label"))
    total = counts.total()
    uncoded = len({t.passage_id for t in tasks} - {r.passage_id for r in rows})
    found = agree(
        rows, {k: v["label"] for k, v in stored.items()}, {c: n / total for c, n in counts.items()}, total, taxonomy.labels, str(path),
        uncoded=uncoded,
    )  # fmt: skip
    sys.stdout.write(format_agreement(found, taxonomy.zh))
    _write_json(wanted.json_file, {
        "draw": found.draw, "passages": found.passages, "population": found.population, "agreement": found.accuracy.value,
        "kappa": found.kappa, "alpha_between_coders": found.alpha,
        "shares": {p.label: {"coded": p.coded.value, "model": p.model, "corrected": p.corrected.value} for p in found.prevalence},
    })  # fmt: skip
    return False
