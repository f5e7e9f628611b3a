"""Checks for the exercises of the page *Vision transformers*."""

from genlab.checks.vision_transformers.overlapping import overlapping
from genlab.checks.vision_transformers.work import block_cost

__all__ = ["block_cost", "overlapping"]
