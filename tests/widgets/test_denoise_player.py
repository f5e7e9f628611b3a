"""The denoise player as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets
from PIL import Image
from torch import Tensor, nn

from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.flow import Flow
from genlab.diffusion.flow_samplers import flow_euler
from genlab.diffusion.forward import to_image_range
from genlab.diffusion.guidance import guided
from genlab.diffusion.samplers import SamplingStep, ddim
from genlab.diffusion.schedules import NoiseSchedule
from genlab.diffusion.solvers import dpm_solver
from genlab.widgets import DenoisePlayer
from genlab.widgets.denoise_player.networks import fresh_noise, place_of
from genlab.widgets.denoise_player.widget import COUNT, FLOW, SAMPLERS
from genlab.widgets.kernel.coding import unpack
from genlab.widgets.kernel.denoising import page_noise

COSINE = NoiseSchedule("squaredcos_cap_v2")


class Small(nn.Module):
    """One convolution that knows t and the class a little: quick to ask."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, xt: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        known = torch.full((len(xt),), 10) if label is None else label
        return self.conv(xt) + (t / 1000 + known / 10).view(-1, 1, 1, 1)


class Blind(nn.Module):
    """A network without an input for the class."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, xt: Tensor, t: Tensor) -> Tensor:
        return self.conv(xt) + t.view(-1, 1, 1, 1) / 1000


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser(Small(), COSINE, "v_prediction")


@pytest.fixture(scope="module")
def flow() -> Flow:
    torch.manual_seed(1)
    return Flow(Small())


@pytest.fixture
def player(denoiser, flow) -> DenoisePlayer:
    return DenoisePlayer(denoiser, flow, progress=60, label=7, steps=5, seed=3, chosen=2)


def test_start_values(player):
    assert (player.progress, player.step, player.label, player.guidance) == (60, 3, 7, 2.0)
    assert (player.sampler, player.steps, player.seed, player.chosen) == ("ddim", 5, 3, 2)
    assert (player.schedule, player.type, player.conditional) == (
        *("squaredcos_cap_v2", "v_prediction", True),
    )
    assert player.ranges["sampler"] == {"words": [*SAMPLERS, FLOW]}
    assert player.ranges["label"] == {"oneOf": list(range(11))}
    for name in ("progress", "label", "guidance", "sampler", "steps", "seed", "chosen"):
        assert player.stored[name] == getattr(player, name)


# -- what is sampled -------------------------------------------------------------------------------


def wanted(player: DenoisePlayer, steps: Iterator[SamplingStep]) -> None:
    """The player's way is this one."""
    made, way = list(steps), player.way()
    images = [page_noise(player.seed, COUNT), *(step.prev_sample for step in made)]
    for found, image in zip(way.images, images[: player.step + 1], strict=True):
        torch.testing.assert_close(found, image, atol=1e-6, rtol=0)
    guesses = [step.x0 for step in made[: player.step + 1]]
    for found, guess in zip(way.guesses, guesses, strict=True):
        torch.testing.assert_close(found, guess, atol=1e-6, rtol=0)


@pytest.mark.parametrize("progress", [0, 60, 100])
def test_the_way_is_that_of_each_sampler(player, denoiser, flow, progress):
    player.progress = progress
    noise, asked = page_noise(3, COUNT), guided(denoiser, 7, 2.0)
    wanted(player, ddim(asked, noise, 5, timestep_spacing="trailing"))
    player.sampler = "dpm_solver"
    wanted(player, dpm_solver(asked, noise, 5))
    player.sampler = "flow_euler"
    wanted(player, flow_euler(guided(flow, 7, 2.0), noise, 5))


def test_ddpm_has_the_pages_noise(player, denoiser):
    player.set_trait("sampler", "ddpm")
    player.progress = 100
    images, guesses = player.way()
    levels = [COSINE.alpha_bar(t) for t in (999, 799, 599, 399, 199)] + [torch.tensor(1.0)]
    for i, guess in enumerate(guesses):
        now, after = levels[i], levels[i + 1]
        kept = now / after
        mean = after.sqrt() * (1 - kept) / (1 - now) * guess
        mean += kept.sqrt() * (1 - after) / (1 - now) * images[i]
        spread = ((1 - after) / (1 - now) * (1 - kept)).sqrt()
        drawn = mean + spread * fresh_noise(3, i, COUNT)
        torch.testing.assert_close(images[i + 1], drawn, atol=1e-5, rtol=0)
    assert not torch.equal(fresh_noise(3, 0, 1), page_noise(3))


def test_guesses_are_clamped_unless_that_is_not_asked_for(player, denoiser):
    noise, asked = page_noise(3, COUNT), guided(denoiser, 7, 2.0)
    player.clip = 0
    free = {"clip_sample": False}
    wanted(player, ddim(asked, noise, 5, timestep_spacing="trailing", **free))
    assert max(guess.abs().max() for guess in player.way().guesses) > 1
    player.sampler = "dpm_solver"
    wanted(player, dpm_solver(asked, noise, 5, **free))
    player.sampler = "ddpm"
    assert max(guess.abs().max() for guess in player.way().guesses) > 1


def test_no_class_and_no_guidance_are_asked_for_as_such(player, denoiser):
    noise = page_noise(3, COUNT)
    player.guidance = 1.0
    wanted(player, ddim(guided(denoiser, 7), noise, 5, timestep_spacing="trailing"))
    player.label = 10
    plain = player.way()
    wanted(player, ddim(denoiser, noise, 5, timestep_spacing="trailing"))
    player.guidance = 8.0
    assert torch.equal(player.way().images[-1], plain.images[-1])


def test_what_is_stored_is_what_is_shown(player):
    way = player.way()
    for name, images in (("images", way.images[-1]), ("guesses", way.guesses[-1])):
        known = to_image_range(images).reshape(-1, 28, 28)
        assert (unpack(player.stored[name]) - known).abs().max() <= 0.5 / 255 + 1e-6
    curve = player.stored["curves"][1]
    assert [len(curve["path"]), len(curve["guesses"])] == [4, 4]
    assert curve["path"][0] == (1.0, 0.0)
    assert curve["path"][3] == place_of(way.images[3][1], way.images[0][1])


def test_an_images_place_is_that_of_the_page():
    """The same numbers are asked of `placeOf` in tests/js/denoise_player.test.mjs."""
    noise, digit = page_noise(1), page_noise(2)
    share, rest = place_of(digit, noise)
    mixed = place_of(0.6 * digit + 0.8 * noise, noise)
    assert mixed == pytest.approx((0.8 + 0.6 * share, 0.6 * rest), abs=2e-3)


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("progress", 101, "progress is 101; expected a whole number from 0 to 100"),
        ("chosen", 0, "chosen is 0; expected a whole number from 1 to 16"),
        ("label", 11, "label is 11; expected one of 0, 1, .* 10, where 10 is no class"),
        ("label", -1, "label is -1; expected one of 0, 1"),
        ("guidance", -0.5, "guidance is -0.5; expected a number from 0 to 8"),
        ("guidance", 100, "guidance is 100; expected a number from 0 to 8"),
        ("sampler", "euler", "sampler is 'euler'; expected one of ddim, ddpm, dpm_solver, flow"),
        ("steps", 1001, "steps is 1001; expected one of 2, 5, 10, 20, 50"),
        ("clip", 2, "clip is 2; expected a whole number from 0 to 1"),
        ("seed", 100, "seed is 100; expected a whole number from 0 to 99"),
    ],
)
def test_values_out_of_range_are_refused(player, denoiser, flow, name, value, message):
    with pytest.raises(ValueError, match=message):
        setattr(player, name, value)
    with pytest.raises(ValueError, match=message):
        DenoisePlayer(denoiser, flow, **{name: value})


def test_values_of_other_types_are_refused(player):
    for name, value in (("steps", 5.5), ("label", "3"), ("guidance", "2"), ("sampler", 1)):
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(player, name, value)


def test_observe_and_link_and_box(player, denoiser):
    other = DenoisePlayer(denoiser, steps=5)
    link = ipywidgets.link((player, "label"), (other, "label"))
    other.label = 2
    assert player.label == 2
    link.unlink()
    assert ipywidgets.HBox([player, other]).children == (player, other)


def test_refresh_follows_the_network():
    model = Small()
    player = DenoisePlayer(Denoiser(model, COSINE, "sample"), steps=5)
    before = player.stored["images"]
    with torch.no_grad():
        model.conv.weight.mul_(-1)
    assert player.stored["images"] == before
    player.refresh()
    assert player.stored["images"] != before


# -- networks --------------------------------------------------------------------------------------


def test_without_a_flow_there_is_no_such_sampler(denoiser):
    player = DenoisePlayer(denoiser, steps=5)
    assert player.ranges["sampler"] == {"words": list(SAMPLERS)}
    with pytest.raises(
        ValueError, match="sampler is 'flow_euler'; expected one of ddim, ddpm, dpm"
    ):
        player.sampler = "flow_euler"


def test_a_network_without_classes_is_shown_without_them():
    player = DenoisePlayer(Denoiser(Blind(), COSINE, "sample"), steps=5)
    assert (player.label, player.conditional) == (10, False)
    assert player.ranges["label"] == {"oneOf": [10]}
    with pytest.raises(ValueError, match="label is 3; expected one of 10, where 10 is no class"):
        player.label = 3


def ask(player: DenoisePlayer, network: str, *inputs: Tensor) -> np.ndarray:
    """What the kernel answers to the browser."""
    answers = []
    player.send = lambda *answer: answers.append(answer)
    shapes = [{"shape": list(one.shape)} for one in inputs]
    content = {"kind": "run", "id": "a-1", "network": network, "inputs": shapes}
    player._handle_custom_msg(content, [memoryview(one.numpy().tobytes()) for one in inputs])
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result", reply
    return np.frombuffer(output, np.float32).reshape(inputs[0].shape)


@torch.no_grad()
def test_the_kernel_answers_with_the_readers_networks(player, denoiser, flow):
    xt, t, label = torch.randn(4, 1, 28, 28), torch.full((4,), 250.5), torch.tensor([0.0, 3, 9, 10])
    known = denoiser.model(xt, t.round().long(), label.long())
    np.testing.assert_allclose(ask(player, "denoiser", xt, t, label), known, atol=1e-6)
    known = flow.model(xt, t, label.long())
    np.testing.assert_allclose(ask(player, "flow", xt, t, label), known, atol=1e-6)


@pytest.mark.parametrize(
    ("denoiser", "flow", "values", "error", "message"),
    [
        (Small(), None, {}, TypeError, "denoiser is a Small; expected a genlab Denoiser"),
        (Denoiser(Small(), COSINE), Small(), {}, TypeError, "flow is a Small; expected a genlab F"),
        (
            *(Denoiser(Small(), COSINE), Flow(Blind()), {}, ValueError),
            "of the denoiser has an input `label` and that of the flow has none; expected both",
        ),
        (
            *(Denoiser(Blind(), COSINE), None, {"label": 3}, ValueError),
            "label is 3, but the network has no input `label`.*; leave it out, or give 10",
        ),
        (
            Denoiser(Small(), COSINE),
            None,
            {"class": 3},
            TypeError,
            "got class; expected one of pro",
        ),
        (
            *(Denoiser(lambda xt, t: xt / 0, COSINE), None, {}, ValueError),
            "the network gives values that are not finite",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(denoiser, flow, values, error, message):
    with pytest.raises(error, match=message):
        DenoisePlayer(denoiser, flow, **values)


# -- without a kernel ------------------------------------------------------------------------------


def test_a_checkpoints_network_is_found_on_the_page():
    player = DenoisePlayer(load_denoiser("unet-time-v_prediction"), steps=5)
    assert player.page_networks() == {"denoiser": "unet-time-v_prediction.denoiser"}
    html = player.page_html()
    assert 'data-genlab-widget="denoise-player" data-state="idle"' in html
    assert len(html) <= 90_000


def test_the_picture_shows_a_way_and_all_samples(player):
    picture = player.picture()
    packed = picture.url.removeprefix("data:image/webp;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(packed))).size == (480, 180)
    assert "16 samples after 3 of 5 steps, asked for a 7" in picture.alt
    assert "sample 2 from its noise" in picture.caption
    player.label = 10
    assert "asked" not in player.picture().alt


def test_own_networks_show_their_picture_and_say_so(player, monkeypatch):
    html = player.page_html()
    assert html.startswith('<div class="genlab-picture">')
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = player._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "DenoisePlayer(ddim, ddpm, dpm_solver, flow_euler; with classes)"
