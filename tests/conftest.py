"""What all tests share: one thread, so that results do not depend on the machine's cores."""

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture
def rng() -> torch.Generator:
    """A seeded source of random numbers."""
    return torch.Generator().manual_seed(0)
