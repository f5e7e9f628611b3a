/** The parts of the next-token explorer: the likely tokens, the sliders, the heads of a layer. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { View } from "../lib/view.mjs" */
/** @import { strings } from "./strings.mjs" */
/** @import { State } from "./view.mjs" */
import { sliderRow } from "../lib/controls.mjs";
import { element, freshId, radio, titled } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { percent, stopFor } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {View<State, Texts>} Home the view that a part is in */
/** @typedef {{ symbol: string, raw: number, share: number }} Candidate */

export const SHOWN = 10;

/** Bars of the most likely tokens; each is a button that appends its token. */
export class Candidates {
  #rows;

  /** @param {Home} home @param {(index: number) => void} onPick */
  constructor({ texts, signal }, onPick) {
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
    this.root = titled("gl-next", texts.candidates, list, legend);
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

/** The three settings of sampling. */
export class SamplingSliders {
  #temperature;
  #topK;
  #topP;
  #stops;

  /** @param {Home} home @param {number[]} stops of top-k */
  constructor(home, stops) {
    const { texts } = home;
    const last = stops.length - 1;
    this.#stops = stops;
    this.#temperature = home.slider("temperature", {
      ...{ name: texts.temperatureName, label: texts.temperature, step: 0.05 },
      format: (value) => (value === 0 ? texts.greedy : value.toFixed(2)),
    });
    this.#topK = sliderRow({
      ...{ name: texts.topKName, label: texts.topK, min: 0, max: last, step: 1 },
      format: (index) => (index === last ? texts.all : String(stops[index])),
      onInput: (index) => home.choose({ top_k: stops[index] }),
      signal: home.signal,
    });
    this.#topP = home.slider("top_p", {
      // From its first step on: whole steps end at 1.
      ...{ name: texts.topPName, label: texts.topP, min: 0.05, step: 0.05 },
      format: (value) => value.toFixed(2),
    });
    this.root = element("div", { class: "gl-sliders" });
    this.root.append(this.#temperature.root, this.#topK.root, this.#topP.root);
  }

  /** @param {{ temperature: number, topK: number, topP: number }} settings */
  show({ temperature, topK, topP }) {
    this.#temperature.show(temperature);
    this.#topK.show(stopFor(this.#stops, topK));
    this.#topP.show(topP);
  }
}

/** The heads of one layer, each a row of shades over the prefix's tokens. */
export class Heads {
  #strips;
  #tokens = element("div", { class: "gl-strip gl-strip-tokens", "aria-hidden": "true" });
  #layer;

  /** @param {Home} home */
  constructor(home) {
    const { model, texts, signal } = home;
    const [layers, heads] = [model.get("layers"), model.get("heads")];
    const format = (/** @type {number} */ layer) => fill(texts.layerOf, { layer, layers });
    this.#layer = home.slider("layer", { name: texts.layerName, label: texts.layer, format });
    const name = freshId();
    this.#strips = Array.from({ length: heads }, (_, index) => {
      const head = index + 1;
      const input = radio({ name, value: head }, () => home.choose({ head }), signal);
      const strip = element("span", { class: "gl-strip", "aria-hidden": "true" });
      const text = element("span", {}, fill(texts.head, { head }));
      return { input, strip, row: element("label", { class: "gl-head" }, input, text, strip) };
    });
    const group = element("div", { role: "radiogroup", "aria-label": texts.heads });
    group.append(...this.#strips.map(({ row }) => row));
    const field = element("div", { class: "gl-heads" }, this.#tokens, group);
    this.root = titled("gl-attention", texts.attention, this.#layer.root, field);
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
