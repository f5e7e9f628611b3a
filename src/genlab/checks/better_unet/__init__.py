"""Checks for the exercises of the page *A better UNet*."""

from genlab.checks.better_unet.cost import attention_cost
from genlab.checks.better_unet.norm import group_norm
from genlab.checks.better_unet.waves import timestep_embedding

__all__ = ["attention_cost", "group_norm", "timestep_embedding"]
