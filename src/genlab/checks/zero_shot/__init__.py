"""Checks for the exercises of the page *Zero-shot classification*."""

from genlab.checks.zero_shot.contrast import info_nce
from genlab.checks.zero_shot.ensemble import ensemble
from genlab.checks.zero_shot.scale import scale_for

__all__ = ["ensemble", "info_nce", "scale_for"]
