"""Every command that writes, on a small store: what full disks, kills and places that cannot be written are tried on."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from rich.console import Console

import gongkai
from corpus.errors import GongkaiError
from gongkai.bundle import bundle
from gongkai.commands import annotate, check, sample
from gongkai.commands import bundle as coverage
from gongkai.commands import compare as comparing
from gongkai.commands.export import run_corrections, run_export
from gongkai.commands.hierarchy import run as hierarchy
from gongkai.commands.train import TrainOptions
from gongkai.commands.train import run as train
from gongkai.compare.pointing import write_points
from gongkai.pages.errors_page import write_errors
from gongkai.plots.style import new_figure, save
from models.keywords import KeywordClassifier
from models.taxonomy import codebook_taxonomy
from tests.support.factories import sample_text

#: writes into the second folder, from the results in the first
Writing = Callable[[Path, Path], object]


def make_results(home: Path) -> Path:
    """Results of six reports, with what some commands need beside them."""
    (home / "in").mkdir()
    for n in range(6):
        text = sample_text(received=n + 2).replace("临江区", f"{'东西南北中新'[n]}江区")
        (home / "in" / f"{n}.txt").write_text(text, encoding="utf-8")
    gongkai.tag(home / "in", home / "out", classifier=KeywordClassifier())
    rows = [
        f'{{"text": "公开信息{n}条", "label": "disclosure"}}\n{{"text": "收到申请{n}件", "label": "request"}}' for n in range(9)
    ]
    (home / "coded.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    report = gongkai.load(home / "out").table("reports").to_pylist()[0]
    (home / "frame.csv").write_text(f"agency,year\n{report['agency']},{report['year']}\n", encoding="utf-8")
    (home / "members.csv").write_text(f"agency,reports_to\n云岭县教育局,{report['agency']}\n", encoding="utf-8")
    with redirect_stdout(io.StringIO()):
        annotate.run_export(home / "out", "csv", home / "empty.csv", sample=None, labels=None, suggest=False, overwrite=False)
    with (home / "empty.csv").open(encoding="utf-8-sig", newline="") as f:
        tasks = list(csv.DictReader(f))
    with (home / "coded.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(tasks[0]))
        writer.writeheader()
        writer.writerows({**t, "label": "other", "coder": "甲"} for t in tasks)
    (home / "empty.csv").unlink()
    return home / "out"


def _sample(by: str) -> Writing:
    return lambda results, place: sample.run(
        results, place / f"{by}.csv", n=4, by=by, strata=(), allocate="proportional", seed=1
    )


def _export(to: str) -> Writing:
    return lambda results, place: run_export(results, to, place / to, only=(), corrections=None, overwrite=False)


def _annotate(to: str) -> Writing:
    return lambda results, place: annotate.run_export(
        results, to, place / f"tasks-{to}", sample=None, labels=None, suggest=True, overwrite=False
    )


def _plot(suffix: str) -> Writing:
    def draw(results: Path, place: Path) -> None:
        figure, axes = new_figure(2, 2)
        axes[0][0].plot([1, 2], [3, 4])
        save(figure, place / f"figure{suffix}")

    return draw


COMMANDS: Mapping[str, Writing] = {
    **{f"export {to}": _export(to) for to in ("csv", "xlsx", "jsonl", "parquet", "dta")},
    "bundle": lambda results, place: bundle(gongkai.load(results), place / "b.zip", hide_contacts=True),
    "compare": lambda results, place: comparing.run(results, place / "compared", "year"),
    "sample": _sample("simple"),
    "sample of reports": _sample("reports"),
    "annotate doccano": _annotate("doccano"),
    "annotate labelstudio": _annotate("labelstudio"),
    "annotate import": lambda results, place: annotate.run_import(
        [results.parent / "coded.csv"], "csv", place / "codes.jsonl", labels=None, coder=None, overwrite=False
    ),
    "template of corrections": lambda results, place: run_corrections(results, None, place / "to-correct.csv"),
    "check": lambda results, place: check.run([str(results)], place / "check.html", console=Console(file=io.StringIO())),
    "check of a hierarchy": lambda results, place: hierarchy(
        [str(results)], results.parent / "members.csv", place / "residuals.csv", False, Console(file=io.StringIO())
    ),
    "coverage": lambda results, place: coverage.run_coverage(results, results.parent / "frame.csv", place / "coverage.csv"),
    "errors": lambda results, place: write_errors(place / "errors", [], codebook_taxonomy(), "m"),
    "points": lambda results, place: write_points(gongkai.load(results), place / "points.parquet"),
    "plot svg": _plot(".svg"),
    "plot png": _plot(".png"),
    "train": lambda results, place: train(results.parent / "coded.jsonl", None, TrainOptions(place / "model", folds=0)),
}
#: these take seconds each
SLOW = frozenset({"compare", "train"})


def quietly(command: Writing, results: Path, place: Path) -> None:
    """Run a command without what it prints."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        command(results, place)


def finals(place: Path) -> dict[str, str]:
    """What a folder holds under final names: sizes tell halves from wholes where contents hold a time, members where they are packed."""
    found = {}
    for path in sorted(p for p in place.rglob("*") if p.is_file()):
        name = path.relative_to(place).as_posix()
        if ".part-" in name:
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found[name] = f"{archive.testzip()} {sorted(archive.namelist())}"
        else:
            data = path.read_bytes()
            timed = path.suffix in {".dta", ".html", ".json", ".md"}
            found[name] = str(len(data)) if timed else hashlib.sha256(data).hexdigest()
    return found


def again(command: Writing, results: Path, place: Path, wanted: Mapping[str, str]) -> None:
    """Give the same command again: it works, or says that what it would write is there, whole."""
    try:
        quietly(command, results, place)
    except GongkaiError as error:
        if not any(said in error.message for said in ("exists", "not empty", "holds a model")):
            raise
    if (found := finals(place)) != dict(wanted):
        raise AssertionError(f"{sorted(set(found.items()) ^ set(wanted.items()))}"[:600])
    if left := [p for p in place.rglob("*") if ".part-" in p.name and str(os.getpid()) in p.name]:
        raise AssertionError(f"{left[0].name} is left")


__all__ = ["COMMANDS", "SLOW", "Writing", "again", "finals", "make_results", "quietly"]
