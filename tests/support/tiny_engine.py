"""An engine that trains in milliseconds, for tests of everything around engines: counts of characters (naive Bayes), no context."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.base import Passage, Prediction
from models.folder import ModelInfo, data_digest, write_info
from models.taxonomy import Taxonomy
from training.passages import TrainingPassage


def train(
    passages: Sequence[TrainingPassage],
    taxonomy: Taxonomy,
    out: Path,
    *,
    seed: int,
    settings: Mapping[str, Any],
    log: Callable[[str], None],
) -> ModelInfo:
    """Counts characters by label; facets are those commonest with a label."""
    counts: dict[str, Counter[str]] = {}
    facets: dict[str, Counter[str]] = {}
    for p in passages:
        counts.setdefault(p.label, Counter()).update(set(p.text))
        facets.setdefault(p.label, Counter()).update(p.facets)
    labels = Counter(p.label for p in passages)
    content = {
        c: {"passages": labels[c], "seen": counts[c], "facet": facets[c].most_common(1)[0][0] if facets[c] else ""}
        for c in sorted(labels)
    }
    (out / "counts.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    log("counted")
    digest = data_digest([p.to_json() for p in passages])
    return write_info(out, ModelInfo("tiny", taxonomy, digest, seed, dict(settings)), ["counts.json"])


def load_model(folder: Path, info: ModelInfo, *, min_confidence: float | None) -> Tiny:
    """The model of a folder."""
    return Tiny(json.loads((folder / "counts.json").read_text(encoding="utf-8")), info, min_confidence)


class Tiny:
    """The classifier."""

    def __init__(self, counts: Mapping[str, Any], info: ModelInfo, min_confidence: float | None) -> None:
        self._counts = counts
        self._info = info
        self._least = min_confidence or 0.0

    @property
    def model_id(self) -> str:
        return f"tiny-{self._info.digest}"

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [self._one(p) for p in passages]

    def _one(self, passage: Passage) -> Prediction:
        total = sum(c["passages"] for c in self._counts.values())
        scores = {
            label: math.log(c["passages"] / total)
            + sum(math.log((c["seen"].get(x, 0) + 0.5) / (c["passages"] + 1)) for x in set(passage.text))
            for label, c in self._counts.items()
        }
        best = max(scores, key=lambda c: scores[c])
        odds = sum(math.exp(s - scores[best]) for s in scores.values())
        facet = self._counts[best]["facet"]
        return Prediction(best, (), (facet,) if facet else (), round(1 / odds, 4), 1 / odds < self._least)

    def explain(self, passages: Sequence[Passage], index: int, *, top: int = 8) -> list[tuple[str, float]]:
        """Characters of the passage by how often the label has them."""
        seen = self._counts[self._one(passages[index]).label]["seen"]
        return sorted(((x, float(seen.get(x, 0))) for x in set(passages[index].text)), key=lambda kv: (-kv[1], kv[0]))[:top]
