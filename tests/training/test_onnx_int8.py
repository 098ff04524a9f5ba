"""Quantisation: evening out leaves results as they are, and saves what one large channel would cost in int8."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.engines.onnx_int8 import EXPONENT, even_out, factors, quantise

CHANNELS = 64


def test_factors_move_the_range_into_the_weights() -> None:
    found = factors(np.array([16.0, 1.0], dtype=np.float32), [np.ones((2, 3), dtype=np.float32)])
    assert found[0] / found[1] == pytest.approx(16**EXPONENT, rel=1e-5)
    assert found[0] * found[1] == pytest.approx(1.0, rel=1e-5)
    # a channel that is never used and weights that are nothing do no harm
    assert np.isfinite(factors(np.zeros(2, dtype=np.float32), [np.zeros((2, 1), dtype=np.float32)])).all()


def network(folder: Path) -> tuple[Path, dict[str, np.ndarray[Any, Any]]]:
    """Two products of one vector, and a third whose weights are used twice; one channel is 300 times the others."""
    onnx = pytest.importorskip("onnx", reason="needs gongkai[transformers]")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    random = np.random.default_rng(2)
    table = random.normal(size=(50, CHANNELS)).astype(np.float32)
    table[:, 7] *= 300
    weights = {n: random.normal(size=(CHANNELS, CHANNELS)).astype(np.float32) for n in ("a", "b", "twice")}
    weights["a"][7] *= 0.01
    weights["b"][7] *= 0.01
    nodes = [
        helper.make_node("MatMul", ["x", "a"], ["xa"]),
        helper.make_node("MatMul", ["x", "b"], ["xb"]),
        helper.make_node("Add", ["xa", "xb"], ["sum"]),
        helper.make_node("MatMul", ["sum", "twice"], ["once"]),
        helper.make_node("MatMul", ["once", "twice"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes, "tiny", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", CHANNELS])],
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", CHANNELS]) for name in ("scores", "sum")],
        [numpy_helper.from_array(v, k) for k, v in weights.items()],
    )  # fmt: skip
    path = folder / "exact.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return path, {"x": table}


def run(path: Path, feed: dict[str, np.ndarray[Any, Any]], output: str) -> np.ndarray[Any, Any]:
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs gongkai[transformers]")
    found: np.ndarray[Any, Any] = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(
        [output], feed
    )[0]
    return found


@pytest.mark.heavy
def test_evening_out_leaves_the_result(tmp_path: Path) -> None:
    path, feed = network(tmp_path)
    onnx = pytest.importorskip("onnx", reason="needs gongkai[transformers]")
    model = onnx.load(str(path))
    # weights that two products share belong to two ranges of activations: they stay as they are
    assert even_out(model, [feed]) == 2
    onnx.save(model, str(tmp_path / "even.onnx"))
    np.testing.assert_allclose(run(tmp_path / "even.onnx", feed, "scores"), run(path, feed, "scores"), rtol=1e-3, atol=0.5)
    assert [n.op_type for n in model.graph.node].count("Mul") == 1, "the two products share their activations"


@pytest.mark.heavy
def test_int8_is_nearer_after_evening_out(tmp_path: Path) -> None:
    path, feed = network(tmp_path)
    quantisation = pytest.importorskip("onnxruntime.quantization", reason="needs gongkai[transformers]")
    exact = run(path, feed, "sum")
    quantise(path, tmp_path / "even.onnx", [feed])
    quantisation.quantize_dynamic(path, tmp_path / "plain.onnx", per_channel=True)
    even, plain = (float(np.abs(run(tmp_path / f"{n}.onnx", feed, "sum") - exact).mean()) for n in ("even", "plain"))
    assert even < plain / 2
