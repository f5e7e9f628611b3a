"""The objective explorer as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from torch import Tensor

from genlab.checkpoints import load_card
from genlab.data import load_digits
from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser, load_denoiser
from genlab.diffusion.evaluation import errors_against_t, prediction_errors
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.widgets import ObjectiveExplorer
from genlab.widgets.kernel.denoising import page_noise
from genlab.widgets.objective_explorer.widget import MEASURED, SCALE

from .small import Small

COSINE = NoiseSchedule("squaredcos_cap_v2")


@pytest.fixture(scope="module")
def denoisers() -> dict[str, Denoiser]:
    torch.manual_seed(0)
    return {
        "noise": Denoiser(Small(), COSINE, "epsilon"),
        "image": Denoiser(Small(), COSINE, "sample"),
    }


@pytest.fixture
def explorer(denoisers) -> ObjectiveExplorer:
    return ObjectiveExplorer(denoisers, t=100, seed=3, digit=7)


def outputs_of(explorer: ObjectiveExplorer) -> torch.Tensor:
    data = np.frombuffer(base64.b64decode(explorer.stored["outputs"]), "<i2")
    return torch.from_numpy(data.astype(np.float32) / SCALE).reshape(-1, 1, 28, 28)


def test_start_values(explorer, denoisers):
    assert (explorer.t, explorer.seed, explorer.digit) == (100, 3, 7)
    assert explorer.names == ["noise", "image"]
    assert explorer.types == ["epsilon", "sample"]
    assert explorer.schedule == "squaredcos_cap_v2"
    assert explorer.t == explorer.stored["t"]


def test_the_scene_is_the_digit_and_the_pages_noise(explorer):
    x0, eps, xt = explorer.scene()
    assert torch.equal(x0, to_diffusion_range(load_digits("test").of_class(7)[:1]))
    assert torch.equal(eps, page_noise(3))
    assert torch.equal(xt, add_noise(x0, eps, 100, COSINE))


def test_the_stored_outputs_are_the_networks(explorer, denoisers):
    _, _, xt = explorer.scene()
    with torch.no_grad():
        wanted = [one.model(xt, torch.tensor([100])) for one in denoisers.values()]
    assert (outputs_of(explorer) - torch.cat(wanted)).abs().max() <= 0.5 / SCALE + 1e-6


def test_the_readers_networks_are_measured_on_a_few_digits(explorer, denoisers):
    errors = errors_against_t(denoisers["image"], load_digits("test").images[:MEASURED])
    curve = explorer.curves[1]
    assert curve["count"] == MEASURED
    assert curve["x0"] == pytest.approx(errors.x0, rel=1e-3)
    assert curve["eps"] == pytest.approx(errors.eps, rel=1e-3)
    assert curve["t"] == list(errors.t)


def test_page_noise_is_standard_normal_and_of_the_seed():
    noise = torch.cat([page_noise(seed) for seed in range(20)])
    assert abs(noise.mean()) < 0.02 and abs(noise.std() - 1) < 0.02
    assert torch.equal(page_noise(4), page_noise(4))
    assert not torch.equal(page_noise(4), page_noise(5))
    # The first five of seed 3, as lib/diffusion.mjs gives them.
    wanted = torch.tensor([1.549242616, 0.983697116, -1.685040593, 0.607780516, -0.739369333])
    assert (page_noise(3).flatten()[:5] - wanted).abs().max() < 1e-6


@pytest.mark.parametrize(
    ("name", "value", "last"),
    [("t", 1000, 999), ("t", -1, 999), ("seed", 100, 99), ("digit", 10, 9), ("digit", -1, 9)],
)
def test_values_out_of_range_are_refused(explorer, denoisers, name, value, last):
    message = rf"{name} is {value}; expected a whole number from 0 to {last}"
    with pytest.raises(ValueError, match=message):
        setattr(explorer, name, value)
    with pytest.raises(ValueError, match=message):
        ObjectiveExplorer(denoisers, **{name: value})


@pytest.mark.parametrize("value", [2.5, "2", None])
def test_values_are_whole_numbers(explorer, value):
    with pytest.raises(traitlets.TraitError, match="t"):
        explorer.t = value


def test_observe_and_link_and_box(explorer, denoisers):
    other = ObjectiveExplorer(denoisers)
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "t")
    link = ipywidgets.link((explorer, "t"), (other, "t"))
    other.t = 640
    assert explorer.t == 640
    assert 640 in seen
    link.unlink()
    assert ipywidgets.HBox([explorer, other]).children == (explorer, other)


def test_refresh_follows_the_networks():
    model = Small()
    explorer = ObjectiveExplorer({"mine": Denoiser(model, COSINE, "v_prediction")})
    before, curve = explorer.stored, explorer.curves
    with torch.no_grad():
        model.conv.bias.add_(1)
    explorer.refresh()
    assert explorer.stored["outputs"] != before["outputs"]
    assert explorer.curves != curve


def test_the_kernel_answers_with_the_readers_network(explorer, denoisers, monkeypatch):
    answers = []
    monkeypatch.setattr(explorer, "send", lambda *answer: answers.append(answer))
    xt, t = torch.randn(1, 1, 28, 28), torch.tensor([250.0])
    content = {
        **{"kind": "run", "id": "a-1", "network": "denoiser-image"},
        "inputs": [{"shape": [1, 1, 28, 28]}, {"shape": [1]}],
    }
    buffers = [memoryview(one.numpy().tobytes()) for one in (xt, t)]
    explorer._handle_custom_msg(content, buffers)
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result"
    with torch.no_grad():
        expected = denoisers["image"].model(xt, torch.tensor([250])).numpy()
    np.testing.assert_allclose(np.frombuffer(output, np.float32).reshape(1, 1, 28, 28), expected)


def wrong_shape(xt: Tensor, t: Tensor) -> Tensor:
    return xt.flatten(1)


def of(model: object = None, schedule: NoiseSchedule = COSINE) -> Denoiser:
    return Denoiser(model or Small(), schedule)


@pytest.mark.parametrize(
    ("denoisers", "error", "message"),
    [
        ({}, ValueError, "got 0 denoisers; expected 1 to 4 denoisers with names"),
        ({str(i): of() for i in range(5)}, ValueError, "got 5 denoisers; expected 1 to 4"),
        ({1: of()}, ValueError, "got 1; expected 1 to 4 denoisers with names"),
        ({" ": of()}, ValueError, "got ' '; expected"),
        ([of()], TypeError, r"denoisers is a list; expected .* ObjectiveExplorer\("),
        ({"mine": Small()}, TypeError, "mine is a Small; expected a genlab Denoiser"),
        ({"mine": of(schedule=NoiseSchedule("linear", 10))}, ValueError, "with 1000 timesteps"),
        (
            {"a": of(), "b": of(schedule=NoiseSchedule("linear"))},
            ValueError,
            "the schedules linear, squaredcos_cap_v2; they see the same noisy image",
        ),
        ({"mine": of(wrong_shape)}, ValueError, r"has shape .* and the network's output \(50, 784"),
        ({"mine": of(lambda xt, t: xt / 0)}, ValueError, "values that are not finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(denoisers, error, message):
    with pytest.raises(error, match=message):
        ObjectiveExplorer(denoisers)


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> ObjectiveExplorer:
    return ObjectiveExplorer()


def test_the_courses_own_networks_by_default(shipped):
    assert tuple(shipped.types) == ("epsilon", "sample", "v_prediction")
    assert shipped.page_networks() == {
        f"denoiser-{name}": f"{checkpoint}.denoiser"
        for name, checkpoint in TIME_CHECKPOINTS.items()
    }


def test_the_curves_of_the_courses_networks_are_their_cards(shipped):
    card = load_card("unet-time-sample").metrics
    curve = shipped.curves[1]
    assert (curve["x0"], curve["eps"], curve["t"]) == (
        card["x0_error"],
        card["eps_error"],
        card["t"],
    )
    assert curve["count"] == 500


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="objective-explorer" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["names"] == list(TIME_CHECKPOINTS)
    assert state["t"] == state["stored"]["t"]
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 20_000
    assert re.match(r"Three rows of 4 pictures\. The first column shows a 5, noise, and the 5", alt)
    x0, eps, _ = shipped.scene()
    error, _, _ = prediction_errors(load_denoiser("unet-time-sample"), x0, eps, shipped.t)
    assert f"sample, {error:.3f}" in alt
    assert len(html) <= 80_000


def test_html_only_when_the_site_is_built(explorer, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = explorer._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "ObjectiveExplorer(noise, image; squaredcos_cap_v2 schedule)"


def test_own_networks_show_their_picture_and_say_so(explorer):
    html = explorer.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html
