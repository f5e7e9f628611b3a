"""The measurements behind the page on the transformer block."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.claims.registry import measurement
from genlab.language.names import LENGTH, PADDING, SYMBOLS, load_names
from genlab.language.passages import PASSAGES
from genlab.language.smollm import load_smollm2
from genlab.measured import Measured, paired
from genlab.models.llama import GroupedQueryAttention, Llama, LlamaBlock, attentions
from genlab.models.llama_loading import from_transformers
from genlab.models.transformer import Transformer, next_token_loss
from genlab.training import TrainConfig, train

Head = tuple[int, int]  # layer and head, counted from 0
START = 0  # the token <|endoftext|>, which ends a document in training
DRAWS = 5  # of control heads


def model_and_passages() -> tuple[Llama, list[Tensor]]:
    """Return SmolLM2 in the course's form, and the passages as tokens (T,), a start token first."""
    smol = load_smollm2()
    encoded = [torch.tensor([START, *smol.tokenizer(text).input_ids]) for text in PASSAGES]
    return from_transformers(smol.model), encoded


def repeated_texts() -> Tensor:
    """Return eight texts of 25 random tokens, each followed by the same 25, (8, 50)."""
    rng = torch.Generator().manual_seed(0)
    half = torch.randint(1000, 40000, (8, 25), generator=rng)
    return torch.cat([half, half], dim=1)


def first_token_heads(weights: Tensor) -> int:
    """Count the heads (30, 9) that give over half of their weight to the first token, (T, T)."""
    return int((weights[..., 1:, 0].mean(dim=-1) > 0.5).sum())


@measurement(
    "transformer-block/first-token",
    over="eight passages; eight texts of random tokens",
    orders=("random_minus_passages",),
)
def first_token() -> dict[str, Measured | float]:
    """Heads of 270 that give more than half of their weight, on average, to the first token."""
    model, passages = model_and_passages()
    counts = {
        "passages": [first_token_heads(attentions(model, one[None])[0]) for one in passages],
        "no_start": [first_token_heads(attentions(model, one[None, 1:])[0]) for one in passages],
        "random": [first_token_heads(one) for one in attentions(model, repeated_texts())],
    }
    return {name: Measured.of(one) for name, one in counts.items()} | {
        "random_minus_passages": paired(counts["passages"], counts["random"]),
        "start_minus_none": paired(counts["no_start"], counts["passages"]),
    }


@contextmanager
def silenced(model: Llama, heads: Sequence[Head]) -> Iterator[None]:
    """Set to zero what the heads write, within the block."""
    outs = {layer: model.blocks[layer].attention.out.weight for layer, _ in heads}  # type: ignore[union-attr]
    kept = {layer: weight.detach().clone() for layer, weight in outs.items()}  # type: ignore[operator]
    with torch.no_grad():
        for layer, head in heads:
            outs[layer][:, 64 * head : 64 * (head + 1)] = 0  # type: ignore[index,operator]
        try:
            yield
        finally:
            for layer, weight in kept.items():
                outs[layer].copy_(weight)  # type: ignore[union-attr,operator]


@contextmanager
def at_their_mean(model: Llama, heads: Sequence[Head]) -> Iterator[None]:
    """Let the heads write their mean over all tokens, the same to each, within the block."""
    handles = []
    for layer in {layer for layer, _ in heads}:
        block = model.blocks[layer]
        assert isinstance(block, LlamaBlock)
        columns = [64 * head + i for at, head in heads if at == layer for i in range(64)]

        def level(_: nn.Module, given: tuple[Tensor], columns: list[int] = columns) -> Tensor:
            mixed = given[0].clone()  # (N, T, 9 * 64)
            mixed[..., columns] = mixed[..., columns].mean(dim=(0, 1))
            return mixed

        handles.append(block.attention.out.register_forward_pre_hook(level))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def second_half_loss(model: Llama, texts: Tensor) -> Tensor:
    """Mean surprise in nats by the second half of repeated texts (N, 50), one for each, (N,)."""
    losses = []
    for one in texts.split(2):  # two at a time: logits are large
        logits = model(one)[:, 24:-1].transpose(1, 2)
        losses.append(F.cross_entropy(logits, one[:, 25:], reduction="none")[:, 1:].mean(dim=1))
    return torch.cat(losses)


def strong_heads(model: Llama, texts: Tensor) -> tuple[list[Head], list[Head]]:
    """Return the induction heads and the previous-token heads: mean weight above 0.5."""
    seen = attentions(model, texts)
    induction = seen.diagonal(-24, -2, -1)[..., 1:].mean(dim=(0, -1))
    previous = seen.diagonal(-1, -2, -1).mean(dim=(0, -1))
    return tuple([tuple(h) for h in (s > 0.5).nonzero().tolist()] for s in (induction, previous))  # type: ignore[return-value]


def others(heads: Sequence[Head], taboo: Sequence[Head], draws: int) -> list[list[Head]]:
    """Draw sets of other heads, each with as many of every layer as `heads` has."""
    rng = random.Random(0)
    per_layer = Counter(layer for layer, _ in heads)
    free = {at: [(at, h) for h in range(9) if (at, h) not in taboo] for at in per_layer}
    return [
        [head for at, n in per_layer.items() for head in rng.sample(free[at], min(n, len(free[at])))]
        for _ in range(draws)
    ]


@measurement("transformer-block/without-heads", over="eight repeated random texts")
def without_heads() -> dict[str, Measured | float]:
    """Surprise by the second half, in nats a token, with heads silenced."""
    model, texts = from_transformers(load_smollm2().model), repeated_texts()
    induction, previous = strong_heads(model, texts)
    taboo = [*induction, *previous]
    main = max(previous, key=lambda h: attentions(model, texts)[:, h[0], h[1]].diagonal(-1, -2, -1).mean().item())
    print("induction", induction, "previous", previous, "main", main)

    def loss(heads: Sequence[Head]) -> Measured:
        with silenced(model, heads):
            r = second_half_loss(model, texts)
        print(heads, r.mean().item(), r.std().item() / 8**0.5, flush=True)
        return Measured.of(r.tolist())

    out = {
        "whole": loss([]),
        "induction": loss(induction),
        "previous": loss(previous),
        "main_previous": loss([main]),
        "other_previous": loss([h for h in previous if h != main]),
    }
    with at_their_mean(model, [main]):
        print("main at mean", second_half_loss(model, texts).mean().item())
    with at_their_mean(model, induction):
        print("induction at mean", second_half_loss(model, texts).mean().item())
    print("single previous"); [loss([h]) for h in previous if h != main]
    print("others of main's layer"); c = [loss([(main[0], h)]).mean for h in range(9) if (main[0], h) not in taboo]
    out["others_of_layer"] = Measured.of(c)
    print("control induction"); out["control_induction"] = Measured.of([loss(h).mean for h in others(induction, taboo, DRAWS)])
    print("control previous"); out["control_previous"] = Measured.of([loss(h).mean for h in others(previous, taboo, DRAWS)])
    print("single induction"); [loss([h]) for h in induction]
    return out
