"""How fast the widgets of the built site answer in a browser: `make bench NAME=widgets`.

Figures, side by side with the aim that each was built for. Nothing fails here: machines differ.
"""

import statistics
import sys
from typing import Any

from kit.browser import launched
from kit.explorer import Explorer
from kit.places import SITE
from kit.server import serve
from kit.tokens import Tokens
from kit.tracer import Tracer

# 220 decodes; the first 20 are compiled on the way.
DECODES = """async (root) => {
  const [inside, outside] = [[], []];
  for (let i = 0; i < 220; i++) {
    const start = performance.now();
    const { milliseconds } = await root.genlab.run("decoder-0", [i / 110 - 1, 0.5], [1, 2]);
    if (i < 20) continue;
    inside.push(milliseconds);
    outside.push(performance.now() - start);
  }
  return [inside, outside];
}"""

# From the input event to the bars of the new prefix.
KEYSTROKES = """async (root) => {
  const field = root.querySelector("input[type=text]");
  const bars = root.querySelector(".gl-next");
  const times = [];
  const typed = ["a", "an", "ann", "anna", "ann", "an", "ani", "anit", "anita", "anit", "ani"];
  for (const text of typed) {
    const start = performance.now();
    const shown = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (bars.dataset.prefix !== text) return;
        observer.disconnect();
        resolve(performance.now() - start);
      });
      observer.observe(bars, { attributes: true });
    });
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    times.push(await shown);
  }
  return times;
}"""

# The tracer's loop by the page's own modules, over the widget's own network; 50 steps.
STEPS = """async (root) => {
  const home = new URL(document.documentElement.dataset.content_root, location);
  const lib = (name) => import(new URL(`_genlab/widgets/lib/math/${name}.mjs`, home));
  const [{ gaussianNoise }, { blindDdim }] = [await lib("diffusion"), await lib("blind")];
  const predict = async (xt) => (await root.genlab.run("denoiser", xt, [1, 1, 28, 28])).data;
  const start = performance.now();
  for await (const _ of blindDdim({
    noise: gaussianNoise(1, 784), steps: 50, schedule: "linear", predict }));
  return (performance.now() - start) / 1000;
}"""


def report(name: str, value: float, aim: float, unit: str) -> None:
    print(f"{name:<42} {value:8.3f} {unit:<3} (aim {aim:g} {unit})")


def time_decodes(explorer: Explorer) -> None:
    explorer.wake()
    inside, outside = explorer.root.evaluate(DECODES)
    report("one decode, median of 200", statistics.median(inside), 1, "ms")
    report("one decode, there and back", statistics.median(outside), 5, "ms")


def time_keystrokes(tokens: Tokens) -> None:
    tokens.touch()
    tokens.expect_touched()
    medians = [statistics.median(tokens.root.evaluate(KEYSTROKES)) for _ in range(8)]
    report("a keystroke is answered, best median of 8", min(medians), 50, "ms")


def time_sampling(tracer: Tracer) -> None:
    tracer.root.evaluate(STEPS)  # loads the network
    best = min(tracer.root.evaluate(STEPS) for _ in range(5))
    report("50 steps, best of 5", best, 0.6, "s")
    shown = []
    for _ in range(5):
        tracer.button("Sample").click()
        tracer.button("Stop").wait_for()
        tracer.button("Sample").wait_for()
        shown.append(tracer.expect_sampled())
    report("50 steps while they are shown, best of 5", min(shown), 0.6, "s")


def main() -> None:
    timed: dict[Any, Any] = {
        Explorer: time_decodes,
        Tokens: time_keystrokes,
        Tracer: time_sampling,
    }
    if not (SITE / "index.html").is_file():
        sys.exit(f"There is no site in {SITE}: run `make book` first.")
    with serve(SITE) as site, launched() as browser:
        for kind, measure in timed.items():
            page = browser.new_page()
            page.goto(f"{site}{kind.home}.html")
            measure(kind(page))
            page.close()
