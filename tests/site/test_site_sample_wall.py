"""The sample wall on its page: rows step by step, what is kept, and that it stops at once."""

from typing import Any

import numpy as np
import pytest
from kit import worker
from kit.pictures import place_in
from kit.wall import COUNT, ROWS, START, Wall, by_pytorch
from playwright.sync_api import expect

from genlab.diffusion.denoiser import load_denoiser
from genlab.diffusion.samplers import ddim
from genlab.widgets.kernel.denoising import page_noise

pytestmark = pytest.mark.site


@pytest.fixture
def wall(open_page: Any) -> Wall:
    """The wall, untouched, on its page without the lesson."""
    return Wall(open_page(Wall.alone()))


# -- right -------------------------------------------------------------------------------------


def test_every_row_is_pytorchs_at_every_step(open_page: Any) -> None:
    wall = Wall(open_page(Wall.alone(), "?sample-wall-1=progress:0,seed:5,steps:5"))
    for step in range(6):
        wall.expect_shown(step, 5, 5)
        for name in ROWS:
            wall.expect_row(name, step, 5, 5)
        wall.press("ArrowRight")


@pytest.mark.parametrize("name", ROWS)
def test_twenty_steps_are_pytorchs_to_a_thousandth(wall: Wall, figures: dict, name: str) -> None:
    denoiser = load_denoiser(ROWS[name])
    trained = [denoiser.schedule.beta_schedule, denoiser.prediction_type]
    found = np.array(wall.root.evaluate(IN_THE_PAGE, [f"denoiser-{name}", *trained]))
    *_, last = ddim(denoiser, page_noise(3, COUNT), 20, timestep_spacing="trailing")
    difference = float(np.abs(found - last.prev_sample.numpy().ravel()).max())
    figures[f"largest difference from PyTorch, {name} after 20 steps"] = float(f"{difference:.1e}")
    assert difference <= 1e-3


# The same path by the page's own modules, over the widget's own network.
IN_THE_PAGE = """async (root, [network, schedule, type]) => {
  const home = new URL(document.documentElement.dataset.content_root, location);
  const lib = (name) => import(new URL(`_genlab/widgets/lib/math/${name}.mjs`, home));
  const [{ gaussianNoise }, samplers] = [await lib("diffusion"), await lib("samplers")];
  const timesteps = samplers.trailingTimesteps(20);
  const sampler = samplers.ddim({ schedule, type, timesteps });
  const path = new samplers.Path(sampler, gaussianNoise(3, 8 * 784));
  const predict = async (xt, t) => {
    const time = { data: Array(8).fill(t), shape: [8] };
    return (await root.genlab.run(network, xt, [8, 1, 28, 28], time)).data;
  };
  while (path.done < path.length) await path.advance(predict);
  return [...path.at(20)];
}"""


def test_guesses_are_pytorchs_of_what_is_shown(open_page: Any) -> None:
    wall = Wall(open_page(Wall.alone(), "?sample-wall-1=progress:0,seed:5,steps:5,guess:1"))
    for step in range(6):
        wall.expect_shown(step, 5, 5)
        for name in ROWS:
            wall.expect_images(name, by_pytorch(name, 5, 5, guesses=True)[min(step, 4)])
        wall.press("ArrowRight")
    wall.press("Home")
    wall.guesses.click()
    wall.expect_shown(0, 5, 5)
    expect(wall.guesses).to_have_attribute("aria-pressed", "false")
    wall.expect_row("time", 0, 5, 5)


def test_all_rows_start_from_the_same_noise(wall: Wall) -> None:
    wall.press("Home")
    wall.expect_shown(0, START[1], START[2])
    first, *others = [wall.images(name) for name in ROWS]
    assert all(np.array_equal(first, one) for one in others)
    assert first.std() > 0.2


# -- what is computed is kept ------------------------------------------------------------------


@pytest.fixture
def counted(open_page: Any) -> Wall:
    """A wall in a page that counts forward passes."""
    return Wall(open_page(Wall.alone(), prepare=worker.counted))


def test_it_computes_what_is_asked_for_and_nothing_twice(counted: Wall) -> None:
    counted.press("Home")
    counted.expect_shown(0, START[1], START[2])
    assert worker.passes(counted) == 0, "noise needs no network"
    counted.press(*["ArrowRight"] * 3)
    counted.expect_shown(3, START[1], START[2])
    assert worker.passes(counted) == 3 * len(ROWS)
    counted.press(*["ArrowLeft"] * 2)
    counted.expect_shown(1, START[1], START[2])
    for name in ROWS:
        counted.expect_row(name, 1, START[1], START[2])
    counted.press("End")
    counted.expect_shown(START[2], START[1], START[2])
    assert worker.passes(counted) == 3 * len(ROWS), "the end is stored"
    counted.seed.press("ArrowRight")
    counted.press("Home", "ArrowRight")
    counted.expect_shown(1, 2, START[2])
    asked = worker.passes(counted)
    counted.seed.press("ArrowLeft")
    counted.expect_shown(1, START[1], START[2])
    assert worker.passes(counted) == asked, "the first noise was forgotten"


def test_other_numbers_of_steps_lead_to_other_digits(wall: Wall) -> None:
    wall.steps.press("Home")
    wall.expect_shown(5, START[1], 5)
    wall.expect_row("time", 5, START[1], 5)
    assert np.abs(wall.images("time") - by_pytorch("time", START[1], START[2])[-1]).max() > 0.1


# -- it stops at once --------------------------------------------------------------------------


def test_it_shows_how_far_it_is_and_a_control_stops_it(open_page: Any) -> None:
    Wall(open_page(Wall.alone(), prepare=worker.slowed)).expect_it_stops()


# -- mouse and play ----------------------------------------------------------------------------


def test_the_mouse_leads_along_the_way(wall: Wall) -> None:
    wall.touch()
    wall.expect_touched()
    wall.way.scroll_into_view_if_needed()
    wall.page.mouse.click(*place_in(wall.way, 0.2, 0.5))
    wall.eventually(lambda: 3 <= wall.shown()[0] <= 5, "about step 4")
    wall.expect_shown(wall.shown()[0], START[1], START[2])
    wall.expect_row("time", wall.shown()[0], START[1], START[2])


def test_play_shows_every_step_of_twenty(wall: Wall) -> None:
    wall.root.evaluate(
        """(root) => {
          window.steps = new Set();
          const row = root.querySelector(".gl-row-pictures");
          const look = () => window.steps.add(row.ariaLabel);
          new MutationObserver(look).observe(row, { attributes: true });
        }"""
    )
    wall.root.get_by_role("button", name="Play: ").click()
    wall.eventually(lambda: wall.page.evaluate("window.steps.size") > 15, "most of the steps")
    wall.expect_shown(START[2], START[1], START[2])
    steps = wall.page.evaluate("[...window.steps]")
    assert len({text for text in steps if "of 20 steps" in text}) == 21


def test_a_steps_time_is_said(wall: Wall, figures: dict) -> None:
    wall.touch()
    wall.expect_touched()
    costs = wall.root.locator(".gl-row-cost").all_inner_texts()
    assert all(text.endswith(" ms a step") for text in costs), costs
    figures["sample wall: a step of 8 images"] = ", ".join(costs)
