"""The site's networks that answer the objective explorer: denoisers that know t."""

from genlab.diffusion.denoiser import TIME_CHECKPOINTS
from genlab.widgets.kernel.denoising import site_denoiser
from genlab.widgets.kernel.protocol import by_name

SITE_NETWORKS = by_name(*(site_denoiser(f"{name}.denoiser") for name in TIME_CHECKPOINTS.values()))
