"""The bottleneck slider as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.models.autoencoder import AutoEncoder
from genlab.models.vae import VAE
from genlab.widgets import BottleneckSlider
from genlab.widgets.bottleneck_slider.widget import TRAINED_SIZES

EVERY_CLASS = torch.arange(10).repeat(3)


@pytest.fixture(scope="module")
def digits():
    test = load_digits("test")
    return torch.cat([test.of_class(int(label))[:1] for label in EVERY_CLASS])


@pytest.fixture
def models() -> dict[int, nn.Module]:
    torch.manual_seed(0)
    return {16: AutoEncoder(16), 2: VAE(2)}


@pytest.fixture
def slider(models, digits) -> BottleneckSlider:
    return BottleneckSlider(models, digits, EVERY_CLASS)


def pixels_of(slider: BottleneckSlider) -> torch.Tensor:
    data = bytearray(base64.b64decode(slider.stored["pixels"]))
    return torch.frombuffer(data, dtype=torch.uint8).reshape(-1, 1, 28, 28) / 255


def test_starts_with_two_numbers_and_one_digit_of_each_class(slider):
    assert (slider.latent_size, slider.row) == (2, 1)
    assert slider.sizes == [2, 16]
    assert slider.rows == [10, 10, 10]
    assert slider.sample_labels == "0123456789" * 3


def test_the_stored_reconstructions_are_the_models(slider, models, digits):
    with torch.no_grad():
        expected = models[2].decode(models[2].encode(digits[:10])[0])
    torch.testing.assert_close(pixels_of(slider), expected, atol=0.5 / 255 + 1e-6, rtol=0)
    assert len(slider.stored["codes"]) == 10 * 2


def test_start_values(models, digits):
    slider = BottleneckSlider(models, digits, EVERY_CLASS, latent_size=16, row=3)
    assert (slider.latent_size, slider.row, slider.stored["size"]) == (16, 3, 16)
    torch.testing.assert_close(slider.shown(), digits[20:])


@pytest.mark.parametrize("size", [3, 0, -1, 784])
def test_a_size_without_a_model_is_refused(slider, size):
    there = rf"latent_size is {size}, of which there is no model; expected one of 2, 16"
    with pytest.raises(ValueError, match=there):
        slider.latent_size = size
    assert slider.latent_size == 2
    with pytest.raises(ValueError, match=there):
        BottleneckSlider({2: AutoEncoder(2), 16: AutoEncoder(16)}, latent_size=size)


@pytest.mark.parametrize("value", [2.5, "2", None])
def test_a_size_is_a_whole_number(slider, value):
    with pytest.raises(traitlets.TraitError, match="latent_size"):
        slider.latent_size = value


@pytest.mark.parametrize("row", [0, 4, -1])
def test_a_row_that_is_not_there_is_refused(slider, row):
    with pytest.raises(ValueError, match=rf"row is {row}; expected a whole number from 1 to 3"):
        slider.row = row


def test_observe_and_link_and_box(slider, models, digits):
    other = BottleneckSlider(models, digits, EVERY_CLASS)
    seen = []
    slider.observe(lambda change: seen.append(change["new"]), "latent_size")
    link = ipywidgets.link((slider, "latent_size"), (other, "latent_size"))
    other.latent_size = 16
    assert slider.latent_size == 16
    assert seen == [16]
    link.unlink()
    assert ipywidgets.HBox([slider, other]).children == (slider, other)


def test_refresh_follows_the_model(slider, models):
    before = slider.stored
    with torch.no_grad():
        models[2].decoder.layers[-2].bias.add_(1)
    slider.refresh()
    assert slider.stored["pixels"] != before["pixels"]


@pytest.mark.parametrize("size", [2, 16])
def test_the_kernel_answers_with_the_readers_model(slider, models, monkeypatch, size):
    answers = []
    monkeypatch.setattr(slider, "send", lambda *answer: answers.append(answer))
    z = torch.randn(4, size)
    content = {
        **{"kind": "run", "id": "a-1", "network": f"decoder-{size}"},
        "inputs": [{"shape": [4, size]}],
    }
    slider._handle_custom_msg(content, [memoryview(z.numpy().tobytes())])
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result"
    with torch.no_grad():
        expected = models[size].decode(z).numpy()
    np.testing.assert_allclose(np.frombuffer(output, np.float32).reshape(4, 1, 28, 28), expected)


class Wide(AutoEncoder):
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(x), 5)


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ({}, ValueError, "got no model; expected latent sizes"),
        ({"2": AutoEncoder(2)}, ValueError, "got '2'; expected latent sizes, whole numbers"),
        ({0: AutoEncoder(2)}, ValueError, "got 0; expected latent sizes"),
        ({True: AutoEncoder(1)}, ValueError, "got True; expected latent sizes"),
        (AutoEncoder(2), TypeError, r"a AutoEncoder; expected .* BottleneckSlider\({2: model}\)"),
        ({4: AutoEncoder(2)}, ValueError, "of size 4 has latent_size 2; its key is 4"),
        ({2: nn.Linear(2, 2)}, TypeError, "of size 2 is a Linear without `encode`"),
        ({2: Wide(2)}, ValueError, r"of size 2.encode gives shape \(10, 5\)"),
    ],
)
def test_wrong_models(models, error, message):
    with pytest.raises(error, match=message):
        BottleneckSlider(models)


def test_a_class_that_is_missing_leaves_shorter_rows(models, digits):
    labels = torch.tensor([7, 7, 3])
    slider = BottleneckSlider(models, digits[:3], labels)
    assert slider.rows == [2, 1]
    assert slider.sample_labels == "377"


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> BottleneckSlider:
    return BottleneckSlider()


def test_the_courses_own_networks_by_default(shipped):
    assert tuple(shipped.sizes) == TRAINED_SIZES == (1, 2, 4, 8, 16, 32)
    networks = shipped.page_networks()
    assert networks["encoder-16"] == "autoencoder-16d.encoder"
    assert len(networks) == 12


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="bottleneck-slider" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["sizes"] == list(TRAINED_SIZES)
    assert state["rows"] == [10, 10, 10, 10]
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 20_000
    assert re.fullmatch(r"Two rows of 10 digits, .* from 2 numbers each, .* error of 0.04\d\.", alt)
    assert len(html) <= 80_000


def test_html_only_when_the_site_is_built(slider, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = slider._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "BottleneckSlider(latent sizes 2, 16; 30 digits)"


def test_own_models_show_their_picture_and_say_so(slider):
    html = slider.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html


def test_a_checkpoint_whose_networks_are_not_on_the_site_shows_its_picture():
    slider = BottleneckSlider({2: load_model("autoencoder-2d-seed-1")})
    assert slider.page_networks() is None
    assert slider.page_html().startswith('<div class="genlab-picture">')


def test_a_model_that_was_trained_further_is_not_passed_off_as_the_sites():
    model = load_model("autoencoder-4d")
    with torch.no_grad():
        model.decoder.layers[-2].bias.add_(0.01)
    assert BottleneckSlider({2: load_model("autoencoder-2d"), 4: model}).page_networks() is None
