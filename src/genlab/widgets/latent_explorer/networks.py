"""The site's networks that answer the latent explorer.

They are named in full, as the site's files are: a page that shows a model of its own depends on no
checkpoint.
"""

from genlab.widgets.kernel.coding import site_decoder, site_encoder
from genlab.widgets.kernel.protocol import by_name

SITE_NETWORKS = by_name(
    site_decoder("autoencoder-2d.decoder", latent_size=2),
    site_encoder("autoencoder-2d.encoder"),
    site_decoder("vae-2d.decoder", latent_size=2),
    site_encoder("vae-2d.encoder"),
)
