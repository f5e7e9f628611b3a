"""The explorer as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re

import ipywidgets
import pytest
import torch
import traitlets
from torch import nn

from genlab import checkpoints
from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.models.autoencoder import AutoEncoder
from genlab.models.vae import VAE
from genlab.widgets import LatentExplorer


@pytest.fixture
def shipped() -> dict[str, nn.Module]:
    names = {"Autoencoder": "autoencoder-2d", "VAE": "vae-2d"}
    return {title: checkpoints.load_model(name) for title, name in names.items()}


def test_starts_at_the_encoding_of_the_first_sample(explorer, autoencoder, vae):
    first = explorer._images[explorer._shown[:1]]
    with torch.no_grad():
        z, mu = autoencoder.encode(first)[0], vae.encode(first)[0][0]
    assert [explorer.z0, explorer.z1] == pytest.approx(z.tolist(), abs=6e-4)
    assert [explorer.right_z0, explorer.right_z1] == pytest.approx(mu.tolist(), abs=6e-4)


def test_the_stored_picture_is_the_decoded_start(explorer, autoencoder):
    pixels = torch.frombuffer(
        bytearray(base64.b64decode(explorer.stored["pixels"])), dtype=torch.uint8
    ).reshape(2, 28, 28)
    with torch.no_grad():
        expected = autoencoder.decode(torch.tensor([[explorer.z0, explorer.z1]]))[0, 0]
    torch.testing.assert_close(pixels[0] / 255, expected, atol=0.5 / 255 + 1e-6, rtol=0)


def test_the_map_holds_every_encoding(explorer, vae):
    with torch.no_grad():
        codes = vae.encode(explorer._images)[0]
    points = torch.tensor(explorer.points[1]).reshape(-1, 2)
    torch.testing.assert_close(points, codes, atol=6e-4, rtol=0)
    left, right, bottom, top = explorer.extents[1]
    assert right - left == pytest.approx(top - bottom, abs=2e-3)
    assert ((points[:, 0] > left) & (points[:, 0] < right)).all()
    assert ((points[:, 1] > bottom) & (points[:, 1] < top)).all()


def test_every_class_has_one_sample(explorer):
    assert sorted(explorer.sample_labels) == sorted(set(explorer.labels))


def test_observe_and_link_and_box(explorer, autoencoder):
    other = LatentExplorer(autoencoder, explorer._images, torch.zeros(40, dtype=torch.int64))
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "z0")
    link = ipywidgets.link((explorer, "z0"), (other, "z0"))
    other.z0 = 1.25
    assert explorer.z0 == 1.25
    assert seen[-1] == 1.25
    link.unlink()
    assert ipywidgets.HBox([explorer, other]).children == (explorer, other)


def test_start_values(autoencoder):
    assert LatentExplorer(autoencoder, z1=-0.5).z1 == -0.5
    with pytest.raises(ValueError, match=r"got right_z0; known values are z0, z1"):
        LatentExplorer(autoencoder, right_z0=1.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_points_are_finite(explorer, value):
    with pytest.raises(traitlets.TraitError, match=r"z0 is .*; expected a finite number"):
        explorer.z0 = value


def test_refresh_follows_the_model_and_keeps_the_point(explorer, autoencoder):
    before, explorer.z0 = explorer.points[0], 0.5
    with torch.no_grad():
        autoencoder.encoder.layers[-1].bias.add_(1)
    explorer.refresh()
    assert explorer.points[0] != before
    assert explorer.z0 == 0.5


class Deaf(nn.Module):
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x


class Wide(AutoEncoder):
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(x), 3)


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ({}, ValueError, "got 0 models; expected one, or two by name"),
        ({str(i): AutoEncoder(2) for i in range(3)}, ValueError, "got 3 models"),
        (Deaf(), TypeError, "Deaf is a Deaf without `decode`"),
        ("autoencoder-2d", TypeError, "str is a str without `decode`"),
        (AutoEncoder(16), ValueError, "latent_size 16; a map shows two dimensions"),
        (Wide(2), ValueError, r"Wide.encode gives shape \(10, 3\)"),
    ],
)
def test_wrong_models(models, error, message):
    with pytest.raises(error, match=message):
        LatentExplorer(models)


IMAGES = torch.zeros(3, 1, 28, 28)


@pytest.mark.parametrize(
    ("images", "labels", "error", "message"),
    [
        (IMAGES, None, ValueError, "only one of `images` and `labels`"),
        (IMAGES[:, 0], torch.zeros(3), ValueError, r"shape \(3, 28, 28\)"),
        (IMAGES + 2, torch.zeros(3), ValueError, r"expected \[0, 1\]"),
        (IMAGES.double(), torch.zeros(3), TypeError, "float32"),
        (IMAGES, torch.zeros(3), ValueError, "torch.float32; expected .* whole numbers"),
        (IMAGES, torch.zeros(2, dtype=torch.int64), ValueError, r"shape \(2,\)"),
        (IMAGES, torch.tensor([0, 1, 10]), ValueError, "from 0 to 10; expected digits"),
    ],
)
def test_wrong_digits(images, labels, error, message, autoencoder):
    with pytest.raises(error, match=message):
        LatentExplorer(autoencoder, images, labels)


@pytest.mark.parametrize("networks", [["nonsense"], "vae-2d", ["vae-2d", "vae-2d"]])
def test_wrong_networks(networks, autoencoder):
    with pytest.raises(ValueError, match="expected one checkpoint name a model"):
        LatentExplorer(autoencoder, networks=networks)


# -- without a kernel ------------------------------------------------------------------------------


def test_html_only_when_the_site_is_built(explorer, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = explorer._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "LatentExplorer(Autoencoder, VAE; 40 digits)"
    monkeypatch.setenv("GENLAB_SITE", "1")
    data, _ = explorer._repr_mimebundle_()
    assert "text/html" in data


def test_page_html_carries_state_networks_and_picture(shipped):
    html = LatentExplorer(shipped).page_html()
    assert 'data-genlab-widget="latent-explorer" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["names"] == ["Autoencoder", "VAE"]
    assert len(state["labels"]) == 500
    networks = re.search(r'data-genlab-networks="(.*?)"', html)[1].replace("&quot;", '"')
    assert json.loads(networks)["encoder-1"] == "vae-2d.encoder"
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 40_000
    assert alt.startswith("Autoencoder: a map of 500 encoded digits")
    assert len(html) <= 80_000


def test_a_name_cannot_break_out_of_the_page(shipped):
    html = LatentExplorer({'</script><b a="': shipped["VAE"]}).page_html()
    assert html.count("</script>") == 1
    assert "<b" not in html


def test_a_model_without_a_checkpoint_shows_its_picture_and_says_so(autoencoder):
    html = LatentExplorer(autoencoder).page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html
    assert "data-genlab-widget" not in html


def test_a_checkpoint_that_was_trained_further_is_not_passed_off_as_the_sites(shipped):
    model = shipped["Autoencoder"]
    with torch.no_grad():
        model.decoder.layers[-2].bias.add_(0.01)
    assert LatentExplorer(model).page_networks() is None
    named = LatentExplorer(model, networks=["autoencoder-2d"])
    with pytest.raises(ValueError, match="weights differ from those of the checkpoint"):
        named.page_networks()


@pytest.mark.parametrize("name", ["vae-2d-beta-5", "autoencoder-2d-seed-1"])
def test_a_checkpoint_whose_networks_are_not_on_the_site_shows_its_picture(name):
    """Of a VAE with another beta the site has the decoder alone."""
    assert LatentExplorer(load_model(name)).page_networks() is None
    with pytest.raises(ValueError, match="of autoencoder-2d, vae-2d"):
        LatentExplorer(load_model(name), networks=[name])


def test_a_model_may_be_given_its_checkpoint(shipped):
    copy = VAE(2)
    copy.load_state_dict(shipped["VAE"].state_dict())
    networks = LatentExplorer(copy, networks=["vae-2d"]).page_networks()
    assert networks == {"decoder-0": "vae-2d.decoder", "encoder-0": "vae-2d.encoder"}


def test_default_digits_are_the_test_split(autoencoder):
    labels = "".join(str(label) for label in load_digits("test").labels.tolist())
    assert LatentExplorer(autoencoder).labels == labels
