"""From a GGUF file with 4-bit weights to a folder for `transformers`.

`AutoModelForCausalLM.from_pretrained(..., gguf_file=...)` does the same at each
start: it takes 20 seconds, more than a gigabyte, and the package `accelerate`.
A test holds the two to each other, number for number. Here the tensors are
de-quantised one by one and written to disk one by one; such a folder loads in a
second.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

WEIGHTS = "model.safetensors"

# The names of a Llama's tensors in a GGUF file, and those in `transformers`.
_NAMES = {
    r"token_embd\.": "model.embed_tokens.",
    r"output_norm\.": "model.norm.",
    r"output\.": "lm_head.",
    r"blk\.(\d+)\.attn_q\.": r"model.layers.\1.self_attn.q_proj.",
    r"blk\.(\d+)\.attn_k\.": r"model.layers.\1.self_attn.k_proj.",
    r"blk\.(\d+)\.attn_v\.": r"model.layers.\1.self_attn.v_proj.",
    r"blk\.(\d+)\.attn_output\.": r"model.layers.\1.self_attn.o_proj.",
    r"blk\.(\d+)\.attn_norm\.": r"model.layers.\1.input_layernorm.",
    r"blk\.(\d+)\.ffn_norm\.": r"model.layers.\1.post_attention_layernorm.",
    r"blk\.(\d+)\.ffn_gate\.": r"model.layers.\1.mlp.gate_proj.",
    r"blk\.(\d+)\.ffn_up\.": r"model.layers.\1.mlp.up_proj.",
    r"blk\.(\d+)\.ffn_down\.": r"model.layers.\1.mlp.down_proj.",
}


def convert(gguf: Path, folder: Path) -> None:
    """Write a Llama's GGUF file into a folder as `transformers` wants it.

    That is its config, its tokenizer, and its weights as float32.

    Args:
        gguf: the file.
        folder: an existing folder.

    Raises:
        ValueError: if the file holds a tensor that a Llama does not have.
    """
    from transformers import AutoConfig, AutoTokenizer

    where: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    config = AutoConfig.from_pretrained(gguf.parent, **where)
    config.architectures = ["LlamaForCausalLM"]
    config.dtype = "float32"
    config.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, **where).save_pretrained(folder)
    heads = {"q": config.num_attention_heads, "k": config.num_key_value_heads}
    with (folder / WEIGHTS).open("wb") as file:
        _write_weights(gguf, heads, file)


def _write_weights(gguf: Path, heads: dict[str, int], file: BinaryIO) -> None:
    from gguf import GGUFReader

    tensors = GGUFReader(gguf).tensors
    shapes = {_name(t.name): [int(n) for n in t.shape[::-1]] for t in tensors}
    file.write(_header(shapes))
    for tensor in tensors:
        values = _dequantised(tensor)
        part = re.search(r"attn_([qk])\.weight", tensor.name)
        if part:
            values = _unpermuted(values, heads[part[1]])
        file.write(np.ascontiguousarray(values, dtype="<f4").data)


def _header(shapes: dict[str, list[int]]) -> bytes:
    """Return the head of a safetensors file.

    It is its length, then names, shapes and places as JSON.
    """
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * int(np.prod(shape))
        place = {"shape": shape, "data_offsets": [start, end]}
        entries[name] = {"dtype": "F32", **place}
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)  # so that numbers start at a multiple of 8
    return len(text).to_bytes(8, "little") + text


def _name(name: str) -> str:
    for pattern, replacement in _NAMES.items():
        if re.match(pattern, name):
            return re.sub(pattern, replacement, name)
    raise ValueError(
        f"the GGUF file holds the tensor {name!r}; expected those of a Llama"
    )


def _dequantised(tensor: Any) -> np.ndarray:
    from gguf import dequantize

    return dequantize(tensor.data, tensor.tensor_type)


def _unpermuted(weight: np.ndarray, heads: int) -> np.ndarray:
    """Undo the order of rows in which GGUF keeps queries and keys.

    It belongs to its form of RoPE, which pairs neighbouring rows of a head;
    `transformers` pairs a row of the first half with one of the second half.
    """
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)
