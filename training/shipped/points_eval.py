"""How well points are found: ``python -m training.shipped.points_eval [--part dev|held] [--gold DIR] [--errors]``.

Measured on invented passages coded by clause (``data/points_dev.txt``, ``data/points_held.txt``), and on the facets of truth files.

Format of the data: ``== name`` begins a report; ``H heading`` sets the heading above what follows; ``P text`` is a problem, ``I text``
a measure.  In the text ``{facet state|clause}`` marks a point, ``{facet+facet state !|clause}`` two of one clause that names something;
``state`` is the locus of a problem or the status of a measure.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.codebook import codebook
from corpus.errors import DataError
from extract.points.points import Coded, LinearScorer, Point, points_of
from extract.points.rules import LOCI, STATUSES
from models.base import Passage
from models.linear import LinearClassifier
from models.linear_folder import load
from training.measure.gold import load_gold

DATA = Path(__file__).resolve().parents[1] / "data"
_POINT = re.compile(r"\{([a-z+]+) ([a-z]+)( !)?\|([^{}|]+)\}")
_LABELS = {"P": "problem", "I": "improvement"}


@dataclass(frozen=True, slots=True)
class PointTruth:
    """The passages of one part, in order, with their points (``Point.passage`` counts the passages)."""

    passages: tuple[Coded, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ItemScore:
    """Right, found and true items."""

    right: int
    found: int
    true: int

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 0.0

    def __str__(self) -> str:
        precision = self.right / self.found if self.found else 0.0
        recall = self.right / self.true if self.true else 0.0
        return f"F1 {self.f1:.3f}  precision {precision:.3f}  recall {recall:.3f}  ({self.right} of {self.found} found, {self.true} true)"


def parse_line(line: str, place: str) -> tuple[str, str, list[tuple[str, str, bool, int, int]]]:
    """(label, text, points as facet, state, concrete, start, end) of a line ``P …`` or ``I …``.

    Raises:
        DataError: an unknown letter, facet or state, or a brace that belongs to no mark.
    """
    label = _LABELS.get(line[0])
    if label is None or line[1:2] != " ":
        raise DataError(f"line begins with {line[:2]!r}", source=place, remedy="begin it with `P `, `I `, `H `, `==` or `#`")
    states = LOCI if label == "problem" else STATUSES
    text, at, marks = "", 2, []
    for found in _POINT.finditer(line, 2):
        text += line[at : found.start()]
        for facet in found[1].split("+"):
            if facet not in codebook().facets or found[2] not in states:
                raise DataError(
                    f"unknown code in {found[0]!r}", source=place, remedy=f"use a facet and one of {', '.join(states)}"
                )
            marks.append((facet, found[2], bool(found[3]), len(text), len(text) + len(found[4])))
        text += found[4]
        at = found.end()
    text += line[at:]
    if "{" in text or "}" in text or not marks:
        raise DataError("a mark is broken, or there is none", source=place, remedy="write {facet state|clause}")
    return label, text, marks


def load_points(path: Path) -> PointTruth:
    """A part of the data.

    Raises:
        DataError: as :func:`parse_line`.
    """
    passages: list[Coded] = []
    points: list[Point] = []
    report, heading, at = "", (), 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("== "):
            report, heading, at = line[3:], (), 0
        elif line.startswith("H "):
            heading = (line[2:],)  # type: ignore[assignment]
        else:
            label, text, marks = parse_line(line, f"{path}:{number}")
            facets = tuple(dict.fromkeys(m[0] for m in marks))
            for facet, state, concrete, start, end in marks:
                status = state if label == "improvement" else None
                locus = state if label == "problem" else None
                points.append(Point(len(passages), facet, at + start, at + end, status, locus, concrete))  # type: ignore[arg-type]
            passages.append(Coded(report, at, text, label, facets, heading))
            at += len(text) + 1
    return PointTruth(tuple(passages), tuple(points))


def predicted(passages: Sequence[Coded], model: LinearClassifier) -> list[Coded]:
    """The passages with the facets that the model gives them in their context, labels kept."""
    out: list[Coded] = []
    by_report: dict[str, list[Coded]] = {}
    for p in passages:
        by_report.setdefault(p.report_id, []).append(p)
    for own in by_report.values():
        path = ("五、存在的主要问题及改进情况",)
        seen = [
            Passage(p.start, p.start + len(p.text), p.text, "s5", (*path, *p.heading_path), n, n, n) for n, p in enumerate(own)
        ]
        for p, q in zip(own, model.predict(seen), strict=True):
            out.append(replace(p, facets=q.facets))
    return out


def pairs(found: Iterable[Point], truth: Iterable[Point]) -> list[tuple[Point, Point]]:
    """Pairs of one facet whose clauses share more than half of the shorter one, each point once, best overlap first."""
    options = [
        (min(a.end, b.end) - max(a.start, b.start), a, b)
        for a in found
        for b in truth
        if a.passage == b.passage and a.facet == b.facet
        and 2 * (min(a.end, b.end) - max(a.start, b.start)) > min(a.end - a.start, b.end - b.start)
    ]  # fmt: skip
    used: set[tuple[int, int]] = set()
    out = []
    for _, a, b in sorted(options, key=lambda o: -o[0]):
        if (0, id(a)) not in used and (1, id(b)) not in used:
            used |= {(0, id(a)), (1, id(b))}
            out.append((a, b))
    return out


def facet_score(found: Sequence[tuple[str, ...]], truth: Sequence[tuple[str, ...]]) -> ItemScore:
    """Facets of passages, micro-averaged."""
    right = sum(len({*a} & {*b}) for a, b in zip(found, truth, strict=True))
    return ItemScore(right, sum(map(len, map(set, found))), sum(map(len, map(set, truth))))


def union(points: Sequence[Point], count: int) -> list[tuple[str, ...]]:
    """The facets of each passage's points."""
    sets: list[set[str]] = [set() for _ in range(count)]
    for p in points:
        sets[p.passage].add(p.facet)
    return [tuple(sorted(s)) for s in sets]


def report(truth: PointTruth, model: LinearClassifier, say: Callable[[str], None], *, errors: bool = False) -> None:
    """Print the scores of one part."""
    scorer = LinearScorer(model)
    bare = [replace(p, facets=()) for p in truth.passages]
    ways = (
        ("facets given (clause finding alone)", points_of(truth.passages, scorer)),
        ("facets given, without a model", points_of(truth.passages, None)),
        ("facets of the shipped model (end to end, label given)", points_of(predicted(truth.passages, model), scorer)),
        ("facets by cues alone", points_of(bare, None)),
    )
    say(f"{len(truth.passages)} passages, {len(truth.points)} points")
    for name, found in ways:
        matched = pairs(found, truth.points)
        say(f"{name}\n  points    {ItemScore(len(matched), len(found), len(truth.points))}")
        facets = facet_score(union(found, len(truth.passages)), [p.facets for p in truth.passages])
        say(f"  facets    {facets}")
        loci = [(a.locus, b.locus) for a, b in matched if b.locus]
        statuses = [(a.status, b.status) for a, b in matched if b.status]
        for what, both in (("locus", loci), ("status", statuses)):
            say(f"  {what:9} {sum(a == b for a, b in both)} of {len(both)} right")
            confused = Counter(f"{b}→{a}" for a, b in both if a != b)
            if confused:
                say(f"            {', '.join(f'{k} {v}' for k, v in confused.most_common())}")
        named = ItemScore(
            sum(a.concrete and b.concrete for a, b in matched),
            sum(a.concrete for a, _ in matched),
            sum(b.concrete for _, b in matched),
        )
        say(f"  concrete  {named}")
    if errors:
        _errors(truth, ways[0][1], say)


def _errors(truth: PointTruth, found: Sequence[Point], say: Callable[[str], None]) -> None:
    matched = pairs(found, truth.points)
    hit = {id(a) for a, _ in matched} | {id(b) for _, b in matched}

    def show(p: Point) -> str:
        passage = truth.passages[p.passage]
        return f"{p.facet:14} {passage.text[p.start - passage.start : p.end - passage.start]}  ⟵ {passage.text}"

    for p in truth.points:
        if id(p) not in hit:
            say(f"missed  {show(p)}")
    for p in found:
        if id(p) not in hit:
            say(f"false   {show(p)}")
    for a, b in matched:
        wrong = [
            f"{n} {y}→{x}"
            for n, x, y in (("locus", a.locus, b.locus), ("status", a.status, b.status), ("concrete", a.concrete, b.concrete))
            if x != y
        ]
        if wrong:
            say(f"{', '.join(wrong):32} {show(b)}")


def gold_facets(folder: Path, model: LinearClassifier, say: Callable[[str], None]) -> None:
    """Print how well facets agree with the truth files of a folder: those of the model, and those of cues alone."""
    passages: list[Coded] = []
    for stem, truth in load_gold(folder).items():
        at = 0
        for p in truth.passages:
            if p.label in codebook().coded:
                path = (p.heading,) if p.heading else ()
                passages.append(Coded(stem, at, p.text, p.label, p.facets, path))
            at += len(p.text) + 1
    true = [p.facets for p in passages]
    cues = points_of([replace(p, facets=()) for p in passages])
    placed = points_of(passages, LinearScorer(model))
    say(f"truth files: {len(passages)} passages, {sum(map(len, true))} facets")
    say(f"  facets of the shipped model   {facet_score([p.facets for p in predicted(passages, model)], true)}")
    say(f"  facets by cues alone          {facet_score(union(cues, len(passages)), true)}")
    say(f"  given facets led to a clause  {facet_score(union(placed, len(passages)), true)}; {len(placed)} points")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--part", choices=("dev", "held", "both"), default="both")
    parser.add_argument("--gold", type=Path, help="folder of truth files whose facets are compared too")
    parser.add_argument("--errors", action="store_true", help="list errors of the development part")
    args = parser.parse_args()
    model = load()
    print(model.model_id)
    for part in ("dev", "held"):
        if args.part in (part, "both"):
            print(f"== {part}")
            report(load_points(DATA / f"points_{part}.txt"), model, print, errors=args.errors and part == "dev")
    if args.gold:
        gold_facets(args.gold, model, print)


if __name__ == "__main__":
    main()
