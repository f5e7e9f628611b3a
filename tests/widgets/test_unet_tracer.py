"""The UNet tracer as an ipywidget, and its HTML for a page without a kernel."""

from __future__ import annotations

import base64
import json
import re

import ipywidgets
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genlab import checkpoints
from genlab.data import load_digits
from genlab.diffusion.forward import add_noise, to_diffusion_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.time_unet import TimeUNet
from genlab.models.unet import BasicUNet, ConcatUNet, NoSkipUNet, stages_of, walk
from genlab.widgets import UNetTracer
from genlab.widgets.kernel.bundle import WIDGETS, inline_module
from genlab.widgets.kernel.denoising import page_noise
from genlab.widgets.unet_tracer.widget import pack_signed, skips_of

BASIC_STAGES = [
    ("input", [1, 28, 28]),
    ("down1", [32, 28, 28]),
    ("pool", [32, 14, 14]),
    ("down2", [64, 14, 14]),
    ("pool", [64, 7, 7]),
    ("down3", [64, 7, 7]),
    ("up1", [64, 7, 7]),
    ("upsample", [64, 14, 14]),
    ("up2", [32, 14, 14]),
    ("upsample", [32, 28, 28]),
    ("up3", [1, 28, 28]),
]


@pytest.fixture(scope="module")
def model() -> BasicUNet:
    torch.manual_seed(0)
    return BasicUNet()


@pytest.fixture
def tracer(model) -> UNetTracer:
    return UNetTracer(model)


@pytest.fixture(scope="module")
def shipped() -> UNetTracer:
    return UNetTracer()


def test_stages_are_those_of_the_walk(tracer):
    assert [(stage["name"], stage["shape"]) for stage in tracer.stages] == BASIC_STAGES
    assert repr(tracer) == "UNetTracer(BasicUNet, 10 stages)"
    assert tracer.skips == "added"
    assert tracer.sample_labels == "0123456789"


@pytest.mark.parametrize(
    ("unet", "kind"), [(ConcatUNet, "stacked"), (NoSkipUNet, "none"), (nn.Identity, "unknown")]
)
def test_how_skips_are_joined(unet, kind):
    assert skips_of(unet()) == kind


def test_the_input_has_the_noise_of_the_page(tracer):
    tracer.t, tracer.seed, tracer.digit = 400, 5, 3
    x0 = to_diffusion_range(load_digits("test").of_class(3)[:1])
    wanted = add_noise(x0, page_noise(5), 400, NoiseSchedule("linear"))
    assert torch.equal(tracer.xt(), wanted)
    values, output = tracer.trace()
    with torch.no_grad():
        outputs = walk(tracer._model, wanted)
    assert torch.equal(values, outputs[0][1][0])
    assert torch.equal(output, outputs[-1][1])
    tracer.stage = 0
    assert torch.equal(tracer.trace()[0], wanted[0])


def test_the_start_is_stored_as_it_is_computed(model):
    tracer = UNetTracer(model, stage=3, map=7, t=100, seed=2, digit=4)
    values, output = tracer.trace()
    stored = tracer.stored
    assert {key: stored[key] for key in ("stage", "map", "t", "seed", "digit")} == {
        **{"stage": 3, "map": 7, "t": 100, "seed": 2, "digit": 4}
    }
    levels = (np.frombuffer(base64.b64decode(stored["values"]), np.uint8) - 128.0) / 127
    wanted = values.flatten().numpy()
    limit = stored["limit"]
    assert np.abs(levels * limit - wanted.clip(-limit, limit)).max() < limit / 200
    assert (np.abs(wanted) > limit).mean() == pytest.approx(0.01, abs=0.001)
    shown = values[6]
    measured = [shown.mean().item(), shown.min().item(), shown.max().item()]
    assert stored["summary"] == pytest.approx(measured, abs=1e-4)
    assert len(base64.b64decode(stored["output"])) == output.numel() == 784


def test_a_map_that_a_stage_does_not_have_is_its_last(model):
    tracer = UNetTracer(model, stage=10, map=40)
    assert tracer.stored["map"] == 1


def test_packing_cuts_off_and_keeps_zero():
    packed = base64.b64decode(pack_signed(torch.tensor([0.0, 5.0, -5.0, 1.5]), 3.0))
    assert list(packed) == [128, 255, 1, 192]


def test_observe_and_link_and_box(tracer, model):
    seen = []
    tracer.observe(lambda change: seen.append(change["new"]), "t")
    other = UNetTracer(model, t=600)
    link = ipywidgets.link((other, "t"), (tracer, "t"))
    assert tracer.t == 600 and seen == [600]
    link.unlink()
    assert ipywidgets.HBox([tracer, other]).children == (tracer, other)


def test_refresh_follows_the_model_and_leaves_it_in_training():
    model = BasicUNet().train()
    tracer = UNetTracer(model, t=300)
    before = tracer.stored["values"]
    with torch.no_grad():
        model.down1[0].bias.add_(1)
    tracer.refresh()
    assert tracer.stored["values"] != before
    assert tracer.t == 300 and model.training and model.down1.training


def test_own_digits(model):
    digits = load_digits("test")
    few = digits.labels < 3
    tracer = UNetTracer(model, digits.images[few], digits.labels[few])
    assert (tracer.sample_labels, tracer.digit) == ("012", 0)
    with pytest.raises(ValueError, match="digit is 7; there is one of each of 0, 1, 2"):
        tracer.digit = 7


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("stage", 11, "stage is 11; expected a whole number from 0 to 10"),
        ("stage", -1, "stage is -1"),
        ("map", 0, "map is 0; expected a whole number from 1 to 64"),
        ("map", 65, "map is 65"),
        ("t", 1000, "t is 1000; expected a whole number from 0 to 999"),
        ("seed", 0, "seed is 0; expected a whole number from 1 to 99"),
        ("digit", 10, "digit is 10; there is one of each of 0, 1"),
    ],
)
def test_values_out_of_range_are_refused(tracer, model, name, value, message):
    before = getattr(tracer, name)
    with pytest.raises(ValueError, match=message):
        setattr(tracer, name, value)
    assert getattr(tracer, name) == before
    with pytest.raises(ValueError, match=message):
        UNetTracer(model, **{name: value})


class Classifier(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(784, 10))


class Half(BasicUNet):
    def forward(self, xt: Tensor, t: Tensor | None = None) -> Tensor:
        return self.up2(self.upsample(self.up1(self.down3(self.pool(self.down2(self.down1(xt)))))))


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda xt: xt, TypeError, "model is a function; expected a network like genlab"),
        (TimeUNet(), ValueError, "could not be run on .* do not need t"),
        (Classifier(), ValueError, r"part '0' gives \(1, 784\); expected feature maps"),
        (nn.Conv2d(1, 1, 3, padding=1), ValueError, "the last part gives no part at all"),
        (Half(), ValueError, r"the last part gives \(32, 28, 28\); expected \(1, 28, 28\)"),
    ],
)
def test_wrong_models(wrong, error, message):
    with pytest.raises(error, match=message):
        UNetTracer(wrong)


def test_an_unknown_value_is_refused(model):
    with pytest.raises(TypeError, match="got feature; expected stage, map, t, seed or digit"):
        UNetTracer(model, feature=3)


# -- the kernel's answers --------------------------------------------------------------------------


@pytest.mark.parametrize("network", ["stages", "denoiser"])
def test_the_readers_own_model_answers(tracer, model, monkeypatch, network):
    answers = []
    monkeypatch.setattr(tracer, "send", lambda content, buffers=None: answers.append(buffers))
    xt = torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    message = {"kind": "run", "id": "a", "network": network, "inputs": [{"shape": [2, 1, 28, 28]}]}
    tracer._handle_custom_msg(message, [xt.numpy().tobytes()])
    with torch.no_grad():
        wanted = stages_of(model)(xt) if network == "stages" else model(xt)
    answer = torch.frombuffer(bytearray(answers[0][0]), dtype=torch.float32)
    torch.testing.assert_close(answer.reshape(wanted.shape), wanted)
    assert answer.numel() == 2 * (98_000 if network == "stages" else 784)


# -- without a kernel ------------------------------------------------------------------------------


def test_page_html_carries_state_networks_and_picture(shipped):
    html = shipped.page_html()
    assert 'data-genlab-widget="unet-tracer" data-state="idle"' in html
    state = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert (state["stage"], state["t"], state["seed"], state["digit"]) == (1, 250, 1, 7)
    networks = re.search(r'data-genlab-networks="(.*?)"', html)[1].replace("&quot;", '"')
    assert json.loads(networks) == {
        "stages": "unet-basic.stages",
        "denoiser": "unet-basic.denoiser",
    }
    url, alt = re.search(r'<img src="data:image/webp;base64,(.*?)" alt="(.*?)">', html).groups()
    assert len(base64.b64decode(url)) <= 60_000
    assert "a 7 with the noise of timestep 250" in alt and "32 feature maps of down1" in alt
    assert len(html) <= 160_000


def test_another_model_shows_its_picture(tracer):
    html = tracer.page_html()
    assert html.startswith('<div class="genlab-picture">')
    assert "answers only in a notebook" in html


def test_a_checkpoint_that_was_trained_further_is_not_passed_off_as_the_sites():
    model = checkpoints.load_model("unet-basic")
    with torch.no_grad():
        model.up3[0].bias.add_(0.01)
    assert UNetTracer(model).page_networks() is None


def test_the_module_is_one_for_a_kernel():
    source = inline_module(WIDGETS / "unet_tracer" / "view.mjs")
    code = [line for line in source.splitlines() if not line.lstrip().startswith(("/*", "*"))]
    assert not [line for line in code if '"./' in line]
