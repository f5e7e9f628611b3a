"""The site's networks that answer the sample wall: denoisers that are told t."""

from genlab import checkpoints
from genlab.diffusion.denoiser import TIME_CHECKPOINTS
from genlab.widgets.kernel.denoising import site_denoiser
from genlab.widgets.kernel.protocol import by_name

LADDER = "ladder-"  # how the names of the ladder's checkpoints begin, one a rung

CHECKPOINTS = (
    *TIME_CHECKPOINTS.values(),
    *(name for name in checkpoints.names() if name.startswith(LADDER)),
)
SITE_NETWORKS = by_name(*(site_denoiser(f"{name}.denoiser") for name in CHECKPOINTS))
