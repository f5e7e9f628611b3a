"""The site's networks that answer the sample wall: denoisers that are told t."""

from genlab.diffusion.denoiser import TIME_CHECKPOINTS
from genlab.widgets.kernel.denoising import site_denoiser
from genlab.widgets.kernel.protocol import by_name

# Of the ladder's networks those after a short training. Names in full: they are found by reading.
CHECKPOINTS = (
    *TIME_CHECKPOINTS.values(),
    *("ladder-basic", "ladder-time", "ladder-group", "ladder-wide", "ladder-attention"),
)
SITE_NETWORKS = by_name(*(site_denoiser(f"{name}.denoiser") for name in CHECKPOINTS))
