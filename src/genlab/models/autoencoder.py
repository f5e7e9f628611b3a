"""A convolutional autoencoder for digits."""

from __future__ import annotations

from torch import Tensor, nn

MAX_LATENT_SIZE = 784


def check_latent_size(latent_size: int) -> int:
    """Return `latent_size` if an autoencoder of digits can have it.

    Raises:
        ValueError: if it is not a whole number from 1 to 784, which is
            how many pixels there are.
    """
    if (
        not isinstance(latent_size, int)
        or isinstance(latent_size, bool)
        or not 1 <= latent_size <= MAX_LATENT_SIZE
    ):
        raise ValueError(
            f"latent_size is {latent_size!r}; "
            f"expected a whole number from 1 to {MAX_LATENT_SIZE}"
        )
    return latent_size


def check_latents(z: Tensor, latent_size: int) -> Tensor:
    """Return `z` if it is a batch of latent vectors, shape (N, latent_size).

    Raises:
        ValueError: if it has another shape.
    """
    if z.ndim != 2 or z.shape[1] != latent_size:
        raise ValueError(
            f"z has shape {tuple(z.shape)}; expected (N, {latent_size})"
        )
    return z


class Encoder(nn.Module):
    """Images (N, 1, 28, 28) in [0, 1] to latent vectors (N, latent_size)."""

    def __init__(self, latent_size: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2, padding=1),  # (16, 14, 14)
            nn.SiLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),  # (32, 7, 7)
            nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),  # (64, 4, 4)
            nn.SiLU(),
            nn.Flatten(),  # 64 * 4 * 4 = 1024
            nn.Linear(1024, 64),
            nn.LayerNorm(64),  # keeps the latents at a readable scale
            nn.Linear(64, latent_size),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) to (N, latent_size)."""
        return self.layers(x)


class Decoder(nn.Module):
    """Latent vectors (N, latent_size) to images (N, 1, 28, 28) in [0, 1]."""

    def __init__(self, latent_size: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent_size, 64),
            nn.SiLU(),
            nn.Linear(64, 1024),
            nn.SiLU(),
            nn.Unflatten(1, (64, 4, 4)),
            nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1),  # (32, 7, 7)
            nn.SiLU(),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),  # (16, 14, 14)
            nn.SiLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),  # (1, 28, 28)
            nn.Sigmoid(),  # pixels are in [0, 1]
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map (N, latent_size) to (N, 1, 28, 28)."""
        return self.layers(z)


class AutoEncoder(nn.Module):
    """An encoder and a decoder with a bottleneck of `latent_size` numbers."""

    def __init__(self, latent_size: int = 2) -> None:
        super().__init__()
        self.latent_size = check_latent_size(latent_size)
        self.encoder = Encoder(latent_size)
        self.decoder = Decoder(latent_size)

    def encode(self, x: Tensor) -> Tensor:
        """Map images (N, 1, 28, 28) to latent vectors (N, latent_size)."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Map latent vectors (N, latent_size) to images (N, 1, 28, 28)."""
        return self.decoder(check_latents(z, self.latent_size))

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct images, (N, 1, 28, 28) to the same shape."""
        return self.decode(self.encode(x))
