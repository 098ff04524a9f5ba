"""How far two coders agree, or a coder and the model: κ and α of labels, of each code, and by report.

The figures are :mod:`training.measure.agreement`'s, of the passages that both coded, unweighted: they tell of the coding, not of the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from gongkai.compare.passage_sheet import JUNK
from gongkai.web.coding.codings import Codings, GivenCode, given_code
from gongkai.web.coding.draws import is_empty
from models.taxonomy import Taxonomy
from training.measure.agreement import cohen_kappa, krippendorff_alpha

#: passages under which κ and α are not given, and under which they are marked; times that a code must have been given
FEWEST, FEW, FEWEST_USES = 10, 30, 5
#: the model and what people settled on, among the names of coders; no coder can be called so
MODEL, SETTLED = "|model", "|settled"
#: codes by passage
CodesOf = Mapping[str, GivenCode]


@dataclass(frozen=True, slots=True)
class AgreementFigure:
    """Of ``n`` passages ``agreed``; κ and α where there are enough, ``few`` where there are barely."""

    name: str
    n: int
    agreed: int
    kappa: float | None
    alpha: float | None
    few: bool
    uses: int = 0


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two coders: their labels, each code, and each report."""

    a: str
    b: str
    labels: AgreementFigure
    by_label: tuple[AgreementFigure, ...]
    by_facet: tuple[AgreementFigure, ...]
    by_report: tuple[AgreementFigure, ...]
    by_also: tuple[AgreementFigure, ...] = ()
    #: of numbers to which both gave an indicator, those with the same value
    values: AgreementFigure | None = None


def voices(found: Codings, model: CodesOf) -> dict[str, CodesOf]:
    """Codes by person, of the model, and those that people settled on: decided, or given alike by two and more."""
    by: dict[str, dict[str, GivenCode]] = {}
    settled: dict[str, GivenCode] = {}
    texts = {r["passage_id"] for r in found.draw.rows if not is_empty(r)}
    for passage_id, acts in found.codes.items():
        if passage_id not in texts:
            continue
        for who, act in acts.items():
            by.setdefault(who, {})[passage_id] = given_code(act)
        codes = [given_code(a) for a in acts.values()]
        if passage_id in found.decided:
            settled[passage_id] = given_code(found.decided[passage_id])
        elif len(codes) > 1 and len({c.says for c in codes}) == 1:
            settled[passage_id] = codes[0]
    named: dict[str, CodesOf] = {who: by[who] for who in found.coders if who in by}
    if settled:
        named[SETTLED] = settled
    return named | {MODEL: model}


def agreements(found: Codings, model: CodesOf) -> list[PairAgreement]:
    """Every pair of coders, then each with the model; who settled is compared with the model alone."""
    of = voices(found, model)
    coders = [w for w in of if w not in {MODEL, SETTLED}]
    pairs = [*combinations(coders, 2), *((w, MODEL) for w in (*coders, SETTLED) if w in of)]
    reports = {r["passage_id"]: r["report_id"] for r in found.draw.rows}
    return [_pair(a, b, of[a], of[b], reports, found.draw.codes) for a, b in pairs]


def all_alpha(found: Codings) -> AgreementFigure:
    """Krippendorff's α of the labels of everybody, over passages that two and more coded."""
    units = [[given_code(a).label for a in by.values()] for by in found.codes.values() if len(by) > 1]
    n = len(units)
    alpha = krippendorff_alpha(units) if n >= FEWEST else None
    return AgreementFigure("", n, sum(len(set(u)) == 1 for u in units), None, alpha, n < FEW)


def _pair(a: str, b: str, one: CodesOf, two: CodesOf, reports: Mapping[str, str], codes: Taxonomy) -> PairAgreement:
    both = [i for i in reports if i in one and i in two]
    labels = [(one[i].label, two[i].label) for i in both]
    by_label = [_of_code(c, [(x == c, y == c) for x, y in labels]) for c in (*codes.labels, JUNK)]
    by_facet = [_of_code(f, [(f in one[i].facets, f in two[i].facets) for i in both]) for f in codes.facets]
    by_report = []
    for report_id in dict.fromkeys(reports[i] for i in both):
        by_report.append(_figure(report_id, [(one[i].label, two[i].label) for i in both if reports[i] == report_id]))
    by_also = [_of_code(c, [(c in one[i].also, c in two[i].also) for i in both]) for c in codes.labels]
    used_labels, used_facets, used_also = (tuple(f for f in some if f.uses) for some in (by_label, by_facet, by_also))
    met = [(one[i].value, two[i].value) for i in both if one[i].value and two[i].value]
    values = _figure("", met) if met else None
    return PairAgreement(a, b, _figure("", labels), used_labels, used_facets, tuple(by_report), used_also, values)


def _figure(name: str, pairs: Sequence[tuple[object, object]]) -> AgreementFigure:
    n = len(pairs)
    enough = n >= FEWEST
    return AgreementFigure(
        name, n, sum(x == y for x, y in pairs), cohen_kappa(pairs) if enough else None,
        krippendorff_alpha(pairs) if enough else None, n < FEW,
    )  # fmt: skip


def _of_code(name: str, pairs: Sequence[tuple[bool, bool]]) -> AgreementFigure:
    """Whether both gave this code: κ of yes and no; ``uses`` passages to which either gave it, ``agreed`` to which both did."""
    uses = sum(x or y for x, y in pairs)
    enough = len(pairs) >= FEWEST and uses >= FEWEST_USES
    return AgreementFigure(
        name, len(pairs), sum(x and y for x, y in pairs), cohen_kappa(pairs) if enough else None,
        krippendorff_alpha(pairs) if enough else None, len(pairs) < FEW or uses < 2 * FEWEST_USES, uses,
    )  # fmt: skip
