"""Makes an ONNX network small and quick: 8-bit weights and activations, with the activations evened out first.

``quantize_dynamic`` of ONNX Runtime has one scale for all activations of a product, but encoders of the XLM-R family have a few
channels much larger than the rest, which leaves few steps for these.  So each product is first rewritten::

    A · W = (A / s) · (s · W)          s_j = max|A_j| ** 0.8 / max|W_j| ** 0.2

with a factor s for each channel j of the input, which leaves the result as it is and moves the range from the activations to the
weights, where each channel has a scale of its own.  Method: G. Xiao et al. (2023), SmoothQuant, ICML; the exponent was chosen by
the differences it leaves (docs/transformer.md).
"""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Feed = Mapping[str, NDArray[Any]]
EXPONENT = 0.8
_SMALLEST = 1e-5


@contextmanager
def quiet(*names: str) -> Iterator[None]:
    """Loggers at ``ERROR`` for a while: they warn of what is meant (a pooler that is not used, no convolutions to prepare)."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


def factors(activations: Floats, weights: Sequence[Floats]) -> Floats:
    """Factor s of each channel.

    Args:
        activations: largest absolute value of each channel.
        weights: matrices (channel, output) that the same activations are multiplied with.

    Returns:
        One factor for each channel, their geometric mean 1.

    >>> factors(np.array([100, 1], dtype=np.float32), [np.ones((2, 3), dtype=np.float32)]).round(2).tolist()
    [6.309999942779541, 0.1599999964237213]
    """
    largest = np.max([np.abs(w).max(axis=1) for w in weights], axis=0)
    found = np.maximum(activations, _SMALLEST) ** EXPONENT / np.maximum(largest, _SMALLEST) ** (1 - EXPONENT)
    return np.asarray(found / np.exp(np.log(found).mean()), dtype=np.float32)


def _products(model: Any) -> dict[str, list[Any]]:
    """Products of activations with weights, by the name of the activations; weights that several products share are left out."""
    constants = {c.name for c in model.graph.initializer if len(c.dims) == 2}
    uses = Counter(name for node in model.graph.node for name in node.input)
    found: dict[str, list[Any]] = {}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in constants and uses[node.input[1]] == 1:
            found.setdefault(node.input[0], []).append(node)
    return found


def _largest(model: Any, names: Sequence[str], feeds: Sequence[Feed]) -> dict[str, Floats]:
    """Largest absolute value of each channel of the named activations, over all feeds."""
    import onnx
    import onnxruntime

    watched = onnx.ModelProto.FromString(model.SerializeToString())
    watched.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    wanted = {i.name for i in session.get_inputs()}
    found: dict[str, Floats] = {}
    for feed in feeds:
        values = session.run(list(names), {k: v for k, v in feed.items() if k in wanted})
        for name, value in zip(names, values, strict=True):
            here = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            found[name] = np.maximum(found.get(name, here), here)
    return found


def even_out(model: Any, feeds: Sequence[Feed]) -> int:
    """Rewrites the products of a network in place, as the module's text says.

    Args:
        model: an ``onnx.ModelProto``.
        feeds: inputs to measure activations on, such as the network will see.

    Returns:
        How many products were rewritten; those of two activations (attention) stay as they are.
    """
    from onnx import NodeProto, helper, numpy_helper

    products = _products(model)
    largest = _largest(model, list(products), feeds)
    constants = {c.name: c for c in model.graph.initializer}
    divided: dict[str, Any] = {}
    for name, nodes in products.items():
        matrices = [numpy_helper.to_array(constants[node.input[1]]) for node in nodes]
        factor = factors(largest[name], matrices)
        model.graph.initializer.append(numpy_helper.from_array(1 / factor, f"{name}.inverse"))
        divided[name] = helper.make_node("Mul", [name, f"{name}.inverse"], [f"{name}.even"])
        for node, matrix in zip(nodes, matrices, strict=True):
            old = constants[node.input[1]]
            old.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(matrix * factor[:, None]), old.name))
            node.input[0] = f"{name}.even"
    order: list[Any] = []
    for node in model.graph.node:
        name = node.input[0].removesuffix(".even") if node.op_type == "MatMul" else ""
        if name in divided:  # before the first of its products
            order.append(divided.pop(name))
        order.append(NodeProto.FromString(node.SerializeToString()))
    del model.graph.node[:]
    model.graph.node.extend(order)
    return sum(map(len, products.values()))


def quantise(source: Path, out: Path, feeds: Sequence[Feed]) -> int:
    """Writes the network of ``source`` with 8-bit weights (by channel) and activations (dynamic) to ``out``.

    Returns:
        How many products were evened out.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(str(source))
    count = even_out(model, feeds)
    with tempfile.TemporaryDirectory() as folder:
        even = Path(folder) / "even.onnx"
        onnx.save(model, str(even))
        with quiet("root"):
            quantize_dynamic(even, out, per_channel=True, weight_type=QuantType.QInt8)
    return count
