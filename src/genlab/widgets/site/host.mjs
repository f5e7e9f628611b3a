/** Brings the widgets of a page to life that has no kernel: each one where its picture stands. */

/** @import { HostState, Widget, WidgetRoot } from "../lib/types.mjs" */
import { fill, pickStrings } from "../lib/strings.mjs";
import { PageModel } from "./page_model.mjs";
import { InferenceService } from "./service.mjs";
import { strings } from "./strings.mjs";

const { lang } = document.documentElement;
const texts = pickStrings(strings, lang);
const service = new InferenceService(
  // Its name tells the worker, which sees no document, in which language to speak.
  () => new Worker(new URL("./worker.mjs", import.meta.url), { type: "module", name: lang }),
  texts,
);

/** @type {Map<string, number>} */
const counts = new Map();

/** Instances are numbered by their order in the page. @param {string} name */
function nextInstance(name) {
  const number = (counts.get(name) ?? 0) + 1;
  counts.set(name, number);
  return `${name}-${number}`;
}

/**
 * What the page stores of a widget: its state and which of the site's networks are its own.
 * @param {WidgetRoot} root @param {string} instance
 */
function readModel(root, instance) {
  const stored = root.querySelector("script[type='application/json']");
  /** @type {HostState} */
  const state = { ...JSON.parse(stored?.textContent ?? "{}"), _instance: instance };
  /** @type {Record<string, string>} */
  const networks = JSON.parse(root.dataset.genlabNetworks ?? "{}");
  return new PageModel(state, async (network, shapes, buffers) => {
    if (!Object.hasOwn(networks, network)) {
      const known = Object.keys(networks).join(texts.comma);
      throw new Error(fill(texts.noNetwork, { network, known }));
    }
    const url = new URL(`../../onnx/${networks[network]}.onnx`, import.meta.url);
    return service.run(url.href, shapes, buffers);
  });
}

/** @param {WidgetRoot} root @param {string} instance */
async function mount(root, instance) {
  const module = `../${String(root.dataset.genlabWidget).replaceAll("-", "_")}/view.mjs`;
  const { default: widget } = /** @type {{ default: Widget<HostState> }} */ (await import(module));
  widget.render({ model: readModel(root, instance), el: root });
  root.querySelector(".gl-fallback")?.remove();
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
