"""What a folder of results says as a whole: counts, contradictions, failing checks, issues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.codebook import codebook
from gongkai.store_access import Row, Store

#: rows of a list on the page; the rest is counted, and found with `gongkai query`
LISTED = 500
#: reports in the table of reports
TABLED = 5000
#: characters of the sentence on each side of a metric
AROUND = 28
#: reports of an issue that are named beside its count
FEW = 3
FAILURES = ("read_failed", "internal", "not_a_report")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A ``disagrees`` of the join with the sentence that it stands in: ``before`` + ``shown`` + ``after``."""

    row: Row
    before: str = ""
    shown: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts by code, and the lists that an overseer looks at first.

    ``contradictions`` and ``failing`` hold at most :data:`LISTED` rows, unexplained contradictions first; their numbers are in
    ``verdicts`` and ``checks``.  ``reports`` are rows of that table by source, at most :data:`TABLED`; ``chosen`` the ids of
    those that get a section.  ``issues_in`` names the reports of the kinds of issue that at most :data:`FEW` have.
    """

    statuses: Mapping[str, int]
    labels: Mapping[str, int]
    verdicts: Mapping[str, int]
    explained: Mapping[str, int]
    checks: Mapping[str, int]
    issues: Mapping[str, int]
    totals: Mapping[str, int]
    contradictions: Sequence[Contradiction]
    failing: Sequence[Row]
    failures: Sequence[Row]
    reports: Sequence[Row]
    disagreements_of: Mapping[str, int]
    failing_of: Mapping[str, int]
    issues_of: Mapping[str, int]
    issues_in: Mapping[str, Sequence[str]]
    chosen: Sequence[str]


def overview(store: Store, limit: int) -> Overview:
    """Read the overview of a store; ``limit`` reports get a section, those with contradictions or failing checks first."""
    reports = sorted(store.rows("reports", ()), key=lambda r: (r["source"], r["report_id"]))
    disagrees = store.rows("joins", [("verdict", "=", "disagrees")])
    fails = store.rows("checks", [("verdict", "=", "fails")])
    order = {r["report_id"]: n for n, r in enumerate(reports)}
    disagrees.sort(key=lambda r: (r["explained_by"] != "none", order[r["report_id"]]))
    fails.sort(key=lambda r: (order[r["report_id"]], r["row"]))
    disagreements_of = Counter(r["report_id"] for r in disagrees)
    failing_of = Counter(r["report_id"] for r in fails)
    ids = [r["report_id"] for r in reports]
    telling = sorted(ids, key=lambda i: (not disagreements_of[i], not failing_of[i], order[i]))[:limit]
    labels = store.counts("passages", "label")
    return Overview(
        statuses=store.counts("sources", "status"),
        labels={k: labels[k] for k in (*codebook().labels, *labels) if labels.get(k)},
        verdicts=store.counts("joins", "verdict"),
        explained=Counter(r["explained_by"] for r in disagrees),
        checks=store.counts("checks", "verdict"),
        issues=store.counts("issues", "code"),
        totals={
            "reports": len(reports),
            "passages": sum(r["n_passages"] for r in reports),
            "metrics": sum(r["n_mentions"] for r in reports),
            "cells": sum(r["n_cells"] for r in reports),
        },
        contradictions=_with_sentences(store, disagrees[:LISTED]),
        failing=fails[:LISTED],
        failures=store.rows("issues", [("code", "in", list(FAILURES))])[:LISTED],
        reports=reports[:TABLED],
        disagreements_of=disagreements_of,
        failing_of=failing_of,
        issues_of=store.counts("issues", "report_id"),
        issues_in=_few_reports(store),
        chosen=sorted(telling, key=lambda i: order[i]),
    )


def _few_reports(store: Store) -> dict[str, list[str]]:
    """Reports by the code of an issue, where they are few enough to be named."""
    found: dict[str, dict[str, None]] = {}
    for row in store.table("issues").select(["code", "report_id"]).to_pylist():
        if row["report_id"] and len(held := found.setdefault(row["code"], {})) <= FEW:
            held[row["report_id"]] = None
    return {code: list(held) for code, held in found.items() if len(held) <= FEW}


def _with_sentences(store: Store, rows: Sequence[Row]) -> list[Contradiction]:
    wanted = [r["mention_id"] for r in rows if r["mention_id"]]
    mentions = {m["mention_id"]: m for m in store.rows("mentions", [("mention_id", "in", wanted)])} if wanted else {}
    inside = [m["passage_id"] for m in mentions.values()]
    passages = {p["passage_id"]: p for p in store.rows("passages", [("passage_id", "in", inside)])} if inside else {}
    found = []
    for r in rows:
        m = mentions.get(r["mention_id"])
        p = passages.get(m["passage_id"]) if m else None
        if m is None or p is None:
            found.append(Contradiction(r))
            continue
        start, end = m["start"] - p["start"], m["end"] - p["start"]
        text: str = p["text"]
        before = text[max(0, start - AROUND) : start]
        after = text[end : end + AROUND]
        found.append(
            Contradiction(
                r,
                ("…" if start > AROUND else "") + before,
                text[start:end],
                after + ("…" if end + AROUND < len(text) else ""),
            )
        )
    return found
