"""A judge that is no language model: which locale does a name come from?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from genlab.language.names import LOCALES, Names, load_names


class LocaleClassifier:
    """Naive Bayes over the pieces of one to three letters that a name has.

    Every locale counts as equally likely beforehand. It never sees a locale
    token, and shares with the tiny language model the training names alone.

    Args:
        names: to count, the training split by default.
        smoothing: added to every count; above 0.
    """

    def __init__(
        self, names: Names | None = None, smoothing: float = 0.3
    ) -> None:
        if not smoothing > 0:
            raise ValueError(
                f"smoothing is {smoothing}; expected a number above 0"
            )
        names = load_names("train") if names is None else names
        known = {piece for name in names.names for piece in pieces(name)}
        self._ids = {piece: index for index, piece in enumerate(sorted(known))}
        counts = [self._count(names.of_locale(locale)) for locale in LOCALES]
        smoothed = torch.stack(counts) + smoothing  # (locales, pieces)
        self._logs = (smoothed / smoothed.sum(dim=1, keepdim=True)).log()

    def _count(self, names: Iterable[str]) -> Tensor:
        seen = [piece for name in names for piece in pieces(name)]
        found = [self._ids[piece] for piece in seen if piece in self._ids]
        ids = torch.tensor(found, dtype=torch.int64)
        return torch.bincount(ids, minlength=len(self._ids))

    def __call__(self, names: Sequence[str]) -> list[str]:
        """Return the most probable locale, a key of `LOCALES`, of each name."""
        counts = torch.stack([self._count([name]) for name in names]).float()
        best = (counts @ self._logs.T).argmax(dim=1)
        return [list(LOCALES)[index] for index in best]


def pieces(name: str) -> list[str]:
    """Return the pieces of one to three signs of a name, its ends marked."""
    marked = f"^{name}$"
    places = [(i, n) for n in (1, 2, 3) for i in range(len(marked) - n + 1)]
    return [marked[i : i + n] for i, n in places]


def recognised(
    classifier: LocaleClassifier, names: Sequence[str], locales: Sequence[str]
) -> float:
    """Return the share of names given their own locale, a mean over locales."""
    hits: dict[str, list[bool]] = {}
    for found, locale in zip(classifier(names), locales, strict=True):
        hits.setdefault(locale, []).append(found == locale)
    return sum(sum(one) / len(one) for one in hits.values()) / len(hits)
