/** The panels of the comparison. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { Seen, Wanted } from "../lib/math/rows.mjs" */
/** @import { strings } from "./strings.mjs" */
import { element } from "../lib/dom.mjs";
import { RowPictures } from "../lib/rows.mjs";
import { fill } from "../lib/strings.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {[parameters: number, multiplyAdds: number]} Cost of one image in one step */

/** @param {number} count @param {number} digits */
const millions = (count, digits) => ({ millions: (count / 1e6).toFixed(digits) });

/** A network's name, its samples, how far they have come, and what it costs. */
export class Panel {
  #texts;
  #name;
  #count;
  #pictures;
  #cost;
  #bar = element("div", { class: "gl-row-bar", "aria-hidden": "true" });
  #least = Infinity;

  /** @param {string} name of the network @param {number} count of samples @param {Cost} cost @param {Texts} texts */
  constructor(name, count, [parameters, multiplyAdds], texts) {
    this.#name = name;
    this.#count = count;
    this.#texts = texts;
    this.#pictures = new RowPictures(count);
    this.#cost = element("li", {}, texts.noCost);
    const costs = element("ul", { class: "gl-panel-costs" });
    costs.append(
      element("li", {}, fill(texts.parameters, millions(parameters, 2))),
      element("li", {}, fill(texts.multiplyAdds, millions(multiplyAdds, 1))),
      this.#cost,
    );
    const title = element("div", { class: "gl-panel-name", "aria-hidden": "true" }, name);
    const stage = element("div", { class: "gl-panel-stage" }, this.#pictures.root, this.#bar);
    this.root = element("div", { class: "gl-row gl-network", role: "group", "aria-label": name });
    this.root.append(title, stage, costs);
  }

  /** @param {Seen} seen @param {Wanted & { steps: number }} wanted */
  show({ images, step, current }, { guess, steps, ...wanted }) {
    const words = { name: this.#name, count: this.#count, step, steps };
    this.#pictures.show(images, fill(guess ? this.#texts.panelGuesses : this.#texts.panel, words));
    this.root.dataset.current = String(current);
    this.#bar.style.setProperty("--done", String(wanted.step ? step / wanted.step : 0));
  }

  /** What a step of all samples takes: the least is what nothing else disturbed. @param {number} milliseconds */
  showCost(milliseconds) {
    this.#least = Math.min(this.#least, milliseconds);
    this.#cost.textContent = fill(this.#texts.cost, { milliseconds: this.#least.toFixed(0) });
  }
}
