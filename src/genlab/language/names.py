"""First names of eight countries, from `faker`, as tokens of characters.

The first token of a name is its locale, the last says that the name ends. Which
names there are and which split each belongs to follows from the name itself,
not from the order of the lists inside `faker`: another version of it changes
single names at most.
"""

from __future__ import annotations

import hashlib
import importlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

# Lists of some hundred names in Latin letters, of languages unlike in sound.
LOCALES: dict[str, tuple[str, str]] = {
    "ES": ("es_ES", "Spain"),
    "FI": ("fi_FI", "Finland"),
    "ID": ("id_ID", "Indonesia"),
    "IN": ("en_IN", "India"),
    "IS": ("is_IS", "Iceland"),
    "IT": ("it_IT", "Italy"),
    "SK": ("sk_SK", "Slovakia"),
    "TR": ("tr_TR", "Turkey"),
}
# Letters of at least five names; fixed, so that checkpoints fit any lists.
ALPHABET = "abcdefghijklmnopqrstuvwxyz" + "áâäæçéíðóöúüýþğıľşšž"
MOST = 1000  # names a locale
LONGEST = 14  # letters
PADDING, END = 0, 1
SYMBOLS = ("<pad>", "<end>", *(f"<{locale}>" for locale in LOCALES), *ALPHABET)
IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}
LENGTH = LONGEST + 2  # a locale, the letters, the end
POSSIBLE = len(ALPHABET) + 1  # a name goes on with a letter, or it ends


@dataclass(frozen=True)
class Names:
    """Names of one split.

    Attributes:
        split: "train", "validation" or "test".
        locales: a key of `LOCALES` for each name.
        names: in small letters.
    """

    split: str
    locales: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)

    def __repr__(self) -> str:
        """Return the same text at each run."""
        locales = len(set(self.locales))
        return f"Names({self.split}: {len(self)} names of {locales} locales)"

    def of_locale(self, locale: str) -> tuple[str, ...]:
        """Return the names of one locale."""
        pairs = zip(self.locales, self.names, strict=True)
        return tuple(name for its, name in pairs if its == locale)

    def tokens(self) -> Tensor:
        """Return all names as int64 tokens, (N, LENGTH), filled up."""
        pairs = zip(self.names, self.locales, strict=True)
        rows = [encode(name, locale) for name, locale in pairs]
        longest = torch.zeros(LENGTH, dtype=torch.int64)
        return torch.nn.utils.rnn.pad_sequence(
            [*rows, longest], batch_first=True, padding_value=PADDING
        )[:-1]


def load_names(split: Split) -> Names:
    """Return the names of a split; no name is in two splits, or in two locales.

    Raises:
        ValueError: if there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(
            f"split is {split!r}; expected one of {', '.join(SPLITS)}"
        )
    pairs = [pair for pair in _all_names() if _split_of(pair[1]) == split]
    locales, names = zip(*pairs, strict=True)
    return Names(split, locales, names)


@lru_cache
def _all_names() -> tuple[tuple[str, str], ...]:
    """Return (locale, name) in the order of the names' hashes.

    A name that two lists share would have no locale of its own; it is left out.
    """
    lists = {locale: _read_list(its[0]) for locale, its in LOCALES.items()}
    in_how_many = Counter(name for names in lists.values() for name in names)
    kept = []
    for locale, names in lists.items():
        own = [name for name in names if in_how_many[name] == 1]
        kept += [(locale, name) for name in sorted(own, key=_hash)[:MOST]]
    return tuple(sorted(kept, key=lambda pair: _hash(pair[1])))


def _read_list(faker_name: str) -> set[str]:
    """Return a locale's first names that have letters alone, made small."""
    module = importlib.import_module(f"faker.providers.person.{faker_name}")
    lowered = {_lower(name) for name in module.Provider.first_names}
    known = {name for name in lowered if set(name) <= set(ALPHABET)}
    return {name for name in known if 2 <= len(name) <= LONGEST}


def _lower(name: str) -> str:
    # Letters may come taken apart into letter and accent, as file names of some
    # systems do; and Python makes two signs of the Turkish capital: an i, and a
    # dot above it.
    return unicodedata.normalize("NFC", name).replace("İ", "i").lower()


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _split_of(name: str) -> Split:
    """Return the split by a hash: a tenth each for validation and test."""
    tenth = hashlib.sha256(f"split {name}".encode()).digest()[0] % 10
    return "test" if tenth == 0 else "validation" if tenth == 1 else "train"


def check_locale(locale: str) -> str:
    """Return the locale if it is a key of `LOCALES`.

    Raises:
        ValueError: if it is not.
    """
    if locale not in LOCALES:
        raise ValueError(
            f"locale is {locale!r}; expected one of {', '.join(LOCALES)}"
        )
    return locale


def encode(name: str, locale: str, end: bool = True) -> Tensor:
    """Return a name as int64 tokens: its locale, its letters, and the end.

    Args:
        name: up to `LONGEST` letters of `ALPHABET`, or none; capitals are made
            small.
        locale: a key of `LOCALES`.
        end: whether the name ends here; without it, a model is to go on.

    Raises:
        ValueError: if a letter or the locale is unknown, or the name too long.
    """
    letters = _lower(name)
    unknown = sorted(set(letters) - set(ALPHABET))
    if unknown:
        raise ValueError(
            f"the name {name!r} holds {', '.join(map(repr, unknown))}, "
            f"which the model does not know; expected letters of {ALPHABET}"
        )
    if len(letters) > LONGEST:
        raise ValueError(
            f"the name has {len(letters)} letters; expected up to {LONGEST}"
        )
    last = ["<end>"] if end else []
    symbols = [f"<{check_locale(locale)}>", *letters, *last]
    return torch.tensor([IDS[symbol] for symbol in symbols])


def decode(tokens: Tensor | Sequence[int]) -> str:
    """Return the letters of tokens up to the end, without locale and padding.

    Raises:
        ValueError: if a token is not one of the vocabulary.
    """
    letters = []
    for token in map(int, tokens):
        if not 0 <= token < len(SYMBOLS):
            raise ValueError(
                f"token {token} is unknown; expected 0 to {len(SYMBOLS) - 1}"
            )
        if token == END:
            break
        letters.append(SYMBOLS[token] if len(SYMBOLS[token]) == 1 else "")
    return "".join(letters)
