"""How much an active draw can save on held reports: ``python -m benchmarks.active_bound``.

The model's doubt of each held report (as ``gongkai.compare.passage_sheet`` draws by it), its errors in what the report's section 五 states, and the
variance of the correction against a simple draw of as many: with the chances of ``sample --by active``, and with the best chances that doubt
could give, proportional to the root of the expected error (Zrnic and Candès 2024, section 4), here fitted on the same reports, so that it flatters.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sklearn.isotonic import IsotonicRegression

from models.base import Prediction
from models.registry import default_classifier
from training.passages import as_report, by_voice
from training.voices import held

_STATED = ("problem", "improvement")


def doubt_of(predictions: Iterable[Prediction]) -> float:
    """As ``_chances`` of the draw: what is left to certainty of label and likeliest facet, added up."""
    return sum(1 - (p.score or 0.5) * max(p.facet_scores or (255,)) / 255 for p in predictions)


def main() -> None:
    """Print errors by doubt and what draws by it save."""
    model = default_classifier()
    doubts, stated, said = [], [], []
    for own in by_voice(held()).values():
        pairs = [(p, q) for p, q in zip(own, model.predict(as_report(own)), strict=True) if p.section == "s5"]
        if pairs:
            doubts.append(doubt_of(q for _, q in pairs))
            stated.append({(p.label, f) for p, _ in pairs if p.label in _STATED for f in p.facets})
            said.append({(q.label, f) for _, q in pairs if q.label in _STATED for f in q.facets})
    codes = sorted(set().union(*stated, *said))
    doubt = np.array(doubts)
    error = np.array([[(c in a) != (c in b) for c in codes] for a, b in zip(stated, said, strict=True)]).mean(axis=1)
    print(f"{len(doubt)} held reports with a section 五, {len(codes)} statements, {error.mean():.3f} of them wrong")
    for number, fifth in enumerate(np.array_split(np.argsort(doubt), 5), 1):
        print(f"  fifth {number} by doubt ({doubt[fifth].mean():.2f}): {error[fifth].mean():.3f} wrong")
    for alike in (0.5, 0.25, 0.0):
        chance = alike + (1 - alike) * doubt / doubt.mean()
        print(f"  chances {alike:.0%} alike: variance of the correction × {(error / chance).mean() / error.mean():.2f}")
    expected = IsotonicRegression(y_min=0).fit_transform(doubt, error)
    best = np.sqrt(expected).mean() ** 2 / expected.mean()
    print(f"  the best chances that doubt could give: × {best:.2f}, an interval × {best**0.5:.2f}")


if __name__ == "__main__":
    main()
