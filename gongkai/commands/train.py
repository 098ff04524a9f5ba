"""``gongkai train``: a model from one's own coded passages, or adapted to one's own corpus."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from corpus.errors import DataError, UsageError
from corpus.files import filling, workspace
from gongkai.beside_store import check_place
from gongkai.codes import is_own
from gongkai.store_access import Store
from gongkai.store_access import load as load_store
from gongkai.web.coding.handed_on import coded_codes, coded_lines
from models.folder import ModelInfo, is_model, write_info
from models.registry import classifier
from models.seed import SEED
from models.taxonomy import Taxonomy, codebook_taxonomy, load_taxonomy
from training.coding.dataset import load_coded, repeated_texts, without_facets
from training.coding.labelling import DEFAULT as FUNCTIONS
from training.coding.labelling import load_functions
from training.engines.adapt import METHODS, Uncoded, renumbered, weak_labels
from training.engines.card import Facts, model_card
from training.engines.registry import parse_settings, trainer
from training.measure.heldout import held_out
from training.measure.learning_curve import CurvePoint, curve_lines
from training.measure.quality import JudgedPassage, Quality, measure
from training.measure.quality_text import format_quality, quality_to_dict
from training.passages import TrainingPassage
from training.voices import shipped as load_shipped

CARD = "README.md"
#: engines that are trained quickly enough to be trained twice more for a curve, and how many passages it takes and may have
CURVED, LEAST_CURVED, MOST_CURVED = {"linear", "hybrid"}, 30, 3000
SHIPPED = "the passages shipped with gongkai (reworded from real reports and authored; training/data/README.md)"


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Options of the command that both ways of training share.  ``folds`` 0 measures nothing, 1 leaves one fifth out, once."""

    out: Path
    engine: str = "linear"
    seed: int = SEED
    folds: int | None = None
    settings: Sequence[str] = ()
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What to train on: ``judged`` passages may be left out to measure on, ``always`` are trained on in every fold."""

    taxonomy: Taxonomy
    judged: tuple[TrainingPassage, ...]
    always: tuple[TrainingPassage, ...]
    facts: Facts
    skip: frozenset[tuple[str, int]] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=dict)


def say(line: str) -> None:
    """Progress goes to standard error, so that figures can be piped."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """Options of ``--on``: results of reports that nobody coded, and what labels them.

    ``base`` is the model whose word counts beside headings and wording (``none`` for none), ``method`` how the three are weighed,
    ``sure`` the least probability of a label that is trained on, ``most`` the most passages, ``reports`` the most reports looked at.
    """

    store: Path
    functions: Path | None = None
    base: str | None = None
    method: str = "dawid-skene"
    sure: float = 0.95
    most: int = 3000
    reports: int = 2000


def run(
    data: Path | None,
    labels: Path | None,
    options: TrainOptions,
    *,
    with_shipped: bool = False,
    adaptation: Adaptation | None = None,
) -> ModelInfo:
    """``gongkai train``.

    Raises:
        UsageError: nothing to train on, options that do not fit together, an output folder that would be overwritten.
        DataError: coded passages, codebook or labelling functions that cannot be used.
    """
    check_options(options)
    if adaptation is not None:
        return run_on(adaptation, data, labels, options, with_shipped=with_shipped)
    if data is None and with_shipped and labels is None:
        return train(Material(codebook_taxonomy(), tuple(load_shipped()), (), Facts(SHIPPED, "")), options)
    if data is None:
        raise UsageError(
            "nothing to train on",
            remedy="gongkai train --data CODED.jsonl --out MODEL, gongkai train --on RESULTS --out MODEL, or with gongkai's own "
            "passages alone: gongkai train --with-shipped --out MODEL",
        )
    return train(coded_material(data, labels, with_shipped=with_shipped), options)


def check_options(options: TrainOptions) -> None:
    """Refuse what needs no passages to be refused: reading and labelling them may take minutes.

    Raises:
        UsageError: an unknown engine or setting, a number of folds that is none, a folder that is in use.
        StoreError: a folder that cannot be written.
    """
    trainer(options.engine)
    parse_settings(options.settings)
    if options.folds is not None and options.folds < 0:
        raise UsageError(
            f"--folds {options.folds}", remedy="0 measures nothing, 1 leaves out one fifth once, 5 each fifth in turn"
        )
    check_folder(options.out, options.overwrite)


def run_on(
    adaptation: Adaptation, data: Path | None, labels: Path | None, options: TrainOptions, *, with_shipped: bool = False
) -> ModelInfo:
    """``gongkai train --on STORE``: the shipped passages, or coded ones of one's own, and passages of the store beside them.

    Raises:
        UsageError: a codebook of one's own without coded passages or labelling functions, an unknown method.
        DataError: labelling functions or coded passages that cannot be used.
    """
    if labels is not None and (data is None or adaptation.functions is None):
        raise UsageError(
            "--on with --labels needs --data and --functions",
            remedy="give coded passages and labelling functions for your codes",
        )
    if adaptation.method not in METHODS:
        raise UsageError(f"unknown method {adaptation.method!r}", remedy=f"use {' or '.join(METHODS)}")
    if data is not None:
        material = coded_material(data, labels, with_shipped=with_shipped)
    else:
        material = Material(codebook_taxonomy(), tuple(load_shipped()), (), Facts(SHIPPED, ""))
    functions = load_functions(adaptation.functions or FUNCTIONS, material.taxonomy)
    name = adaptation.base or ("none" if labels is not None else "linear")
    base = None if name == "none" else classifier(name)
    store = load_store(adaptation.store)
    uncoded = uncoded_reports(store, adaptation.reports, options.seed)
    method = next(m for m in METHODS if m == adaptation.method)
    weak = weak_labels(
        uncoded,
        functions,
        base,
        material.taxonomy,
        method=method,
        sure=adaptation.sure,
        most=adaptation.most,
        seed=options.seed,
    )
    say(
        f"{weak.passages} passages of {len(uncoded)} reports without codes; {len(weak.chosen)} are labelled surely enough to train on"
    )
    for v in weak.voters:
        say(f"  {v.name:<10} speaks of {v.coverage:.0%}, agrees with the estimate in {v.accuracy:.0%} of these")
    say("  " + ", ".join(f"{material.taxonomy.zh.get(c, '')} {c} {n}".lstrip() for c, n in weak.counts.most_common()))
    if not weak.chosen:
        raise UsageError("no passage of the results is labelled surely enough", remedy="lower --sure, or give more --functions")
    facts = replace(
        material.facts,
        source=f"{material.facts.source}; and {len(weak.chosen)} passages of `{adaptation.store.name}` that nobody coded, labelled by {method}",
        limits=(
            *material.facts.limits,
            "Labels of the corpus adapted to are estimates; what the model learnt from them was not checked by people. The held-out "
            "figures are of coded passages only and do not show whether the corpus is labelled better: code a draw of it (`gongkai sample`).",
        ),
    )
    added = {"adapted_on": {"passages": len(weak.chosen), "of": weak.passages, "method": method, "labels": dict(weak.counts)}}
    always = (*material.always, *renumbered(weak.chosen))
    return train(replace(material, always=always, facts=facts, extra=added), options)


def uncoded_reports(store: Store, most: int, seed: int) -> list[Uncoded]:
    """Passages of at most ``most`` reports of a store, drawn by ``seed``."""
    about = {r["report_id"]: r for r in store.table("reports").select(["report_id", "kind", "year"]).to_pylist()}
    ids = sorted(about)
    if len(ids) > most:
        chosen = np.random.default_rng(seed).choice(len(ids), most, replace=False).tolist()
        ids = sorted(ids[i] for i in chosen)
    found = []
    for at in range(0, len(ids), 200):
        for report in store.reports(ids[at : at + 200]):
            row = about[report.report_id]
            found.append(Uncoded(report.report_id, report.passages, row["kind"] or "", row["year"] or 0))
    return found


def coded_material(data: Path, labels: Path | None, *, with_shipped: bool = False) -> Material:
    """Coded passages of a user, beside the shipped ones if wanted.

    Raises:
        UsageError: shipped passages are wanted beside other codes than the codebook's.
        DataError: coded passages or codebook that cannot be used.
    """
    taxonomy = coded_codes(data) if labels is None else load_taxonomy(labels)
    if with_shipped and (labels is not None or is_own(taxonomy)):
        raise UsageError(
            "--with-shipped adds passages of gongkai's own codebook", remedy="leave out --labels or --with-shipped"
        )
    with coded_lines(data, taxonomy) as lines:
        coded = load_coded(lines, taxonomy)
    limits: list[str] = []
    if taxonomy.facets and not any(p.facets for p in coded.passages):
        if with_shipped:
            limits.append("Nobody coded facets in the data; they are learnt from the shipped passages alone and not measured.")
        else:
            taxonomy = without_facets(taxonomy)
            limits.append("Nobody coded facets in the data; the model gives none.")
    elif bare := sum(p.label in taxonomy.coded and not p.facets for p in coded.passages):
        limits.append(f"{bare} passages have a label that takes facets but none coded; the model learns that none fits them.")
    if coded.uncertain:
        limits.append(
            f"{len(coded.uncertain)} passages were drawn because a model was unsure of them: they are trained on, and left out of the figures."
        )
    source = f"`{data.name}`" + (f" and {SHIPPED}" if with_shipped else "")
    always = tuple(load_shipped()) if with_shipped else ()
    return Material(taxonomy, coded.passages, always, Facts(source, "", tuple(limits)), coded.uncertain)


def check_folder(out: Path, overwrite: bool) -> None:
    """A folder in which a model may be written; what it holds stays until the new one is whole.

    Raises:
        UsageError: the folder holds something that is not to be overwritten.
        StoreError: it cannot be written.
    """
    check_place(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not (overwrite and is_model(out)):
        what = "a model" if is_model(out) else "something that is no model"
        remedy = "add --overwrite to replace it" if is_model(out) else "name a folder that is new or empty"
        raise UsageError(f"holds {what}", source=str(out), remedy=remedy)
    with workspace(out):
        pass  # better said before hours of training than after


def curve(
    material: Material, options: TrainOptions, settings: Mapping[str, Any], folds: int, quality: Quality
) -> list[CurvePoint]:
    """Accuracy from a third and two thirds of the passages beside that from all; of engines and data that take minutes at most.

    Empty where shipped passages are learnt from too: then the coded ones are the smaller part.
    """
    judged = material.judged
    if options.engine not in CURVED or material.always or not LEAST_CURVED <= len(judged) <= MOST_CURVED:
        return []
    learnt = len(judged) * (folds - 1) // folds if folds > 1 else len(judged) * 4 // 5
    found = []
    for share in (1 / 3, 2 / 3):
        try:
            (items,) = held_out(
                options.engine, judged, material.taxonomy, folds=folds, seed=options.seed, settings=settings,
                log=lambda line: None, skip=material.skip, keep=share,
            )  # fmt: skip
        except DataError:  # so few passages hold too few labels
            return []
        found.append(CurvePoint(round(learnt * share), sum(i.right for i in items) / len(items)))
    return [*found, CurvePoint(learnt, quality.accuracy.value)]


def train(material: Material, options: TrainOptions) -> ModelInfo:
    """Measures on reports left out, trains on all, writes the folder with its card, and prints the figures.

    Raises:
        UsageError: unknown engine or setting, missing extra, folder in use, fewer than two labels in the data.
    """
    everything = (*material.judged, *material.always)
    counts = Counter(p.label for p in everything)
    if len(counts) < 2:
        raise UsageError(
            f"all {len(everything)} passages have the label {next(iter(counts))!r}", remedy="code passages of other labels too"
        )
    settings = parse_settings(options.settings)
    make = trainer(options.engine)
    folds = options.folds if options.folds is not None else (5 if options.engine == "linear" else 1)
    say(f"{len(everything)} passages of {len({p.voice for p in everything})} reports, {len(counts)} labels")
    if missing := [c for c in material.taxonomy.labels if not counts[c]]:
        say(f"no passage has {', '.join(missing)}: the model will never give them")
    items: list[JudgedPassage] = []
    if folds:
        (items,) = held_out(
            options.engine, material.judged, material.taxonomy, folds=folds, seed=options.seed, settings=settings, log=say,
            always=material.always, skip=material.skip,
        )  # fmt: skip
    quality = measure(items, material.taxonomy) if items else None
    points = curve(material, options, settings, folds, quality) if quality is not None else []
    say("training on all")
    method = "Each fifth of the reports was left out in turn;" if folds > 1 else "One fifth of the reports was left out;"
    method = method.replace("fifth", f"part in {folds}") if folds > 1 and folds != 5 else method
    facts = replace(material.facts, method=f"{method} a model trained on the others in the same way was judged on")
    repeated = repeated_texts(material.judged)
    if items and repeated:
        note = f"{repeated} of the {len(material.judged)} coded passages stand in several reports, digits aside; the figures are the better for them."
        facts = replace(facts, limits=(*facts.limits, note))
        say(note)
    with filling(options.out, anew=True) as made:
        info = make(everything, material.taxonomy, made, seed=options.seed, settings=settings, log=say)
        metrics = {**info.metrics, **({"held_out": quality_to_dict(quality)} if quality else {}), **material.extra}
        info = write_info(made, replace(info, metrics=metrics), list(info.files))
        card = model_card(info, everything, quality, items, facts)
        (made / CARD).write_text(card, encoding="utf-8", newline="\n")
    if quality is None:
        say(
            "nothing was measured: "
            + ("--folds 0" if not folds else "there are fewer than two reports to tell apart; give `voice`")
        )
    else:
        sys.stdout.write(f"held out, {options.engine}\n{format_quality(quality)}\n")
        for line in curve_lines(points, len(material.judged)) if points else ():
            sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"model  {options.out}\ncard   {options.out / CARD}\nnext   gongkai tag REPORTS --out RESULTS --engine {quote(str(options.out))}\n"
    )
    return info
