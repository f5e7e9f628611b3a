"""The site's networks that answer the UNet tracer: the basic UNet, whole and by its stages."""

from genlab.data import IMAGE_SHAPE
from genlab.models.unet import stages_of
from genlab.widgets.kernel.denoising import whole_model
from genlab.widgets.kernel.protocol import SiteNetwork, by_name

CHECKPOINT = "unet-basic"

SITE_NETWORKS = by_name(
    SiteNetwork(f"{CHECKPOINT}.stages", stages_of, (IMAGE_SHAPE,)),
    SiteNetwork(f"{CHECKPOINT}.denoiser", whole_model, (IMAGE_SHAPE,)),
)
