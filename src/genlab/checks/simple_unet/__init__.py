"""Checks for the exercises of the page *A simple UNet*."""

from genlab.checks.simple_unet.shapes import unet_shapes
from genlab.checks.simple_unet.skips import side_by_side
from genlab.checks.simple_unet.without import without_skips

__all__ = ["side_by_side", "unet_shapes", "without_skips"]
