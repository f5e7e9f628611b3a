"""The beta slider as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import io
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from genlab import checkpoints
from genlab.data import load_digits
from genlab.latents import VAE_CHECKPOINTS, normal_grid
from genlab.metrics import Quality
from genlab.models.vae import VAE
from genlab.plotting import digit_grid
from genlab.widgets import BetaSlider
from genlab.widgets.beta_slider import widget as beta_slider
from genlab.widgets.beta_slider.widget import measure
from genlab.widgets.kernel.bundle import WIDGETS, inline_module


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring samples takes a second; only `shipped` is measured, before this takes effect."""
    monkeypatch.setattr(beta_slider, "digit_fid", lambda _: 1.0)


@pytest.fixture(scope="module")
def models() -> dict[float, VAE]:
    torch.manual_seed(0)
    return {2: VAE(2), 0.5: VAE(2)}


@pytest.fixture
def slider(models) -> BetaSlider:
    digits = load_digits("test")
    return BetaSlider(models, digits.images[:40], digits.labels[:40])


@pytest.fixture(scope="module")
def shipped() -> BetaSlider:
    return BetaSlider()


def test_models_are_in_the_order_of_beta(slider):
    assert slider.betas == [0.5, 2.0]
    assert slider.beta == 0.5
    assert repr(slider) == "BetaSlider(beta 0.5, 2; 40 digits)"


def test_the_maps_share_one_square_around_zero(slider, models):
    left, right, bottom, top = slider.extent
    assert -left == right == -bottom == top
    for points, beta in zip(slider.points, slider.betas, strict=True):
        with torch.no_grad():
            mu = models[beta].encode(slider._images)[0]
        assert np.abs(np.reshape(points, (-1, 2)) - mu.numpy()).max() < 0.006
        assert mu.abs().max() < right


def test_the_cursor_stands_on_the_quantiles(slider):
    grid = normal_grid(20).reshape(20, 20, 2)
    slider.row, slider.column = 3, 18
    assert slider.z == pytest.approx(grid[2, 17].tolist(), abs=1e-4)
    assert slider.quantiles == pytest.approx(grid[0, :, 0].tolist(), abs=1e-4)
    assert len(slider.coarse_quantiles) == 10


def test_the_start_is_stored_as_it_is_decoded(slider, models):
    with torch.no_grad():
        digit = models[0.5].decode(torch.tensor([slider.z]))
        whole = digit_grid(models[0.5].decode(normal_grid(20)), 20)
    pixels = np.frombuffer(base64.b64decode(slider.stored["pixels"]), np.uint8) / 255
    assert np.abs(pixels - digit.flatten().numpy()).max() < 0.003
    raw = base64.b64decode(slider.stored["grid"].split(",")[1])
    picture = 1 - np.asarray(Image.open(io.BytesIO(raw)).convert("L")) / 255
    assert picture.shape == (280, 280)
    assert abs(picture.mean() - whole.mean()) < 0.02


@pytest.mark.parametrize("beta", list(VAE_CHECKPOINTS))
def test_measures_are_those_of_the_cards(shipped, beta):
    measured = shipped.measures[shipped.betas.index(beta)]
    card = checkpoints.load_card(VAE_CHECKPOINTS[beta]).metrics
    assert measured["mse"] == pytest.approx(card["test_mse"], abs=2e-5)
    of_card = Quality.from_card(card["quality"]).first.fid  # over two seeds more
    assert measured["fid"] == pytest.approx(of_card.mean, abs=4 * of_card.error)
    assert 0 < measured["fid_error"] < 10 * of_card.error
    if "test_kl" in card:
        assert measured["kl"] == pytest.approx(card["test_kl"], abs=2e-3)


def test_measuring_leaves_the_model_in_training(models):
    model = models[2].train()
    measure("VAE", model, torch.zeros(4, 1, 28, 28))
    assert model.training and model.encoder.training


def test_observe_and_link_and_box(slider, models):
    seen = []
    slider.observe(lambda change: seen.append(change["new"]), "beta")
    other = BetaSlider(models, slider._images, torch.zeros(40, dtype=torch.int64), beta=2)
    link = ipywidgets.link((other, "beta"), (slider, "beta"))
    assert slider.beta == 2 and seen == [2]
    link.unlink()
    assert ipywidgets.HBox([slider, other]).children == (slider, other)


def test_refresh_follows_the_models_and_keeps_the_cursor():
    model = VAE(2)
    slider = BetaSlider({1: model}, row=5)
    before = slider.points[0]
    with torch.no_grad():
        model.encoder.layers[-1].bias.add_(1)
    slider.refresh()
    assert slider.points[0] != before
    assert (slider.beta, slider.row) == (1, 5)


class Deaf(nn.Module):
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ({}, ValueError, "got no model; expected betas"),
        ({-1: VAE(2)}, ValueError, "got -1; expected betas, numbers of 0 or more"),
        ({"0.5": VAE(2)}, ValueError, "got '0.5'; expected betas"),
        ({float("nan"): VAE(2)}, ValueError, "got nan; expected betas"),
        ({True: VAE(2)}, ValueError, "got True; expected betas"),
        ({1: VAE(16)}, ValueError, "VAE with beta = 1 has latent_size 16; a map shows two"),
        ({1: Deaf()}, TypeError, "VAE with beta = 1 is a Deaf without `decode`"),
        (VAE(2), TypeError, r"models is a VAE; expected a model for each beta, as BetaSlider\("),
    ],
)
def test_wrong_models(models, error, message):
    with pytest.raises(error, match=message):
        BetaSlider(models)


def test_a_beta_that_was_not_trained_is_refused(slider, models):
    message = "beta is 3, with which no model was trained; expected one of 0.5, 2"
    with pytest.raises(ValueError, match=message):
        BetaSlider(models, beta=3)
    with pytest.raises(ValueError, match=message):
        slider.beta = 3
    assert slider.beta == 0.5


@pytest.mark.parametrize(("name", "value"), [("row", 0), ("row", 21), ("column", -1)])
def test_a_cursor_beyond_the_grid_is_refused(slider, models, name, value):
    message = f"{name} is {value}; expected a whole number from 1 to 20"
    with pytest.raises(ValueError, match=message):
        setattr(slider, name, value)
    with pytest.raises(ValueError, match=message):
        BetaSlider(models, **{name: value})


# -- the kernel's answers --------------------------------------------------------------------------


def test_each_beta_is_answered_by_its_own_model(slider, models, monkeypatch):
    answers = []
    monkeypatch.setattr(slider, "send", lambda content, buffers=None: answers.append(buffers))
    z = normal_grid(20)
    for beta in (0.5, 2):
        message = {"kind": "run", "id": "a", "inputs": [{"shape": [400, 2]}]}
        network = f"decoder-{beta:g}"
        slider._handle_custom_msg({**message, "network": network}, [z.numpy().tobytes()])
        images = torch.frombuffer(bytearray(answers[-1][0]), dtype=torch.float32)
        with torch.no_grad():
            torch.testing.assert_close(images.reshape(400, 1, 28, 28), models[beta].decode(z))


# -- without a kernel ------------------------------------------------------------------------------


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="beta-slider" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["betas"] == list(VAE_CHECKPOINTS)
    assert (state["beta"], len(state["labels"]), len(state["points"])) == (0.5, 500, 6)
    networks = re.search(r'data-genlab-networks="(.*?)"', html)[1].replace("&quot;", '"')
    assert json.loads(networks)["decoder-20"] == "vae-2d-beta-20.decoder"
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 60_000
    assert "a grid of 20 by 20 decoded digits; a frame around row 7, column 7" in alt
    assert len(html) <= 160_000


def test_models_without_checkpoints_show_their_picture(slider):
    html = slider.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html


def test_a_checkpoint_that_was_trained_further_is_not_passed_off_as_the_sites():
    model = checkpoints.load_model("vae-2d")
    with torch.no_grad():
        model.decoder.layers[-2].bias.add_(0.01)
    assert BetaSlider({0.5: model}).page_networks() is None


def test_the_module_is_one_for_a_kernel():
    source = inline_module(WIDGETS / "beta_slider" / "view.mjs")
    code = [line for line in source.splitlines() if not line.lstrip().startswith(("/*", "*"))]
    assert not [line for line in code if '"./' in line]
