"""The site's networks that answer the denoise player: a denoiser and a flow that know classes."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from genlab import checkpoints
from genlab.data import IMAGE_SHAPE
from genlab.diffusion.denoiser import TIME_CHECKPOINTS
from genlab.widgets.kernel.denoising import site_denoiser
from genlab.widgets.kernel.protocol import SiteNetwork, by_name

CLASS_CHECKPOINT, FLOW_CHECKPOINT = "unet-class", "unet-flow"
ASKED = "asked"  # the part's name: a network with an input for the class


def asked_for_class(model: Any) -> Callable[..., Tensor]:
    """Return a model's pass from images, timesteps and labels, all float32."""

    def forward(xt: Tensor, t: Tensor, label: Tensor) -> Tensor:
        return model(xt, t, label.round().long())

    return forward


def there(*names: str) -> list[str]:
    """Return those of the checkpoints that are there."""
    return [name for name in names if name in checkpoints.names()]


SITE_NETWORKS = by_name(
    *(
        SiteNetwork(f"{name}.{ASKED}", asked_for_class, (IMAGE_SHAPE, (), ()))
        for name in there(CLASS_CHECKPOINT, FLOW_CHECKPOINT)
    ),
    *(site_denoiser(f"{name}.denoiser") for name in TIME_CHECKPOINTS.values()),
)
