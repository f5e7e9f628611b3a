"""Seeing: how image classifiers are taught, and what they look at."""

from genlab.vision.covering import covered, looks
from genlab.vision.teaching import (
    augmented,
    augmented_loss,
    distillation_loss,
    smoothed_loss,
)

__all__ = [
    "augmented",
    "augmented_loss",
    "covered",
    "distillation_loss",
    "looks",
    "smoothed_loss",
]
