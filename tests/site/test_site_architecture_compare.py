"""The comparison of architectures on its page: latents, what is kept, and that it stops at once."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from kit import worker
from kit.compare import COUNT, PANELS, RECURRENT, START, Compare, by_pytorch
from kit.pictures import place_in
from kit.places import lessons
from playwright.sync_api import expect

from genlab.diffusion.costs import cost_of
from genlab.diffusion.denoiser import load_denoiser

pytestmark = [
    pytest.mark.site,
    pytest.mark.skipif(Compare.home not in lessons(), reason="its page is a draft"),
]

MODES = {"handed_on": "handed on", "zero": "zero at each step"}
WAYS = [*((name, "handed_on") for name in PANELS), (RECURRENT, "zero")]


@pytest.fixture
def compare(open_page: Any) -> Compare:
    """The comparison of its page, untouched."""
    return Compare(open_page(Compare.alone()))


def linked(open_page: Any, says: str, **options: Any) -> Compare:
    return Compare(open_page(Compare.alone(), f"?architecture-compare-1={says}", **options))


# -- right -------------------------------------------------------------------------------------


@pytest.mark.parametrize("latents", MODES)
def test_every_panel_is_pytorchs_at_every_step(open_page: Any, latents: str) -> None:
    compare = linked(open_page, f"progress:0,seed:5,steps:5,latents:{latents}")
    for step in range(6):
        compare.expect_shown(step, 5, 5, MODES[latents])
        for name in PANELS:
            compare.expect_panel(name, step, 5, 5, zero=latents == "zero")
        compare.press("ArrowRight")


@pytest.mark.parametrize(("name", "latents"), WAYS)
def test_twenty_steps_are_pytorchs_to_a_thousandth(
    compare: Compare, figures: dict, name: str, latents: str
) -> None:
    denoiser = load_denoiser(PANELS[name])
    shape = [COUNT, 16, 80] if name == RECURRENT else None
    trained = [denoiser.schedule.beta_schedule, denoiser.prediction_type]
    told = [f"denoiser-{name}", *trained, shape, latents]
    found = np.array(compare.root.evaluate(IN_THE_PAGE, told))
    wanted = by_pytorch(name, 3, 20, zero=latents == "zero")[-1]
    difference = float(np.abs(found - wanted.ravel()).max())
    figures[f"largest difference from PyTorch, {name} after 20 steps, latents {latents}"] = (
        f"{difference:.1e}"
    )
    assert difference <= 1e-3


# The same path by the page's own modules, over the widget's own network.
IN_THE_PAGE = """async (root, [network, schedule, type, shape, latents]) => {
  const home = new URL(document.documentElement.dataset.content_root, location);
  const load = (name) => import(new URL(`_genlab/widgets/${name}.mjs`, home));
  const [{ gaussianNoise }, samplers, { Memory, recurrent }] = await Promise.all(
    ["lib/math/diffusion", "lib/math/samplers", "architecture_compare/math"].map(load));
  const timesteps = samplers.trailingTimesteps(20);
  const sampler = samplers.ddim({ schedule, type, timesteps });
  const path = new samplers.Path(sampler, gaussianNoise(3, 4 * 784));
  const pass = async (xt, t, ...more) => {
    const time = { data: Array(4).fill(t), shape: [4] };
    return (await root.genlab.run(network, xt, [4, 1, 28, 28], time, ...more)).data;
  };
  const predict = shape ? recurrent(path, new Memory(shape, latents), 4, pass) : pass;
  while (path.done < path.length) await path.advance(predict);
  return [...path.at(20)];
}"""


def test_guesses_are_pytorchs_of_what_is_shown(open_page: Any) -> None:
    compare = linked(open_page, "progress:0,seed:5,steps:5,guess:1")
    for step in range(6):
        compare.expect_shown(step, 5, 5)
        for name in PANELS:
            compare.expect_images(name, by_pytorch(name, 5, 5, guesses=True)[min(step, 4)])
        compare.press("ArrowRight")
    compare.press("Home")
    compare.guesses.click()
    compare.expect_shown(0, 5, 5)
    expect(compare.guesses).to_have_attribute("aria-pressed", "false")
    compare.expect_panel("DiT", 0, 5, 5)


def test_all_start_from_the_same_noise_and_part(compare: Compare) -> None:
    def wanted(step: int) -> float:
        shown = [np.clip(by_pytorch(name, START[1], START[2])[step], -1, 1) for name in PANELS]
        return float(np.mean([np.sqrt(((a - b) ** 2).mean()) for a, b in combinations(shown, 2)]))

    compare.press("Home")
    compare.expect_shown(0, START[1], START[2])
    first, *others = [compare.images(name) for name in PANELS]
    assert all(np.array_equal(first, one) for one in others)
    assert first.std() > 0.2
    assert compare.difference() == 0
    for step in (1, 2):
        compare.press("ArrowRight")
        compare.expect_shown(step, START[1], START[2])
        assert compare.difference() == pytest.approx(wanted(step), abs=0.006)


def test_each_panel_says_what_it_costs(compare: Compare, figures: dict) -> None:
    compare.touch()
    compare.expect_touched()
    for name, checkpoint in PANELS.items():
        cost = cost_of(load_denoiser(checkpoint).model)
        told = compare.panel(name).get_by_role("listitem").all_inner_texts()
        assert told[0] == f"{cost.parameters / 1e6:.2f} million parameters"
        assert told[1] == f"{cost.multiply_adds / 1e6:.1f} million multiply-adds"
        assert told[2].endswith(" ms a step") and told[2][0].isdigit()
        figures[f"architecture compare: a step of 4 images, {name}"] = told[2]


# -- latents -----------------------------------------------------------------------------------


def test_latents_change_their_own_panel_and_no_other(counted: Compare) -> None:
    counted.steps.press("Home")
    counted.expect_shown(5, START[1], 5)
    before = {name: counted.images(name) for name in PANELS}
    asked = worker.passes(counted)
    counted.choose("zero at each step")
    counted.expect_shown(5, START[1], 5, "zero at each step")
    assert worker.passes(counted) == asked + 5, "the recurrent network alone is asked again"
    for name in PANELS:
        counted.expect_panel(name, 5, START[1], 5, zero=True)
        changed = np.abs(counted.images(name) - before[name]).max()
        assert (changed > 0.02) == (name == RECURRENT), name
    counted.choose("handed on")
    counted.expect_shown(5, START[1], 5)
    counted.expect_panel(RECURRENT, 5, START[1], 5)
    assert worker.passes(counted) == asked + 5, "both ways are kept"


def test_latents_are_chosen_by_the_keyboard(compare: Compare) -> None:
    group = compare.root.get_by_role("group", name="latents of RIN")
    first, second = group.get_by_role("radio").all()
    expect(first).to_be_checked()
    first.press("ArrowRight")
    expect(second).to_be_checked()
    compare.expect_shown(START[2], START[1], START[2], "zero at each step")
    compare.expect_panel(RECURRENT, START[2], START[1], START[2], zero=True)
    compare.expect_mirrored(latents="zero")


def test_a_path_that_was_left_goes_on_with_its_own_latents(compare: Compare) -> None:
    compare.steps.press("Home")
    compare.press("Home", "ArrowRight", "ArrowRight")
    compare.expect_shown(2, START[1], 5)
    compare.choose("zero at each step")
    compare.expect_shown(2, START[1], 5, "zero at each step")
    compare.seed.press("ArrowRight")
    compare.expect_shown(2, START[1] + 1, 5, "zero at each step")
    compare.seed.press("ArrowLeft")
    compare.choose("handed on")
    compare.press("End")
    compare.expect_shown(5, START[1], 5)
    compare.expect_panel(RECURRENT, 5, START[1], 5)


# -- what is computed is kept ------------------------------------------------------------------


@pytest.fixture
def counted(open_page: Any) -> Compare:
    """One in a page that counts forward passes."""
    return Compare(open_page(Compare.alone(), prepare=worker.counted))


def test_it_computes_what_is_asked_for_and_nothing_twice(counted: Compare) -> None:
    counted.press("Home")
    counted.expect_shown(0, START[1], START[2])
    assert worker.passes(counted) == 0, "noise needs no network"
    counted.press(*["ArrowRight"] * 3)
    counted.expect_shown(3, START[1], START[2])
    assert worker.passes(counted) == 3 * len(PANELS)
    counted.press(*["ArrowLeft"] * 2)
    counted.expect_shown(1, START[1], START[2])
    counted.press("End")
    counted.expect_shown(START[2], START[1], START[2])
    assert worker.passes(counted) == 3 * len(PANELS), "the end is stored"


# -- it stops at once --------------------------------------------------------------------------


def test_it_shows_how_far_it_is_and_a_control_stops_it(open_page: Any) -> None:
    Compare(open_page(Compare.alone(), prepare=worker.slowed)).expect_it_stops()


# -- mouse and layout --------------------------------------------------------------------------


def test_the_mouse_leads_along_the_way(compare: Compare) -> None:
    compare.touch()
    compare.expect_touched()
    compare.way.scroll_into_view_if_needed()
    compare.page.mouse.click(*place_in(compare.way, 0.2, 0.5))
    compare.eventually(lambda: 3 <= compare.shown()[0] <= 5, "about step 4")
    step = compare.shown()[0]
    compare.expect_shown(step, START[1], START[2])
    for name in PANELS:
        compare.expect_panel(name, step, START[1], START[2])


@pytest.mark.parametrize(("width", "columns"), [(1280, 3), (360, 1)])
def test_panels_stand_side_by_side_where_there_is_room(
    open_page: Any, width: int, columns: int
) -> None:
    compare = Compare(open_page(Compare.home, viewport={"width": width, "height": 900}))
    boxes = [compare.panel(name).bounding_box() for name in PANELS]
    assert len({round(box["x"]) for box in boxes if box}) == columns
    digit = compare.panel("DiT").locator("canvas").first.bounding_box()
    assert digit and digit["width"] >= 2 * 28, "a pixel has two dots at least"
