"""Where nobody coded a sheet: between which shares the truth may lie, by the errors that the model makes on real reports.

A model that finds a facet in ``Se`` of the reports that state it, and finds none in ``Sp`` of the others, gives a share p where
``(p + Sp − 1) / (Se + Sp − 1)`` is stated (W. J. Rogan, B. Gladen (1978), American Journal of Epidemiology 107, 71-76).  The band has
both the reports that were drawn and how few real reports Se and Sp were measured on (Z. Lang, J. Reiczigel (2014), Preventive Veterinary
Medicine 113, 13-22).  Counts are those of ``data/confusions.json``, which the accuracy report writes: all facets of a kind together, for
there are too few of each.  It is a band and no correction: these reports need not be like those.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any

import numpy as np

from corpus.errors import DataError
from gongkai.compare.statistics import FEWEST, LEVEL, sample

_FILE = "data/confusions.json"
_KEYS = {"source", "model", "codebook", "columns", "reports"}
#: units that Se and Sp must rest on, and reports of them
_LEAST = 20


@dataclass(frozen=True, slots=True)
class MeasuredShare:
    """One of Se and Sp: the share, and on how many independent units it rests."""

    share: float
    size: float


@dataclass(frozen=True, slots=True)
class ModelErrors:
    """The model's errors on real reports for problems or for measures; ``reports`` of them."""

    sensitivity: MeasuredShare
    specificity: MeasuredShare
    reports: int


@dataclass(frozen=True, slots=True)
class Confusions:
    """What was measured: of which model and codebook, on what."""

    model: str
    codebook: str
    source: str
    errors: dict[str, ModelErrors]


def _measured(right: Any, wrong: Any) -> MeasuredShare:
    """A share of units in reports, with the size of a simple sample that would be as certain."""
    found = sample(right[:, None].astype(float), (right + wrong)[:, None].astype(float))
    share, total = float(found.value[0]), float((right + wrong).sum())
    variance = float(found.variance[0])
    size = min(total, share * (1 - share) / variance) if variance > 1e-12 else total
    return MeasuredShare(share, size)


def parse(text: str) -> Confusions:
    """The file's text.

    Raises:
        DataError: other keys or shapes than the accuracy report writes.
    """
    raw = json.loads(text)
    if set(raw) != _KEYS or not raw["reports"]:
        raise DataError("has other keys than confusions have", source=_FILE, remedy="run python -m training.shipped.confusions")
    held = {}
    for what in raw["reports"][0]:
        hit, missed, false, neither = np.array([r[what] for r in raw["reports"]]).T
        if min((hit + missed).sum(), (false + neither).sum()) >= _LEAST:
            held[what] = ModelErrors(_measured(hit, missed), _measured(neither, false), len(raw["reports"]))
    return Confusions(raw["model"], raw["codebook"], raw["source"], held)


@cache
def confusions() -> Confusions:
    """The errors of the shipped model."""
    return parse(files("gongkai.compare").joinpath(_FILE).read_text(encoding="utf-8"))


def band(share: float, size: float, errors: ModelErrors, level: float = LEVEL) -> tuple[float, float, float] | None:
    """(share, low, high) that the truth may have where the model gives ``share`` of ``size`` agencies; none under five, or of a model
    that is right no oftener than chance.

    >>> perfect = ModelErrors(MeasuredShare(1.0, 1e9), MeasuredShare(1.0, 1e9), 10**6)
    >>> [round(x, 3) for x in band(0.4, 100, perfect) or ()]  # the interval of Agresti and Coull
    [0.4, 0.309, 0.498]
    """
    from scipy.stats import t

    se, sp = ((m.share * m.size + 1) / (m.size + 2) for m in (errors.sensitivity, errors.specificity))
    gain = se + sp - 1
    if size < FEWEST or gain <= 0 or errors.reports < FEWEST:
        return None
    z = float(t.ppf(0.5 + level / 2, errors.reports - 1))
    n, n_se, n_sp = size + z * z, errors.sensitivity.size + 2, errors.specificity.size + 2
    p = (size * share + z * z / 2) / n
    true = min(1.0, max(0.0, (p + sp - 1) / gain))
    middle = true + 2 * z * z * (true * se * (1 - se) / n_se - (1 - true) * sp * (1 - sp) / n_sp)
    parts = p * (1 - p) / n + (1 - true) ** 2 * sp * (1 - sp) / n_sp + true**2 * se * (1 - se) / n_se
    half = z * sqrt(parts) / gain
    raw = (share + errors.specificity.share - 1) / (errors.sensitivity.share + errors.specificity.share - 1)
    return min(1.0, max(0.0, raw)), max(0.0, min(middle - half, 1.0)), min(1.0, max(middle + half, 0.0))


__all__ = ["Confusions", "MeasuredShare", "ModelErrors", "band", "confusions", "parse"]
