/** The parts of the zero-shot classifier: the labels as they are typed, and how well each fits. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
import { button } from "../lib/controls.mjs";
import { element, titled } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { labelsOf, twoDecimals } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ label: string, cosine: number, probability: number }} Fit  how well a label fits */

export const SHOWN = 6; // bars

/** A field with a label a line, and buttons for ready ones. */
export class LabelField {
  #input;
  /** The labels of the model that the field follows already. */
  #shown = "";

  /**
   * @param {{ texts: Texts, signal: AbortSignal }} home @param {(typed: string) => void} onType
   * @param {{ text: string, labels: string }[]} ready labels that a button fills in
   */
  constructor({ texts, signal }, onType, ready) {
    const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
    const input = element("textarea", { class: "gl-lines", rows: 4, ...plain });
    this.#input = input;
    input.addEventListener("input", () => onType(input.value), { signal });
    // JupyterLab has shortcuts on keys, and runs the cell on some.
    input.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    const buttons = element("div", { class: "gl-buttons" });
    const fillIn = (/** @type {string} */ labels) => {
      input.value = labels;
      onType(labels);
    };
    buttons.append(...ready.map(({ text, labels }) => button(text, () => fillIn(labels), signal)));
    const field = element("label", { class: "gl-field" }, element("span", {}, texts.labelsName), input);
    this.root = element("div", { class: "gl-labels" }, field, buttons);
  }

  /**
   * Follow the model. What is typed already stays: a capital, say, is the same label, and who types
   * on is ahead of the answers.
   * @param {string} labels
   */
  show(labels) {
    if (labels === this.#shown) return;
    this.#shown = labels;
    if (labelsOf(this.#input.value).join("\n") !== labels) this.#input.value = labels;
  }

  /** Is something wrong with what is typed? @param {boolean} wrong */
  mark(wrong) {
    this.#input.setAttribute("aria-invalid", String(wrong));
  }
}

/** The likeliest labels, a row each: cosine, probability and a bar. */
export class LabelBars {
  #texts;
  #list;

  /** @param {Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    this.#list = element("ol", { class: "gl-fits", "aria-label": texts.likely });
    const columns = element("div", { class: "gl-fit-head", "aria-hidden": "true" });
    columns.append(element("span", {}, texts.cosine), element("span", {}, texts.probability));
    const legend = element("p", { class: "gl-legend" }, fill(texts.likelyLegend, { most: SHOWN }));
    this.root = titled("gl-fitting", texts.likely, columns, this.#list, legend);
  }

  /** @param {Fit[]} fits the likeliest first */
  show(fits) {
    this.#list.replaceChildren(...fits.slice(0, SHOWN).map((fit) => this.#row(fit)));
  }

  /** @param {Fit} fit */
  #row({ label, cosine, probability }) {
    const [near, share] = [cosine, probability].map(twoDecimals);
    const told = fill(this.#texts.row, { label, cosine: near, probability: share });
    const row = element("li", { class: "gl-fit", style: `--share: ${probability}` });
    const seen = element("span", { class: "gl-fit-seen", "aria-hidden": "true" });
    seen.append(
      element("span", { class: "gl-fit-label", title: label }, label),
      element("span", { class: "gl-fit-number" }, near),
      element("span", { class: "gl-fit-number" }, share),
      element("span", { class: "gl-fit-bar" }),
    );
    row.append(seen, element("span", { class: "gl-hidden" }, told));
    return row;
  }
}
