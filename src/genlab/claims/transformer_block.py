"""The measurements behind the page on the transformer block."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.claims.registry import Values, measurement
from genlab.claims.trainings import SEEDS, finished, retrained
from genlab.language.families import hidden_letters_found, looks_at_its_letter, reversed_rightly
from genlab.language.names import LENGTH, PADDING, SYMBOLS, load_names
from genlab.language.passages import PASSAGES, START
from genlab.language.smollm import load_smollm2
from genlab.measured import Measured, paired
from genlab.models.families import Encoder
from genlab.models.llama import Llama, LlamaBlock, attentions
from genlab.models.llama_loading import from_transformers
from genlab.models.transformer import Block, Transformer, next_token_loss, sinusoidal
from genlab.recipes.run import recipe_of
from genlab.training import TrainConfig, train

Head = tuple[int, int]  # layer and head, counted from 0
DRAWS = 5  # of control heads
MAIN: Head = (16, 0)  # which looks at the previous token most
UNSEEN = "judged on the same 464 names, which none of them has seen"


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
def first_token() -> Values:
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
            outs[layer][:, 64 * head : 64 * (head + 1)] = 0  # type: ignore[operator]
        try:
            yield
        finally:
            for layer, weight in kept.items():
                outs[layer].copy_(weight)  # type: ignore[operator]


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
        [head for at, n in per_layer.items() for head in rng.sample(free[at], n)]
        for _ in range(draws)
    ]


def losses_without(model: Llama, heads: Sequence[Head], texts: Tensor) -> list[float]:
    """Return the mean surprise by the second half of each text, the heads silenced."""
    with silenced(model, heads):
        return second_half_loss(model, texts).tolist()


@measurement(
    "transformer-block/without-heads",
    over="eight repeated random texts (seed 0)",
    orders=("induction_costs", "main_costs", "others_cost", "main_more"),
)
def without_heads() -> Values:
    """Surprise by the second half of repeated texts, in nats a token, strong heads silenced."""
    model, texts = from_transformers(load_smollm2().model), repeated_texts()
    induction, previous = strong_heads(model, texts)
    cases = {
        "whole": [],
        "induction": induction,
        "previous": previous,
        "main": [MAIN],
        "others": [head for head in previous if head != MAIN],
    }
    losses = {name: losses_without(model, heads, texts) for name, heads in cases.items()}
    with at_their_mean(model, [MAIN]):
        losses["main_at_mean"] = second_half_loss(model, texts).tolist()
    return {name: Measured.of(one) for name, one in losses.items()} | {
        "induction_costs": paired(losses["whole"], losses["induction"]),
        "main_costs": paired(losses["whole"], losses["main"]),
        "others_cost": paired(losses["whole"], losses["others"]),
        "main_more": paired(losses["others"], losses["main"]),
    }


@measurement(
    "transformer-block/control-heads",
    over="five draws of other heads, as many in each layer (seed 0); the eight other heads",
)
def control_heads() -> Values:
    """Surprise by the second half of repeated texts, in nats a token, with other heads silenced."""
    model, texts = from_transformers(load_smollm2().model), repeated_texts()
    induction, previous = strong_heads(model, texts)
    strong = [*induction, *previous]

    def means(sets: Sequence[Sequence[Head]]) -> list[float]:
        return [statistics.fmean(losses_without(model, heads, texts)) for heads in sets]

    values = {
        "for_induction": means(others(induction, strong, DRAWS)),
        "for_previous": means(others(previous, strong, DRAWS)),
        "of_the_layer": means([[(MAIN[0], head)] for head in range(9) if head != MAIN[1]]),
    }
    ranges = {f"{name}_{f.__name__}": f(one) for name, one in values.items() for f in (min, max)}
    return {name: Measured.of(one) for name, one in values.items()} | ranges


@measurement(
    "transformer-block/natural-text",
    over="eight passages; controls: three draws of other heads (seed 0)",
)
def natural_text() -> Values:
    """What silencing costs on text without repetition, in nats a token."""
    model, passages = model_and_passages()
    induction, previous = strong_heads(model, repeated_texts())
    strong = [*induction, *previous]

    def losses(heads: Sequence[Head]) -> list[float]:
        with silenced(model, heads):
            return [next_token_loss(model, one[None], -1).item() for one in passages]

    with torch.no_grad():
        whole = losses([])
        controls = [losses(heads) for heads in others(induction, strong, 3)]
        return {
            "whole": Measured.of(whole),
            "induction_costs": paired(whole, losses(induction)),
            "main_costs": paired(whole, losses([MAIN])),
            "control_costs": Measured.of(
                [statistics.fmean(c) - statistics.fmean(whole) for c in controls]
            ),
        }


class Unplaced(Transformer):
    """The plain model with other positions, or with none, in place of the learned vectors.

    Args:
        table: what is added at each place, (context, width).
    """

    def __init__(self, table: Tensor) -> None:
        context, width = table.shape
        super().__init__(len(SYMBOLS), context, width, heads=4, depth=3, dropout=0.2)
        self.position = nn.Embedding.from_pretrained(table, freeze=True)


POSITIONS: dict[str, Callable[[], Transformer]] = {
    "learned": lambda: Transformer(len(SYMBOLS), LENGTH, 64, heads=4, depth=3, dropout=0.2),
    "none": lambda: Unplaced(torch.zeros(LENGTH, 64)),
    "sinusoidal": lambda: Unplaced(sinusoidal(LENGTH, 64)),
}


def trained_loss(build: Callable[[], Transformer], seed: int) -> float:
    """Train a tiny model of names for 300 steps; return its validation loss in nats a letter."""
    torch.manual_seed(seed)
    model = build()
    config = TrainConfig(steps=300, batch_size=128, lr=4e-3, weight_decay=0.1, seed=seed)
    data = (load_names("train").tokens(),)
    for _ in train(
        model, lambda net, batch, _: next_token_loss(net, batch[0], PADDING), data, config
    ):
        pass
    model.eval()
    with torch.no_grad():
        return next_token_loss(model, load_names("validation").tokens(), PADDING).item()


@measurement(
    "transformer-block/positions",
    over="three trainings of 300 steps each (seeds 0 to 2)",
    orders=("none_above_learned",),
)
def positions() -> Values:
    """Validation loss of tiny models of names, in nats a letter, by how they learn of positions."""
    losses = {name: [trained_loss(build, s) for s in range(3)] for name, build in POSITIONS.items()}
    return {name: Measured.of(one) for name, one in losses.items()} | {
        "none_above_learned": paired(losses["learned"], losses["none"]),
        "sinusoidal_above_learned": paired(losses["learned"], losses["sinusoidal"]),
    }


class OneSided(Encoder):
    """The reader of names with the causal mask, and equal to it in all else."""

    def __init__(self, vocabulary: int, context: int, width: int) -> None:
        super().__init__(vocabulary, context, width)
        self.blocks = nn.ModuleList(Block(width, heads=4) for _ in self.blocks)


def one_sided(seed: int) -> OneSided:
    """Return the reader with the mask, trained as the reader is, with a seed."""
    recipe = recipe_of("name-reader")
    torch.manual_seed(seed)
    config, run = replace(recipe.config, seed=seed), f"name-reader-one-sided-seed-{seed}"
    return finished(OneSided(**recipe.arguments), recipe.loss, recipe.data(), config, run)


@measurement(
    "transformer-block/both-sides",
    over=f"three trainings each (seeds 0 to 2), {UNSEEN}",
    orders=("both_minus_one",),
)
def both_sides() -> Values:
    """Hidden letters of unseen names that are found, in per cent, from both sides and from one.

    One side is the same network with the causal mask, after the same training.
    """
    names = load_names("test").tokens()

    def found(model: Encoder) -> float:
        return 100 * hidden_letters_found(model, names).mean().item()

    both = [found(retrained("name-reader", seed)) for seed in SEEDS]
    one = [found(one_sided(seed)) for seed in SEEDS]
    return {
        "both": Measured.of(both),
        "one": Measured.of(one),
        "both_minus_one": paired(one, both),
    }


@measurement("transformer-block/reversal", over=f"three trainings (seeds 0 to 2), {UNSEEN}")
def reversal() -> Values:
    """Unseen names written backwards rightly, and where cross-attention looks, in per cent.

    The latter is how much of its weight goes to the letter that is to be written next, a mean over
    a block's heads.
    """
    names = load_names("test").tokens()
    models = [retrained("name-reverser", seed) for seed in SEEDS]
    looks = torch.stack([100 * looks_at_its_letter(model, names).mean(dim=0) for model in models])
    right = [100 * reversed_rightly(model, names).float().mean().item() for model in models]
    return {
        "right": Measured.of(right),
        "looks_first": Measured.of(looks[:, 0].tolist()),
        "looks_second": Measured.of(looks[:, 1].tolist()),
        "looks_most": Measured.of(looks.amax(dim=1).tolist()),
    }
