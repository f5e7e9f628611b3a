/** The rows of the sample wall. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { Seen, Wanted } from "../lib/math/rows.mjs" */
/** @import { strings } from "./strings.mjs" */
import { element } from "../lib/dom.mjs";
import { RowPictures } from "../lib/rows.mjs";
import { fill } from "../lib/strings.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */

/** A network's name, its samples, and how far they have come. */
export class Row {
  #texts;
  #name;
  #count;
  #pictures;
  #cost = element("span", { class: "gl-row-cost" });
  #bar = element("div", { class: "gl-row-bar", "aria-hidden": "true" });
  #least = Infinity;

  /** @param {string} name of the network @param {number} count of samples @param {Texts} texts */
  constructor(name, count, texts) {
    this.#name = name;
    this.#count = count;
    this.#texts = texts;
    this.#pictures = new RowPictures(count);
    const head = element("div", { class: "gl-row-head", "aria-hidden": "true" });
    head.append(element("span", { class: "gl-row-name" }, name), this.#cost);
    this.root = element("div", { class: "gl-row" }, head, this.#pictures.root, this.#bar);
  }

  /** @param {Seen} seen @param {Wanted & { steps: number }} wanted */
  show({ images, step, current }, { guess, steps, ...wanted }) {
    const words = { name: this.#name, count: this.#count, step, steps };
    this.#pictures.show(images, fill(guess ? this.#texts.rowGuesses : this.#texts.row, words));
    this.root.dataset.current = String(current);
    this.#bar.style.setProperty("--done", String(wanted.step ? step / wanted.step : 0));
  }

  /** What a step of all samples takes: the least is what nothing else disturbed. @param {number} milliseconds */
  showCost(milliseconds) {
    this.#least = Math.min(this.#least, milliseconds);
    this.#cost.textContent = fill(this.#texts.cost, { milliseconds: this.#least.toFixed(0) });
  }
}
