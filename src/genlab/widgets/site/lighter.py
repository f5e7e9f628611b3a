"""A network's file at half its bytes: what half precision holds exactly is stored in it."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

# Below this a node that widens takes as many bytes as it saves.
FEW = 64


def lightened(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a network without what only its maker reads, its weights in half precision.

    Checkpoints hold half precision, so that nothing is rounded: behind each weight stands a node
    that widens it, which the runtime computes once, when it loads the file. A weight that half
    precision cannot hold exactly, such as one that the exporter computed, stays as it is.
    """
    lighter = onnx.ModelProto()
    lighter.CopyFrom(model)
    _forget_the_making(lighter)
    graph, widening = lighter.graph, []
    for weight in graph.initializer:
        half = _half(weight)
        if half is None:
            continue
        whole, half.name = weight.name, f"{weight.name}.half"
        weight.CopyFrom(half)
        widening.append(helper.make_node("Cast", [half.name], [whole], to=onnx.TensorProto.FLOAT))
    nodes = [*widening, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return lighter


def _half(weight: onnx.TensorProto) -> onnx.TensorProto | None:
    """Return a weight in half precision; None where that would lose something, or save nothing."""
    if weight.data_type != onnx.TensorProto.FLOAT:
        return None
    values = numpy_helper.to_array(weight)
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    exact = np.array_equal(half.astype(np.float32), values)
    return numpy_helper.from_array(half) if exact and values.size >= FEW else None


def _forget_the_making(model: onnx.ModelProto) -> None:
    """Drop names and lines of the source that each node carries.

    Shapes stay, although they follow from the rest: where the runtime knows them, it joins more.
    """
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for part in (*model.graph.node, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        del value.metadata_props[:]
