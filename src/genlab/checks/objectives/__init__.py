"""Checks for the exercises of the page *What to predict*."""

from genlab.checks.objectives.conversions import conversions
from genlab.checks.objectives.turning import angle
from genlab.checks.objectives.weights import min_snr

__all__ = ["angle", "conversions", "min_snr"]
