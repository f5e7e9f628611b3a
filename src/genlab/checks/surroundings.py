"""What a check leaves as it found it: random numbers, default dtype and device, warnings."""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def own_surroundings() -> Iterator[None]:
    """Run a check as in a fresh process, and put back afterwards what it or an answer touched.

    So a verdict is the same at each call, and whatever the reader has set before.
    """
    with (
        _random_numbers(),
        _defaults(),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _random_numbers() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            np.random.seed(0)
            random.seed(0)
            yield
    finally:
        np.random.set_state(numpy)
        random.setstate(python)


@contextlib.contextmanager
def _defaults() -> Iterator[None]:
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    try:
        torch.set_default_dtype(torch.float32)
        if device.type != "cpu":
            torch.set_default_device("cpu")
        yield
    finally:
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
