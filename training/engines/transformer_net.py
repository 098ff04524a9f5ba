"""The network that is fine-tuned, its loop, and its export to ONNX.  Needs the extra ``transformers``; imported only on use."""

from __future__ import annotations

import copy
import math
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from corpus.errors import DataError, UsageError
from models.transformer_input import Encoded, batches, padded
from training.engines.onnx_int8 import quantise, quiet

Floats = NDArray[np.float32]
#: largest difference of scores between the network and its export, before int8
_EXPORT_TOLERANCE = 2e-3


class Net(nn.Module):  # type: ignore[misc]
    """An encoder, the mean of its last hidden states over the pieces of the passage, standardised, dropout, one linear layer.

    The output is (passage, labels + facets + labels) scores: labels (softmax), facets and further labels (sigmoid each).
    Standardised (``centre``, ``spread``), because vectors of e5 models lie close together in one direction: any two have a cosine
    over 0.7, and a new layer on them as they are learns next to nothing in an epoch.
    """

    def __init__(self, encoder: Any, labels: int, facets: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.labels = labels
        self.typed = getattr(encoder.config, "type_vocab_size", 0) > 1
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("centre", torch.zeros(encoder.config.hidden_size))
        self.register_buffer("spread", torch.ones(encoder.config.hidden_size))
        self.head = nn.Linear(encoder.config.hidden_size, 2 * labels + facets)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def pooled(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        """Mean of the last hidden states of each passage, (passage, hidden)."""
        return mean_state(self.encoder, self.typed, input_ids, attention_mask, token_type_ids)

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        pooled = self.pooled(input_ids, attention_mask, token_type_ids)
        return self.head(self.dropout((pooled - self.centre) / self.spread))


def mean_state(encoder: Any, typed: bool, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
    """Mean of the last hidden states over the pieces of each text, (text, hidden)."""
    more = {"token_type_ids": token_type_ids} if typed else {}
    hidden = encoder(input_ids=input_ids, attention_mask=attention_mask, **more).last_hidden_state
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * mask).sum(1) / mask.sum(1)


class SentenceNet(nn.Module):  # type: ignore[misc]
    """An encoder as it is, and the mean of its last hidden states: what :mod:`models.sentence_encoder` serves."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.typed = getattr(encoder.config, "type_vocab_size", 0) > 1

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
        return mean_state(self.encoder, self.typed, input_ids, attention_mask, token_type_ids)


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One passage to learn from: its pieces, the number of its label, and which facets and further labels it has (0 or 1).

    ``coded``: the label takes facets; where it does not, facets are unknown and not learnt from.
    """

    encoded: Encoded
    label: int
    facets: tuple[float, ...]
    also: tuple[float, ...]
    coded: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """What the fine-tuning loop is told; see :class:`training.engines.transformer.TransformerSettings`."""

    epochs: int
    batch: int
    lr: float
    head_lr: float
    weight_decay: float
    warmup: float
    facet_weight: float
    also_weight: float
    patience: int
    ridge: float
    bf16: bool


def load_base(base: str) -> tuple[Any, str, int]:
    """(encoder, text of its ``tokenizer.json``, number of the padding piece) of a local folder or hub name.

    Raises:
        UsageError: it cannot be loaded, or has no fast tokenizer.
    """
    import transformers

    bars = transformers.utils.logging.is_progress_bar_enabled()
    transformers.utils.logging.disable_progress_bar()
    try:
        with quiet("transformers"):
            encoder = transformers.AutoModel.from_pretrained(base, attn_implementation="eager", dtype=torch.float32)
            tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the base model {base!r} cannot be loaded ({error})",
            remedy="give a folder that holds config.json, weights and tokenizer.json (python -m training.shipped.convert_e5 makes one)",
        ) from error
    finally:
        if bars:
            transformers.utils.logging.enable_progress_bar()
    if not tokenizer.is_fast or tokenizer.pad_token_id is None:
        raise UsageError(f"the tokenizer of {base!r} has no fast form or no padding piece", remedy="take another base model")
    return encoder, tokenizer.backend_tokenizer.to_str(), int(tokenizer.pad_token_id)


def seed_all(seed: int) -> None:
    """Seeds Python, numpy and torch: same machine and versions, same model."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # packages draw from the global generator
    torch.manual_seed(seed)


def _tensors(batch: Sequence[Encoded], pad: int) -> tuple[Any, Any, Any]:
    ids, mask, types = (torch.from_numpy(a) for a in padded(batch, pad))
    return ids, mask, types


def class_weights(counts: Sequence[int], power: float) -> list[float]:
    """Weight of each label in the loss, (mean count / own count) ** power; 0 for a label without examples.

    ``power`` 0 weighs passages alike, 1 labels alike.

    >>> class_weights([30, 10, 0], 1.0)
    [0.6666666666666666, 2.0, 0.0]
    """
    mean = sum(counts) / max(1, sum(c > 0 for c in counts))
    return [(mean / c) ** power if c else 0.0 for c in counts]


def _groups(net: Net, loop: Loop) -> list[dict[str, Any]]:
    kinds: dict[tuple[bool, bool], list[Any]] = {}
    for name, p in net.named_parameters():
        if p.requires_grad:
            kinds.setdefault((name.startswith("head."), p.ndim < 2), []).append(p)
    return [
        {"params": own, "lr": loop.head_lr if head else loop.lr, "weight_decay": 0.0 if small else loop.weight_decay}
        for (head, small), own in kinds.items()
    ]


def run_epochs(
    net: Net,
    draw: Callable[[int], Sequence[TrainingExample]],
    judge: Callable[[], tuple[float, str]],
    loop: Loop,
    weights: Sequence[float],
    pad: int,
    seed: int,
) -> Iterator[str]:
    """Fine-tunes ``net`` in place, yielding a line after each epoch; ends with the weights of the best epoch.

    Args:
        net: the network.
        draw: the examples of an epoch by its number; they may differ from epoch to epoch.
        judge: how good the network is on voices left out (greater is better), and the same in words.
        loop: rates, lengths, weights.
        weights: of each label in the loss.
        pad: number of the padding piece.
        seed: of the order of batches.
    """
    optimiser = torch.optim.AdamW(_groups(net, loop))
    steps = max(1, math.ceil(len(draw(0)) / loop.batch)) * loop.epochs
    warm = max(1, round(steps * loop.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, max(0.02, (steps - s) / max(1, steps - warm)))
    )
    own, labels, facets = torch.tensor(weights), len(weights), 0
    probe(net, draw(0), loop, weights, pad)
    best, words = judge()
    state, waited = copy.deepcopy(net.state_dict()), 0
    yield f"new layer alone: voices left out: {words}"
    for epoch in range(loop.epochs):
        examples = draw(epoch)
        facets = len(examples[0].facets)
        shuffler = random.Random(f"{seed} {epoch}")
        # batches of like length cost least padding; some noise keeps them from being the same in every epoch
        lengths = [round(len(e.encoded.ids) * shuffler.uniform(0.85, 1.15)) for e in examples]
        order = list(batches(lengths, loop.batch))
        shuffler.shuffle(order)
        net.train()
        total = 0.0
        for numbers in order:
            batch = [examples[i] for i in numbers]
            optimiser.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=loop.bf16):
                scores = net(*_tensors([e.encoded for e in batch], pad))
            loss = _loss(scores.float(), batch, own, labels, facets, loop)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(batch)
        quality, words = judge()
        waited = 0 if quality > best else waited + 1
        if quality > best:
            best, state = quality, copy.deepcopy(net.state_dict())
        yield f"epoch {epoch + 1} of {loop.epochs}: loss {total / len(examples):.4f}, voices left out: {words}"
        if waited > loop.patience:
            break
    net.load_state_dict(state)


def probe(net: Net, examples: Sequence[TrainingExample], loop: Loop, weights: Sequence[float], pad: int) -> None:
    """Fits the new layer alone, in place, on what the encoder says before it is changed.

    An encoder that is fine-tuned under a random layer first unlearns what it knows; under a fitted one it keeps more of it, which
    shows on texts of other kinds (A. Kumar et al. 2022, Fine-tuning can distort pretrained features and underperform
    out-of-distribution, ICLR).
    """
    net.eval()
    found = torch.zeros(len(examples), net.head.in_features)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=loop.bf16):
        for numbers in batches([len(e.encoded.ids) for e in examples], loop.batch):
            found[numbers] = net.pooled(*_tensors([examples[i].encoded for i in numbers], pad)).float()
    net.centre.copy_(found.mean(0))
    net.spread.copy_(found.std(0) + 1e-4)
    inputs, own = (found - net.centre) / net.spread, torch.tensor(weights)
    optimiser = torch.optim.LBFGS(net.head.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        facets = len(examples[0].facets)
        loss = _loss(net.head(inputs), examples, own, len(weights), facets, loop) + loop.ridge * net.head.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)


def _loss(scores: Any, batch: Sequence[TrainingExample], own: Any, labels: int, facets: int, loop: Loop) -> Any:
    truth = torch.tensor([e.label for e in batch])
    loss = nn.functional.cross_entropy(scores[:, :labels], truth, weight=own, reduction="sum") / own[truth].sum().clamp(
        min=1e-6
    )
    binary = nn.functional.binary_cross_entropy_with_logits
    coded = [i for i, e in enumerate(batch) if e.coded]
    if facets and coded:
        wanted = torch.tensor([batch[i].facets for i in coded])
        loss = loss + loop.facet_weight * binary(scores[coded, labels : labels + facets], wanted, reduction="sum") / len(batch)
    further = torch.tensor([e.also for e in batch])
    return loss + loop.also_weight * binary(scores[:, labels + facets :], further, reduction="sum") / len(batch)


def net_scores(net: Net, encoded: Sequence[Encoded], pad: int, *, bf16: bool = False, size: int = 16) -> Floats:
    """Scores (passage, outputs) of the network itself."""
    net.eval()
    found = np.zeros((len(encoded), net.head.out_features), dtype=np.float32)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        for numbers in batches([len(e.ids) for e in encoded], size):
            found[numbers] = net(*_tensors([encoded[i] for i in numbers], pad)).float().numpy()
    return found


def export(net: Net, seen: Sequence[Encoded], probe: Sequence[Encoded], pad: int, out: Path) -> Mapping[str, float]:
    """Writes the network as int8 ONNX.

    Args:
        net: the fine-tuned network.
        seen: some passages that it was trained on, by which the range of activations is known.
        probe: some others, of different lengths, on which network and export are compared.
        pad: number of the padding piece.
        out: the file.

    Returns:
        ``onnx_difference``: largest difference of a score on the probe between network and export before int8;
        ``int8_rms``: root of the mean square of the differences of int8; ``int8_same_label``: share of the probe with the same
        likeliest label; ``scores_rms``: of the scores themselves, to compare with.

    Raises:
        DataError: the exported graph computes something else than the network: the base model cannot be exported.
    """
    net.eval()
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        export_graph(net, net.typed, exact, out, seen, probe, pad)
        wanted = net_scores(net, probe, pad)
        exported, quantised = (_onnx_scores(path, probe, pad) for path in (exact, out))
    difference = float(np.abs(exported - wanted).max())
    if difference > _EXPORT_TOLERANCE:
        raise DataError(f"the exported network differs by {difference:.4f}", source=str(out), remedy="take another base model")
    same = float((quantised[:, : net.labels].argmax(axis=1) == wanted[:, : net.labels].argmax(axis=1)).mean())
    return {
        "onnx_difference": round(difference, 6),
        "int8_rms": round(float(np.sqrt(np.square(quantised - wanted).mean())), 4),
        "int8_same_label": round(same, 4),
        "scores_rms": round(float(np.sqrt(np.square(wanted).mean())), 4),
    }


def export_graph(
    net: Any, typed: bool, exact: Path, out: Path, seen: Sequence[Encoded], probe: Sequence[Encoded], pad: int
) -> None:
    """Writes a network as ONNX in single precision to ``exact`` and in int8 to ``out``; arguments as of :func:`export`."""
    keys = ("input_ids", "attention_mask", "token_type_ids")
    inputs = list(keys[: 3 if typed else 2])
    axes = {name: {0: "passage", 1: "piece"} for name in inputs} | {"scores": {0: "passage"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter announces its successor, which needs another package
        torch.onnx.export(
            net, _tensors(probe[:2], pad), str(exact), input_names=inputs if typed else [*inputs, "unused"],
            output_names=["scores"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    quantise(exact, out, [dict(zip(keys, padded([e], pad), strict=True)) for e in seen])


def export_encoder(encoder: Any, texts: Sequence[Encoded], pad: int, out: Path) -> float:
    """Writes an encoder as int8 ONNX that gives mean vectors.

    Args:
        encoder: of :func:`load_base`.
        texts: some sentences, by which the range of activations is known, and on which export and int8 are compared.
        pad: number of the padding piece.
        out: the file.

    Returns:
        Mean cosine of int8 vectors to those of the network, both less the mean of the network's.

    Raises:
        DataError: the exported graph computes something else than the network.
    """
    net = SentenceNet(encoder).eval()
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        with torch.no_grad():
            export_graph(net, net.typed, exact, out, texts, texts[:2], pad)
            wanted = np.concatenate([net(*_tensors([e], pad)).numpy() for e in texts])
        exported, quantised = (_onnx_scores(path, texts, pad) for path in (exact, out))
    if (difference := float(np.abs(exported - wanted).max())) > _EXPORT_TOLERANCE:
        raise DataError(f"the exported encoder differs by {difference:.4f}", source=str(out), remedy="take another encoder")
    a, b = (v - wanted.mean(axis=0) for v in (wanted, quantised))
    return float(((a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) + 1e-9)).mean())


def _onnx_scores(path: Path, encoded: Sequence[Encoded], pad: int) -> Floats:
    from models.transformer import Session

    return Session(path.read_bytes(), str(path), pad).scores(encoded)
