"""Checks for the exercises of the page *Vision tasks*."""

from genlab.checks.vision_tasks.matching import match
from genlab.checks.vision_tasks.overlap import iou
from genlab.checks.vision_tasks.windows import windows

__all__ = ["iou", "match", "windows"]
