"""From logits to the next token, and the loop that writes a text.

The filters, temperature, top-k and top-p, are those of `transformers` in the
same order, and a test holds them to each other. Logits have the vocabulary as
their last dimension; a filtered token has a logit of minus infinity.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def temperature_logits(logits: Tensor, temperature: float) -> Tensor:
    """Divide logits by it: below 1 the likely tokens gain, above 1 they lose.

    Raises:
        ValueError: if `temperature` is not above 0.
    """
    if not 0 < temperature < math.inf:
        raise ValueError(
            f"temperature is {temperature}; expected a number above 0. "
            "For the likeliest token alone: "
            "next_token_probabilities(logits, temperature=0)"
        )
    return logits / temperature


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    """Keep the k highest logits (and equals of the lowest); the rest is -inf.

    Raises:
        ValueError: if `k` is not a whole number of 1 or more.
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(
            f"top_k is {k!r}; expected a whole number from 1, or None"
        )
    lowest_kept = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < lowest_kept, -math.inf)


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    """Keep the fewest most likely tokens of probability p together.

    The rest is -inf. Holtzman et al. (2020) call what is kept the nucleus. It
    is never empty.

    Raises:
        ValueError: if `p` is not in (0, 1].
    """
    if not 0 < p <= 1:
        raise ValueError(
            f"top_p is {p}; expected a number above 0 and up to 1, or None"
        )
    rising, order = logits.sort(dim=-1)  # the least likely one first
    gone = rising.softmax(dim=-1).cumsum(dim=-1) <= 1 - p
    gone[..., -1] = False  # the most likely one stays
    return logits.masked_fill(gone.scatter(-1, order, gone), -math.inf)


def next_token_probabilities(
    logits: Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """Return the distribution that the next token is drawn from.

    First the temperature, then top-k, then top-p, as in `transformers`.

    Args:
        logits: float, (..., vocabulary), finite.
        temperature: above 0; or 0, for which the most likely token has all the
            probability.
        top_k: how many tokens to keep, from 1; None keeps all.
        top_p: which probability to keep, in (0, 1]; None keeps all.

    Returns:
        Probabilities of the same shape, which sum to 1.

    Raises:
        ValueError: if an argument is out of its range, or a logit is NaN.
    """
    if not logits.ndim or not logits.shape[-1] or torch.isnan(logits).any():
        raise ValueError(
            f"logits have shape {tuple(logits.shape)} or hold NaN; "
            "expected numbers, the vocabulary as the last dimension"
        )
    greedy = temperature == 0
    logits = temperature_logits(logits, 1.0 if greedy else temperature)
    if top_k is not None:
        logits = top_k_filter(logits, top_k)
    if top_p is not None:
        logits = top_p_filter(logits, top_p)
    if greedy:
        best = F.one_hot(logits.argmax(dim=-1), logits.shape[-1])
        return best.to(logits.dtype)
    return logits.softmax(dim=-1)


@dataclass(frozen=True)
class GenerationStep:
    """One token that was written.

    Attributes:
        token: its id.
        probability: with which it was drawn.
        probabilities: of all tokens at this place, (vocabulary,).
    """

    token: int
    probability: float
    probabilities: Tensor


def next_logits(model: Any, tokens: Tensor) -> Tensor:
    """Return a model's logits (N, T, vocabulary), ours or `transformers`'."""
    output = model(tokens)
    return output if isinstance(output, Tensor) else output.logits


@torch.no_grad()
def generate(
    model: Any,
    tokens: Tensor,
    new_tokens: int,
    rng: torch.Generator | None = None,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    end: int | None = None,
) -> Iterator[GenerationStep]:
    """Write on from a prompt, one token at a time.

    Each step runs the whole text through the model again. That is slow and easy
    to read; a cache of keys and values would give the same logits.

    Args:
        model: maps int64 (1, T) to logits (1, T, vocabulary), or to an object
            with `logits`.
        tokens: the prompt's ids, int64 (T,), T >= 1.
        new_tokens: how many to write at most.
        rng: draws the tokens; not needed for `temperature=0`.
        temperature: see `next_token_probabilities`, as for `top_k` and `top_p`.
        top_k: how many tokens to keep.
        top_p: which probability to keep.
        end: the token after which nothing follows.

    Yields:
        Each new token with its probabilities.

    Raises:
        ValueError: if the prompt is empty or the text would be longer than the
            model's context.
    """
    text = check_prompt(model, tokens, new_tokens)
    if rng is None and temperature != 0:
        raise ValueError(
            "rng is None; expected a torch.Generator, or temperature=0"
        )
    for _ in range(new_tokens):
        logits = next_logits(model, text[None])[0, -1]
        likely = next_token_probabilities(logits, temperature, top_k, top_p)
        token = _draw(likely, rng if temperature else None)
        yield GenerationStep(token, likely[token].item(), likely)
        if token == end:
            return
        text = torch.cat([text, torch.tensor([token])])


def _draw(probabilities: Tensor, rng: torch.Generator | None) -> int:
    if rng is None:
        return int(probabilities.argmax())
    return int(torch.multinomial(probabilities, 1, generator=rng))


def check_prompt(model: Any, tokens: Tensor, new_tokens: int = 0) -> Tensor:
    """Return the prompt if there is one and the model has room for all.

    That is for the prompt and for `new_tokens` more.

    Raises:
        TypeError: if the prompt is not an int64 tensor.
        ValueError: if it is empty, of a wrong shape, or too long.
    """
    if not isinstance(tokens, Tensor) or tokens.dtype != torch.int64:
        got = getattr(tokens, "dtype", type(tokens).__name__)
        raise TypeError(
            f"tokens are {got}; expected token ids, a torch.int64 tensor (T,)"
        )
    if tokens.ndim != 1 or not len(tokens):
        raise ValueError(
            f"the prompt has shape {tuple(tokens.shape)}; "
            "expected (T,) with one token or more. A model needs something "
            "to go on from: an empty text gives no token"
        )
    context = context_length(model)
    # The last new token is only written, not read.
    if context is not None and len(tokens) + max(new_tokens - 1, 0) > context:
        raise ValueError(
            f"a prompt of {len(tokens)} tokens and {new_tokens} new ones "
            f"do not fit into the context of {context} tokens; "
            "shorten the prompt or ask for fewer"
        )
    return tokens


def context_length(model: Any) -> int | None:
    """Return how many tokens a model can read at once; None if unknown."""
    config = getattr(model, "config", None)
    said = getattr(config, "max_position_embeddings", None)
    return said or getattr(model, "context", None)


@torch.no_grad()
def token_losses(model: Any, tokens: Tensor) -> Tensor:
    """Return the surprise by each token after the first, in nats, (T - 1,).

    Raises:
        ValueError: if there are fewer than two tokens, or more than the
            context holds.
    """
    if len(check_prompt(model, tokens)) < 2:
        raise ValueError(
            "there is one token; expected two or more: the first is only given"
        )
    logits = next_logits(model, tokens[None])[0, :-1]
    return F.cross_entropy(logits, tokens[1:], reduction="none")


def perplexity(model: Any, tokens: Tensor) -> float:
    """Return the perplexity of a text: exp of the mean of `token_losses`.

    It is 1 for a text that the model is sure of, and the size of the vocabulary
    for a model that knows nothing.

    Raises:
        ValueError: if there are fewer than two tokens, or more than the
            context holds.
    """
    return math.exp(token_losses(model, tokens).mean().item())
