"""The UNet tracer on a page without a kernel: sampling from noise, step by step."""

from typing import Any

import numpy as np
import pytest
from kit.pictures import ink_of
from kit.tracer import Tracer
from kit.watch import Watch
from kit.worker import slowed
from playwright.sync_api import expect
from torch import Tensor

from genlab.diffusion.blind import blind_ddim
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.forward import to_image_range
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.site


@pytest.fixture
def tracer(open_page: Any) -> Tracer:
    """The tracer, untouched, on its page without the lesson."""
    return Tracer(open_page(Tracer.alone()))


def sampled(seed: int) -> list[Tensor]:
    """The steps of PyTorch, from the page's noise."""
    steps = blind_ddim(load_denoiser("unet-basic"), page_noise(seed), 50)
    return [step.prev_sample for step in steps]


def test_the_sample_is_pytorchs(tracer: Tracer, figures: dict) -> None:
    tracer.seed.press("ArrowRight")
    tracer.button("Sample").click()
    tracer.expect_sampled()
    tracer.expect_ink(tracer.sample, to_image_range(sampled(2)[-1]).numpy())
    last = np.array(tracer.root.evaluate(IN_THE_PAGE, 2))
    difference = float(np.abs(last - sampled(2)[-1].numpy().ravel()).max())
    figures["largest difference from PyTorch, sample after 50 steps"] = float(f"{difference:.1e}")
    assert difference <= 1e-3


def test_sampling_loads_a_network_of_its_own(tracer: Tracer, watch: Watch) -> None:
    tracer.press("ArrowRight")
    tracer.expect_shown(map=2)
    tracer.button("Sample").click()
    tracer.expect_sampled()
    loaded = [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")]
    assert loaded == ["unet-basic.stages.onnx", "unet-basic.denoiser.onnx"]


def test_it_samples_again_and_says_how_long_it_took(tracer: Tracer, figures: dict) -> None:
    tracer.root.evaluate(IN_THE_PAGE, 1)  # loads the network
    tracer.button("Sample").click()
    shown = tracer.expect_sampled()
    for _ in range(2):
        tracer.button("Sample").click()
        expect(tracer.button("Stop")).to_be_visible()
        expect(tracer.button("Sample")).to_be_visible()
        shown = min(shown, tracer.expect_sampled())
    figures["50 steps in the page while it is shown, seconds"] = shown


# The same loop by the page's own modules, over the widget's own network.
IN_THE_PAGE = """async (root, seed) => {
  const home = new URL(document.documentElement.dataset.content_root, location);
  const lib = (name) => import(new URL(`_genlab/widgets/lib/math/${name}.mjs`, home));
  const [{ gaussianNoise }, { blindDdim }] = [await lib("diffusion"), await lib("blind")];
  const predict = async (xt) => (await root.genlab.run("denoiser", xt, [1, 1, 28, 28])).data;
  let last;
  for await (const step of blindDdim({
    noise: gaussianNoise(seed, 784), steps: 50, schedule: "linear", predict })) last = step.sample;
  return [...last];
}"""


@pytest.mark.parametrize("control", ["button", "slider", "block", "digit"])
def test_sampling_stops_at_once(open_page: Any, control: str) -> None:
    page = open_page(Tracer.home, prepare=slowed)
    tracer = Tracer(page)
    tracer.press("Home")
    tracer.expect_state("ready")
    tracer.button("Sample").click()
    stop = tracer.button("Stop")
    expect(stop).to_be_visible()
    touch = {
        "button": lambda: stop.evaluate("(node) => node.click()"),
        "slider": lambda: tracer.t.press("ArrowRight"),
        "block": lambda: tracer.choose(4),
        "digit": lambda: tracer.button("Next digit").evaluate("(node) => node.click()"),
    }
    touch[control]()
    expect(tracer.button("Sample")).to_be_visible()
    expect(tracer.status).to_contain_text("of 50 steps.")
    before = ink_of(tracer.sample)
    tracer.page.wait_for_timeout(500)
    assert np.array_equal(before, ink_of(tracer.sample)), "it went on"
    assert "Stopped after " in tracer.said
