"""Files at half the bytes: the same numbers, and nothing of how they were made."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from genlab.widgets.site.lighter import lightened


def network(weights: np.ndarray) -> onnx.ModelProto:
    """Minus x (n, k) times weights (k, m)."""
    k, m = weights.shape
    node = helper.make_node(
        "MatMul", ["x", "weights"], ["between"], doc_string="line 7 of somewhere"
    )
    entry = node.metadata_props.add()
    entry.key, entry.value = "trace", "/home/somebody/file.py"
    end = helper.make_node("Neg", ["between"], ["y"])
    graph = helper.make_graph(
        [node, end],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", k])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", m])],
        [numpy_helper.from_array(weights, "weights")],
        value_info=[helper.make_tensor_value_info("between", TensorProto.FLOAT, ["n", m])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def answer(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"x": x})[0]


def stored(model: onnx.ModelProto) -> np.ndarray:
    (weight,) = model.graph.initializer
    return numpy_helper.to_array(weight)


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_what_half_precision_holds_is_stored_in_it_and_the_answer_is_the_same():
    weights = normal(32, 16).astype(np.float16).astype(np.float32)
    before, x = network(weights), normal(5, 32)
    after = lightened(before)
    onnx.checker.check_model(after)
    assert stored(after).dtype == np.float16
    assert len(after.SerializeToString()) < 0.6 * len(before.SerializeToString())
    assert np.array_equal(answer(after, x), answer(before, x))


def test_what_half_precision_cannot_hold_stays_whole():
    for values in (normal(32, 16), np.full((32, 16), 70_000, np.float32)):
        after = lightened(network(values))
        assert stored(after).dtype == np.float32 and np.array_equal(stored(after), values)


def test_a_few_numbers_are_not_worth_a_node():
    after = lightened(network(np.ones((7, 9), np.float32)))
    assert stored(after).dtype == np.float32 and len(after.graph.node) == 2


def test_nothing_tells_how_it_was_made_and_the_given_one_keeps_it():
    before = network(np.ones((2, 2), np.float32))
    after = lightened(before).SerializeToString()
    assert b"somebody" not in after and b"line 7" not in after
    assert b"somebody" in before.SerializeToString()


def test_the_shapes_that_the_runtime_plans_by_are_kept():
    before = network(np.ones((64, 2), np.float32))
    (kept,) = lightened(before).graph.value_info
    assert kept == before.graph.value_info[0]
