"""A text as the attention viewer shows it: its tokens, and each head's weights in a byte each."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genlab.models.llama import Llama, attentions
from genlab.models.llama_loading import from_transformers
from genlab.widgets.kernel.protocol import device_of, evaluating

MAX_TOKENS = 24  # what a phone still shows


def check_model(model: Any) -> Any:
    """Return a model that tells its heads' weights; a Llama of `transformers` becomes ours.

    Raises:
        TypeError: if it is neither a Llama nor has `attentions`.
        ValueError: if it is a Llama with a part that ours lacks.
    """
    if isinstance(model, Llama) or callable(getattr(model, "attentions", None)):
        return model
    if getattr(getattr(model, "config", None), "model_type", None) == "llama":
        return from_transformers(model)
    raise TypeError(
        f"model is a {type(model).__name__} without `attentions`; expected a Llama, of "
        "transformers or of this course, or a model whose attentions(tokens) gives "
        "(N, depth, heads, T, T)"
    )


def check_tokenizer(tokenizer: Any) -> Any:
    """Return a tokenizer that has `encode` and `decode`.

    Raises:
        TypeError: if one of them is missing.
    """
    for method in ("encode", "decode"):
        if not callable(getattr(tokenizer, method, None)):
            raise TypeError(
                f"tokenizer is a {type(tokenizer).__name__} without `{method}`; expected "
                "encode(text) to a list of whole numbers, and decode([number]) back to a text"
            )
    return tokenizer


def tokens_of(tokenizer: Any, text: str, limit: int = MAX_TOKENS) -> list[int]:
    """Return the tokens of a text.

    Raises:
        TypeError: if the text is none.
        ValueError: if there are no tokens, or more than `limit`.
    """
    if not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}; expected a str")
    tokens = [int(token) for token in tokenizer.encode(text)] if text.strip() else []
    if not tokens:
        raise ValueError("the text is empty; write a few words")
    if len(tokens) > limit:
        raise ValueError(
            f"the text has {len(tokens)} tokens; at most {limit} can be shown: shorten it"
        )
    return tokens


@torch.no_grad()
def attend(model: Any, tokens: list[int]) -> Tensor:
    """Return every head's weights for one text, (depth, heads, T, T), float32 on the CPU.

    Raises:
        ValueError: if the model gives another shape.
    """
    batch = torch.tensor([tokens], device=device_of(model))
    with evaluating(model):
        seen = attentions(model, batch) if isinstance(model, Llama) else model.attentions(batch)
    if seen.ndim != 5 or seen.shape[0] != 1 or seen.shape[3:] != (len(tokens),) * 2:
        raise ValueError(
            f"the model's attentions have shape {tuple(seen.shape)}; expected (1, depth, heads, "
            f"{len(tokens)}, {len(tokens)})"
        )
    return seen[0].float().cpu()


def pack_weights(weights: Tensor) -> str:
    """Return weights (depth, heads, T, T) as base64: a byte each, of each matrix what is causal.

    A row ends at the diagonal: what comes later has no weight.
    """
    rows, columns = torch.tril_indices(*weights.shape[2:])
    used = weights[:, :, rows, columns]  # (depth, heads, T (T + 1) / 2)
    return base64.b64encode((used * 255).round().byte().numpy().tobytes()).decode()


def unpack_weights(packed: str, depth: int, heads: int, count: int) -> Tensor:
    """Return (depth, heads, count, count) from what `pack_weights` gives, to within 0.002."""
    values = np.frombuffer(base64.b64decode(packed), np.uint8).astype(np.float32) / 255
    weights = torch.zeros(depth, heads, count, count)
    rows, columns = torch.tril_indices(count, count)
    weights[:, :, rows, columns] = torch.from_numpy(values).reshape(depth, heads, -1)
    return weights


def read_text(model: Any, tokenizer: Any, text: str) -> dict[str, Any]:
    """Return a text, its tokens in letters, and its packed weights.

    Raises:
        TypeError: if the text is none.
        ValueError: if it is empty or too long, or the model gives another shape.
    """
    context = getattr(model, "context", getattr(getattr(model, "config", None), "context", None))
    tokens = tokens_of(tokenizer, text, min(MAX_TOKENS, context or MAX_TOKENS))
    weights = attend(model, tokens)
    letters = [tokenizer.decode([token]) for token in tokens]
    return {"text": text, "tokens": letters, "weights": pack_weights(weights)}


def count_heads(model: nn.Module, tokenizer: Any, text: str) -> tuple[int, int]:
    """Return how many layers a model has, and heads in each."""
    depth, heads = attend(model, tokens_of(tokenizer, text)[:1]).shape[:2]
    return depth, heads
