"""The sample wall as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import io
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch import Tensor, nn

from genlab.diffusion.denoiser import TIME_CHECKPOINTS, Denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.samplers import ddim, final_images
from genlab.diffusion.schedules import NoiseSchedule
from genlab.widgets import SampleWall
from genlab.widgets.kernel.coding import unpack
from genlab.widgets.kernel.denoising import page_noise
from genlab.widgets.sample_wall.networks import CHECKPOINTS
from genlab.widgets.sample_wall.widget import COUNT

COSINE, LINEAR = NoiseSchedule("squaredcos_cap_v2"), NoiseSchedule("linear")


class Small(nn.Module):
    """One convolution that knows t a little: quick to ask."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, xt: Tensor, t: Tensor) -> Tensor:
        return self.conv(xt) + t.view(-1, 1, 1, 1) / 1000


@pytest.fixture(scope="module")
def denoisers() -> dict[str, Denoiser]:
    torch.manual_seed(0)
    return {
        "noise": Denoiser(Small(), LINEAR, "epsilon"),
        "image": Denoiser(Small(), COSINE, "sample"),
    }


@pytest.fixture
def wall(denoisers) -> SampleWall:
    return SampleWall(denoisers, progress=60, seed=3, steps=10)


def test_start_values(wall):
    assert (wall.progress, wall.seed, wall.steps, wall.step) == (60, 3, 10, 6)
    assert wall.names == ["noise", "image"]
    assert wall.types == ["epsilon", "sample"]
    assert wall.schedules == ["linear", "squaredcos_cap_v2"], "each has its own"
    stored = {"progress": 60, "seed": 3, "steps": 10, "guess": 0}
    assert {name: wall.stored[name] for name in stored} == stored


def test_rows_are_samples_from_the_pages_noise(wall, denoisers):
    for name, denoiser in denoisers.items():
        steps = list(ddim(denoiser, page_noise(3, COUNT), 10, timestep_spacing="trailing"))
        assert torch.equal(wall.images()[name], steps[5].prev_sample)
    wall.progress = 100
    wanted = final_images(
        ddim(denoisers["image"], page_noise(3, 8), 10, timestep_spacing="trailing")
    )
    assert torch.equal(to_image_range(wall.images()["image"]), wanted)
    wall.progress = 0
    assert all(torch.equal(one, page_noise(3, COUNT)) for one in wall.images().values())


def test_guesses_are_made_of_the_images_that_are_shown(wall, denoisers):
    way = ddim(denoisers["image"], page_noise(3, COUNT), 10, timestep_spacing="trailing")
    guesses = [step.x0 for step in way]
    wall.guess = 1
    for progress, at in ((0, 0), (60, 6), (90, 9), (100, 9)):
        wall.progress = progress
        assert torch.equal(wall.images()["image"], guesses[at])


def test_what_is_stored_is_what_is_shown(wall):
    for packed, images in zip(wall.stored["images"], wall.images().values(), strict=True):
        wanted = to_image_range(images).reshape(-1, 28, 28)
        assert (unpack(packed) - wanted).abs().max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize(
    ("steps", "progress", "step"),
    [(10, 4, 0), (10, 5, 1), (50, 35, 18), (20, 35, 7), (5, 99, 5), (50, 100, 50)],
)
def test_progress_is_a_share_of_the_steps(wall, steps, progress, step):
    """The same pairs stand in tests/js/samplers.test.mjs."""
    wall.steps, wall.progress = steps, progress
    assert wall.step == step


def test_page_noise_of_several_begins_with_that_of_one():
    noise = page_noise(7, COUNT)
    assert noise.shape == (COUNT, 1, 28, 28)
    assert torch.equal(noise[:1], page_noise(7))
    assert not torch.equal(noise[1], noise[0])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("progress", 101, "progress is 101; expected a whole number from 0 to 100"),
        ("seed", -1, "seed is -1; expected a whole number from 0 to 99"),
        ("steps", 1001, "steps is 1001; expected one of 5, 10, 20, 50"),
        ("steps", 0, "steps is 0; expected one of 5, 10, 20, 50"),
        ("guess", 2, "guess is 2; expected a whole number from 0 to 1"),
    ],
)
def test_values_out_of_range_are_refused(wall, denoisers, name, value, message):
    with pytest.raises(ValueError, match=message):
        setattr(wall, name, value)
    with pytest.raises(ValueError, match=message):
        SampleWall(denoisers, **{name: value})


@pytest.mark.parametrize("name", ["progress", "seed", "steps", "guess"])
def test_values_are_whole_numbers(wall, name):
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(wall, name, 2.5)


def test_observe_and_link_and_box(wall, denoisers):
    other = SampleWall(denoisers, steps=5)
    link = ipywidgets.link((wall, "seed"), (other, "seed"))
    other.seed = 42
    assert wall.seed == 42
    link.unlink()
    assert ipywidgets.HBox([wall, other]).children == (wall, other)


def test_refresh_follows_the_networks():
    model = Small()
    wall = SampleWall({"mine": Denoiser(model, COSINE, "v_prediction")}, steps=5)
    before = wall.stored["images"]
    with torch.no_grad():
        model.conv.weight.mul_(-1)
    assert wall.stored["images"] == before
    wall.refresh()
    assert wall.stored["images"] != before


def test_the_kernel_answers_for_all_images_at_once(wall, denoisers, monkeypatch):
    answers = []
    monkeypatch.setattr(wall, "send", lambda *answer: answers.append(answer))
    xt, t = torch.randn(COUNT, 1, 28, 28), torch.full((COUNT,), 250.0)
    content = {
        **{"kind": "run", "id": "a-1", "network": "denoiser-image"},
        "inputs": [{"shape": [COUNT, 1, 28, 28]}, {"shape": [COUNT]}],
    }
    buffers = [memoryview(one.numpy().tobytes()) for one in (xt, t)]
    wall._handle_custom_msg(content, buffers)
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result"
    with torch.no_grad():
        expected = denoisers["image"].model(xt, t.long()).numpy()
    found = np.frombuffer(output, np.float32).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def of(model: object) -> Denoiser:
    return Denoiser(model, COSINE)


@pytest.mark.parametrize(
    ("denoisers", "error", "message"),
    [
        ({}, ValueError, "got 0 denoisers; expected 1 to 9 denoisers with names"),
        ({str(i): of(Small()) for i in range(10)}, ValueError, "got 10 denoisers; expected 1 to 9"),
        ({1: of(Small())}, ValueError, "got 1; expected 1 to 9 denoisers with names"),
        (of(Small()), TypeError, r"denoisers is a Denoiser; expected .* SampleWall\("),
        ({"mine": Small()}, TypeError, "mine is a Small; expected a genlab Denoiser"),
        ({"mine": of(lambda xt, t: xt.flatten(1))}, ValueError, r"the network's output \(8, 784"),
        ({"mine": of(lambda xt, t: xt / 0)}, ValueError, "mine gives values that are not finite"),
    ],
)
def test_what_cannot_be_shown_is_refused(denoisers, error, message):
    with pytest.raises(error, match=message):
        SampleWall(denoisers, steps=5)


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> SampleWall:
    return SampleWall(steps=10)


def test_the_courses_own_networks_by_default(shipped):
    assert tuple(shipped.types) == ("epsilon", "sample", "v_prediction")
    assert shipped.page_networks() == {
        f"denoiser-{name}": f"{checkpoint}.denoiser"
        for name, checkpoint in TIME_CHECKPOINTS.items()
    }
    assert set(TIME_CHECKPOINTS.values()) <= set(CHECKPOINTS)


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="sample-wall" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["names"] == list(TIME_CHECKPOINTS)
    assert state["steps"] == state["stored"]["steps"] == 10
    assert state["count"] == COUNT
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    picture = Image.open(io.BytesIO(base64.b64decode(url)))
    assert picture.size == (2 * 30 * COUNT, 2 * 30 * 3)
    assert len(url) <= 15_000
    assert re.match(r"3 rows of 8 small pictures, .* after 10 of 10 steps", alt)
    assert 'style="--gl-maps: 3"' in html, "the room is by the rows"
    assert len(html) <= 60_000


def test_html_only_when_the_site_is_built(wall, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = wall._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "SampleWall(noise, image; 10 steps)"


def test_own_networks_show_their_picture_and_say_so(wall):
    html = wall.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html
