"""From a Llama of `transformers` to ours: the same tensors, other names."""

from __future__ import annotations

from typing import Any

import torch

from genlab.models.llama import Llama, LlamaConfig

# The name of a tensor in `transformers`, piece by piece, and ours.
NAMES = {
    "model.embed_tokens.": "token.",
    "model.norm.": "norm.",
    "model.layers.": "blocks.",
    "self_attn.o_proj.": "attention.out.",
    "self_attn.": "attention.",
    "input_layernorm.": "norm1.",
    "post_attention_layernorm.": "norm2.",
    "_proj.": ".",
}


def from_transformers(model: Any) -> Llama:
    """Return our Llama around the tensors of a `LlamaForCausalLM`.

    The tensors are shared: nothing is copied, and what changes in one model
    changes in the other. `config` of the result says the sizes; it is in
    evaluation mode.

    Args:
        model: of `transformers`, with tied embeddings, rotary positions of the
            default kind, and without biases, as SmolLM2 is.

    Raises:
        TypeError: if it is not a Llama of `transformers`.
        ValueError: if it has a part that ours lacks.
    """
    config = read_config(model)
    with torch.device("meta"):  # names and shapes, no memory
        ours = Llama(config)
    # The unembedding is the embedding once more.
    tensors = {
        our_name(name): tensor
        for name, tensor in model.state_dict().items()
        if name != "lm_head.weight"
    }
    ours.load_state_dict(tensors, assign=True)
    return ours.eval()


def our_name(name: str) -> str:
    """Map a name such as `model.norm.weight` to ours, here `norm.weight`."""
    for theirs, ours in NAMES.items():
        name = name.replace(theirs, ours)
    return name


def read_config(model: Any) -> LlamaConfig:
    """Return the sizes of a `transformers` Llama.

    Raises:
        TypeError: if it is not a Llama of `transformers`.
        ValueError: if it has a part that ours lacks.
    """
    config: Any = getattr(model, "config", None)
    if getattr(config, "model_type", None) != "llama":
        raise TypeError(
            f"model is a {type(model).__name__}; "
            "expected a LlamaForCausalLM of transformers, such as SmolLM2"
        )
    _refuse_other_parts(config)
    return LlamaConfig(
        vocabulary=config.vocab_size,
        width=config.hidden_size,
        depth=config.num_hidden_layers,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        hidden=config.intermediate_size,
        context=config.max_position_embeddings,
        theta=_rope(config)["rope_theta"],
        eps=config.rms_norm_eps,
    )


def _rope(config: Any) -> dict[str, Any]:
    """Return how positions are told, in one dictionary.

    `transformers` has it so since version 5.
    """
    known = (
        getattr(config, "rope_parameters", None)
        or getattr(config, "rope_scaling", None)
        or {}
    )
    return {
        "rope_type": "default",
        "rope_theta": getattr(config, "rope_theta", 1e4),
        **known,
    }


def _refuse_other_parts(config: Any) -> None:
    head_size = config.hidden_size // config.num_attention_heads
    wanted = {
        "tie_word_embeddings": (config.tie_word_embeddings, True),
        "hidden_act": (config.hidden_act, "silu"),
        "attention_bias": (config.attention_bias, False),
        "mlp_bias": (config.mlp_bias, False),
        "head_dim": (config.head_dim, head_size),
        "rope_type": (_rope(config)["rope_type"], "default"),
    }
    for name, (got, expected) in wanted.items():
        if got != expected:
            raise ValueError(
                f"the model's {name} is {got!r}; "
                f"ours is written for {expected!r}"
            )
