"""The site's networks that answer the sample wall: denoisers that are told t."""

from genlab.diffusion.denoiser import TIME_CHECKPOINTS
from genlab.recipes.ladder import LADDER_RECIPES
from genlab.widgets.kernel.denoising import site_denoiser
from genlab.widgets.kernel.protocol import by_name

CHECKPOINTS = (*TIME_CHECKPOINTS.values(), *LADDER_RECIPES)
SITE_NETWORKS = by_name(*(site_denoiser(f"{name}.denoiser") for name in CHECKPOINTS))
