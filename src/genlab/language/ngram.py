"""What one can do without a network: count which token follows which.

An n-gram model tells the next token from the n - 1 before it. Most of such
contexts are rare, so each order gives away a part of its counts (the discount)
to the next lower one, which is counted by in how many contexts a token stands,
not how often (interpolated Kneser-Ney: Chen & Goodman, 1999).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise, product

from torch import Tensor

from genlab.language.names import PADDING, POSSIBLE, SYMBOLS, Names, load_names

Context = tuple[int, ...]
Counts = dict[Context, Counter[int]]  # how often which token follows
DISCOUNTS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
_LOCALES = {i for i, symbol in enumerate(SYMBOLS) if len(symbol) == 4}


class NGram:
    """A smoothed n-gram model of names, which begin with their locale.

    Args:
        tokens: int64, (N, T), filled up with `PADDING`.
        order: how many tokens an n-gram has, so 3 for trigrams.
        discounts: of each order from 1 up, in (0, 1); or one number for all.

    Raises:
        ValueError: if the order is below 1 or the discounts do not fit it.
    """

    def __init__(
        self,
        tokens: Tensor,
        order: int = 3,
        discounts: float | tuple[float, ...] = 0.7,
    ) -> None:
        given = discounts
        if isinstance(given, (int, float)):
            given = (given,) * order
        fitting = len(given) == order and all(0 < one < 1 for one in given)
        if order < 1 or not fitting:
            raise ValueError(
                f"order is {order} and discounts are {discounts}; expected "
                "an order from 1 and as many numbers between 0 and 1"
            )
        self.order, self.discounts = order, tuple(given)
        self._counts = _kneser_ney_counts(tokens, order)

    def probability(self, token: int, context: Context) -> float:
        """Return how probable a token is after a context, its newest last."""
        context = context[max(0, len(context) - self.order + 1) :]
        lower = 1 / POSSIBLE
        if context:
            lower = self.probability(token, context[1:])
        counts = self._counts[len(context)].get(context)
        if not counts:
            return lower
        discount, total = self.discounts[len(context)], counts.total()
        given_away = discount * len(counts) / total
        return max(counts[token] - discount, 0) / total + given_away * lower

    def loss(self, tokens: Tensor) -> float:
        """Return the mean surprise by tokens after the first, in nats.

        Padding is left out.
        """
        surprises = []
        for row in _rows(tokens):
            for i in range(1, len(row)):
                context = tuple(row[max(0, i - self.order + 1) : i])
                surprises.append(-math.log(self.probability(row[i], context)))
        return sum(surprises) / len(surprises)


def _rows(tokens: Tensor) -> Iterator[list[int]]:
    for row in tokens.tolist():
        yield [token for token in row if token != PADDING]


def _kneser_ney_counts(tokens: Tensor, order: int) -> list[Counts]:
    """Return for each length of context what follows it, and how often.

    Below the top, contexts are counted in place of occurrences.
    """
    seen: list[Counts] = [defaultdict(Counter) for _ in range(order)]
    for row in _rows(tokens):
        for i in range(1, len(row)):
            for length in range(min(i, order - 1) + 1):
                seen[length][tuple(row[i - length : i])][row[i]] += 1
    counts = [_by_contexts(longer) for longer in seen[1:]] + seen[-1:]
    for length, plain in enumerate(seen):
        # Nothing stands before a locale, so its contexts are counted as those
        # of the top order are.
        first = {c: n for c, n in plain.items() if c and c[0] in _LOCALES}
        counts[length].update(first)
    return counts


def _by_contexts(longer: Counts) -> Counts:
    """Return for contexts one shorter after how many longer ones tokens are."""
    found: Counts = defaultdict(Counter)
    for context, followers in longer.items():
        found[context[1:]].update(followers.keys())
    return found


def tuned_ngram(order: int = 3, names: Names | None = None) -> NGram:
    """Return the n-gram model of the training names with the best discounts.

    The discounts are chosen on a tenth of the names that the counts do not
    hold; then all are counted.

    Args:
        order: how many tokens an n-gram has.
        names: to count, the training split by default.
    """
    tokens = (load_names("train") if names is None else names).tokens()
    held_out = len(tokens) // 10
    part, rest = tokens[:held_out], tokens[held_out:]
    trial = NGram(rest, order)

    def held_out_loss(discounts: tuple[float, ...]) -> float:
        trial.discounts = discounts
        return trial.loss(part)

    best = min(_candidates(order), key=held_out_loss)
    return NGram(tokens, order, best)


def _candidates(order: int) -> Iterable[tuple[float, ...]]:
    """Yield discounts that never fall: rarer contexts give away more."""
    for discounts in product(DISCOUNTS, repeat=min(order, 3)):
        if all(low <= high for low, high in pairwise(discounts)):
            yield discounts + discounts[-1:] * (order - len(discounts))
