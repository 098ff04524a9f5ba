"""Trains the engine ``transformer``: fine-tunes a pretrained encoder, exports it to int8 ONNX, calibrates what is served.

Voices (reports) are split in three: those learnt from; those left out for early stopping, temperature and thresholds; those left
out for measuring.  What is served is what is calibrated: temperature and thresholds are fitted to the scores of the int8 network.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.errors import DataError, UsageError
from corpus.extras import install_remedy
from models.folder import ModelInfo, data_digest, read_info, write_info
from models.taxonomy import Taxonomy
from models.transformer import FILES, Floats, TransformerClassifier, TransformerConfig, load_model, sigmoid, softmax
from models.transformer_input import InputSettings, encode, open_tokenizer, pairs
from training.passages import TrainingPassage, as_report, by_voice

if TYPE_CHECKING:
    from training.engines.transformer_net import Loop, TrainingExample

Log = Callable[[str], None]
Voices = list[list[TrainingPassage]]
_ITEM = re.compile(r"^(?:[一二三四五六七八九十]是|[（(][一二三四五六七八九十\d][）)]|\d[.、．]|[一二三四五六七八九十]、)")


@dataclass(frozen=True, slots=True)
class TransformerSettings:
    """What is chosen before training.

    ``base`` is a local folder or hub name.  ``prefix``, ``max_length``, ``heading_chars``, ``before_chars`` as in
    :class:`models.transformer_input.InputSettings`.  Rates ``lr`` of the encoder and ``head_lr`` of the new layer rise over the share
    ``warmup`` of the steps and then fall linearly.  ``frozen_embeddings`` keeps the vectors of pieces as they are: half the memory,
    and words that no passage holds stay where the pretrained encoder expects them.  ``class_power``: see
    :func:`training.engines.transformer_net.class_weights`.  ``bare`` is the share of passages that an epoch shows without headings, ``alone``
    without the passage before, ``nowhere`` without section, so that the model does not lean on what real reports may lack.
    ``ridge`` weighs the squares of the new layer's weights while it is fitted alone.  ``joined`` adds, for each voice and label with facets, that share of passages made of two to four run together.  Early stopping
    after ``patience`` epochs without gain.  ``dev_share`` and ``test_share`` are the shares of voices left out for calibration and for
    measuring.  ``bf16`` computes in half precision: twice as fast on processors with avx512_bf16 or amx, slower on others.
    """

    base: str = ""
    prefix: str = ""
    max_length: int = 128
    heading_chars: int = 30
    before_chars: int = 40
    epochs: int = 4
    batch: int = 16
    lr: float = 1e-4
    head_lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    dropout: float = 0.1
    frozen_embeddings: bool = True
    class_power: float = 0.5
    facet_weight: float = 0.5
    also_weight: float = 0.3
    bare: float = 0.4
    alone: float = 0.2
    nowhere: float = 0.1
    joined: float = 0.3
    patience: int = 1
    dev_share: float = 0.1
    test_share: float = 0.1
    ridge: float = 0.01
    bf16: bool = False
    threads: int = 1


def parse_settings(settings: Mapping[str, Any]) -> TransformerSettings:
    """Settings of a mapping, checked.

    Raises:
        UsageError: an unknown key, a value of another type or out of range, or no ``base``.
    """
    kinds = {f.name: type(f.default) for f in fields(TransformerSettings)}
    if unknown := sorted(set(settings) - set(kinds)):
        raise UsageError(f"unknown settings {unknown} of the transformer", remedy=f"known are {', '.join(kinds)}")
    values: dict[str, Any] = {k: float(v) if kinds[k] is float and type(v) is int else v for k, v in settings.items()}
    if wrong := {k: v for k, v in values.items() if type(v) is not kinds[k]}:
        raise UsageError(f"settings {wrong} are of the wrong type", remedy=f"give { ({k: kinds[k].__name__ for k in wrong}) }")
    made = TransformerSettings(**values)
    if not made.base:
        raise UsageError(
            "the transformer needs a base model",
            remedy="set base to a folder or hub name; python -m training.shipped.convert_e5 --out DIR makes one that works offline",
        )
    shares = ("warmup", "dropout", "bare", "alone", "nowhere", "dev_share", "test_share")
    if (bad := [k for k in shares if not 0 <= getattr(made, k) < 1]) or made.dev_share + made.test_share >= 1:
        raise UsageError(f"settings {bad or ['dev_share + test_share']} are no shares", remedy="give numbers from 0 to below 1")
    if low := [k for k in ("max_length", "epochs", "batch", "threads", "lr", "head_lr") if not getattr(made, k) > 0]:
        raise UsageError(f"settings {low} must be positive", remedy="give a number over 0")
    return made


@dataclass(frozen=True, slots=True)
class Split:
    """Whole voices: to learn from, to stop and calibrate by, to measure on (may be empty)."""

    train: Voices
    dev: Voices
    test: Voices


def split_voices(passages: Sequence[TrainingPassage], dev_share: float, test_share: float, seed: int) -> Split:
    """Deals voices out at random; at least one to learn from and one to calibrate by.

    Raises:
        DataError: fewer than two voices.
    """
    voices = list(by_voice(passages).values())
    if len(voices) < 2:
        raise DataError(
            f"the passages come from {len(voices)} report(s)", remedy="give passages of at least two reports (column `voice`)"
        )
    order = np.random.default_rng(seed).permutation(len(voices)).tolist()
    test = min(round(test_share * len(voices)), len(voices) - 2)
    dev = min(max(1, round(dev_share * len(voices))), len(voices) - test - 1)
    picked = [[voices[i] for i in sorted(part)] for part in (order[:test], order[test : test + dev], order[test + dev :])]
    return Split(picked[2], picked[1], picked[0])


def check_fits(passages: Sequence[TrainingPassage], taxonomy: Taxonomy) -> None:
    """Refuses passages with codes that the taxonomy lacks.

    Raises:
        DataError: with the first such passage.
    """
    labels, facets = set(taxonomy.labels), set(taxonomy.facets)
    for p in passages:
        if unknown := [c for c in (p.label, *p.also) if c not in labels] + [f for f in p.facets if f not in facets]:
            raise DataError(
                f"codes {unknown} are not in {taxonomy.name}",
                source=f"{p.voice}, passage {p.order}",
                remedy="add or mend the codes",
            )


def joined_passages(own: Sequence[TrainingPassage], taxonomy: Taxonomy, share: float, seed: str) -> list[TrainingPassage]:
    """Passages of one voice run together two to four at a time, with the facets of all.

    Real reports often put all their problems into one sentence (``能力不强、内容不全、更新不及时``); authored voices rarely do.
    """
    random = np.random.default_rng(list(seed.encode("utf-8")))
    joined = []
    for label in taxonomy.coded:
        concrete = [p for p in own if p.label == label and p.facets and p.facets != (taxonomy.general,)]
        for _ in range(round(len(concrete) * share) if len(concrete) > 1 else 0):
            count = min(int(random.integers(2, 5)), len(concrete))
            picked = [concrete[i] for i in random.choice(len(concrete), count, replace=False).tolist()]
            parts = [_ITEM.sub("", p.text).rstrip("。；，;,.") for p in picked]
            text = "".join(part + ("，", "；", "、")[int(random.integers(3))] for part in parts)[:-1]
            facets = tuple(dict.fromkeys(f for p in picked for f in p.facets))
            joined.append(replace(picked[0], text=f"{text}。", facets=facets))
    return joined


def varied_report(
    own: Sequence[TrainingPassage], s: TransformerSettings, taxonomy: Taxonomy, seed: str
) -> list[tuple[str, str]]:
    """Inputs of one voice for one epoch, some without headings, passage before or section, then those of its joined passages."""
    random = np.random.default_rng(list(seed.encode("utf-8")))
    settings = input_settings(s)
    report = as_report(own)
    extra = as_report(joined_passages(own, taxonomy, s.joined, seed))
    found = []
    for i, p in enumerate([*report, *extra]):
        bare, alone, nowhere = (random.random() < share for share in (s.bare, s.alone, s.nowhere))
        shown = replace(p, heading_path=p.heading_path[:1] if bare else p.heading_path)
        if nowhere:
            shown = replace(shown, section=None, heading_path=p.heading_path[1:] if not bare else ())
        before = (
            [replace(report[i - 1], section=None if nowhere else report[i - 1].section)]
            if 0 < i < len(report) and not alone
            else []
        )
        found.append(pairs([*before, shown], settings)[-1])
    return found


def input_settings(s: TransformerSettings) -> InputSettings:
    """The part of the settings that serving needs too."""
    return InputSettings(s.prefix, s.max_length, s.heading_chars, s.before_chars)


def best_threshold(probabilities: Floats, truth: Floats, default: float) -> float:
    """The threshold between 0.2 and 0.7 with the greatest micro-F1; ``default`` where there is nothing to find."""
    if not truth.any():
        return default
    f1 = {}
    for threshold in np.arange(0.2, 0.7001, 0.05).round(2).tolist():
        chosen = probabilities >= threshold
        f1[threshold] = 2 * float((chosen * truth).sum()) / float(chosen.sum() + truth.sum())
    best: float = max(f1, key=lambda t: (round(f1[t], 3), -abs(t - default)))
    return best


def fit_temperature(scores: Floats, truth: Sequence[int]) -> float:
    """The temperature under which the true labels are likeliest (Guo et al. 2017), between 0.25 and 8.

    Of N passages each counts as if one of N + 2 were coded wrongly, as in Platt scaling (J. Platt 1999): a dozen passages that are
    all right do not prove that the model always is.
    """
    from scipy.optimize import minimize_scalar

    count, codes = scores.shape
    doubt = 1 / (count + 2)
    target = np.full((count, codes), doubt / max(1, codes - 1), dtype=np.float64)
    target[np.arange(count), list(truth)] = 1 - doubt

    def loss(log_t: float) -> float:
        return float(-(target * np.log(np.maximum(softmax(scores, float(np.exp(log_t))), 1e-12))).sum(axis=1).mean())

    return round(float(np.exp(minimize_scalar(loss, bounds=(np.log(0.25), np.log(8.0)), method="bounded").x)), 4)


def calibrate(model: TransformerClassifier, voices: Voices) -> TransformerConfig:
    """The model's config with temperature and thresholds fitted to its scores of voices it has not seen."""
    t = model.taxonomy
    n, m = len(t.labels), len(t.facets)
    scores = np.concatenate([model.raw_scores(as_report(own)) for own in voices])
    flat = [p for own in voices for p in own]
    coded = [i for i, p in enumerate(flat) if p.label in t.coded]
    facets = np.array([[f in flat[i].facets for f in t.facets] for i in coded], dtype=np.float32).reshape(len(coded), m)
    also = np.array([[c in p.also for c in t.labels] for p in flat], dtype=np.float32)
    return replace(
        model.config,
        temperature=fit_temperature(scores[:, :n], [t.labels.index(p.label) for p in flat]),
        facet_threshold=best_threshold(sigmoid(scores[coded, n : n + m]), facets, 0.5),
        also_threshold=best_threshold(sigmoid(scores[:, n + m :]), also, 0.5),
    )


def micro_f1(probabilities: Floats, truth: Floats, threshold: float = 0.45) -> float:
    """Micro-F1 of what lies over a threshold; 1 where there is nothing to find and nothing was found."""
    chosen = probabilities >= threshold
    both = float(chosen.sum() + truth.sum())
    return 2 * float((chosen * truth).sum()) / both if both else 1.0


def train(
    passages: Sequence[TrainingPassage],
    taxonomy: Taxonomy,
    out: Path,
    *,
    seed: int,
    settings: Mapping[str, Any],
    log: Callable[[str], None],
) -> ModelInfo:
    """Trains the engine and writes its folder.

    Args:
        passages: whole voices, in order.
        taxonomy: the codes to choose from.
        out: the folder to write, made if it is not there.
        seed: of the split, the new layer, dropout and the order of passages.
        settings: see :class:`TransformerSettings`; ``base`` must be given.
        log: gets one line for each epoch.

    Raises:
        UsageError: unknown settings, no base model, or the extra ``transformers`` is not installed.
        DataError: fewer than two voices, codes outside the taxonomy, or a base model that cannot be exported.
    """
    chosen = parse_settings(settings)
    check_fits(passages, taxonomy)
    split = split_voices(passages, chosen.dev_share, chosen.test_share, seed)
    try:
        import torch

        from training.engines import transformer_net as nets
    except ImportError as error:
        raise UsageError(
            f"training a transformer needs the package {error.name}", remedy=install_remedy("transformers")
        ) from error
    threads = torch.get_num_threads()
    torch.set_num_threads(chosen.threads)
    try:
        return _train(split, taxonomy, out, seed, chosen, log, nets)
    finally:
        torch.set_num_threads(threads)


def _train(split: Split, t: Taxonomy, out: Path, seed: int, s: TransformerSettings, log: Log, nets: Any) -> ModelInfo:
    nets.seed_all(seed)
    encoder, tokenizer_text, pad = nets.load_base(s.base)
    tokenizer = open_tokenizer(tokenizer_text, input_settings(s))
    n, m = len(t.labels), len(t.facets)
    net = nets.Net(encoder, n, m, s.dropout)
    for name, p in net.named_parameters():
        p.requires_grad = not ("pooler" in name or (s.frozen_embeddings and name.endswith("word_embeddings.weight")))

    def examples(own: Sequence[TrainingPassage], inputs: Sequence[tuple[str, str]], seed: str) -> list[TrainingExample]:
        every = [*own, *joined_passages(own, t, s.joined, seed)] if len(inputs) > len(own) else own
        return [
            nets.TrainingExample(
                e, t.labels.index(p.label), tuple(float(f in p.facets) for f in t.facets),
                tuple(float(c in p.also) for c in t.labels), bool({p.label, *p.also} & {*t.coded}),
            )
            for p, e in zip(every, encode(tokenizer, inputs), strict=True)
        ]  # fmt: skip

    def draw(epoch: int) -> list[TrainingExample]:
        seeds = [f"{seed}/{epoch}/{own[0].voice}" for own in split.train]
        return [x for own, k in zip(split.train, seeds, strict=True) for x in examples(own, varied_report(own, s, t, k), k)]

    held = [x for own in split.dev for x in examples(own, pairs(as_report(own), input_settings(s)), "")]
    coded = [i for i, x in enumerate(held) if x.coded]

    def judge() -> tuple[float, str]:
        scores = nets.net_scores(net, [x.encoded for x in held], pad, bf16=s.bf16)
        accuracy = float((scores[:, :n].argmax(axis=1) == np.array([x.label for x in held])).mean())
        truth = np.array([held[i].facets for i in coded], dtype=np.float32).reshape(len(coded), m)
        found = micro_f1(sigmoid(scores[coded, n : n + m]), truth) if m and coded else accuracy
        return (accuracy + found) / 2, f"accuracy {accuracy:.4f}, facets {found:.4f}"

    counts = Counter(p.label for own in split.train for p in own)
    loop: Loop = nets.Loop(**{f.name: getattr(s, f.name) for f in fields(nets.Loop)})
    log(
        f"{sum(counts.values())} passages of {len(split.train)} voices, {len(held)} of {len(split.dev)} left out, base {s.base}"
    )
    for line in nets.run_epochs(
        net, draw, judge, loop, nets.class_weights([counts[c] for c in t.labels], s.class_power), pad, seed
    ):
        log(line)
    out.mkdir(parents=True, exist_ok=True)
    seen, probe = ([x.encoded for x in part[:: max(1, len(part) // 60)]] for part in (draw(0), held))
    log(f"exported: {nets.export(net, seen, probe, pad, out / 'model.onnx')}")
    (out / "tokenizer.json").write_text(tokenizer_text, encoding="utf-8", newline="\n")
    return _finish(split, t, out, seed, s, TransformerConfig(input_settings(s), pad), log)


def _finish(
    split: Split, t: Taxonomy, out: Path, seed: int, s: TransformerSettings, config: TransformerConfig, log: Log
) -> ModelInfo:
    """Calibrates what was exported, measures it on the voices that are left, writes ``model.json``."""
    voices = {name: [own[0].voice for own in getattr(split, name)] for name in ("train", "dev", "test")}
    flat = [p for part in (split.train, split.dev, split.test) for own in part for p in own]
    info = ModelInfo(
        "transformer",
        t,
        data_digest(sorted(p.to_json() for p in flat)),
        seed,
        {**asdict(s), "base": Path(s.base).name, "voices": voices},
    )

    def write(config: TransformerConfig, info: ModelInfo) -> TransformerClassifier:
        (out / "config.json").write_text(config.to_json(), encoding="utf-8", newline="\n")
        return load_model(out, write_info(out, info, FILES))

    model = write(calibrate(write(config, info), split.dev), info)
    log(
        f"calibrated: temperature {model.config.temperature}, facets over {model.config.facet_threshold}, also over {model.config.also_threshold}"
    )
    if split.test:
        judged = [(p, q) for own in split.test for p, q in zip(own, model.predict(as_report(own)), strict=True)]
        accuracy = sum(p.label == q.label for p, q in judged) / len(judged)
        info = replace(info, metrics={"voices left out": {"passages": len(judged), "accuracy": round(accuracy, 4)}})
        model = write(model.config, info)
        log(f"voices left out: accuracy {accuracy:.4f} of {len(judged)} passages")
    return read_info(out)
