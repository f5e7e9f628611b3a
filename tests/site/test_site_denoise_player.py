"""The denoise player on its page: samplers, guidance, the path of a sample, and how fast it is."""

from typing import Any

import numpy as np
import pytest
from kit.player import COUNT, SAMPLERS, STEPS, Player, way_of
from kit.worker import slowed
from playwright.sync_api import Page, expect

from genlab.widgets import DenoisePlayer
from genlab.widgets.denoise_player.networks import place_of

pytestmark = pytest.mark.site


@pytest.fixture
def player(open_page: Any) -> Player:
    """The player, untouched, on its page without the lesson."""
    return Player(open_page(Player.alone()))


# -- right -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_step_of_each_sampler_is_pytorchs(open_page: Any, sampler: str) -> None:
    link = f"progress:0,label:4,guidance:3,sampler:{sampler},steps:5,seed:2"
    player = Player(open_page(Player.alone(), f"?denoise-player-1={link}"))
    for step in range(6):
        player.expect_shown(step, 5, sampler, label="4", seed=2)
        player.expect_samples(step, sampler, 4, 3.0, 5, 2)
        player.press("ArrowRight")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_twenty_steps_are_pytorchs_to_a_thousandth(
    player: Player, figures: dict, sampler: str
) -> None:
    here = DenoisePlayer(label=4, guidance=1.0, seed=2, sampler=sampler)
    setting = {name: getattr(here, name) for name in ("label", "guidance", "seed", "steps", "clip")}
    trained = {"schedule": here.schedule, "type": here.type}
    made = player.root.evaluate(IN_THE_PAGE, [{**setting, "sampler": sampler}, trained])
    wanted = here.way().images[-1].numpy().ravel()
    difference = float(np.abs(np.array(made["last"]) - wanted).max())
    figures[f"denoise player: 16 images by 20 steps of {sampler}, seconds"] = round(
        made["seconds"], 2
    )
    figures[f"largest difference from PyTorch, {sampler} after 20 steps"] = f"{difference:.1e}"
    assert difference <= 1e-3


# The same path by the page's own modules, over the widget's own networks.
IN_THE_PAGE = """async (root, [setting, trained]) => {
  const home = new URL(document.documentElement.dataset.content_root, location);
  const load = (name) => import(new URL(`_genlab/widgets/${name}.mjs`, home));
  const [{ Path }, { gaussianNoise }, { passOf, samplerOf }] =
    await Promise.all(["lib/math/samplers", "lib/math/diffusion", "denoise_player/math"].map(load));
  const size = 16 * 784;
  const path = new Path(samplerOf(setting, trained, size), gaussianNoise(setting.seed, size));
  const { labels, read } = passOf(setting, 16);
  const network = setting.sampler === "flow_euler" ? "flow" : "denoiser";
  const ask = async (xt, t) => {
    const input = labels.length > 16 ? [...xt, ...xt] : xt;
    const n = labels.length;
    const time = { data: Array(n).fill(t), shape: [n] };
    const label = { data: labels, shape: [n] };
    return read((await root.genlab.run(network, input, [n, 1, 28, 28], time, label)).data);
  };
  await ask(path.at(0), 0); // loads the network
  const start = performance.now();
  while (path.done < path.length) await path.advance(ask);
  const seconds = (performance.now() - start) / 1000;
  return { last: [...path.at(path.length)], seconds };
}"""


# -- what the reader does ----------------------------------------------------------------------


def test_digits_are_asked_for_by_chips(player: Player) -> None:
    player.steps.press("Home")
    player.steps.press("ArrowRight")
    player.expect_shown(5, 5)
    player.choose("7")
    player.expect_shown(5, 5, label="7")
    player.expect_samples(5, "ddim", 7, 2.0, 5, 1)
    player.choose("any")
    player.expect_shown(5, 5, label="any")
    player.expect_samples(5, "ddim", 10, 1.0, 5, 1)


def test_guidance_changes_the_samples_and_without_a_class_nothing(player: Player) -> None:
    player.steps.press("Home")
    player.steps.press("ArrowRight")
    player.expect_shown(5, 5)
    before = player.images()
    player.guidance.press("End")
    player.eventually(lambda: player.shown()[4] == 8, "guidance 8")
    player.expect_shown(5, 5)
    player.expect_samples(5, "ddim", 3, 8.0, 5, 1)
    assert np.abs(player.images() - before).max() > 0.3
    player.choose("any")
    player.expect_shown(5, 5, label="any")
    drawn = player.images()
    player.guidance.press("Home")
    player.page.wait_for_timeout(300)
    assert np.array_equal(player.images(), drawn)


def test_a_sample_is_chosen_by_mouse_and_keys(player: Player) -> None:
    player.root.locator(".gl-sample").nth(6).click()
    player.expect_shown(STEPS, chosen=7)
    images, _ = way_of("ddim", 3, 2.0, STEPS, 1)
    player.expect_ink(player.now, images[STEPS][6])
    player.sample(7).press("ArrowRight")
    player.expect_shown(STEPS, chosen=8)
    player.sample(8).press("ArrowUp")
    player.expect_shown(STEPS, chosen=7)


def test_the_curve_is_the_samples_path(open_page: Any) -> None:
    link = "progress:100,chosen:3,label:4,guidance:1,sampler:flow_euler,steps:5,seed:2"
    player = Player(open_page(Player.alone(), f"?denoise-player-1={link}"))
    player.expect_shown(5, 5, "flow_euler", label="4", seed=2, chosen=3)
    here = DenoisePlayer(label=4, guidance=1.0, seed=2, steps=5, sampler="flow_euler")
    images = here.way().images
    wanted = np.array([place_of(image[2], images[0][2]) for image in images])
    points = player.root.locator(".gl-path").get_attribute("points") or ""
    found = np.array([[float(x) for x in pair.split(",")] for pair in points.split()])
    assert len(found) == 6
    # From points of the drawing back to places: see plane.mjs.
    places = np.stack([found[:, 0] / 220 * 1.35 - 0.25, 1.3 - found[:, 1] / 200 * 1.35], 1)
    assert np.abs(places - wanted).max() < 0.005
    now = player.root.locator(".gl-now")
    assert float(now.get_attribute("cx") or 0) == found[-1, 0]
    player.press("Home")
    player.expect_shown(0, 5, "flow_euler", label="4", seed=2, chosen=3)
    assert float(now.get_attribute("cx") or 0) == found[0, 0]


# -- it stops at once --------------------------------------------------------------------------


@pytest.mark.parametrize("control", ["digit", "sampler", "guidance", "seed", "steps", "back"])
def test_a_control_stops_what_runs(open_page: Any, control: str) -> None:
    page: Page = open_page(Player.home, prepare=slowed)
    player = Player(page)
    player.touch()
    player.expect_touched()
    player.seed.press("ArrowRight")
    player.press("End")
    player.expect_state("loading")
    player.expect_said("Sampling by DDIM from noise 2: ")
    player.eventually(lambda: len(path_of(player)) > 3, "some steps")
    at_once = {
        "digit": lambda: player.choose("7"),
        "sampler": lambda: player.choose("DDPM"),
        "guidance": lambda: player.guidance.press("ArrowRight"),
        "seed": lambda: player.seed.press("ArrowRight"),
        "steps": lambda: player.steps.press("ArrowRight"),
        "back": lambda: player.press("Home"),
    }
    if control != "back":
        at_once[control]()
        assert len(path_of(player)) <= 3, "still the path of the run before"
        player.expect_state("loading")
        player.press("Home")
    else:
        player.press("Home")
    player.expect_state("ready")
    drawn = player.drawn()
    page.wait_for_timeout(1000)
    assert player.drawn() == drawn, "it went on"
    expect(player.root.locator(".gl-sample")).to_have_count(COUNT)


def path_of(player: Player) -> list[str]:
    """The points of the curve."""
    return (player.root.locator(".gl-path").get_attribute("points") or "").split()
