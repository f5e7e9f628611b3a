"""Small untrained models and a widget whose messages can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.models.autoencoder import AutoEncoder
from genlab.models.vae import VAE
from genlab.widgets import LatentExplorer


@pytest.fixture
def autoencoder() -> AutoEncoder:
    torch.manual_seed(0)
    return AutoEncoder(2)


@pytest.fixture
def vae() -> VAE:
    torch.manual_seed(1)
    return VAE(2)


@pytest.fixture
def shipped_vae() -> torch.nn.Module:
    return load_model("vae-2d")


@pytest.fixture
def explorer(autoencoder: AutoEncoder, vae: VAE) -> LatentExplorer:
    digits = load_digits("test")
    models = {"Autoencoder": autoencoder, "VAE": vae}
    return LatentExplorer(models, digits.images[:40], digits.labels[:40])


@pytest.fixture
def ask(explorer: LatentExplorer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that sends what a browser sends, and returns the kernel's answer."""
    answers: list[tuple[dict[str, Any], list[bytes] | None]] = []
    monkeypatch.setattr(
        explorer, "send", lambda content, buffers=None: answers.append((content, buffers))
    )

    def send(content: Any, *inputs: np.ndarray) -> tuple[dict[str, Any], list[bytes] | None]:
        buffers = [memoryview(np.ascontiguousarray(one).tobytes()) for one in inputs]
        explorer._handle_custom_msg(content, buffers)
        assert len(answers) == 1, "exactly one answer to each message"
        return answers.pop()

    return send
