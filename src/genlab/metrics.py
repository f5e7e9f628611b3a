"""How good are generated digits? One yardstick for the whole course.

A frozen classifier turns images into 128 features. *digit-FID* is the Fréchet distance between
the features of samples and those of the training digits (Heusel et al., 2017, with our classifier
in place of Inception). Its *floor* is the distance of the 500 real test digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from genlab.checkpoints import load_model
from genlab.data import CLASSES, check_images, load_digits
from genlab.models.classifier import DigitClassifier

CLASSIFIER = "digit-classifier"
SAMPLES = 500


@dataclass(frozen=True)
class SampleQuality:
    """What the yardstick says of a set of samples.

    Attributes:
        fid: digit-FID, 0 or more; smaller is better.
        floor: digit-FID of the 500 real test digits.
        class_shares: share of the samples that the classifier takes for each digit, sums to 1.
        copy_ratio: median distance (in pixels' space) of a sample to its nearest training digit,
            divided by that of the test digits; far below 1 means that training digits are copied.
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


@lru_cache(maxsize=1)
def classifier() -> DigitClassifier:
    """Return the frozen classifier, in `eval` mode."""
    model = load_model(CLASSIFIER).requires_grad_(False)
    assert isinstance(model, DigitClassifier)
    return model


@torch.no_grad()
def features(images: Tensor) -> np.ndarray:
    """Return the classifier's 128 features of images (N, 1, 28, 28), float64, shape (N, 128)."""
    check_images(images)
    chunks = [classifier().features(chunk) for chunk in images.split(500)]
    return torch.cat(chunks).double().numpy()


@torch.no_grad()
def class_probabilities(images: Tensor) -> Tensor:
    """Return the classifier's probabilities of the ten digits for images, shape (N, 10)."""
    check_images(images)
    return torch.cat([classifier()(chunk).softmax(dim=1) for chunk in images.split(500)])


def class_shares(images: Tensor) -> tuple[float, ...]:
    """Return the share of images that the classifier takes for each digit, sums to 1."""
    predicted = class_probabilities(images).argmax(dim=1)
    counts = torch.bincount(predicted, minlength=CLASSES)
    return tuple((counts / len(images)).tolist())


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance between two sets of vectors, each seen as one Gaussian.

    |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), the square of the 2-Wasserstein distance
    (Dowson & Landau, 1982).

    Args:
        a: shape (N, D), N >= 2.
        b: shape (M, D), M >= 2.

    Raises:
        ValueError: if the shapes do not fit.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(
            f"got shapes {a.shape} and {b.shape}; expected (N, D) and (M, D) with N, M >= 2"
        )
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # The trace of the root of C_a C_b is the sum of the roots of its eigenvalues, which are those
    # of a symmetric matrix too: no complex rounding errors to throw away.
    root_a = _symmetric_root(np.atleast_2d(cov_a))
    eigenvalues = scipy.linalg.eigvalsh(root_a @ np.atleast_2d(cov_b) @ root_a)
    trace_root = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    mean_term = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return float(mean_term + np.trace(np.atleast_2d(cov_a + cov_b)) - 2 * trace_root)


def _symmetric_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = scipy.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


@lru_cache(maxsize=1)
def _training_features() -> np.ndarray:
    return features(load_digits("train").images)


@lru_cache(maxsize=1)
def digit_fid_floor() -> float:
    """Return the digit-FID of the 500 real test digits."""
    return frechet_distance(features(load_digits("test").images), _training_features())


def digit_fid(images: Tensor) -> float:
    """Return the digit-FID of samples (500, 1, 28, 28) in [0, 1].

    Raises:
        ValueError: if there are not 500: the distance depends on how many there are, so that
            figures of different numbers of samples cannot be compared.
    """
    if len(images) != SAMPLES:
        raise ValueError(f"got {len(images)} images; digit-FID is defined for {SAMPLES}")
    return frechet_distance(features(images), _training_features())


def nearest_distances(a: Tensor, b: Tensor) -> Tensor:
    """Return the Euclidean distance of each row of `a` to the nearest row of `b`, shape (N,).

    Args:
        a: shape (N, ...).
        b: shape (M, ...), the same trailing dimensions.
    """
    return torch.cdist(a.flatten(1), b.flatten(1)).min(dim=1).values


def copy_ratio(images: Tensor) -> float:
    """Return how near samples are to training digits, in units of how near test digits are."""
    training = load_digits("train").images
    of_samples = nearest_distances(images, training).median()
    of_test = nearest_distances(load_digits("test").images, training).median()
    return float(of_samples / of_test)


def sample_quality(images: Tensor) -> SampleQuality:
    """Measure 500 samples (500, 1, 28, 28) in [0, 1] by the whole yardstick."""
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
