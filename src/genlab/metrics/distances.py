"""Distances between two sets of vectors: Fréchet, kernel, nearest ones."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import torch
from torch import Tensor


def check_vectors(a: np.ndarray, b: np.ndarray) -> None:
    """Refuse what are not two sets of vectors of one length.

    Raises:
        ValueError: if the shapes are not (N, D) and (M, D) with N, M >= 2.
    """
    alike = a.ndim == b.ndim == 2 and a.shape[1] == b.shape[1]
    if not alike or min(len(a), len(b)) < 2:
        raise ValueError(
            f"got shapes {a.shape} and {b.shape}; "
            "expected (N, D) and (M, D) with N, M >= 2"
        )


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance between two sets of vectors, each seen as one Gaussian.

    |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), the square of the
    2-Wasserstein distance (Dowson & Landau, 1982).

    Args:
        a: shape (N, D), N >= 2.
        b: shape (M, D), M >= 2.

    Raises:
        ValueError: if the shapes do not fit.
    """
    check_vectors(a, b)
    cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    # The trace of the root of C_a C_b is the sum of the roots of its
    # eigenvalues, which are those of a symmetric matrix too: no complex
    # rounding errors to throw away.
    values, vectors = scipy.linalg.eigh(cov_a)
    root_a = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    eigenvalues = scipy.linalg.eigvalsh(root_a @ cov_b @ root_a)
    trace_root = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    mean_term = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    return float(mean_term + np.trace(cov_a + cov_b) - 2 * trace_root)


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared maximum mean discrepancy between two sets, without bias (KID).

    The kernel is k(x, y) = (x . y / D + 1)^3; a pair of a vector with itself is
    left out, so the mean over many draws of one distribution is 0 and a single
    figure may fall below it (Bińkowski et al., 2018, equation 4 and section 4).

    Args:
        a: shape (N, D), N >= 2.
        b: shape (M, D), M >= 2.

    Raises:
        ValueError: if the shapes do not fit.
    """
    check_vectors(a, b)
    between = float(_kernel(a, b).mean())
    return _mean_of_pairs(a) + _mean_of_pairs(b) - 2 * between


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    likeness = a @ b.T / a.shape[1] + 1
    return likeness * likeness * likeness  # five times as fast as a power


def _mean_of_pairs(a: np.ndarray) -> float:
    kernel = _kernel(a, a)
    return float((kernel.sum() - np.trace(kernel)) / (len(a) * (len(a) - 1)))


def nearest_distances(a: Tensor, b: Tensor) -> Tensor:
    """Return each row's Euclidean distance to the nearest row of `b`, (N,).

    Args:
        a: shape (N, ...).
        b: shape (M, ...), the same trailing dimensions.
    """
    return torch.cdist(a.flatten(1), b.flatten(1)).min(dim=1).values
