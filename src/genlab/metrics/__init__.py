"""How good are generated digits? One yardstick for the whole course.

Two frozen classifiers turn images into 128 features each. *digit-FID* is the
Fréchet distance between the features of 500 samples and those of the training
digits (Heusel et al., 2017, with our classifiers in place of Inception). Its
*floor* is the distance of the 500 real test digits. *KID* is a kernel distance
on the same features, which has no bias at 500 samples.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from genlab.data import check_images
from genlab.metrics.distances import (
    frechet_distance,
    kernel_distance,
    nearest_distances,
)
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
]


@torch.no_grad()
def reconstruction_mse(model: Any, images: Tensor) -> float:
    """Return the mean squared error a pixel of a model's reconstructions.

    The model is an autoencoder or a VAE, which reconstructs from the mean of
    its posterior, without noise.
    """
    check_images(images)
    code = model.encode(images)
    z = code[0] if isinstance(code, tuple) else code
    return float(((model.decode(z) - images) ** 2).mean())
