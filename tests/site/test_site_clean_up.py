"""When a widget is taken away, nothing of it is left: no element, no listener, no timer."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.site

# The UNet tracer and the attention viewer have tests of their own: they run, or are pointed at.
PAGES = {
    "latent_explorer": "book/latents/latent-space",
    "bottleneck_slider": "book/latents/autoencoders",
    "beta_slider": "book/latents/vae",
    "timestep_scrubber": "book/diffusion/noise",
    "objective_explorer": "book/diffusion/objectives",
    "next_token_explorer": "book/transformers/language-models",
}


@pytest.mark.parametrize("module", list(PAGES))
def test_clean_up_leaves_nothing(open_page: Any, module: str) -> None:
    page: Page = open_page(PAGES[module])
    page.wait_for_selector(f"[data-genlab-widget={module.replace('_', '-')}] .gl-status")
    left = page.evaluate(CLEAN_UP, module)
    assert left["before"]["children"] == 1 and left["before"]["listeners"] > 3
    assert left["after"] == {"children": 0, "listeners": 0, "handle": False}
    assert left["calls"] == 0, "a control still reached the model after the clean-up"


# Mounts the module over a model that counts, cleans up, and touches what was on show.
CLEAN_UP = """async (module) => {
  const root = new URL(document.documentElement.dataset.content_root, location);
  const { default: widget } = await import(new URL(`_genlab/widgets/${module}/view.mjs`, root));
  const name = module.replaceAll("_", "-");
  const stored = document.querySelector(`[data-genlab-widget=${name}] > script`);
  const values = JSON.parse(stored.textContent);
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
  const controls = "[role=application], [role=grid], .gl-curves, input, select, button";
  const touched = [...el.querySelectorAll(controls)];
  cleanUp();
  const after = count();
  calls = 0;
  for (const node of touched) {
    document.body.append(node); // events reach what is in the page
    node.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
    node.dispatchEvent(new Event("input"));
    node.dispatchEvent(new Event("change"));
    node.click();
  }
  await new Promise((done) => setTimeout(done, 400)); // the longest of its timers is 250 ms
  return { before, after, calls };
}"""
