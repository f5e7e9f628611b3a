"""How fast is this machine just now? A fixed piece of work says it, in the process that asks.

A page's processor seconds depend on the machine and on its other users, who take away cache,
bandwidth and clock. They do the same to the work here. So a page's seconds divided by the factor
found here, its *reference seconds*, are about the same everywhere.
"""

import itertools
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

# Processor seconds of the work on the machine that the budgets were set on, when it was idle. That
# machine is known by what pages took on it: `intro`, `autoencoders`, `latent-space` and `vae` 4.3,
# 21, 24.5 and 28 seconds. One with two cores of a first AMD EPYC and 8 MB of cache takes 2.8 times
# as long for them, and 0.171 s for the work here. To measure another machine:
#     python -m genlab.course.build.calibration
IDLE_SECONDS = 0.062


class Calibration:
    """How many times slower than the idle reference machine is this thread?

    Samples are to be taken while the load is what it is for the work to be judged: before it, after
    it, and in its pauses.
    """

    def __init__(self) -> None:
        self._work = fixed_work()
        self._samples: list[tuple[float, float]] = []
        self._work()  # the first time is slower: libraries choose their ways, memory is asked for

    def sample(self, rounds: int = 1) -> float:
        """Do the fixed work `rounds` times; note and return the factor."""
        start = time.thread_time()
        for _ in range(rounds):
            self._work()
        factor = (time.thread_time() - start) / rounds / IDLE_SECONDS
        self._samples.append((time.monotonic(), factor))
        return factor

    @property
    def seconds_since(self) -> float:
        """How long ago the last sample was taken, by the clock on the wall."""
        return time.monotonic() - self._samples[-1][0]

    @property
    def factor(self) -> float:
        """The mean factor over the time that the samples span."""
        return mean_over_time(self._samples)


def mean_over_time(samples: list[tuple[float, float]]) -> float:
    """The mean of a value that was sampled at uneven times, straight between two samples.

    Args:
        samples: (time, value), in the order of time, at least one.
    """
    pieces = [
        (later - earlier, (before + after) / 2)
        for (earlier, before), (later, after) in itertools.pairwise(samples)
    ]
    if not (span := sum(duration for duration, _ in pieces)):
        return statistics.fmean(value for _, value in samples)
    return sum(duration * value for duration, value in pieces) / span


def fixed_work() -> Callable[[], None]:
    """What pages do, in small: train a convolution, multiply matrices, sort arrays, fill dicts.

    Never change it without measuring `IDLE_SECONDS` anew.
    """
    rng = torch.Generator().manual_seed(0)
    images = torch.rand(64, 16, 28, 28, generator=rng)
    kernel = torch.rand(16, 16, 3, 3, generator=rng, requires_grad=True)
    left, right = torch.rand(576, 576, generator=rng), torch.rand(576, 1536, generator=rng)
    angles = np.linspace(0, 100, 200_000)

    def work() -> None:
        for _ in range(2):
            F.conv2d(images, kernel, padding=1).relu().mean().backward()
        for _ in range(2):
            left @ right
        for _ in range(3):
            np.sort(np.sin(angles))
        counts: dict[int, int] = {}
        for number in range(120_000):
            counts[number % 997] = counts.get(number % 997, 0) + number

    return work


def main(rounds: int = 60) -> None:
    """Print the processor seconds of the work on this machine, and how much they vary."""
    torch.set_num_threads(1)
    calibration = Calibration()
    seconds = [calibration.sample() * IDLE_SECONDS for _ in range(rounds)]
    low, *_, high = statistics.quantiles(seconds, n=10)
    print(f"IDLE_SECONDS = {statistics.median(seconds):.4f}  # deciles {low:.4f} to {high:.4f}")


if __name__ == "__main__":
    main()
