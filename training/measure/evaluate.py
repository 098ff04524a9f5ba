"""Results against truth: how much of each report was read rightly.

Both sides are compared in *squeezed* coordinates: the canonical text without white space and with widths folded
(``corpus.text.normalise``).  A gold passage is looked up there, so that neither line breaks nor layout count as errors.

Measures:

- cells: a cell is right when its value equals the truth's (both without value counts as equal); ``states`` compares the state
  of cells that both sides have.  ``non-zero`` takes the gold cells with a value other than 0, and invented values other than 0.
- boundaries: a predicted passage is right when its text, white space removed, is that of a gold passage in its place;
  precision over all predicted, recall over all gold passages.  ``starts`` and ``ends`` take each end by itself.
- labels: each gold passage gets the label of the predicted passage that overlaps it most; none is ``(none)``.  Macro-F1 is the
  mean over the labels that occur in the truth.  ``also`` counts equal sets, where the truth gives one.
- facets: micro-F1 over gold passages labelled ``problem`` or ``improvement``.
- mentions: one to one, spans overlap, value and unit equal.  Indicator, scope and qualifier are judged on matched ones.
- joins: rows by indicator and prose value, ``prose_only`` left out; right when verdict, explanation and table value are equal.
- checks: table checks by name; prose checks by kind and expression.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from corpus.codebook import codebook
from corpus.text.normalise import normalise, squeeze
from extract.types import Report
from training.measure.gold import GoldCell, GoldJoin, GoldPassage, GoldReport, load_gold
from training.measure.results import MentionResult, PassageResult, Result, result_of, result_of_rows
from training.measure.scores import Evaluation, Hits, RowCounts, Score, Share, add, format_evaluation, format_score, to_dict

__all__ = [
    "Evaluation",
    "MentionResult",
    "PassageResult",
    "Result",
    "Score",
    "evaluate",
    "format_evaluation",
    "format_score",
    "result_of",
    "result_of_rows",
    "score",
    "to_dict",
]

NO_LABEL = "(none)"
PROSE_CHECKS = ("rate", "sum", "repeat")


def _cells(gold: Mapping[str, GoldCell], found: Mapping[str, GoldCell]) -> tuple[RowCounts, RowCounts, Share, list[str]]:
    counts: Counter[str] = Counter()
    nonzero: Counter[str] = Counter()
    states: Counter[bool] = Counter()
    errors: list[str] = []
    for code in {**gold, **found}:
        g, f = gold.get(code), found.get(code)
        if g is None:
            kind = "extra"
        elif f is None:
            kind = "missing"
        else:
            kind = "right" if g.value == f.value else "wrong"
            states[g.state == f.state] += 1
        counts[kind] += 1
        side = f if g is None else g
        if side is not None and side.value is not None and side.value != 0:
            nonzero[kind] += 1
        if kind != "right":
            errors.append(f"cell {kind}: {code} gold {_show(g)} result {_show(f)}")
        elif g is not None and f is not None and g.state != f.state:
            errors.append(f"cell state: {code} gold {g.state} result {f.state}")
    return RowCounts(**counts), RowCounts(**nonzero), Share(states[True], states.total()), errors


def _show(cell: GoldCell | None) -> str:
    return "absent" if cell is None else cell.state if cell.value is None else f"{cell.value:f}"


class _Squeezed:
    """The canonical text without white space, and the way there from its offsets."""

    def __init__(self, text: str) -> None:
        normalised = normalise(text)
        self.text = normalised.text
        self._offsets = normalised.offsets

    def span(self, start: int, end: int) -> tuple[int, int]:
        return bisect_left(self._offsets, start), bisect_left(self._offsets, end)

    def locate(self, passages: Sequence[GoldPassage]) -> list[tuple[int, int] | None]:
        """Ranges of the gold passages, in order where they can be; a sentence printed twice is found twice."""
        ranges: list[tuple[int, int] | None] = []
        cursor = 0
        for p in passages:
            wanted = squeeze(p.text)
            at = self.text.find(wanted, cursor)
            if at < 0:
                at = self.text.find(wanted)
            ranges.append(None if at < 0 else (at, at + len(wanted)))
            if at >= cursor:
                cursor = at + len(wanted)
        return ranges


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])


@dataclass(frozen=True, slots=True)
class ScoredMention:
    """A mention as it is scored: offsets in squeezed text or any text common to both sides."""

    start: int
    end: int
    value: Decimal
    unit: str
    qualifier: str
    scope: str
    indicator: str
    quote: str


def _gold_mentions(passages: Sequence[GoldPassage], ranges: Sequence[tuple[int, int] | None]) -> list[ScoredMention]:
    spans = []
    for p, r in zip(passages, ranges, strict=True):
        for m in p.mentions:
            # a passage that is not in the text keeps its mentions, at a place where nothing can match them
            base = r[0] if r is not None else -(10**9)
            start = base + len(squeeze(p.text[: m.start]))
            end = start + len(squeeze(m.quote))
            spans.append(ScoredMention(start, end, m.value, squeeze(m.unit), m.qualifier, m.scope, m.indicator, m.quote))
    return spans


def score_mentions(
    gold: Sequence[ScoredMention], found: Sequence[ScoredMention]
) -> tuple[Hits, Share, Share, Share, list[str]]:
    free = list(range(len(found)))
    pairs: list[tuple[ScoredMention, ScoredMention]] = []
    lost: list[ScoredMention] = []
    # mentions with the right indicator are paired first, so that of two subjects of one span each finds its own
    for strict in (True, False):
        remaining = list(gold) if strict else lost
        lost = []
        for g in remaining:
            best = None
            for i in free:
                f = found[i]
                if (
                    _overlap((g.start, g.end), (f.start, f.end)) > 0
                    and f.value == g.value
                    and f.unit == g.unit
                    and (not strict or f.indicator == g.indicator)
                ):
                    best = i
                    break
            if best is None:
                lost.append(g)
            else:
                free.remove(best)
                pairs.append((g, found[best]))
    errors = [f"mention missing: {g.quote} = {g.value:f} {g.unit} ({g.indicator or '-'})" for g in lost]
    errors += [f"mention invented: {f.quote} = {f.value:f} {f.unit} ({f.indicator or '-'})" for f in (found[i] for i in free)]
    for g, f in pairs:
        for name in ("indicator", "scope", "qualifier"):
            a, b = getattr(g, name), getattr(f, name)
            if a != b:
                errors.append(f"mention {name}: {g.quote} gold {a or '-'} result {b or '-'}")
    return (
        Hits(len(pairs), len(found), len(gold)),
        Share(sum(g.indicator == f.indicator for g, f in pairs), len(pairs)),
        Share(sum(g.scope == f.scope for g, f in pairs), len(pairs)),
        Share(sum(g.qualifier == f.qualifier for g, f in pairs), len(pairs)),
        errors,
    )


def _rows(gold: Mapping[Any, Any], found: Mapping[Any, Any], what: str) -> tuple[RowCounts, list[str]]:
    counts: Counter[str] = Counter()
    errors = []
    for key in {**gold, **found}:
        g, f = gold.get(key), found.get(key)
        kind = "extra" if g is None else "missing" if f is None else "right" if g == f else "wrong"
        counts[kind] += 1
        if kind != "right":
            errors.append(f"{what} {kind}: {key} gold {g} result {f}")
    return RowCounts(**counts), errors


def _join_rows(joins: Iterable[GoldJoin]) -> dict[tuple[str, str | None], tuple[str, str, str | None]]:
    """Rows by indicator and printed value: a number printed twice is compared twice, and is one row of the truth."""
    return {
        (j.indicator, _plain(j.prose_value)): (j.verdict, j.explained_by or "", _plain(j.table_value))
        for j in joins
        if j.verdict != "prose_only"
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _prose_rows(checks: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, int], str]:
    """Prose checks by kind and expression (``86.0 %`` as ``86%``); equal expressions are numbered."""
    rows: dict[tuple[str, str, int], str] = {}
    for check, expression, verdict in checks:
        words = [f"{Decimal(w).normalize():f}" if w[0].isdigit() else w for w in expression.replace("%", " % ").split()]
        number_of = 0
        while (key := (check, " ".join(words), number_of)) in rows:
            number_of += 1
        rows[key] = verdict
    return rows


def _nearest(ranges: Sequence[tuple[int, int] | None], spans: Sequence[tuple[int, int]]) -> list[int | None]:
    """For each gold range the number of the span that overlaps it most."""
    found: list[int | None] = []
    for r in ranges:
        best = max(range(len(spans)), key=lambda i: _overlap(r, spans[i]), default=None) if r is not None else None
        found.append(best if best is not None and r is not None and _overlap(r, spans[best]) > 0 else None)
    return found


def align(gold: GoldReport, result: Result) -> list[int | None]:
    """For each gold passage the number of the predicted passage that is judged in its place; ``None`` where there is none."""
    text = _Squeezed(result.text)
    return _nearest(text.locate(gold.passages), [text.span(p.start, p.end) for p in result.passages])


def score(gold: GoldReport, result: Result) -> Score:
    """All measures of one report."""
    cells, nonzero, states, errors = _cells(gold.cells, result.cells)
    text = _Squeezed(result.text)
    ranges = text.locate(gold.passages)
    spans = [text.span(p.start, p.end) for p in result.passages]
    known = [r for r in ranges if r is not None]
    gold_set, found_set = Counter(known), Counter(spans)
    errors += [f"passage not in the text: {p.text}" for p, r in zip(gold.passages, ranges, strict=True) if r is None]
    errors += [f"passage missing: {text.text[a:b]}" for a, b in (gold_set - found_set).elements()]
    errors += [f"passage invented: {text.text[a:b]}" for a, b in (found_set - gold_set).elements()]

    def hits(side: int) -> Hits:
        common = Counter(r[side] for r in known) & Counter(s[side] for s in spans)
        return Hits(common.total(), len(spans), len(ranges))

    confusions: Counter[tuple[str, str]] = Counter()
    also = Counter[bool]()
    facets = Counter[str]()
    for p, best in zip(gold.passages, _nearest(ranges, spans), strict=True):
        found = None if best is None else result.passages[best]
        label = found.label if found else NO_LABEL
        confusions[p.label, label] += 1
        if label != p.label:
            errors.append(f"label: gold {p.label} result {label}: {p.text}")
        if p.also is not None:
            also[set(p.also) == set(found.also if found else ())] += 1
        if p.label in codebook().coded:
            predicted = set(found.facets) if found else set()
            facets.update(right=len(predicted & set(p.facets)), predicted=len(predicted), gold=len(set(p.facets)))
            if predicted != set(p.facets):
                errors.append(f"facets: gold {sorted(p.facets)} result {sorted(predicted)}: {p.text}")
    mentions = [
        ScoredMention(
            *text.span(m.start, m.end),
            m.value,
            squeeze(m.unit),
            m.qualifier,
            m.scope,
            m.indicator,
            result.text[m.start : m.end],
        )
        for m in result.mentions
    ]
    found_hits, indicators, scopes, qualifiers, more = score_mentions(_gold_mentions(gold.passages, ranges), mentions)
    joins, join_errors = _rows(_join_rows(gold.joins), _join_rows(result.joins), "join")
    prose = [c for c in result.checks if c[0] in PROSE_CHECKS]
    tables = {c[0]: c[2] for c in result.checks if c[0] not in PROSE_CHECKS}
    table_checks, table_errors = _rows(gold.table_checks, tables, "table check")
    prose_checks, prose_errors = _rows(_prose_rows(gold.prose_checks), _prose_rows(prose), "prose check")
    errors += [*more, *join_errors, *table_errors, *prose_errors]
    right = sum(n for (a, b), n in confusions.items() if a == b)
    return Score(
        cells,
        nonzero,
        states,
        Share(len(known), len(ranges)),
        Hits((gold_set & found_set).total(), len(spans), len(ranges)),
        hits(0),
        hits(1),
        Share(right, len(gold.passages)),
        Share(also[True], also.total()),
        Hits(facets["right"], facets["predicted"], facets["gold"]),
        found_hits,
        indicators,
        scopes,
        qualifiers,
        joins,
        table_checks,
        prose_checks,
        dict(confusions),
        tuple(f"{gold.stem}: {e}" for e in errors),
    )


def evaluate(reports: Iterable[Result | Report], gold_dir: Path) -> Evaluation:
    """Scores of reports against the truth files of a folder.

    Args:
        reports: results in memory, or made of stored rows by :func:`result_of_rows`.
        gold_dir: folder in the format of :mod:`training.measure.gold`.

    Raises:
        DataError: the folder holds no truth, or broken truth.
    """
    gold = load_gold(gold_dir)
    scores: dict[str, Score] = {}
    unknown = []
    for report in reports:
        result = result_of(report) if isinstance(report, Report) else report
        if result.stem in gold:
            scores[result.stem] = score(gold[result.stem], result)
        else:
            unknown.append(result.stem)
    missing = tuple(stem for stem in gold if stem not in scores)
    return Evaluation(scores, add(scores.values()), missing, tuple(unknown))
