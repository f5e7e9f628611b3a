"""The UNet tracer on a page without a kernel: blocks, maps, sliders, drawing, link."""

from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import torch
from kit.explorer import eventually, ink_of, place_in
from kit.reading import accessibility_findings, beyond_the_edge
from kit.tracer import Tracer
from kit.watch import Watch
from playwright.sync_api import Page, expect
from torch import Tensor

from genlab.checkpoints import load_model
from genlab.data import load_digits
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.schedules import NoiseSchedule
from genlab.models.unet import stages_of, walk
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.site

PAGE = "book/diffusion/simple-unet"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LINEAR = NoiseSchedule("linear")
STAGES = [
    *("input", "down1", "pool", "down2", "pool", "down3"),
    *("up1", "upsample", "up2", "upsample", "up3"),
]
TOLERANCE = 1e-4


@pytest.fixture
def tracer(open_page: Any) -> Tracer:
    """The tracer of the page on the simple UNet, untouched."""
    return Tracer(open_page(PAGE))


def noisy(digit: int = 7, t: int = 250, seed: int = 1) -> Tensor:
    """What PyTorch makes of a digit and the page's noise."""
    x0 = to_diffusion_range(load_digits("test").of_class(digit)[:1])
    return add_noise(x0, page_noise(seed), t, LINEAR)


@torch.no_grad()
def maps(stage: int, xt: Tensor) -> np.ndarray:
    """The feature maps of a stage in PyTorch, (channels, side, side)."""
    outputs = [xt, *(output for _, output in walk(load_model("unet-basic"), xt))]
    return outputs[stage][0].numpy()


# -- its life ----------------------------------------------------------------------------------


def test_loads_nothing_before_it_is_touched_and_then_what_it_needs(
    tracer: Tracer, watch: Watch
) -> None:
    tracer.page.wait_for_load_state("networkidle")
    tracer.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    tracer.press("ArrowRight")
    tracer.expect_shown(map=2)
    assert names(watch) == ["unet-basic.stages.onnx"]
    tracer.button("Sample").click()
    tracer.expect_sampled()
    assert names(watch) == ["unet-basic.stages.onnx", "unet-basic.denoiser.onnx"]


def names(watch: Watch) -> list[str]:
    return [url.rsplit("/", 1)[1] for url in watch.urls(".onnx")]


@pytest.mark.parametrize(("network", "size"), [("stages", 98_000), ("denoiser", 784)])
def test_networks_equal_pytorch(tracer: Tracer, figures: dict, network: str, size: int) -> None:
    xt = torch.randn(50, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    found = np.concatenate([tracer.run(network, one[None].numpy()) for one in xt])
    model = load_model("unet-basic")
    with torch.no_grad():
        wanted = stages_of(model)(xt) if network == "stages" else model(xt)
    assert found.reshape(50, -1).shape == (50, size)
    difference = float(np.abs(found - wanted.numpy()).max())
    figures[f"largest difference from PyTorch, unet-basic.{network}"] = float(f"{difference:.1e}")
    assert difference <= TOLERANCE


def test_the_start_is_pytorchs(tracer: Tracer) -> None:
    tracer.expect_state("idle")
    xt = noisy()
    tracer.expect_ink(tracer.input, to_image_range(xt).numpy())
    tracer.expect_sheet(maps(1, xt))
    tracer.expect_signed(tracer.output, np.clip(maps(10, xt) / 3, -1, 1))
    shown = tracer.shown()
    first = maps(1, xt)[0]
    assert (shown["name"], shown["map"], shown["t"]) == ("down1", 1, 250)
    measured = (shown["mean"], shown["low"], shown["high"])
    assert measured == pytest.approx((first.mean(), first.min(), first.max()), abs=0.0051)


# -- what the reader does ----------------------------------------------------------------------


def test_every_block_is_clicked_and_shows_its_maps(tracer: Tracer) -> None:
    xt = noisy()
    for stage in range(11):
        wanted = maps(stage, xt)
        tracer.choose(stage)
        shown = tracer.expect_shown(name=STAGES[stage], side=wanted.shape[1])
        assert shown["channels"] == len(wanted)
        tracer.expect_sheet(wanted)
        one = wanted[shown["map"] - 1]
        assert shown["mean"] == pytest.approx(one.mean(), abs=0.0051)
        tracer.expect_mirrored(stage=stage)


def test_arrow_keys_go_along_the_run(tracer: Tracer) -> None:
    tracer.blocks.nth(1).focus()
    names = []
    for _ in range(9):
        tracer.page.keyboard.press("ArrowDown")
        checked = tracer.root.locator("input:checked").get_attribute("aria-label")
        names.append((checked or "").split(",")[0])
    assert names == ["pool", "down2", "pool", "down3", "up1", "upsample", "up2", "upsample", "up3"]
    tracer.expect_shown(name="up3", channels=1, map=1)
    tracer.page.keyboard.press("ArrowUp")
    tracer.expect_shown(name="upsample", side=28)


def test_maps_are_reached_by_keyboard(tracer: Tracer) -> None:
    scrolled = None
    for keys, number in [
        (["End"], 32),
        (["ArrowUp", "ArrowLeft"], 23),
        (["Home", "ArrowDown", "ArrowRight"], 10),
    ]:
        tracer.press(*keys)
        tracer.expect_shown(map=number)
        scrolled = scrolled or tracer.page.evaluate("scrollY")
        cell = tracer.maps.get_by_role("gridcell")
        assert cell.get_attribute("aria-label") == f"map {number}"
        assert cell.get_attribute("aria-colindex") == str((number - 1) % 8 + 1)
    assert tracer.page.evaluate("scrollY") == scrolled
    wanted = maps(1, noisy())
    limit = np.sort(np.abs(wanted), axis=None)[int(0.99 * (wanted.size - 1))]
    tracer.expect_signed(tracer.large, np.clip(wanted[9] / limit, -1, 1))
    tracer.expect_mirrored(stage=1, map=10)


def test_a_map_is_chosen_by_mouse(tracer: Tracer) -> None:
    tracer.maps.scroll_into_view_if_needed()
    tracer.page.mouse.click(*tracer.place(21, 32))
    tracer.expect_shown(map=21)
    tracer.choose(3)
    tracer.expect_shown(name="down2", map=21)
    tracer.page.mouse.click(*tracer.place(64, 64))
    tracer.expect_shown(map=64)
    tracer.choose(1)
    tracer.expect_shown(name="down1", map=32)


def test_sliders_change_the_noise(tracer: Tracer) -> None:
    tracer.t.press("Home")
    tracer.expect_shown(t=0)
    tracer.expect_ink(tracer.input, to_image_range(noisy(t=0)).numpy())
    tracer.t.press("End")
    tracer.seed.press("End")
    tracer.expect_shown(t=999, seed=99)
    tracer.expect_ink(tracer.input, to_image_range(noisy(t=999, seed=99)).numpy())
    tracer.expect_sheet(maps(1, noisy(t=999, seed=99)))
    tracer.expect_mirrored(t=999, seed=99)


def test_output_and_guess_belong_together(tracer: Tracer) -> None:
    tracer.t.press("PageDown")
    shown = tracer.expect_shown(digit="A 7")
    xt = noisy(t=shown["t"])
    eps = torch.from_numpy(maps(10, xt))[None]
    signal, noise = LINEAR.rates(shown["t"], xt)
    guess = (xt - noise * eps) / signal
    tracer.expect_ink(tracer.guess, to_image_range(guess).numpy())
    x0 = to_diffusion_range(load_digits("test").of_class(7)[:1])
    of_eps = ((eps - page_noise(1)) ** 2).mean().item()
    assert shown["of_eps"] == pytest.approx(of_eps, abs=0.0006)
    assert shown["of_x0"] == pytest.approx(((guess - x0) ** 2).mean().item(), abs=0.0006)


def test_the_next_digit_is_another(tracer: Tracer) -> None:
    tracer.button("Next digit").click()
    tracer.expect_shown(digit="A 8")
    tracer.expect_ink(tracer.input, to_image_range(noisy(8)).numpy())
    tracer.expect_mirrored(digit=8)


def test_a_digit_drawn_by_hand_is_traced(tracer: Tracer) -> None:
    tracer.pad.scroll_into_view_if_needed()
    mouse = tracer.page.mouse
    mouse.move(*place_in(tracer.pad, 0.5, 0.2))
    mouse.down()
    mouse.move(*place_in(tracer.pad, 0.5, 0.8), steps=8)
    mouse.up()
    tracer.expect_shown(digit="Your drawing")
    given = ink_of(tracer.root.get_by_role("img", name="The digit that was given"))
    drawing = torch.from_numpy(given.astype(np.float32)).reshape(1, 1, 28, 28)
    xt = add_noise(drawing * 2 - 1, page_noise(1), 250, LINEAR)
    tracer.expect_ink(tracer.input, to_image_range(xt).numpy(), level=0.02)
    tracer.button("Next digit").click()
    tracer.expect_shown(digit="A 8")


def test_a_digit_is_drawn_by_keyboard(tracer: Tracer) -> None:
    for key in [" ", *["ArrowDown"] * 12, " "]:
        tracer.pad.press(key)
    tracer.expect_shown(digit="Your drawing")


# -- looks, and its address --------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_is_accessible_when_it_is_alive(open_page: Any, mode: str) -> None:
    tracer = Tracer(open_page(PAGE, color_scheme=mode))
    tracer.press("ArrowRight")
    tracer.expect_shown(map=2)
    assert not accessibility_findings(tracer.page, ".genlab-widget")


def test_on_a_phone_all_is_within_reach(open_page: Any) -> None:
    tracer = Tracer(open_page(PAGE, **PHONE))
    assert not beyond_the_edge(tracer.page)
    tracer.root.locator(".gl-block").nth(8).tap()
    tracer.expect_shown(name="up2")
    tracer.maps.scroll_into_view_if_needed()
    tracer.page.touchscreen.tap(*tracer.place(14, 32))
    tracer.expect_shown(map=14)
    tracer.button("Sample").tap()
    tracer.expect_sampled()


def test_a_link_restores_what_is_shown(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?unet-tracer-1=stage:8,map:5,t:100,seed:3,digit:2")
    tracer = Tracer(page)
    tracer.expect_shown(name="up2", map=5, t=100, seed=3, digit="A 2")
    tracer.expect_sheet(maps(8, noisy(2, 100, 3)))
    tracer.t.press("ArrowRight")
    tracer.expect_mirrored(stage=8, map=5, t=101, seed=3, digit=2)
    page.reload()
    Tracer(page).expect_shown(name="up2", map=5, t=101, seed=3, digit="A 2")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("stage:11", "expected a whole number from 0 to 10"),
        ("map:0", "expected a whole number from 1 to 64"),
        ("t:1000", "expected a whole number from 0 to 999"),
        ("t:2.5", "expected a whole number from 0 to 999"),
        ("seed:100", "expected a whole number from 1 to 99"),
        ("digit:10", "expected one of 0, 1, 2"),
        ("noise:1", "expected stage, map, t, seed, digit"),
        ("<img src=x onerror=window.intruder=1>", "expected stage, map, t, seed, digit"),
        ("x" * 3000, "expected stage, map, t, seed, digit"),
    ],
    ids=lambda value: value[:20],
)
def test_nonsense_gives_a_message_and_the_start(
    open_page: Any, watch: Watch, value: str, expected: str
) -> None:
    tracer = Tracer(open_page(PAGE, f"?unet-tracer-1={quote(value, safe=':,')}"))
    expect(tracer.status).to_contain_text("which is not understood: " + expected)
    shown = tracer.shown()
    assert (shown["name"], shown["t"], shown["seed"]) == ("down1", 250, 1)
    assert len(tracer.said) < 700
    tracer.expect_state("idle")
    assert tracer.page.evaluate("window.intruder") is None
    assert not watch.urls(".onnx")


# -- when something goes wrong -----------------------------------------------------------------


def test_a_missing_network_is_said_and_can_be_tried_again(open_page: Any, watch: Watch) -> None:
    def without(context: Any) -> None:
        context.route("**/*.onnx", lambda route: route.fulfill(status=404, body=b""))

    tracer = Tracer(open_page(PAGE, prepare=without))
    tracer.button("Sample").click()
    tracer.expect_state("error")
    expect(tracer.status).to_contain_text("Not computed: the network unet-basic.denoiser.onnx")
    tracer.page.context.unroute("**/*.onnx")
    tracer.button("Try again").click()
    tracer.expect_sampled()
    tracer.expect_state("ready")
    watch.forgive(".onnx")


def test_clean_up_leaves_nothing(tracer: Tracer) -> None:
    left = tracer.page.evaluate(CLEAN_UP)
    assert left["before"]["children"] == 1 and left["before"]["listeners"] > 5
    assert left["after"] == {"children": 0, "listeners": 0, "handle": False}
    assert left["calls"] == 0, "a key or a pointer still reached the model after the clean-up"


def test_two_instances_do_not_touch(tracer: Tracer) -> None:
    said = tracer.said
    other = tracer.page.evaluate_handle(SECOND)
    assert other.evaluate("(el) => el.querySelectorAll('input:checked').length") == 1
    other.evaluate("(el) => el.querySelectorAll('[type=radio]')[5].click()")
    eventually(
        lambda: other.evaluate("(el) => el.querySelector('input:checked').value") == "5",
        lambda: "the other block was not chosen",
        tracer.page,
    )
    assert tracer.root.locator("input:checked").get_attribute("value") == "1"
    assert tracer.said == said


MODEL = """
  const root = new URL(document.documentElement.dataset.content_root, location);
  const { default: widget } = await import(new URL("_genlab/widgets/unet_tracer/view.mjs", root));
  const stored = document.querySelector("[data-genlab-widget=unet-tracer] > script").textContent;
  const values = JSON.parse(stored);
  const listeners = [];
  let calls = 0;
  const model = {
    get: (name) => values[name],
    set: (name, value) => {
      calls += 1;
      values[name] = value;
      for (const [event, listener] of listeners) if (event === `change:${name}`) listener();
    },
    save_changes() { calls += 1; },
    send() { calls += 1; },
    on: (event, listener) => listeners.push([event, listener]),
    off(event, listener) {
      const at = listeners.findIndex((one) => one[0] === event && one[1] === listener);
      if (at >= 0) listeners.splice(at, 1);
    },
  };
  const el = document.body.appendChild(document.createElement("div"));
  const cleanUp = widget.render({ model, el });
"""

SECOND = f"async () => {{ {MODEL} return el; }}"

# Mounts the module over a model that counts, cleans up, and touches what was on show.
CLEAN_UP = f"""async () => {{ {MODEL}
  const count = () => ({{
    children: el.childElementCount, listeners: listeners.length, handle: "genlab" in el }});
  const before = count();
  const touched = [...el.querySelectorAll("[role=grid], input, button")];
  cleanUp();
  const after = count();
  calls = 0;
  for (const node of touched) {{
    document.body.append(node);
    node.dispatchEvent(new KeyboardEvent("keydown", {{ key: "ArrowRight", bubbles: true }}));
    node.dispatchEvent(new Event("input", {{ bubbles: true }}));
    node.dispatchEvent(new Event("change", {{ bubbles: true }}));
    if (node.tagName === "BUTTON") node.click();
  }}
  await new Promise((resolve) => setTimeout(resolve, 400));
  return {{ before, after, calls }};
}}"""
