"""What more coding would bring: accuracy over the number of passages learnt from, and how it goes on.

Errors of classifiers fall about as a power of the number of examples, ``error = a · n ** −b`` (C. Cortes et al. 1994, Learning curves:
asymptotic values and rate of convergence, NIPS); ``b`` is fitted to what was measured on reports left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: a doubling that gains less than this is said to bring little
WORTH = 0.01
_LEAST_ERROR = 1e-3


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Accuracy of models that learnt from about so many passages."""

    passages: int
    accuracy: float


def expected_accuracy(points: Sequence[CurvePoint], passages: int) -> float:
    """Accuracy to expect from ``passages``, by the power law through the points; never worse than the last of them.

    >>> round(expected_accuracy([CurvePoint(100, 0.6), CurvePoint(200, 0.8)], 400), 3)
    0.9
    """
    last = points[-1]
    if len(points) < 2:
        return last.accuracy
    size = np.log([p.passages for p in points])
    error = np.log([max(_LEAST_ERROR, 1.0 - p.accuracy) for p in points])
    slope = min(0.0, float(np.polyfit(size, error, 1)[0]))
    return float(1.0 - max(_LEAST_ERROR, 1.0 - last.accuracy) * (passages / last.passages) ** slope)


def curve_lines(points: Sequence[CurvePoint], coded: int) -> list[str]:
    """What to print: the measured points, and how many passages to code next.

    Args:
        points: measured, rising.
        coded: how many passages are coded; the models that were measured learnt from fewer.
    """
    measured = ", ".join(f"{p.accuracy:.3f} from {p.passages}" for p in points)
    now, double = (expected_accuracy(points, n) for n in (coded, 2 * coded))
    lines = [f"more coding  accuracy {measured}; about {now:.3f} from all {coded}"]
    if double - now < WORTH:
        lines.append(
            f"             twice as many would give about {double:.3f}: code more only of labels that are rare or often wrong"
        )
    else:
        lines.append(
            f"             code {coded} more for about {double:.3f}: gongkai sample RESULTS --by uncertainty --n {coded} --out next.csv"
        )
    return lines
