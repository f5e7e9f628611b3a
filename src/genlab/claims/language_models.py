"""The measurements behind the page on language models."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from genlab.checkpoints import load_model
from genlab.claims.registry import Values, measurement
from genlab.language.locales import LocaleClassifier
from genlab.language.names import LENGTH, LOCALES, PADDING, SYMBOLS, Names, load_names
from genlab.language.ngram import NGram, tuned_ngram
from genlab.language.passages import SENTENCES, START
from genlab.language.sampling import token_losses
from genlab.language.smollm import LanguageModel, load_smollm2
from genlab.language.tiny import loss_on, sample_names
from genlab.measured import Measured, difference, paired
from genlab.models.transformer import Transformer, next_token_loss

CHAT_START = 1  # <|im_start|>, with which a message of a chat begins
SEEDS = range(3)


def surprises(smol: LanguageModel, text: str, start: int | None) -> Tensor:
    """Return the surprise by each token of a text but the first, with a start token or without."""
    ids = smol.tokenizer(text).input_ids
    if start is None:
        return token_losses(smol.model, torch.tensor(ids))
    return token_losses(smol.model, torch.tensor([start, *ids]))[1:]


@measurement(
    "language-models/start-token",
    over="ten sentences",
    orders=("second_saved", "mean_saved"),
)
def start_token() -> Values:
    """Surprise with a start token and without, in nats, over the same tokens: all but the first."""
    smol = load_smollm2()
    means: dict[int | None, list[float]] = {}
    seconds: dict[int | None, list[float]] = {}
    for start in (None, START, CHAT_START):
        each = [surprises(smol, sentence, start) for sentence in SENTENCES]
        means[start] = [one.mean().item() for one in each]
        seconds[start] = [one[0].item() for one in each]
    return {
        "cat_without": seconds[None][0],
        "cat_with": seconds[START][0],
        "perplexity_without": math.exp(means[None][0]),
        "perplexity_with": math.exp(means[START][0]),
        "second_without": Measured.of(seconds[None]),
        "second_with": Measured.of(seconds[START]),
        "second_saved": paired(seconds[START], seconds[None]),
        "mean_saved": paired(means[START], means[None]),
        "chat_mean_saved": paired(means[CHAT_START], means[None]),
    }


def shuffled(text: str, window: int, rng: random.Random) -> str:
    """Return the words of a text, shuffled within windows."""
    words = text.split()
    parts = [words[i : i + window] for i in range(0, len(words), window)]
    return " ".join(word for part in parts for word in rng.sample(part, len(part)))


def harm(smol: LanguageModel, text: str, window: int, draws: int) -> list[float]:
    """Return by how many nats a token some shuffles are more surprising, a start token first."""
    rng, base = random.Random(0), surprises(smol, text, START).mean().item()
    return [
        surprises(smol, shuffled(text, window, rng), START).mean().item() - base
        for _ in range(draws)
    ]


@measurement(
    "language-models/scrambled",
    over="ten sentences, eight shuffles of each (seed 0)",
    orders=("nats", "pairs"),
)
def scrambled() -> Values:
    """Surprise by shuffled words less that by the sentence, in nats a token; and as a factor."""
    smol = load_smollm2()
    each = [harm(smol, sentence, 99, 8) for sentence in SENTENCES]
    nats = Measured.of([statistics.fmean(one) for one in each])
    spread = statistics.fmean([statistics.stdev(one) for one in each])
    flat = [math.exp(one) for row in each for one in row]
    windows = {
        name: Measured.of([statistics.fmean(harm(smol, s, window, 4)) for s in SENTENCES])
        for name, window in (("pairs", 2), ("fours", 4), ("eights", 8))
    }
    return windows | {
        "nats": nats,
        "factor": math.exp(nats.mean),
        "smallest": min(flat),
        "largest": max(flat),
        "spread": spread,
    }


def briefly_trained(seed: int) -> Transformer:
    """Return the page's tiny model after its 300 steps, with another seed."""
    torch.manual_seed(seed)
    model = Transformer(len(SYMBOLS), context=LENGTH, width=64, heads=4, depth=3, dropout=0.2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.1)
    fall = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=300)
    rng, tokens = torch.Generator().manual_seed(seed), load_names("train").tokens()
    model.train()
    for _ in range(300):
        drawn = torch.randint(len(tokens), (128,), generator=rng)
        loss = next_token_loss(model, tokens[drawn], PADDING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        fall.step()
    return model.eval()


def plain_losses(order: int) -> Callable[[Names], list[list[float]]]:
    """Return a function that gives the surprises of one n-gram model of all training names."""
    model = tuned_ngram(order)
    return lambda names: [ngram_surprises(model, row) for row in names.tokens()]


def country_losses(order: int) -> Callable[[Names], list[list[float]]]:
    """Return a function that gives the surprises of n-gram models, one for each country."""
    train = load_names("train")
    models = {
        locale: tuned_ngram(
            order, Names("train", (locale,) * len(train.of_locale(locale)), train.of_locale(locale))
        )
        for locale in LOCALES
    }
    return lambda names: [
        ngram_surprises(models[locale], row)
        for locale, row in zip(names.locales, names.tokens(), strict=True)
    ]


def ngram_surprises(model: NGram, row: Tensor) -> list[float]:
    """Return the surprise by each token of a name but the first, in nats."""
    ids = [token for token in row.tolist() if token != PADDING]
    return [-math.log(model.probability(ids[i], tuple(ids[:i]))) for i in range(1, len(ids))]


@torch.no_grad()
def network_surprises(model: torch.nn.Module, names: Names) -> list[list[float]]:
    """Return the surprise by each letter of each name and by its end, in nats."""
    tokens = names.tokens()
    logits = model(tokens[:, :-1]).transpose(1, 2)
    losses = F.cross_entropy(logits, tokens[:, 1:], ignore_index=PADDING, reduction="none")
    return [row[kept].tolist() for row, kept in zip(losses, tokens[:, 1:] != PADDING, strict=True)]


def a_letter(names: list[list[float]]) -> Measured:
    """Return the mean surprise a letter, with its error over names (a ratio's)."""
    lengths = [len(one) for one in names]
    mean = sum(map(sum, names)) / sum(lengths)
    off = [sum(one) - mean * len(one) for one in names]
    error = math.sqrt(sum(x * x for x in off)) / sum(lengths)
    return Measured(mean, error, len(names))


def less(a: list[list[float]], b: list[list[float]]) -> Measured:
    """Return by how many nats a letter `b` is below `a`, with its error over names."""
    return a_letter(
        [[x - y for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]
    )


@measurement(
    "language-models/counting",
    over="the 920 validation and test names; the networks are one training each",
    orders=("below_trigram", "below_five", "country_gain"),
)
def counting() -> Values:
    """Surprise by unseen names in nats a letter: n-grams, n-grams by country, the checkpoint."""
    splits = [load_names(split) for split in ("validation", "test")]
    tiny = load_model("tiny-lm")

    def both(measure: Callable[[Names], list[list[float]]]) -> list[list[float]]:
        return [one for names in splits for one in measure(names)]

    rows = {f"plain_{order}": both(plain_losses(order)) for order in (3, 5)}
    rows |= {f"country_{order}": both(country_losses(order)) for order in (3, 5)}
    rows["checkpoint"] = both(lambda names: network_surprises(tiny, names))
    return {name: a_letter(one) for name, one in rows.items()} | {
        "below_trigram": less(rows["plain_3"], rows["checkpoint"]),
        "below_five": less(rows["plain_5"], rows["checkpoint"]),
        "below_country_three": less(rows["country_3"], rows["checkpoint"]),
        "below_country_five": less(rows["country_5"], rows["checkpoint"]),
        "country_gain": less(rows["plain_3"], rows["country_3"]),
    }


@measurement(
    "language-models/short-training",
    over="three trainings of 300 steps (seeds 0 to 2)",
    orders=("gap",),
)
def short_training() -> Values:
    """Validation loss of the page's training in nats a letter, and how far the trigram is above."""
    tokens = load_names("validation").tokens()
    losses = [loss_on(briefly_trained(seed), tokens) for seed in SEEDS]
    trigram = tuned_ngram(3).loss(tokens)
    return {
        "loss": Measured.of(losses),
        "gap": Measured.of([trigram - loss for loss in losses]),
        "five_gap": Measured.of([tuned_ngram(5).loss(tokens) - loss for loss in losses]),
    }


@measurement(
    "language-models/new-names",
    over="five draws of 100 names a country from one checkpoint (seeds 0 to 4); real test names",
)
def new_names() -> Values:
    """Share of names whose country the judge finds, drawn and real; copies and repetitions."""
    tiny, judge, test = load_model("tiny-lm"), LocaleClassifier(), load_names("test")
    known = set(load_names("train").names)
    found: dict[str, list[float]] = {"recognised": [], "copies": [], "repeated": []}
    for seed in range(5):
        rng = torch.Generator().manual_seed(seed)
        drawn = [(at, n) for at in LOCALES for n in sample_names(tiny, at, 100, rng)]
        names = [name for _, name in drawn]
        hits = [a == b for a, (b, _) in zip(judge(names), drawn, strict=True)]
        found["recognised"].append(statistics.fmean(hits))
        found["copies"].append(statistics.fmean(name in known for name in names))
        found["repeated"].append(1 - len(set(names)) / len(names))
    real = _real_recognised(judge, test)
    values = {name: Measured.of(one) for name, one in found.items()}
    return values | {"real": real, "recognised_more": difference(real, values["recognised"])}


def _real_recognised(judge: LocaleClassifier, names: Names) -> Measured:
    """Return the mean over countries of the share found, with its binomial error."""
    shares, variances = [], []
    found = judge(names.names)
    for locale in LOCALES:
        hits = [f == locale for f, at in zip(found, names.locales, strict=True) if at == locale]
        share = statistics.fmean(hits)
        shares.append(share)
        variances.append(share * (1 - share) / len(hits))
    error = math.sqrt(sum(variances)) / len(shares)
    return Measured(statistics.fmean(shares), error, len(names.names))
