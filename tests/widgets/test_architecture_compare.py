"""The comparison of architectures as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import io
import json
import re
from itertools import islice

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch import Tensor, nn

from genlab.checkpoints import count_parameters, load_model
from genlab.diffusion.costs import cost_of
from genlab.diffusion.denoiser import Denoiser
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.samplers import ddim
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.self_conditioning import remembering
from genlab.models.rin import RIN
from genlab.widgets import ArchitectureCompare
from genlab.widgets.architecture_compare.networks import CHECKPOINTS, RIN_LATENTS, step_of
from genlab.widgets.architecture_compare.widget import COUNT
from genlab.widgets.kernel.coding import unpack
from genlab.widgets.kernel.denoising import page_noise

from .small import Small

COSINE, LINEAR = NoiseSchedule("squaredcos_cap_v2"), NoiseSchedule("linear")


def awake(model: nn.Module) -> nn.Module:
    """Fill what a fresh network has at zero: else it answers nothing and remembers nothing."""
    for one in model.parameters():
        if not one.any():
            nn.init.normal_(one, std=0.3)
    return model.eval()


@pytest.fixture(scope="module")
def denoisers() -> dict[str, Denoiser]:
    torch.manual_seed(0)
    return {
        "plain": Denoiser(Small(), LINEAR, "epsilon"),
        "recurrent": Denoiser(awake(RIN(4, 16, 4, 16, 1)), COSINE, "sample"),
    }


@pytest.fixture
def compare(denoisers) -> ArchitectureCompare:
    return ArchitectureCompare(denoisers, progress=60, seed=3, steps=10)


def way_of(denoiser: Denoiser, seed: int = 3, steps: int = 10) -> list:
    return list(ddim(denoiser, page_noise(seed, COUNT), steps, timestep_spacing="trailing"))


def test_start_values(compare):
    assert (compare.progress, compare.seed, compare.steps, compare.step) == (60, 3, 10, 6)
    assert (compare.guess, compare.latents) == (0, "handed_on")
    assert compare.names == ["plain", "recurrent"]
    assert compare.types == ["epsilon", "sample"]
    assert compare.schedules == ["linear", "squaredcos_cap_v2"], "each has its own"
    assert compare.shapes == [[], [4, 16]]
    stored = {"progress": 60, "seed": 3, "steps": 10, "guess": 0, "latents": "handed_on"}
    assert {name: compare.stored[name] for name in stored} == stored


def test_a_recurrent_network_hands_its_latents_on_unless_they_are_zero(compare, denoisers):
    one = denoisers["recurrent"]
    with_memory, without = way_of(remembering(one))[5], way_of(one)[5]
    plain = compare.images()["plain"]
    assert torch.equal(compare.images()["recurrent"], with_memory.prev_sample)
    compare.latents = "zero"
    assert torch.equal(compare.images()["recurrent"], without.prev_sample)
    assert torch.equal(compare.images()["plain"], plain)
    assert (with_memory.prev_sample - without.prev_sample).abs().max() > 0.01
    compare.latents = "handed_on"
    assert torch.equal(compare.images()["recurrent"], with_memory.prev_sample), "a memory each run"


def test_guesses_are_made_of_the_images_that_are_shown(compare, denoisers):
    guesses = [made.x0 for made in way_of(remembering(denoisers["recurrent"]))]
    compare.guess = 1
    for progress, at in ((0, 0), (60, 6), (90, 9), (100, 9)):
        compare.progress = progress
        assert torch.equal(compare.images()["recurrent"], guesses[at])


def test_what_is_stored_is_what_is_shown(compare):
    for packed, images in zip(compare.stored["images"], compare.images().values(), strict=True):
        wanted = to_image_range(images).reshape(-1, 28, 28)
        assert (unpack(packed) - wanted).abs().max() <= 0.5 / 255 + 1e-6


def test_how_far_they_are_apart(denoisers):
    three = {**denoisers, "more": Denoiser(Small(), COSINE, "sample")}
    compare = ArchitectureCompare(three, steps=5)
    a, b, c = (one.clamp(-1, 1).numpy() for one in compare.images().values())
    wanted = np.mean([np.sqrt(((x - y) ** 2).mean()) for x, y in ((a, b), (a, c), (b, c))])
    assert compare.apart() == pytest.approx(wanted, abs=1e-6)
    compare.progress = 0
    assert compare.apart() == 0, "the same noise"
    assert ArchitectureCompare({"plain": denoisers["plain"]}, steps=5).apart() is None


def test_costs_are_those_of_the_course(compare, denoisers):
    for found, denoiser in zip(compare.costs, denoisers.values(), strict=True):
        cost = cost_of(denoiser.model)
        assert found == [cost.parameters, cost.multiply_adds]


def test_costs_of_a_network_in_a_function():
    model = Small()
    compare = ArchitectureCompare({"mine": Denoiser(lambda xt, t: model(xt, t), COSINE)}, steps=5)
    assert compare.costs == [[count_parameters(model), cost_of(model).multiply_adds]]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("progress", 101, "progress is 101; expected a whole number from 0 to 100"),
        ("seed", -1, "seed is -1; expected a whole number from 0 to 99"),
        ("steps", 1001, "steps is 1001; expected one of 5, 10, 20, 50"),
        ("guess", 2, "guess is 2; expected a whole number from 0 to 1"),
        ("latents", "kept", "latents is 'kept'; expected one of handed_on, zero"),
    ],
)
def test_values_out_of_range_are_refused(compare, denoisers, name, value, message):
    with pytest.raises(ValueError, match=message):
        setattr(compare, name, value)
    with pytest.raises(ValueError, match=message):
        ArchitectureCompare(denoisers, **{name: value})


@pytest.mark.parametrize("name", ["progress", "seed", "steps", "guess"])
def test_values_are_whole_numbers(compare, name):
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(compare, name, 2.5)


def test_without_a_recurrent_network_there_are_no_latents_to_take_away(denoisers):
    with pytest.raises(ValueError, match=r"latents is 'zero', but no network here has latents; "):
        ArchitectureCompare({"plain": denoisers["plain"]}, latents="zero")
    compare = ArchitectureCompare({"plain": denoisers["plain"]}, steps=5)
    assert compare.ranges["latents"] == {"words": ["handed_on"]}


def test_unknown_values_are_refused(denoisers):
    with pytest.raises(TypeError, match="got memory; expected one of progress, seed, steps, guess"):
        ArchitectureCompare(denoisers, memory=1)


def test_observe_and_link_and_box(compare, denoisers):
    other = ArchitectureCompare(denoisers, steps=5)
    heard = []
    other.observe(lambda change: heard.append(change["new"]), "latents")
    ipywidgets.link((compare, "latents"), (other, "latents"))
    compare.latents = "zero"
    assert heard == ["zero"]
    assert ipywidgets.HBox([compare, other]).children == (compare, other)


def test_refresh_follows_the_networks():
    model = Small()
    compare = ArchitectureCompare({"mine": Denoiser(model, COSINE, "sample")}, steps=5)
    before = compare.stored["images"]
    with torch.no_grad():
        model.conv.weight.mul_(-1)
    assert compare.stored["images"] == before
    compare.refresh()
    assert compare.stored["images"] != before


def ask(widget: ArchitectureCompare, network: str, *inputs: Tensor) -> np.ndarray:
    """Return what the kernel answers to the browser."""
    sent: list = []
    widget.send = lambda *answer: sent.append(answer)
    shapes = [{"shape": list(one.shape)} for one in inputs]
    content = {"kind": "run", "id": "a-1", "network": network, "inputs": shapes}
    widget._handle_custom_msg(content, [memoryview(one.numpy().tobytes()) for one in inputs])
    ((reply, (output,)),) = sent
    return np.frombuffer(output, np.float32).reshape(reply["outputs"][0]["shape"])


def test_the_kernel_answers_with_estimates_and_latents(compare, denoisers):
    xt, t = torch.randn(COUNT, 1, 28, 28), torch.full((COUNT,), 250.0)
    latents = torch.randn(COUNT, 4, 16)
    found = ask(compare, "denoiser-recurrent", xt, t, latents)
    with torch.no_grad():
        estimate, new = denoisers["recurrent"].model.step(xt, t.long(), latents)
    np.testing.assert_allclose(found[:, :784], estimate.flatten(1), atol=1e-6)
    np.testing.assert_allclose(found[:, 784:], new.flatten(1), atol=1e-6)


def test_latents_from_zero_are_those_of_a_first_step(compare, denoisers):
    """The browser sends zeros at the first step, where PyTorch's loop sends none."""
    xt, t = page_noise(3, COUNT), torch.full((COUNT,), 999.0)
    found = ask(compare, "denoiser-recurrent", xt, t, torch.zeros(COUNT, 4, 16))
    noise = page_noise(3, COUNT)
    way = ddim(denoisers["recurrent"], noise, 10, timestep_spacing="trailing", clip_sample=False)
    (first,) = islice(way, 1)
    np.testing.assert_allclose(found[:, :784], first.x0.flatten(1), atol=1e-6)


class Strange(Small):
    """A network whose `step` gives something else."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def step(self, xt: Tensor, t: Tensor, latents: Tensor | None = None) -> object:
        return self.answer


def of(model: object) -> Denoiser:
    return Denoiser(model, COSINE)


@pytest.mark.parametrize(
    ("denoisers", "error", "message"),
    [
        ({}, ValueError, "got 0 denoisers; expected 1 to 4 denoisers with names"),
        ({str(i): of(Small()) for i in range(5)}, ValueError, "got 5 denoisers; expected 1 to 4"),
        (of(Small()), TypeError, r"denoisers is a Denoiser; expected .* ArchitectureCompare\("),
        ({"mine": Small()}, TypeError, "mine is a Small; expected a genlab Denoiser"),
        ({"mine": of(lambda xt, t: xt / 0)}, ValueError, "mine gives values that are not finite"),
        ({"mine": of(Strange(None))}, TypeError, "`step` of mine gives a NoneType; expected a tup"),
        (
            {"mine": of(Strange((torch.zeros(2, 1, 28, 28), torch.zeros(3, 5))))},
            ValueError,
            r"`step` of mine gives latents of shape \(3, 5\) for 2 images; expected \(2, \.\.\.\)",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(denoisers, error, message):
    with pytest.raises(error, match=message):
        ArchitectureCompare(denoisers, steps=5)


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> ArchitectureCompare:
    return ArchitectureCompare(steps=5)


def test_the_pages_three_by_default(shipped):
    assert shipped.names == list(CHECKPOINTS) == ["DiT", "U-ViT", "RIN"]
    assert shipped.page_networks() == {
        "denoiser-DiT": "dit.denoiser",
        "denoiser-U-ViT": "uvit.denoiser",
        "denoiser-RIN": "rin.step",
    }
    assert shipped.shapes[2] == list(RIN_LATENTS)


def test_the_networks_of_the_site_have_one_output():
    model = load_model("rin")
    inputs = (torch.randn(2, 1, 28, 28), torch.full((2,), 500), torch.zeros(2, *RIN_LATENTS))
    with torch.no_grad():
        joined, (estimate, latents) = step_of(model)(*inputs), model.step(*inputs)
    assert torch.equal(joined, torch.cat([estimate.flatten(1), latents.flatten(1)], dim=1))


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="architecture-compare" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert state["names"] == list(CHECKPOINTS)
    assert state["steps"] == state["stored"]["steps"] == 5
    assert state["count"] == COUNT
    assert len(state["costs"]) == len(state["shapes"]) == 3
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    picture = Image.open(io.BytesIO(base64.b64decode(url)))
    assert picture.size == (2 * 30 * 2 * 3, 2 * 30 * 2)
    assert len(url) <= 15_000
    assert re.match(r"3 groups of 4 pictures side by side, .* after 5 of 5 steps", alt)
    assert 'style="--gl-maps: 3"' in html, "the room is by the panels"
    assert len(html) <= 40_000


def test_html_only_when_the_site_is_built(compare, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = compare._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "ArchitectureCompare(plain, recurrent; 10 steps)"


def test_own_networks_show_their_picture_and_say_so(compare):
    html = compare.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html
