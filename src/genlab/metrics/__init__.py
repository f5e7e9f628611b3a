"""How good are generated digits? One yardstick for the whole course.

Two frozen classifiers turn images into 128 features each. *digit-FID* is the Fréchet distance
between the features of 500 samples and those of the training digits (Heusel et al., 2017, with our
classifiers in place of Inception). Its *floor* is the distance of the 500 real test digits. *KID*
is a kernel distance on the same features, which has no bias at 500 samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from genlab.data import check_images
from genlab.metrics.distances import frechet_distance, kernel_distance, nearest_distances
from genlab.metrics.judges import (
    CLASSIFIER,
    CLASSIFIERS,
    SECOND_CLASSIFIER,
    class_probabilities,
    class_shares,
    classifier,
    features,
)
from genlab.metrics.quality import (
    SAMPLES,
    SETS,
    Judgement,
    Quality,
    copy_ratio,
    digit_fid,
    digit_fid_floor,
    kid,
    perfect_sampler,
    quality,
)

__all__ = [
    "CLASSIFIER",
    "CLASSIFIERS",
    "SAMPLES",
    "SECOND_CLASSIFIER",
    "SETS",
    "Judgement",
    "Quality",
    "SampleQuality",
    "class_probabilities",
    "class_shares",
    "classifier",
    "copy_ratio",
    "digit_fid",
    "digit_fid_floor",
    "features",
    "frechet_distance",
    "kernel_distance",
    "kid",
    "nearest_distances",
    "perfect_sampler",
    "quality",
    "reconstruction_mse",
    "sample_quality",
]


@dataclass(frozen=True)
class SampleQuality:
    """What the first classifier says of one set of 500 samples: a draw, without an error.

    Attributes:
        fid: digit-FID, 0 or more; smaller is better.
        floor: digit-FID of the 500 real test digits.
        class_shares: share of the samples that the classifier takes for each digit, sums to 1.
        copy_ratio: see `genlab.metrics.copy_ratio`.
    """

    fid: float
    floor: float
    class_shares: tuple[float, ...]
    copy_ratio: float

    @property
    def ratio(self) -> float:
        """How many times the floor the digit-FID is."""
        return self.fid / self.floor

    def __repr__(self) -> str:
        return (
            f"SampleQuality(fid={self.fid:.1f}, floor={self.floor:.1f}, ratio={self.ratio:.1f}, "
            f"copy_ratio={self.copy_ratio:.2f})"
        )


def sample_quality(images: Tensor) -> SampleQuality:
    """Measure one set of 500 samples (500, 1, 28, 28) in [0, 1]; see `quality` for errors."""
    return SampleQuality(
        fid=digit_fid(images),
        floor=digit_fid_floor(),
        class_shares=class_shares(images),
        copy_ratio=copy_ratio(images),
    )


@torch.no_grad()
def reconstruction_mse(model: Any, images: Tensor) -> float:
    """Return the mean squared error a pixel of a model's reconstructions of images.

    The model is an autoencoder or a VAE, which reconstructs from the mean of its posterior,
    without noise.
    """
    check_images(images)
    code = model.encode(images)
    z = code[0] if isinstance(code, tuple) else code
    return float(((model.decode(z) - images) ** 2).mean())
