/** The parts of the objective explorer: the pictures, the table of errors, the curves. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
/** @import { Reading, Scene } from "./math.mjs" */
/** @import { PredictionType } from "../lib/math/diffusion.mjs" */
import { toInk } from "../lib/math/diffusion.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { element, svg } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { errorText, least } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ name: string, type: PredictionType }} Named a network */

/** @param {string} text @param {string} name @param {string} kind */
const captioned = (text, name, kind) => {
  const picture = digitPicture(name);
  // The picture has a name of its own.
  const caption = element("div", { class: "gl-caption", "aria-hidden": "true" }, text);
  const root = element("div", { class: "gl-shot", "data-kind": kind }, picture.root, caption);
  return { root, caption, show: (/** @type {Float32Array} */ values) => picture.show(toInk(values)) };
};

/** The inputs, and a column of three pictures for each network. */
export class Pictures {
  #inputs;
  #columns;
  #texts;

  /** @param {Named[]} networks @param {Texts} texts */
  constructor(networks, texts) {
    this.#texts = texts;
    this.#inputs = {
      x0: captioned(texts.x0, texts.x0, "input"),
      eps: captioned(texts.eps, texts.eps, "input"),
      xt: captioned(texts.xt, texts.xt, "input"),
    };
    this.#columns = networks.map(({ name }) => ({
      target: captioned(texts.target, fill(texts.targetOf, { name }), "target"),
      output: captioned(texts.output, fill(texts.outputOf, { name }), "output"),
      x0: captioned(texts.guess, fill(texts.guessOf, { name }), "guess"),
    }));
    this.root = element("div", { class: "gl-matrix", style: `--gl-columns: ${networks.length + 1}` });
    this.root.append(
      column(element("div", { class: "gl-title" }, texts.inputs), Object.values(this.#inputs)),
      ...networks.map((one, i) => column(heading(one, i, texts), Object.values(this.#columns[i]))),
    );
  }

  /** @param {Scene} scene @param {Reading[]} readings */
  show(scene, readings) {
    for (const form of /** @type {const} */ (["x0", "eps", "xt"])) this.#inputs[form].show(scene[form]);
    this.#inputs.xt.caption.textContent = fill(this.#texts.xtAt, { t: scene.t });
    readings.forEach((reading, i) => {
      for (const part of /** @type {const} */ (["target", "output", "x0"]))
        this.#columns[i][part].show(reading[part]);
    });
  }
}

/** @param {HTMLElement} title @param {{ root: HTMLElement }[]} shots */
const column = (title, shots) =>
  element("div", { class: "gl-column" }, title, ...shots.map(({ root }) => root));

/** @param {Named} network @param {number} index @param {Texts} texts */
function heading({ name, type }, index, texts) {
  // A reader's own network has a name of its own; the course's are named by what they predict.
  const text = name === type ? name : fill(texts.otherName, { name, type });
  return element("div", { class: "gl-title" }, ...breakable(text), swatch(index));
}

/** On a phone a name goes on behind its underscore. @param {string} text */
const breakable = (text) => text.split("_").flatMap((part, i) => (i ? ["_", element("wbr"), part] : [part]));

/** A piece of the line that a network has in the curves. @param {number} index */
function swatch(index) {
  const line = svg("line", { x1: 1, y1: 4, x2: 27, y2: 4, class: `gl-line gl-line-${index}` });
  return svg("svg", { class: "gl-swatch", viewBox: "0 0 28 8", "aria-hidden": "true" }, line);
}

const COLUMNS = /** @type {const} */ (["own", "x0", "eps"]);

/** Errors of the networks; the least of a column is marked in words. */
export class ErrorTable {
  #cells;
  #texts;

  /** @param {Named[]} networks @param {Texts} texts */
  constructor(networks, texts) {
    this.#texts = texts;
    const heads = [texts.network, texts.own, texts.inX0, texts.inEps];
    const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
    const body = element("tbody");
    this.#cells = networks.map(({ name }, index) => {
      const cells = COLUMNS.map(() => element("td"));
      const title = element("th", { scope: "row" }, name, swatch(index));
      body.append(element("tr", {}, title, ...cells));
      return cells;
    });
    const caption = element("caption", {}, texts.table);
    this.root = element("table", { class: "gl-errors" }, caption, element("thead", {}, head), body);
  }

  /** @param {Reading[]} readings */
  show(readings) {
    COLUMNS.forEach((name, column) => {
      const errors = readings.map((reading) => reading.errors[name]);
      // Targets of different kinds cannot be compared, and there is no best of one.
      const best = name === "own" || errors.length < 2 ? -1 : least(errors);
      errors.forEach((error, i) => this.#fill(this.#cells[i][column], error, i === best));
    });
  }

  /** @param {HTMLElement} cell @param {number} error @param {boolean} best */
  #fill(cell, error, best) {
    const text = errorText(error);
    if (!best) return cell.replaceChildren(text);
    const mark = element("span", { class: "gl-least" }, this.#texts.least);
    cell.replaceChildren(element("strong", {}, text), " ", mark);
  }
}
