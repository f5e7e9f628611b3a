"""The two frozen classifiers that judge images: their features and answers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from genlab.checkpoints import load_model
from genlab.data import CLASSES, check_images, load_digits
from genlab.models.classifier import DigitClassifier, ResidualClassifier

CLASSIFIER = "digit-classifier"
SECOND_CLASSIFIER = "digit-classifier-residual"
CLASSIFIERS = (CLASSIFIER, SECOND_CLASSIFIER)
_AT_ONCE = 100  # images in one pass: a processor's cache holds their maps


@lru_cache(maxsize=len(CLASSIFIERS))
def classifier(name: str = CLASSIFIER) -> DigitClassifier | ResidualClassifier:
    """Return a frozen classifier, in `eval` mode.

    Raises:
        ValueError: if `name` is not one of `CLASSIFIERS`.
    """
    if name not in CLASSIFIERS:
        raise ValueError(
            f"classifier is {name!r}; expected one of {', '.join(CLASSIFIERS)}"
        )
    model = load_model(name).requires_grad_(False)
    assert isinstance(model, DigitClassifier | ResidualClassifier)
    return model


@torch.no_grad()
def features(images: Tensor, classifier_name: str = CLASSIFIER) -> np.ndarray:
    """Return 128 features of images (N, 1, 28, 28), float64, (N, 128)."""
    check_images(images)
    judge = classifier(classifier_name)
    chunks = [judge.features(chunk) for chunk in images.split(_AT_ONCE)]
    return torch.cat(chunks).double().numpy()


@lru_cache(maxsize=len(CLASSIFIERS))
def training_features(classifier_name: str = CLASSIFIER) -> np.ndarray:
    """Return the training digits' features, which all are compared with."""
    return features(load_digits("train").images, classifier_name)


@torch.no_grad()
def class_probabilities(
    images: Tensor, classifier_name: str = CLASSIFIER
) -> Tensor:
    """Return a classifier's probabilities of the ten digits, (N, 10)."""
    check_images(images)
    judge = classifier(classifier_name)
    chunks = [judge(chunk) for chunk in images.split(_AT_ONCE)]
    return torch.cat([logits.softmax(dim=1) for logits in chunks])


def class_shares(
    images: Tensor, classifier_name: str = CLASSIFIER
) -> tuple[float, ...]:
    """Return the share of images taken for each digit; they sum to 1."""
    predicted = class_probabilities(images, classifier_name).argmax(dim=1)
    counts = torch.bincount(predicted, minlength=CLASSES)
    return tuple((counts / len(images)).tolist())
