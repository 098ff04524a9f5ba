"""Fits the weights of :mod:`extract.mentions.weights`: ``python -m training.shipped.metric_model``.

Trained on the voices of ``train``, with the rules' own answers as features: after every change of a rule it is fitted again
(half a minute).  Weights that say next to nothing are left out, so that the file stays small.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.feature_extraction import DictVectorizer
from sklearn.svm import LinearSVC

from corpus.text.normalise import normalise
from extract.mentions import weights as runtime
from extract.mentions.mentions import find_mentions
from extract.types import Mention
from training.shipped.metric_sentences import load
from training.shipped.metric_voices import Voice, VoiceMention, matched, measure, read_voice, read_voices
from training.voices import HARD, VOICES

TARGET = Path(runtime.__file__).resolve().parents[1] / "data" / runtime.DATA
#: penalty, ``C``, the features kept and ``weights.MARGIN`` by three folds of the voices of ``train``: indicators right 0.866, by the
#: rules alone 0.789 (an L1 penalty of 0.8 with its best margin: 0.852)
SETTINGS = {"C": 0.1, "random_state": 0}
#: voices whose marks are not learnt from: with those of ``n8``, marked once, held indicators are the same (0.902), scopes 0.951 instead of
#: 0.955; with those of ``figures``, too, 0.902 and 0.949, for a third more bytes
LEFT_OUT = "n8-"
#: as the weights are pressed smallest: bytes of a column are like the one before, not like the fourth before
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]
#: features of fewer examples are left out, and weights below this many thousandths
SEEN, LEAST = 3, 24


@dataclass(frozen=True, slots=True)
class CountedExample:
    """A quantity that the rules find: its features, its unit, and its true indicator."""

    features: list[str]
    unit: str
    code: str


def rows(voices: Sequence[Voice]) -> list[CountedExample]:
    """An example for every quantity of the voices that the rules find."""
    examples: list[CountedExample] = []
    for voice in voices:
        by_passage: dict[int, list[Mention]] = {}
        found = find_mentions(voice.passages, weighed=False)
        for m in found:
            by_passage.setdefault(m.passage, []).append(m)
        true = {(f.start, f.number): g.indicator for g, f in matched(voice.mentions, found)}
        for number, mentions in by_passage.items():
            passage = voice.passages[number]
            for m, some in zip(mentions, runtime.described(passage, normalise(passage.text), mentions), strict=True):
                if (m.start, m.number) in true:
                    examples.append(CountedExample(sorted(runtime.names_of(some)), m.unit, true[m.start, m.number]))
    return examples


#: codes whose meaning is the same in version 1 of the codebook, by which the sentences beside the samples were marked
_SAME = (
    "service.",
    "hotline.",
    "platform.",
    "interpretation.",
    "proposal.",
    "mail.",
    "supervision.",
    "review.",
    "litigation.",
    "growth",
    "share",
)


def older_rows() -> list[CountedExample]:
    """The same of the sentences and reports that the rules were developed on, where version 2 kept the code."""
    voices = []
    for half in ("dev", "held2", "held3"):
        passages, gold = load(half)
        at = [p.start for p in passages]
        voices.append(
            Voice(
                half, tuple(passages),
                tuple(
                    VoiceMention(
                        m.start, m.end, m.quote, m.value, m.unit, m.qualifier, m.scope, m.indicator, None, None, "year",
                        bisect_right(at, m.start) - 1,
                    )
                    for m in gold if m.indicator.startswith(_SAME)
                ),
            )
        )  # fmt: skip
    return rows(voices)


def fit(examples: Sequence[CountedExample]) -> dict[str, Any]:
    """The content of the file of weights."""
    features, codes = [e.features for e in examples], [e.code for e in examples]
    seen = Counter(f for some in features for f in some)
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform([{f: 1.0 for f in some if seen[f] >= SEEN} for some in features])
    # liblinear takes 32-bit indices only
    matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    model = LinearSVC(**SETTINGS).fit(matrix, codes)
    kept: dict[str, dict[int, int]] = {}
    names = vectorizer.get_feature_names_out()
    rows, columns = model.coef_.nonzero()
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        weight = round(float(model.coef_[row, column]) * 1000)
        if abs(weight) >= LEAST:
            kept.setdefault(str(names[column]), {})[row] = weight
    return {
        "format": 4, "codes": list(model.classes_), "bias": [round(float(b), 3) for b in model.intercept_],
        "features": dict(sorted(kept.items())),
        "units": [sorted({e.unit for e in examples if e.code == c}) for c in model.classes_],
    }  # fmt: skip


def learnt() -> list[Path]:
    """The voices that weights are fitted on: those of ``voices/train`` that were marked twice, and those of ``hard/train``."""
    twice = (path for path in (VOICES / "train").glob("*.txt") if not path.name.startswith(LEFT_OUT))
    return sorted([*twice, *(HARD / "train").glob("*.txt")])


def voices_digest() -> str:
    """What identifies the voices that weights were fitted on: a hash over names and texts."""
    digest = hashlib.sha256()
    for path in learnt():
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def main() -> None:
    """Fit on the voices of ``train``, write, and print what it gives on those that are held."""
    content = fit([*rows([read_voice(path) for path in learnt()]), *older_rows()]) | {"voices": voices_digest()}
    head = json.dumps(content | {"features": list(content["features"])}, ensure_ascii=False, separators=(",", ":")) + "\n"
    columns = runtime.packed(content["features"])
    TARGET.write_bytes(lzma.compress(head.encode("utf-8") + columns, filters=FILTERS))
    runtime.weights.cache_clear()
    print(f"{len(content['features']):,} features, {TARGET.stat().st_size:,} bytes")
    print("\n".join(measure(read_voices(VOICES / "held")).lines()))


if __name__ == "__main__":
    main()
