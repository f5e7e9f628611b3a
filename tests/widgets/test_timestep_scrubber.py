"""The timestep scrubber as an ipywidget, and its HTML for a page without a kernel."""

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

from genlab.data import load_digits
from genlab.diffusion.denoiser import Denoiser, load_denoiser
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.schedules import NoiseSchedule, timestep_of_snr
from genlab.models.time_unet import TimeUNet
from genlab.widgets import TimestepScrubber
from genlab.widgets.kernel.denoising import page_noise


@pytest.fixture
def denoiser() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser(TimeUNet(), NoiseSchedule("linear"), "epsilon")


@pytest.fixture
def scrubber(denoiser) -> TimestepScrubber:
    return TimestepScrubber(denoiser)


def stored_guess(scrubber: TimestepScrubber) -> torch.Tensor:
    data = bytearray(base64.b64decode(scrubber.stored["pixels"]))
    return torch.frombuffer(data, dtype=torch.uint8).reshape(1, 1, 28, 28) / 255


def guess_of(denoiser: Denoiser, scrubber: TimestepScrubber) -> torch.Tensor:
    schedule = NoiseSchedule(scrubber.schedule)
    x0 = to_diffusion_range(load_digits("test").of_class(scrubber.digit)[:1])
    xt = add_noise(x0, page_noise(scrubber.seed), scrubber.t, schedule)
    with torch.no_grad():
        t = timestep_of_snr(schedule.snr[scrubber.t], denoiser.schedule)
        return to_image_range(denoiser.predict(xt, t).x0)


def test_starts_with_the_networks_schedule_and_one_digit_of_each_class(scrubber):
    assert (scrubber.t, scrubber.schedule, scrubber.seed, scrubber.digit) == (400, "linear", 0, 5)
    assert (scrubber.trained_schedule, scrubber.prediction_type) == ("linear", "epsilon")
    assert scrubber.sample_labels == "0123456789"
    assert len(base64.b64decode(scrubber.samples)) == 10 * 784
    assert len(base64.b64decode(scrubber.mean)) == 784


@pytest.mark.parametrize("schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"])
def test_the_stored_guess_is_the_networks(denoiser, schedule):
    scrubber = TimestepScrubber(denoiser, t=300, schedule=schedule, seed=7, digit=3)
    expected = guess_of(denoiser, scrubber)
    torch.testing.assert_close(stored_guess(scrubber), expected, atol=0.5 / 255 + 1e-6, rtol=0)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("t", 1000, "t is 1000; expected a whole number from 0 to 999"),
        ("t", -1, "t is -1; expected a whole number from 0 to 999"),
        ("seed", 10_000, "seed is 10000; expected a whole number from 0 to 9999"),
        ("schedule", "cosine", "beta_schedule is 'cosine'; expected one of linear, scaled_linear"),
        ("digit", 10, "digit is 10; expected one of 0, 1, 2"),
    ],
)
def test_values_that_are_not_there_are_refused(denoiser, scrubber, name, value, expected):
    before = getattr(scrubber, name)
    with pytest.raises(ValueError, match=expected):
        setattr(scrubber, name, value)
    assert getattr(scrubber, name) == before
    with pytest.raises(ValueError, match=expected):
        TimestepScrubber(denoiser, **{name: value})


@pytest.mark.parametrize("value", [0.5, "3", None])
def test_t_is_a_whole_number(scrubber, value):
    with pytest.raises(traitlets.TraitError, match="'t'"):
        scrubber.t = value


def test_own_digits(denoiser):
    test = load_digits("test")
    images = torch.cat([test.of_class(8)[:2], test.of_class(2)[:1]])
    scrubber = TimestepScrubber(denoiser, images, torch.tensor([8, 8, 2]))
    assert scrubber.sample_labels == "28"
    assert scrubber.digit == 2
    with pytest.raises(ValueError, match="digit is 5; expected one of 2, 8"):
        scrubber.digit = 5


def test_observe_and_link_and_box(scrubber, denoiser):
    other = TimestepScrubber(denoiser)
    seen = []
    scrubber.observe(lambda change: seen.append(change["new"]), "t")
    link = ipywidgets.link((scrubber, "t"), (other, "t"))
    other.t = 123
    assert scrubber.t == 123
    assert seen == [123]
    link.unlink()
    assert ipywidgets.HBox([scrubber, other]).children == (scrubber, other)


def test_refresh_follows_the_network_and_leaves_its_mode(scrubber, denoiser):
    before = scrubber.stored
    with torch.no_grad():
        denoiser.model.head[2].bias.add_(1)
    denoiser.model.train()
    scrubber.refresh()
    assert scrubber.stored["pixels"] != before["pixels"]
    assert denoiser.model.training


def test_the_kernel_answers_with_the_readers_network(scrubber, denoiser, monkeypatch):
    answers = []
    monkeypatch.setattr(scrubber, "send", lambda *answer: answers.append(answer))
    xt, t = torch.randn(3, 1, 28, 28), torch.tensor([0.0, 400.0, 999.0])
    content = {
        **{"kind": "run", "id": "a-1", "network": "denoiser"},
        "inputs": [{"shape": [3, 1, 28, 28]}, {"shape": [3]}],
    }
    buffers = [memoryview(part.numpy().tobytes()) for part in (xt, t)]
    scrubber._handle_custom_msg(content, buffers)
    ((reply, (output,)),) = answers
    assert reply["kind"] == "result"
    with torch.no_grad():
        expected = denoiser.model(xt, t.long()).numpy()
    np.testing.assert_allclose(np.frombuffer(output, np.float32).reshape(3, 1, 28, 28), expected)


class Torn(nn.Module):
    def forward(self, xt: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return xt / 0


class Narrow(nn.Module):
    def forward(self, xt: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return xt[..., :14]


@pytest.mark.parametrize(
    ("denoiser", "error", "message"),
    [
        (TimeUNet(), TypeError, "denoiser is a TimeUNet; expected a genlab Denoiser"),
        (
            Denoiser(TimeUNet(), NoiseSchedule(num_train_timesteps=10)),
            ValueError,
            "expected one with 1000 timesteps",
        ),
        (Denoiser(Torn(), NoiseSchedule()), ValueError, "not finite; was training stable?"),
        (Denoiser(Narrow(), NoiseSchedule()), ValueError, r"output \(1, 1, 28, 14\)"),
    ],
)
def test_wrong_denoisers(denoiser, error, message):
    with pytest.raises(error, match=message):
        TimestepScrubber(denoiser)


# -- without a kernel ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> TimestepScrubber:
    return TimestepScrubber()


def test_the_courses_own_network_by_default(shipped):
    assert repr(shipped) == "TimestepScrubber(squaredcos_cap_v2, v_prediction)"
    assert shipped.page_networks() == {"denoiser": "unet-time-v_prediction.denoiser"}


def test_page_html_carries_state_network_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="timestep-scrubber" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert (state["t"], state["schedule"], state["digit"]) == (400, "squaredcos_cap_v2", 5)
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 40_000
    assert re.match(
        r"Three pictures: a 5, the same with the noise of t = 400 .* of 0\.0\d\d\.", alt
    )
    assert len(html) <= 80_000


def test_html_only_when_the_site_is_built(scrubber, monkeypatch):
    monkeypatch.delenv("GENLAB_SITE", raising=False)
    data, _ = scrubber._repr_mimebundle_()
    assert "text/html" not in data
    assert data["text/plain"] == "TimestepScrubber(linear, epsilon)"


def test_an_own_network_shows_its_picture_and_says_so(scrubber):
    html = scrubber.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html


def test_a_network_that_was_trained_further_is_not_passed_off_as_the_sites():
    own = load_denoiser("unet-time-v_prediction")
    with torch.no_grad():
        own.model.head[2].bias.add_(0.01)
    assert TimestepScrubber(own).page_networks() is None


def test_a_network_that_takes_no_t_has_no_page():
    basic = load_denoiser("unet-basic")
    ignoring = Denoiser(basic.model, NoiseSchedule("linear"), "epsilon")
    assert TimestepScrubber(ignoring).page_networks() is None
