"""Checks for the exercises of the page *Autoencoders*."""

from genlab.checks.autoencoders.architecture import encoder_shapes
from genlab.checks.autoencoders.compression import compression
from genlab.checks.autoencoders.training import fit

__all__ = ["compression", "encoder_shapes", "fit"]
