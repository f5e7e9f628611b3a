"""How long until a 2-D autoencoder has learned something?

Seconds until the validation MSE is 0.060 or less, at batch 64, for a wide network as a widely read
textbook builds it (17 million parameters) and for the course's own, in turn in one process. The
time of measuring the validation error does not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genlab.checkpoints import count_parameters
from genlab.data import load_digits
from genlab.models.autoencoder import AutoEncoder

TARGET = 0.060
BATCH = 64
SEEDS = {"wide": (0,), "course": (0, 1, 2)}  # the wide one takes minutes
CHECK_EVERY = {"wide": 5, "course": 10}
LIMIT_SECONDS = 600


def down(inputs: int, outputs: int) -> list[nn.Module]:
    """Halve the resolution."""
    return [
        nn.Conv2d(inputs, outputs, 4, stride=2, padding=1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


def up(inputs: int, outputs: int, output_padding: int) -> list[nn.Module]:
    """Double the resolution (4 to 7 without, 7 to 14 and 14 to 28 with output padding)."""
    return [
        nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=output_padding),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


class WideAutoEncoder(nn.Module):
    """Encoder 1-128-256-512-1024, decoder 1024-512-256-1; (N, 1, 28, 28) to the same shape."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *down(1, 128), *down(128, 256), *down(256, 512), *down(512, 1024),
            nn.Flatten(), nn.Linear(1024, 2),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(2, 1024 * 4 * 4), nn.Unflatten(1, (1024, 4, 4)),
            *up(1024, 512, 0), *up(512, 256, 1),
            nn.ConvTranspose2d(256, 1, 3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct images."""
        return self.decoder(self.encoder(x))


@dataclass(frozen=True)
class Timing:
    """What one training took."""

    seconds: float
    steps: int
    mse: float


@torch.no_grad()
def validation_mse(model: nn.Module, images: Tensor) -> float:
    model.eval()
    error = F.mse_loss(torch.cat([model(part) for part in images.split(100)]), images)
    model.train()
    return error.item()


def time_to_target(make: Callable[[], nn.Module], lr: float, check_every: int, seed: int) -> Timing:
    """Train with AdamW at a constant learning rate until the target is reached."""
    torch.manual_seed(seed)
    model, images = make(), load_digits("train").images
    validation = load_digits("validation").images
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    seconds, step = 0.0, 0
    while seconds < LIMIT_SECONDS:
        started = time.perf_counter()
        for _ in range(check_every):
            x = images[torch.randint(len(images), (BATCH,))]
            loss = F.mse_loss(model(x), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds += time.perf_counter() - started
        step += check_every
        if (mse := validation_mse(model, validation)) <= TARGET:
            return Timing(seconds, step, mse)
    raise RuntimeError(f"validation MSE {TARGET} not reached in {LIMIT_SECONDS} s")


def main() -> None:
    """Print the time of each network and the ratios."""
    runs = [
        ("wide", WideAutoEncoder, 1e-4),
        ("course", lambda: AutoEncoder(2), 3e-3),
        ("course", lambda: AutoEncoder(2), 1e-4),
    ]
    print(f"{torch.get_num_threads()} threads; until validation MSE <= {TARGET} at batch {BATCH}")
    medians = []
    for name, make, lr in runs:
        timings = [time_to_target(make, lr, CHECK_EVERY[name], seed) for seed in SEEDS[name]]
        medians.append(statistics.median(t.seconds for t in timings))
        each = ", ".join(f"{t.seconds:.1f} s in {t.steps} steps" for t in timings)
        print(f"{name:>6}, {count_parameters(make()):>10,} parameters, lr {lr:g}: {each}")
    print(f"ratio, each at its own learning rate: {medians[0] / medians[1]:.0f}")
    print(f"ratio, both at {runs[0][2]:g}: {medians[0] / medians[2]:.1f}")
