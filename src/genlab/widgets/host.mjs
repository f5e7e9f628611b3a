/** Brings the widgets of a page to life that has no kernel: each one where its picture stands. */

/** @import { HostState, Widget, WidgetRoot } from "./lib/types.mjs" */
import { createPageModel } from "./lib/page_model.mjs";
import { createService } from "./lib/service.mjs";

const service = createService(
  () => new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" }),
);

/** @type {Map<string, number>} */
const counts = new Map();

/** Instances are numbered by their order in the page. @param {string} name */
function nextInstance(name) {
  const number = (counts.get(name) ?? 0) + 1;
  counts.set(name, number);
  return `${name}-${number}`;
}

/** @param {WidgetRoot} root @param {string} instance */
async function mount(root, instance) {
  const module = `./${String(root.dataset.genlabWidget).replaceAll("-", "_")}.mjs`;
  const networks = JSON.parse(root.dataset.genlabNetworks ?? "{}");
  const stored = root.querySelector("script[type='application/json']");
  const state = { ...JSON.parse(stored?.textContent ?? "{}"), _instance: instance };
  const { default: widget } = /** @type {{ default: Widget<HostState> }} */ (await import(module));
  const model = createPageModel(state, async (network, shape, buffer) => {
    if (!Object.hasOwn(networks, network))
      throw new Error(`this page has no network "${network}", only ${Object.keys(networks).join(", ")}`);
    return service.run(new URL(`../onnx/${networks[network]}.onnx`, import.meta.url).href, shape, buffer);
  });
  const picture = root.querySelector(".gl-fallback");
  widget.render({ model, el: root });
  picture?.remove();
}

/** @param {WidgetRoot} root */
function start(root) {
  const instance = nextInstance(String(root.dataset.genlabWidget));
  mount(root, instance).catch((error) => {
    root.dataset.state = "error"; // the picture stays
    console.error(`${instance} could not be started:`, error);
  });
}

for (const root of document.querySelectorAll("[data-genlab-widget]"))
  start(/** @type {WidgetRoot} */ (root));
