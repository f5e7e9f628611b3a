"""Seeing: how networks that recognise images are taught."""

from genlab.vision.teaching import (
    augmented,
    augmented_loss,
    distillation_loss,
    smoothed_loss,
)

__all__ = ["augmented", "augmented_loss", "distillation_loss", "smoothed_loss"]
