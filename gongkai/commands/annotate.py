"""``gongkai annotate``: passages to Label Studio, doccano or a table, and what was coded back into training data."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote

from corpus.errors import UsageError
from corpus.files import write_text
from gongkai.codes import codes_of
from gongkai.commands.faults import check_writable
from gongkai.commands.opening import open_store
from gongkai.store_access import Store
from gongkai.tasks import all_passages, tasks_of
from models.taxonomy import Taxonomy, codebook_taxonomy, load_taxonomy
from training.coding import annotate_doccano, annotate_labelstudio
from training.coding.annotation import (
    CodingTask,
    check_tasks,
    read_coded,
    read_csv,
    read_tasks,
    read_text,
    settle,
    training_line,
    write_csv,
)
from training.coding.sampling import Drawn

_READERS: dict[str, Callable[[str, str], list[CodingTask]]] = {
    "csv": read_csv,
    "labelstudio": annotate_labelstudio.read,
    "doccano": annotate_doccano.read,
}
_WRITERS: dict[str, Callable[[Sequence[CodingTask], Taxonomy], str]] = {
    "csv": lambda tasks, _: write_csv(tasks),
    "labelstudio": annotate_labelstudio.export,
    "doccano": annotate_doccano.export,
}
#: what a tool must be told of the codes: suffix of the file beside the tasks, and its content
_CONFIGS: dict[str, tuple[str, Callable[[Taxonomy], str]]] = {
    "labelstudio": (".config.xml", annotate_labelstudio.config),
    "doccano": (".labels.json", annotate_doccano.config),
}
FORMATS = tuple(_READERS)


def _codes(labels: Path | None) -> Taxonomy:
    return codebook_taxonomy() if labels is None else load_taxonomy(labels)


def _known(name: str) -> str:
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}", remedy=f"use one of {', '.join(FORMATS)}")
    return name


def run_export(
    folder: Path, to: str, out: Path, *, sample: Path | None, labels: Path | None, suggest: bool, overwrite: bool
) -> None:
    """Writes the passages of a draw, or of a whole store, for a tool.

    Raises:
        UsageError: unknown format, or a file that would be overwritten.
        DataError: a draw that cannot be read.
    """
    _known(to)
    if out.exists() and not overwrite:
        raise UsageError("exists; it may hold codes already", source=str(out), remedy="name another file, or add --overwrite")
    check_writable(out)
    store = open_store(folder)
    taxonomy = codes_of(store) if labels is None else load_taxonomy(labels)
    tasks = _sampled(store, sample, suggest) if sample is not None else tasks_of(store, all_passages(store), suggest=suggest)
    if suggest and labels is not None:
        # a model of other codes has nothing to suggest
        tasks = [
            t
            if t.suggested_label in taxonomy.labels
            else replace(t, suggested_label="", suggested_also=(), suggested_facets=())
            for t in tasks
        ]
    suffix, config = _CONFIGS.get(to, ("", None))
    beside = out.with_name(out.name + suffix)
    if config is not None:
        # first what is written over, then what is not: the same command works again
        write_text(beside, config(taxonomy))
    write_text(out, _WRITERS[to](tasks, taxonomy), newline="")
    sys.stdout.write(f"{len(tasks)} passages -> {out}\n")
    if config is not None:
        where = "Settings > Labeling Interface > Code" if to == "labelstudio" else "Labels > Import Labels"
        sys.stdout.write(f"{where}: {beside}\n")


def _sampled(store: Store, sample: Path, suggest: bool) -> list[CodingTask]:
    given = read_tasks(sample)
    drawn = [Drawn(t.passage_id, t.stratum, t.inclusion_probability, t.design, t.seed or 0, t.draw) for t in given]
    fresh = tasks_of(store, drawn, suggest=suggest)
    kept = ("label", "also", "facets", "coder", "comment")
    return [replace(f, **{k: getattr(g, k) for k in kept}) for f, g in zip(fresh, given, strict=True)]


def run_import(
    files: Sequence[Path], source: str, out: Path, *, labels: Path | None, coder: str | None, overwrite: bool
) -> None:
    """Writes what was coded as training data, one coding of each passage, and prints how far coders agreed.

    Raises:
        UsageError: unknown format, a file that would be overwritten, nothing coded.
        DataError: a file that cannot be read, or codes that the codebook does not have.
    """
    _known(source)
    if out.exists() and not overwrite:
        raise UsageError("exists", source=str(out), remedy="name another file, or add --overwrite")
    check_writable(out)
    taxonomy = _codes(labels)
    tasks: list[CodingTask] = []
    decided: list[CodingTask] = []
    for path in files:
        found, over = read_coded(path) if source == "csv" else (_READERS[source](read_text(path), str(path)), [])
        # doccano exports one file for each annotator, named after them
        named = [replace(t, coder=path.stem) if source == "doccano" and len(files) > 1 and not t.coder else t for t in found]
        check_tasks([*named, *over], taxonomy, str(path))
        tasks += named
        decided += over
    settled = settle(tasks, coder, decided)
    if not settled.tasks:
        what = f"all {settled.none} coded passages are x, no passage" if settled.none else "nothing is coded"
        raise UsageError(what, source=", ".join(map(str, files)), remedy="fill in `label` of at least one passage")
    write_text(out, "".join(f"{training_line(t)}\n" for t in settled.tasks))
    counts = Counter(t.label for t in settled.tasks)
    lines = [
        f"{len(settled.tasks)} coded passages -> {out}: "
        + ", ".join(f"{taxonomy.zh.get(c, '')} {c} {n}".lstrip() for c, n in counts.most_common())
    ]
    if settled.uncoded:
        lines.append(f"{settled.uncoded} passages are not coded yet and left out")
    if settled.none:
        lines.append(f"{settled.none} are x, no passage, and left out")
    if settled.alpha is not None:
        lines.append(f"between coders: Krippendorff α {settled.alpha:.3f}; {settled.disagreed} passages were coded differently")
        lines += [f"  {a} and {b}: Cohen κ {'–' if k is None else f'{k:.3f}'} on {n} passages" for a, b, k, n in settled.kappas]
    if settled.tied:
        few = ", ".join(settled.tied[:3])
        lines.append(
            f"{len(settled.tied)} passages have no majority and are left out: {few}{' …' if len(settled.tied) > 3 else ''}; settle them, or take one person's with --coder"
        )
    lines.append(
        f"next   gongkai train --data {quote(str(out))} --out MODEL"
        + (f" --labels {quote(str(labels))}" if labels else " --with-shipped")
    )
    sys.stdout.write("\n".join(lines) + "\n")
