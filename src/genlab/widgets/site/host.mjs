/**
 * Brings the widgets of a page to life that has no kernel: each one where its picture stands.
 *
 * The site's build joins this file and the views of a page's widgets to one script, page-....mjs
 * beside it: two dozen round trips less.
 */

/** @import { HostState, Widget, WidgetRoot } from "../lib/types.mjs" */
import { fill, pickStrings } from "../lib/strings.mjs";
import { PROGRAM } from "./downloads.mjs";
import { PageModel } from "./page_model.mjs";
import { InferenceService } from "./service.mjs";
import { strings } from "./strings.mjs";
import { lacking, savesData, soon, whenIdle, whenNear, whenWanted, workerOf } from "./surroundings.mjs";

const texts = pickStrings(strings, document.documentElement.lang);
const { startWorker, whyNot } = workerOf(new URL("./worker.mjs", import.meta.url));
const service = new InferenceService(
  {
    ...{ startWorker, whyNot, lacking, program: PROGRAM },
    sizes: JSON.parse(document.querySelector("meta[name=genlab-sizes]")?.getAttribute("content") ?? "{}"),
  },
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

/** Which of the site's networks are a widget's own, by its names for them. @param {WidgetRoot} root */
function networksOf(root) {
  /** @type {Record<string, string>} */
  const names = JSON.parse(root.dataset.genlabNetworks ?? "{}");
  const url = (/** @type {string} */ name) => new URL(`../../onnx/${name}.onnx`, import.meta.url).href;
  return Object.fromEntries(Object.entries(names).map(([own, name]) => [own, url(name)]));
}

/** What the page stores of a widget. @param {WidgetRoot} root @param {string} instance */
function readModel(root, instance) {
  const stored = root.querySelector("script[type='application/json']");
  /** @type {HostState} */
  const state = { ...JSON.parse(stored?.textContent ?? "{}"), _instance: instance };
  const networks = networksOf(root);
  return new PageModel(state, async (network, shapes, buffers, onProgress) => {
    if (!Object.hasOwn(networks, network)) {
      const known = Object.keys(networks).join(texts.comma);
      throw new Error(fill(texts.noNetwork, { network, known }));
    }
    return service.run(networks[network], shapes, buffers, onProgress);
  });
}

/** @param {WidgetRoot} root @param {string} instance @param {Widget<HostState> | undefined} widget */
function start(root, instance, widget) {
  try {
    if (!widget) throw new Error(`the page's script has no such widget: ${root.dataset.genlabWidget}`);
    widget.render({ model: readModel(root, instance), el: root });
    root.querySelector(".gl-fallback")?.remove();
  } catch (error) {
    console.error(`${instance} could not be started:`, error);
    // The picture stays; the page's own script says so beside it.
    root.dispatchEvent(new Event("genlab:missing", { bubbles: true }));
  }
}

/**
 * Brings all widgets of the page to life.
 * @param {Record<string, Widget<HostState>>} widgets by name: those that the page's script has
 */
export function bringToLife(widgets) {
  const roots = /** @type {WidgetRoot[]} */ ([...document.querySelectorAll("[data-genlab-widget]")]);
  for (const root of roots) {
    const name = String(root.dataset.genlabWidget);
    const instance = nextInstance(name);
    // One after the other, so that a page with three does not stand still while they are drawn.
    whenWanted(root, () => soon(() => start(root, instance, widgets[name])));
  }

  // What a touch will need is fetched ahead: the runtime when the page is done, networks when near.
  const asking = roots.filter((root) => Object.keys(networksOf(root)).length);
  if (asking.length && !savesData())
    whenIdle(() => {
      service.expect();
      whenNear(asking, (root) => service.expect(Object.values(networksOf(root))));
    });
}
