"""Checks for the exercises of the page *Other architectures*."""

from genlab.checks.architectures.patches import patchify
from genlab.checks.architectures.reading import read
from genlab.checks.architectures.wavelet import inverse_haar

__all__ = ["inverse_haar", "patchify", "read"]
