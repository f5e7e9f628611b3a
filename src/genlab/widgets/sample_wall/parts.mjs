/** The rows of the sample wall. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
import { drawInk } from "../lib/digit.mjs";
import { element } from "../lib/dom.mjs";
import { toInk } from "../lib/math/diffusion.mjs";
import { PIXELS, SIDE } from "../lib/math/mnist.mjs";
import { fill } from "../lib/strings.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */

/** A network's name, its samples, and how far they have come. */
export class Row {
  #texts;
  #name;
  #pictures;
  #wall;
  #cost = element("span", { class: "gl-row-cost" });
  #bar = element("div", { class: "gl-row-bar", "aria-hidden": "true" });
  #least = Infinity;
  /** What is drawn. @type {Float32Array | null} */
  #drawn = null;

  /** @param {string} name of the network @param {number} count of samples @param {Texts} texts */
  constructor(name, count, texts) {
    this.#name = name;
    this.#texts = texts;
    this.#pictures = Array.from({ length: count }, () =>
      element("canvas", { class: "gl-digit", width: SIDE, height: SIDE }),
    );
    // One picture to those who do not see it: eight names in each row would say nothing more.
    this.#wall = element("div", { class: "gl-row-pictures", role: "img" }, ...this.#pictures);
    const head = element("div", { class: "gl-row-head", "aria-hidden": "true" });
    head.append(element("span", { class: "gl-row-name" }, name), this.#cost);
    this.root = element("div", { class: "gl-row" }, head, this.#wall, this.#bar);
  }

  /**
   * @param {{ images: Float32Array, step: number, current: boolean }} seen images in [-1, 1], one
   *   after the other; after how many steps; are they what is wanted?
   * @param {{ step: number, steps: number, guess: boolean }} wanted
   */
  show({ images, step, current }, wanted) {
    const { steps, guess } = wanted;
    const words = { name: this.#name, count: this.#pictures.length, step, steps };
    this.#wall.setAttribute("aria-label", fill(guess ? this.#texts.rowGuesses : this.#texts.row, words));
    this.root.dataset.current = String(current);
    this.#bar.style.setProperty("--done", String(wanted.step ? step / wanted.step : 0));
    if (this.#drawn === images) return;
    this.#drawn = images;
    const ink = toInk(images);
    this.#pictures.forEach((picture, i) => drawInk(picture, ink.subarray(i * PIXELS, (i + 1) * PIXELS)));
  }

  /** What a step of all samples takes: the least is what nothing else disturbed. @param {number} milliseconds */
  showCost(milliseconds) {
    this.#least = Math.min(this.#least, milliseconds);
    this.#cost.textContent = fill(this.#texts.cost, { milliseconds: this.#least.toFixed(0) });
  }
}
