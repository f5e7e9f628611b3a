"""The objective explorer on its page: mouse, keyboard, address, drawing, parity with PyTorch."""

from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pytest
import torch
from kit.explorer import eventually, place_in
from kit.objectives import NAMES, SELECTOR, Objectives
from kit.reading import accessibility_findings
from kit.watch import Watch
from playwright.sync_api import Page, Route, expect

from genlab.data import load_digits
from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.evaluation import prediction_errors
from genlab.diffusion.forward import add_noise, to_diffusion_range, to_image_range
from genlab.diffusion.objectives import get_objective
from genlab.widgets.objective_picture import OWN_FORM
from genlab.widgets.page_noise import page_noise

pytestmark = pytest.mark.site

PAGE = "book/diffusion/objectives"
TOLERANCE = 1e-4
START = 400


def scene(t: int, seed: int = 1, digit: int = 5) -> tuple[torch.Tensor, ...]:
    """x0, eps and xt as the page should have them."""
    x0 = to_diffusion_range(load_digits("test").of_class(digit)[:1])
    eps = page_noise(seed)
    return x0, eps, add_noise(x0, eps, t, load_denoiser("unet-time-sample").schedule)


@torch.no_grad()
def by_pytorch(name: str, t: int, seed: int = 1, digit: int = 5) -> list[np.ndarray]:
    """Target, prediction and x0 of a network as ink, (784,) each."""
    denoiser = load_denoiser(f"unet-time-{name}")
    x0, eps, xt = scene(t, seed, digit)
    predicted = denoiser.predict(xt, t)
    target = get_objective(name).target(x0, eps, denoiser.schedule.rates(t, x0))
    images = (target, getattr(predicted, OWN_FORM[name]), predicted.x0)
    return [to_image_range(image).flatten().numpy() for image in images]


def number(text: str) -> float:
    """An error of the table: 0.012, 4.6K, with or without the mark."""
    text = text.split()[0]
    factor = {"K": 1e3, "M": 1e6}.get(text[-1], 1)
    return float(text.rstrip("KM")) * factor


@pytest.fixture
def explorer(open_page: Any) -> Objectives:
    """The explorer of its page, untouched."""
    return Objectives(open_page(PAGE))


# -- its life ----------------------------------------------------------------------------------


def test_the_start_is_stored_and_nothing_is_loaded(explorer: Objectives, watch: Watch) -> None:
    explorer.page.wait_for_load_state("networkidle")
    explorer.expect_state("idle")
    assert not watch.urls(".onnx") and not watch.urls("/ort/"), "loaded before it was touched"
    assert explorer.shown() == (START, 1, "a 5")
    for name in NAMES:
        explorer.expect_pictures(name, by_pytorch(name, START))


@pytest.mark.parametrize("t", [0, 60, 401, 850, 999])
def test_every_picture_is_pytorchs(explorer: Objectives, t: int) -> None:
    explorer.go_to(t)
    explorer.expect_shown(t)
    x0, eps, xt = (to_image_range(one).flatten().numpy() for one in scene(t))
    for name, wanted in {"clean image x0": x0, "noise eps": eps, "noisy image xt": xt}.items():
        assert np.abs(explorer.input(name) - wanted).max() < 0.01
    for name in NAMES:
        # Where an error is divided by hardly any signal, rounding is seen.
        wanted = by_pytorch(name, t)
        explorer.expect_pictures(
            name, wanted if t < 990 else [*wanted[:2], explorer.pictures(name)[2]]
        )


@pytest.mark.parametrize("t", [60, 401, 850])
def test_errors_are_pytorchs_and_the_least_is_marked(explorer: Objectives, t: int) -> None:
    explorer.go_to(t)
    explorer.expect_shown(t)
    x0, eps, _ = scene(t)
    found, in_x0 = explorer.errors(), {}
    for name in NAMES:
        of_x0, of_eps, of_v = prediction_errors(load_denoiser(f"unet-time-{name}"), x0, eps, t)
        own = {"epsilon": of_eps, "sample": of_x0, "v_prediction": of_v}[name]
        in_x0[name] = of_x0
        assert [number(cell) for cell in found[name]] == pytest.approx(
            [own, of_x0, of_eps], rel=0.06
        )
    best = min(in_x0, key=lambda name: in_x0[name])
    assert explorer.winner() == best
    marked = [name for name, cells in found.items() if "least" in cells[1] and "least" in cells[2]]
    assert marked == [best]
    assert not any("least" in cells[0] for cells in found.values()), "own targets are compared"


def test_the_mark_in_the_curves_is_at_t(explorer: Objectives) -> None:
    assert explorer.charts.count() == 2
    explorer.press("Home")
    explorer.expect_shown(0)
    marks = explorer.charts.first.locator(".gl-mark")
    left = marks.bounding_box()["x"]
    explorer.press("End")
    explorer.expect_shown(999)
    box = explorer.charts.first.bounding_box()
    assert marks.bounding_box()["x"] - left > 0.8 * box["width"]


def test_a_missing_network_is_said_and_tried_again(open_page: Any, watch: Watch) -> None:
    blocked = []

    def refuse(route: Route) -> None:
        blocked.append(route.request.url)
        route.abort()

    page: Page = open_page(PAGE)
    page.route("**/unet-time-sample.denoiser.onnx", refuse)
    explorer = Objectives(page)
    explorer.press("ArrowRight")
    explorer.expect_state("error")
    expect(explorer.status).to_contain_text("unet-time-sample.denoiser.onnx could not be loaded")
    assert explorer.body.get_attribute("data-current") == "false"
    page.unroute("**/unet-time-sample.denoiser.onnx")
    explorer.retry.click()
    explorer.expect_shown(START + 1)
    watch.forgive(*{"unet-time-sample.denoiser.onnx" for _ in blocked})


def test_a_fast_drag_ends_at_what_the_slider_says(explorer: Objectives, figures: dict) -> None:
    explorer.press("ArrowRight")
    explorer.expect_shown(START + 1)
    steps = explorer.slider.evaluate(
        """async (input) => {
          const root = input.closest("[data-genlab-widget]");
          const shown = [];
          const caption = root.querySelector(".gl-column .gl-shot:last-child .gl-caption");
          const watcher = new MutationObserver(() => shown.push(caption.textContent));
          watcher.observe(caption, { childList: true });
          for (let t = 900; t >= 100; t -= 10) {
            input.value = t;
            input.dispatchEvent(new Event("input"));
            await new Promise(requestAnimationFrame);
          }
          watcher.disconnect();
          return shown.map((text) => Number(text.match(/\\d+$/)[0]));
        }"""
    )
    explorer.expect_shown(100)
    figures["objective explorer: pictures shown during a drag of 81 steps"] = len(steps)
    assert len(steps) >= 5, "the pictures do not follow the hand"
    assert steps == sorted(steps, reverse=True), "an older picture came after a newer one"


# -- mouse, touch, keyboard --------------------------------------------------------------------


def test_mouse_moves_the_slider(explorer: Objectives) -> None:
    explorer.slider.scroll_into_view_if_needed()
    explorer.page.mouse.click(*place_in(explorer.slider, 0.5, 0.5))
    eventually(
        lambda: abs(explorer.shown()[0] - 500) < 12, lambda: explorer.said, explorer.page, 30
    )
    explorer.expect_shown(int(explorer.slider.input_value()))


def test_a_finger_moves_the_slider(open_page: Any) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    explorer = Objectives(open_page(PAGE, **phone))
    explorer.slider.scroll_into_view_if_needed()
    explorer.page.touchscreen.tap(*place_in(explorer.slider, 0.99, 0.5))
    eventually(lambda: explorer.shown()[0] > 980, lambda: explorer.said, explorer.page, 30)


def test_digits_and_noise_come_by_buttons(explorer: Objectives) -> None:
    explorer.next.click()
    explorer.expect_shown(START, 1, "a 6")
    explorer.noise.click()
    explorer.expect_shown(START, 2, "a 6")
    for name in NAMES:
        explorer.expect_pictures(name, by_pytorch(name, START, seed=2, digit=6))
    for _ in range(4):
        explorer.next.click()
    explorer.expect_shown(START, 2, "a 0")


def test_tab_reaches_every_control(explorer: Objectives) -> None:
    explorer.slider.focus()
    reached = []
    for _ in range(5):
        reached.append(
            explorer.page.evaluate(
                "[document.activeElement.ariaLabel ?? document.activeElement.textContent,"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
        explorer.page.keyboard.press("Tab")
    names = [name.split(",")[0].split(".")[0] for name, _ in reached]
    assert names == ["Timestep t", "Draw a digit", "Next digit", "New noise", "Clear drawing"]
    assert all(outline != "none" for _, outline in reached[1:]), "nothing shows the focus"


def test_touch_targets_are_large_enough(explorer: Objectives) -> None:
    for control in (explorer.slider, explorer.next, explorer.noise, explorer.clear):
        box = control.bounding_box()
        assert box and box["height"] >= 44, control


# -- a digit of one's own ----------------------------------------------------------------------

SEVEN = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]


def test_a_drawing_is_noised_and_predicted(explorer: Objectives) -> None:
    explorer.go_to(150)
    explorer.draw(SEVEN)
    explorer.expect_shown(150, 1, "your drawing")
    drawn = explorer.input("clean image x0")
    assert drawn.max() > 0.9
    guess = explorer.pictures("sample")[2]
    assert np.abs(guess - drawn).mean() < 0.1, "the network should nearly see it at this t"
    explorer.clear.click()
    explorer.expect_shown(150)
    explorer.draw(SEVEN)
    explorer.expect_shown(150, 1, "your drawing")
    explorer.next.click()
    explorer.expect_shown(150)
    expect(explorer.pad).to_have_attribute("data-empty", "true")


def test_drawing_by_keyboard(explorer: Objectives) -> None:
    for key in ["Space", *["ArrowDown"] * 12]:
        explorer.pad.press(key)
    explorer.expect_shown(START, 1, "your drawing")
    explorer.pad.press("Delete")
    explorer.expect_shown(START)


# -- the address -------------------------------------------------------------------------------


def test_a_link_restores_everything(open_page: Any) -> None:
    explorer = Objectives(open_page(PAGE, "?objective-explorer-1=t:700,seed:42,digit:3"))
    explorer.expect_shown(700, 42, "a 3")
    for name in NAMES:
        explorer.expect_pictures(name, by_pytorch(name, 700, seed=42, digit=3))


def test_the_address_follows_and_the_page_comes_back_the_same(open_page: Any) -> None:
    page: Page = open_page(PAGE, "?from=home#summary")
    explorer, length = Objectives(page), page.evaluate("history.length")
    explorer.press("End")
    explorer.expect_shown(999)
    explorer.noise.click()
    explorer.expect_shown(999, 2)
    explorer.expect_mirrored(999, 2)
    said = explorer.said
    assert "from=home" in page.url and page.url.endswith("#summary")
    assert page.evaluate("history.length") == length, "each move is a step back"
    page.reload()
    explorer = Objectives(page)
    explorer.expect_shown(999, 2)
    expect(explorer.status).to_have_text(said)


SCRIPT = "<img src=x onerror=window.intruder=1>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("t:1000", "expected a whole number from 0 to 999"),
        ("t:-1", "expected a whole number from 0 to 999"),
        ("t:2.5", "expected a whole number from 0 to 999"),
        ("t:", "expected a whole number from 0 to 999"),
        ("seed:100", "expected a whole number from 0 to 99"),
        ("t:500,digit:10", "expected a whole number from 0 to 9"),
        ("noise:16", "expected t, seed, digit"),
        ("", "expected t, seed, digit"),
        ("__proto__:1", "expected t, seed, digit"),
        (SCRIPT, "expected t, seed, digit"),
    ],
)
def test_nonsense_is_named_and_the_start_is_shown(open_page: Any, text: str, answer: str) -> None:
    explorer = Objectives(open_page(PAGE, f"?objective-explorer-1={quote(text)}"))
    expect(explorer.status).to_contain_text(answer)
    expect(explorer.status).to_contain_text(f"At t = {START},")
    explorer.expect_state("idle")
    assert explorer.page.evaluate("window.intruder") is None
    explorer.press("ArrowRight")
    explorer.expect_shown(START + 1)
    assert "not understood" not in explorer.said


# -- two on a page, and nothing left -----------------------------------------------------------


def test_two_explorers_do_not_touch(open_page: Any) -> None:
    page: Page = open_page(
        PAGE,
        "?objective-explorer-2=t:8",
        prepare=lambda context: context.route("**/objectives.html*", twice),
    )
    first, second = Objectives(page, 0), Objectives(page, 1)
    assert page.locator(SELECTOR).count() == 2
    second.expect_shown(8)
    first.expect_state("idle")
    first.press("End")
    first.expect_shown(999)
    second.expect_shown(8)
    first.expect_mirrored(999)
    assert "objective-explorer-2=t:8" in unquote(page.url)


def twice(route: Route) -> None:
    """The page with its widget two times."""
    response = route.fetch()
    text = response.text()
    start = text.index('<div class="genlab-widget" data-genlab-widget="objective-explorer"')
    end = text.index("</div></div>", start) + len("</div></div>")
    route.fulfill(response=response, body=text[:end] + text[start:end] + text[end:])


def test_clean_up_leaves_nothing(explorer: Objectives) -> None:
    left = explorer.page.evaluate(CLEAN_UP)
    assert left["before"]["children"] == 1 and left["before"]["listeners"] > 3
    assert left["after"] == {"children": 0, "listeners": 0, "handle": False}
    assert left["calls"] == 0, "a control still reached the model after the clean-up"


# Mounts the module over a model that counts, cleans up, and touches what was on show.
CLEAN_UP = """async () => {
  const root = new URL(document.documentElement.dataset.content_root, location);
  const { default: widget } = await import(new URL("_genlab/widgets/objective_explorer.mjs", root));
  const values = JSON.parse(document.querySelector("[data-genlab-widget] > script").textContent);
  const listeners = [];
  let calls = 0;
  const model = {
    get: (name) => values[name],
    set: (name, value) => { calls += 1; values[name] = value; },
    save_changes() { calls += 1; },
    send() { calls += 1; },
    on: (event, listener) => listeners.push([event, listener]),
    off(event, listener) {
      const at = listeners.findIndex((one) => one[0] === event && one[1] === listener);
      if (at >= 0) listeners.splice(at, 1);
    },
  };
  const el = document.body.appendChild(document.createElement("div"));
  const count = () => ({
    children: el.childElementCount, listeners: listeners.length, handle: "genlab" in el });
  const cleanUp = widget.render({ model, el });
  const before = count();
  const touched = [...el.querySelectorAll("[role=application], input, button")];
  cleanUp();
  const after = count();
  calls = 0;
  for (const node of touched) {
    document.body.append(node); // events reach what is in the page
    node.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
    node.dispatchEvent(new Event("input"));
    node.click();
  }
  await new Promise((done) => setTimeout(done, 400)); // the longest of its timers is 250 ms
  return { before, after, calls };
}"""


# -- for everyone, and right -------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_accessible_while_it_is_used(open_page: Any, mode: str) -> None:
    page: Page = open_page(PAGE, color_scheme=mode)
    explorer = Objectives(page)
    explorer.press("End")
    explorer.expect_shown(999)
    findings = accessibility_findings(page, SELECTOR)
    assert not findings, "\n  ".join(["", *findings])


@pytest.mark.parametrize("name", NAMES)
def test_networks_equal_pytorch(explorer: Objectives, figures: dict, name: str) -> None:
    rng = np.random.default_rng(0)
    xt = rng.standard_normal((50, 1, 28, 28)).astype(np.float32)
    t = rng.integers(0, 1000, 50)
    model = load_denoiser(f"unet-time-{name}").model
    with torch.no_grad():
        wanted = model(torch.from_numpy(xt), torch.from_numpy(t)).numpy()
    # One by one, as the widget asks for them, and all in one.
    pairs = zip(xt, t, strict=True)
    single = [explorer.run(f"denoiser-{name}", x[None], one[None]) for x, one in pairs]
    batch = explorer.run(f"denoiser-{name}", xt, t)
    found = np.stack([np.concatenate(single), batch])
    assert found.shape == (2, *wanted.shape)
    difference = float(np.abs(found - wanted).max())
    figures[f"largest difference from PyTorch, unet-time-{name}"] = float(f"{difference:.1e}")
    assert difference <= TOLERANCE
