"""The site's networks that answer the bottleneck slider: the course's autoencoders."""

from genlab.widgets.kernel.coding import site_decoder, site_encoder
from genlab.widgets.kernel.protocol import by_name

TRAINED_SIZES = (1, 2, 4, 8, 16, 32)  # of the checkpoints autoencoder-1d and so on

SITE_NETWORKS = by_name(
    *(site_decoder(f"autoencoder-{size}d.decoder", size) for size in TRAINED_SIZES),
    *(site_encoder(f"autoencoder-{size}d.encoder") for size in TRAINED_SIZES),
)
