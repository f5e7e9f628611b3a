"""A widget's module mounted once more, over a model that counts what reaches it."""

from typing import Any

from playwright.sync_api import Page

# The state is that of the page's first; as in a kernel, there is no instance.
MOUNT = """async ([name, host]) => {
  const root = new URL(document.documentElement.dataset.content_root, location);
  const module = `_genlab/widgets/${name.replaceAll("-", "_")}/view.mjs`;
  const { default: widget } = await import(new URL(module, root));
  const stored = document.querySelector(`[data-genlab-widget=${name}] > script`);
  const values = JSON.parse(stored.textContent);
  if (host === "page") values._instance = `${name}-2`;
  const listeners = [];
  const emit = (event) => listeners.filter(([one]) => one === event).forEach(([, hear]) => hear());
  const second = { calls: 0, listeners, values, emit };
  const model = {
    get: (key) => values[key],
    set(key, value) {
      second.calls += 1;
      values[key] = value;
      emit(`change:${key}`);
    },
    save_changes() { second.calls += 1; },
    send() { second.calls += 1; },
    on: (event, listener) => listeners.push([event, listener]),
    off(event, listener) {
      const at = listeners.findIndex((one) => one[0] === event && one[1] === listener);
      if (at >= 0) listeners.splice(at, 1);
    },
  };
  second.el = document.querySelector("article").appendChild(document.createElement("div"));
  second.cleanUp = widget.render({ model, el: second.el });
  window.second = second;
}"""

# Touches what was on show, after the clean-up.
LEAVE = """async () => {
  const { el, cleanUp, listeners } = window.second;
  const count = () => ({
    children: el.childElementCount, listeners: listeners.length, handle: "genlab" in el });
  const before = count();
  const controls = "[role=application], [role=grid], .gl-curves, .gl-tokens, .gl-token, .gl-rows, "
    + "input, select, button";
  const touched = [...el.querySelectorAll(controls)];
  cleanUp();
  const after = count();
  window.second.calls = 0;
  for (const node of touched) {
    document.body.append(node); // events reach what is in the page
    for (const key of [" ", "Enter", "ArrowRight"])
      node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    for (const name of ["input", "change", "pointerleave"])
      node.dispatchEvent(new Event(name, { bubbles: true }));
    node.click();
  }
  await new Promise((done) => setTimeout(done, 400)); // the longest of its timers is 250 ms
  for (const node of touched) node.remove();
  el.remove();
  return { before, after, calls: window.second.calls };
}"""


def mount(page: Page, name: str, host: str) -> None:
    """Mount the widget below the article; `window.second` holds its model.

    Args:
        page: a page that has the widget.
        name: the widget's.
        host: "page" for a second instance of the page, "kernel" for one of a notebook.
    """
    page.evaluate(MOUNT, [name, host])


def mount_and_clean_up(page: Page, name: str, host: str) -> dict[str, Any]:
    """What is there before and after the clean-up, and how often the model was called after it."""
    mount(page, name, host)
    return page.evaluate(LEAVE)
