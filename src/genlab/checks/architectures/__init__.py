"""Checks for the exercises of the page *Other architectures*."""

from genlab.checks.architectures.cutting import patches
from genlab.checks.architectures.reading import read
from genlab.checks.architectures.wavelet import undo_haar

__all__ = ["patches", "read", "undo_haar"]
