"""Agreement between coders, or between a coder and a model: Cohen's κ and Krippendorff's α for nominal codes.

Sources: J. Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20(1), 37-46;
K. Krippendorff (2011), Computing Krippendorff's alpha-reliability, University of Pennsylvania, section C (nominal data, any number
of coders, missing values).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]], weights: Sequence[float] | None = None) -> float | None:
    """Cohen's κ = (p_o − p_e) / (1 − p_e) of two codings of the same units.

    Args:
        pairs: the two codes of each unit.
        weights: how much each unit counts (inverse inclusion probabilities of a sample); all alike if left out.

    Returns:
        κ, at most 1; ``None`` where it is not defined: no units, or both coders used one and the same code throughout.
    """
    each = [1.0] * len(pairs) if weights is None else list(weights)
    total = sum(each)
    if not total:
        return None
    left: defaultdict[Hashable, float] = defaultdict(float)
    right: defaultdict[Hashable, float] = defaultdict(float)
    agreed = 0.0
    for (a, b), w in zip(pairs, each, strict=True):
        left[a] += w
        right[b] += w
        agreed += w * (a == b)
    by_chance = sum(w * right[c] for c, w in left.items()) / total**2
    # shares of a weighted total may miss 1 by rounding
    return None if 1 - by_chance < 1e-12 else (agreed / total - by_chance) / (1 - by_chance)


def krippendorff_alpha(units: Sequence[Sequence[Hashable | None]]) -> float | None:
    """Krippendorff's α for nominal codes, α = 1 − observed / expected disagreement.

    Args:
        units: for each unit the codes it was given, ``None`` where a coder gave none; their order does not matter.

    Returns:
        α, at most 1; ``None`` where it is not defined: no unit with two codes, or one code only in all of them.
    """
    coincidences = 0.0  # Σ o_cc: pairs that agree, each unit's divided by its number of codes less one
    values: Counter[Hashable] = Counter()
    for unit in units:
        own = Counter(c for c in unit if c is not None)
        count = own.total()
        if count < 2:
            continue  # a code without a second one beside it says nothing of agreement
        values.update(own)
        coincidences += sum(n * (n - 1) for n in own.values()) / (count - 1)
    n = values.total()
    alike = sum(c * (c - 1) for c in values.values())
    if n < 2 or n * (n - 1) == alike:
        return None
    return ((n - 1) * coincidences - alike) / (n * (n - 1) - alike)
