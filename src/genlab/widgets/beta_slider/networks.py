"""The site's networks that answer the beta slider: decoders alone, for encodings are stored."""

from genlab.latents import VAE_CHECKPOINTS
from genlab.widgets.kernel.coding import site_decoder
from genlab.widgets.kernel.protocol import by_name

SITE_NETWORKS = by_name(
    *(site_decoder(f"{name}.decoder", latent_size=2) for name in VAE_CHECKPOINTS.values())
)
