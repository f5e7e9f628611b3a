"""First names of eight countries, from the lists inside `faker`, as tokens of characters.

The first token of a name is its locale, the last says that the name ends. Which names there are and
which split each belongs to follows from the name itself, not from the order of the lists: another
version of `faker` changes single names at most.
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

# Lists of some hundred names in Latin letters, of languages that sound unlike each other.
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
# Fixed, so that a checkpoint fits whatever the lists hold: letters of at least five names.
ALPHABET = "abcdefghijklmnopqrstuvwxyz" + "áâäæçéíðóöúüýþğıľşšž"
MOST = 1000  # names a locale
LONGEST = 14  # letters
PADDING, END = 0, 1
SYMBOLS = ("<pad>", "<end>", *(f"<{locale}>" for locale in LOCALES), *ALPHABET)
IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}
LENGTH = LONGEST + 2  # a locale, the letters, the end
POSSIBLE = len(ALPHABET) + 1  # a name goes on with a letter or ends; nothing else is possible


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
        return f"Names({self.split}: {len(self)} names of {len(set(self.locales))} locales)"

    def of_locale(self, locale: str) -> tuple[str, ...]:
        """Return the names of one locale."""
        pairs = zip(self.locales, self.names, strict=True)
        return tuple(name for its, name in pairs if its == locale)

    def tokens(self) -> Tensor:
        """Return all names as int64 tokens, (N, LENGTH), short ones filled up with `PADDING`."""
        rows = [encode(name, locale) for name, locale in zip(self.names, self.locales, strict=True)]
        return torch.nn.utils.rnn.pad_sequence(
            [*rows, torch.zeros(LENGTH, dtype=torch.int64)], batch_first=True, padding_value=PADDING
        )[:-1]


def load_names(split: Split) -> Names:
    """Return the names of a split; no name is in two splits, or in two locales.

    Raises:
        ValueError: if there is no such split.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
    pairs = [(locale, name) for locale, name in _all_names() if _split_of(name) == split]
    locales, names = zip(*pairs, strict=True)
    return Names(split, locales, names)


@lru_cache
def _all_names() -> tuple[tuple[str, str], ...]:
    """Return (locale, name) in the order of the names' hashes; names of two locales are left out.

    A name that two lists share would have no locale of its own.
    """
    lists = {locale: _read_list(faker_name) for locale, (faker_name, _) in LOCALES.items()}
    in_how_many = Counter(name for names in lists.values() for name in names)
    kept = []
    for locale, names in lists.items():
        own = sorted((name for name in names if in_how_many[name] == 1), key=_hash)
        kept += [(locale, name) for name in own[:MOST]]
    return tuple(sorted(kept, key=lambda pair: _hash(pair[1])))


def _read_list(faker_name: str) -> set[str]:
    """Return a locale's first names in small letters, without those that hold other signs."""
    module = importlib.import_module(f"faker.providers.person.{faker_name}")
    lowered = {_lower(name) for name in module.Provider.first_names}
    return {name for name in lowered if 2 <= len(name) <= LONGEST and set(name) <= set(ALPHABET)}


def _lower(name: str) -> str:
    # Letters may come taken apart into letter and accent, as file names of some systems do; and
    # Python makes two signs of the Turkish capital: an i, and a dot above it.
    return unicodedata.normalize("NFC", name).replace("İ", "i").lower()


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _split_of(name: str) -> Split:
    """Return the split by a hash of the name: a tenth each for validation and test."""
    tenth = hashlib.sha256(f"split {name}".encode()).digest()[0] % 10
    return "test" if tenth == 0 else "validation" if tenth == 1 else "train"


def check_locale(locale: str) -> str:
    """Return the locale if it is a key of `LOCALES`.

    Raises:
        ValueError: if it is not.
    """
    if locale not in LOCALES:
        raise ValueError(f"locale is {locale!r}; expected one of {', '.join(LOCALES)}")
    return locale


def encode(name: str, locale: str, end: bool = True) -> Tensor:
    """Return a name as int64 tokens: its locale, its letters, and the end.

    Args:
        name: up to `LONGEST` letters of `ALPHABET`; capitals are made small. It may be empty.
        locale: a key of `LOCALES`.
        end: whether the name ends here; without it, a model is to go on.

    Raises:
        ValueError: if a letter is unknown, or the name is too long, or the locale unknown.
    """
    letters = _lower(name)
    unknown = sorted(set(letters) - set(ALPHABET))
    if unknown:
        raise ValueError(
            f"the name {name!r} holds {', '.join(map(repr, unknown))}, which the model does not "
            f"know; expected letters of {ALPHABET}"
        )
    if len(letters) > LONGEST:
        raise ValueError(f"the name has {len(letters)} letters; expected up to {LONGEST}")
    symbols = [f"<{check_locale(locale)}>", *letters, *(["<end>"] if end else [])]
    return torch.tensor([IDS[symbol] for symbol in symbols])


def decode(tokens: Tensor | Sequence[int]) -> str:
    """Return the letters of tokens up to the end; the locale and padding are left out.

    Raises:
        ValueError: if a token is not one of the vocabulary.
    """
    letters = []
    for token in map(int, tokens):
        if not 0 <= token < len(SYMBOLS):
            raise ValueError(f"token {token} is unknown; expected 0 to {len(SYMBOLS) - 1}")
        if token == END:
            break
        letters.append(SYMBOLS[token] if len(SYMBOLS[token]) == 1 else "")
    return "".join(letters)
