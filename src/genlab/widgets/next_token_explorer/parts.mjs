/** The parts of the next-token explorer: the likely tokens, the sliders, the heads of a layer. */

/** @import { strings } from "./strings.mjs" */
import { sliderRow } from "../lib/controls.mjs";
import { element, freshId } from "../lib/dom.mjs";
import { percent, stopFor } from "./math.mjs";
import { fill } from "../lib/strings.mjs";

/** @typedef {typeof strings.en} Texts */
/** @typedef {{ symbol: string, raw: number, share: number }} Candidate */

export const SHOWN = 10;

/** @param {string} text @param {Node[]} content @param {string} name of the class */
function titled(text, name, ...content) {
  const title = element("div", { class: "gl-title" }, text);
  return element("div", { class: name }, title, ...content);
}

/** Bars of the most likely tokens; each is a button that appends its token. */
export class Candidates {
  #rows;

  /** @param {{ texts: Texts, onPick: (index: number) => void, signal: AbortSignal }} options */
  constructor({ texts, onPick, signal }) {
    this.#rows = Array.from({ length: SHOWN }, (_, index) => {
      const parts = ["symbol", "bar", "share"].map((name) =>
        element("span", { class: `gl-token-${name}` }),
      );
      const button = element("button", { type: "button", class: "gl-token" }, ...parts);
      button.addEventListener("click", () => onPick(index), { signal });
      return { button, symbol: parts[0], share: parts[2], item: element("li", {}, button) };
    });
    const list = element("ol", { class: "gl-tokens", "aria-label": texts.candidates });
    list.append(...this.#rows.map(({ item }) => item));
    const legend = element("p", { class: "gl-legend" }, texts.legend);
    this.root = titled(texts.candidates, "gl-next", list, legend);
  }

  /** @param {Candidate[]} candidates @param {string} prefix that they belong to */
  show(candidates, prefix) {
    this.#rows.forEach(({ button, symbol, share, item }, index) => {
      const one = candidates[index];
      item.hidden = !one;
      if (!one) return;
      button.style.setProperty("--raw", String(one.raw));
      button.style.setProperty("--share", String(one.share));
      symbol.textContent = one.symbol;
      share.textContent = percent(one.share);
    });
    this.root.dataset.prefix = prefix;
  }
}

/**
 * The three settings of sampling.
 * @param {{ texts: Texts, stops: number[], signal: AbortSignal,
 *   onSet: (key: "temperature" | "top_k" | "top_p", value: number) => void }} options
 */
export function samplingSliders({ texts, stops, onSet, signal }) {
  const last = stops.length - 1;
  const temperature = sliderRow({
    ...{ name: texts.temperatureName, label: texts.temperature, min: 0, max: 3, step: 0.05 },
    format: (value) => (value === 0 ? texts.greedy : value.toFixed(2)),
    onInput: (value) => onSet("temperature", value),
    signal,
  });
  const topK = sliderRow({
    ...{ name: texts.topKName, label: texts.topK, min: 0, max: last, step: 1 },
    format: (index) => (index === last ? texts.all : String(stops[index])),
    onInput: (index) => onSet("top_k", stops[index]),
    signal,
  });
  const topP = sliderRow({
    ...{ name: texts.topPName, label: texts.topP, min: 0.05, max: 1, step: 0.05 },
    format: (value) => value.toFixed(2),
    onInput: (value) => onSet("top_p", value),
    signal,
  });
  const root = element("div", { class: "gl-sliders" }, temperature.root, topK.root, topP.root);

  /** @param {{ temperature: number, topK: number, topP: number }} settings */
  function show(settings) {
    temperature.show(settings.temperature);
    topK.show(stopFor(stops, settings.topK));
    topP.show(settings.topP);
  }
  return { root, show };
}

/** The heads of one layer, each a row of shades over the prefix's tokens. */
export class Heads {
  #strips;
  #tokens = element("div", { class: "gl-strip gl-strip-tokens", "aria-hidden": "true" });
  #layer;

  /**
   * @param {{ texts: Texts, layers: number, heads: number, onLayer: (layer: number) => void,
   *   onHead: (head: number) => void, signal: AbortSignal }} options
   */
  constructor({ texts, layers, heads, onHead, onLayer, signal }) {
    this.#layer = sliderRow({
      ...{ name: texts.layerName, label: texts.layer, min: 1, max: layers, step: 1 },
      format: (layer) => fill(texts.layerOf, { layer, layers }),
      onInput: onLayer,
      signal,
    });
    const name = freshId();
    this.#strips = Array.from({ length: heads }, (_, index) => {
      const input = element("input", { type: "radio", name, value: index + 1 });
      input.addEventListener("change", () => onHead(index + 1), { signal });
      const strip = element("span", { class: "gl-strip", "aria-hidden": "true" });
      const text = element("span", {}, fill(texts.head, { head: index + 1 }));
      return { input, strip, row: element("label", { class: "gl-head" }, input, text, strip) };
    });
    const group = element("div", { role: "radiogroup", "aria-label": texts.heads });
    group.append(...this.#strips.map(({ row }) => row));
    const field = element("div", { class: "gl-heads" }, this.#tokens, group);
    this.root = titled(texts.attention, "gl-attention", this.#layer.root, field);
  }

  /** @param {string[]} tokens @param {number[][]} weights a row a head @param {number} layer @param {number} chosen */
  show(tokens, weights, layer, chosen) {
    this.#layer.show(layer);
    this.#tokens.replaceChildren(...tokens.map((token) => element("span", {}, token)));
    this.root.style.setProperty("--tokens", String(tokens.length));
    this.#strips.forEach(({ input, strip }, index) => {
      input.checked = index + 1 === chosen;
      const cells = weights[index].map((weight) =>
        element("span", { style: `--weight: ${weight.toFixed(3)}`, title: weight.toFixed(2) }),
      );
      strip.replaceChildren(...cells);
    });
  }
}
