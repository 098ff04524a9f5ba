"""The tables of a comparison that look across reports: wording, copied text, panel, checks across years."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from corpus.errors import UsageError
from gongkai.codes import is_own
from gongkai.compare.changes import checks_across_years, growth, jumps
from gongkai.compare.copying import copied, copied_by_report, copied_edges, passages_of
from gongkai.compare.frame import Study
from gongkai.compare.panel import agency_years
from gongkai.compare.words import distinctive_words, quotations
from gongkai.store_access import Store

#: quotations of each facet and group in ``quotations.csv``
EACH = 5


def more_tables(
    store: Store, study: Study, points: pa.Table, *, identity: str = "entity", lineage: Path | None = None,
    threshold: float = 0.8, seed: int, tell: Callable[[str], None],
) -> tuple[dict[str, pa.Table], list[str]]:  # fmt: skip
    """Tables by name, and notes on what could not be made.

    Args:
        identity: what makes an agency of two years the same (:mod:`gongkai.compare.panel`).
        lineage: CSV of further reforms.
        threshold: least similarity of copied passages.
        tell: told the name of each table before it is made.

    Raises:
        UsageError, DataError: as the functions called.
    """
    found: dict[str, pa.Table] = {}
    notes: list[str] = []
    tell("words")
    own = is_own(study.codes)
    labels = study.codes.coded or study.codes.labels
    listed = [(c, c) for c in labels] if own else [("problem", "words_problems"), ("improvement", "words_measures")]
    words = {}
    for label, name in listed:
        try:
            words[name] = distinctive_words(store, study, labels=(label,), seed=seed)
        except UsageError as error:
            why = error.message
            notes.append(f"words.csv is not written for {label}: {why}" if own else f"{name}.csv is not written: {why}")
    if own and words:
        parts = [t.append_column("label", pa.array([c] * len(t), pa.string())) for c, t in words.items()]
        found["words"] = pa.concat_tables(parts)
    elif not own:
        found |= words
    tell("quotations")
    parts = []
    for facet in sorted(set(filter(None, points["facet"].to_pylist()))):
        for label in labels:
            some = quotations(store, study, points, facet, label=label, each=EACH, seed=seed)
            some = some.append_column("facet", pa.array([facet] * len(some), pa.string()))
            parts.append(some.append_column("label", pa.array([label] * len(some), pa.string())))
    if parts:
        found["quotations"] = pa.concat_tables(parts)
    tell("copied")
    try:
        passages = passages_of(store, labels)
        found["copied"] = copied(passages, threshold=threshold)
        found["copied_edges"] = copied_edges(found["copied"], passages)
        found["copied_by_report"] = copied_by_report(passages, found["copied"])
    except UsageError as error:
        notes.append(f"copied.csv is not written: {error.message}; {error.remedy}")
    tell("panel")
    found["panel"] = agency_years(store, identity=identity, extra=lineage)
    found["growth"] = growth(store, found["panel"])
    found["checks_across_years"] = checks_across_years(store, found["panel"])
    found["jumps"] = jumps(store, found["panel"])
    return found, notes
