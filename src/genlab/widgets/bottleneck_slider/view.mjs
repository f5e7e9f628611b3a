/**
 * The bottleneck slider: a row of test digits, below them what autoencoders of more and more latent
 * numbers rebuild, and a digit of one's own.
 *
 * Size and row live in the model; everything on show follows them. Only the networks of the chosen
 * size are asked for, so only they are loaded.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { button } from "../lib/controls.mjs";
import { element } from "../lib/dom.mjs";
import { PIXELS } from "../lib/math/mnist.mjs";
import { join, meanSquaredError, split, unpackPictures } from "../lib/math/pixels.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { compressionRatio, rowSpan } from "./math.mjs";
import { DigitRow, inNumbers, numbers, OwnDigit } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} latent_size how many numbers the bottleneck has
 * @property {number} row which digits are shown, from 1
 * @property {number[]} sizes for which there is a model
 * @property {number[]} rows how many digits each row has
 * @property {string} samples the digits of all rows, packed @property {string} sample_labels
 * @property {{ size: number, row: number, codes: number[], pixels: string }} stored what the first
 *   size makes of the first row, the pictures packed
 * @typedef {Values & HostState} State
 *
 * @typedef {object} Pass what one pass through the networks takes
 * @property {number} size @property {number} row
 * @property {Float32Array[]} inputs the digits of the row, then the drawing if there is one
 */

/** @extends {View<State, Texts>} */
class BottleneckSlider extends View {
  /** What is shown, for the status line. */
  #shown = { size: 0, row: 0, error: 0, ofDrawing: NaN };
  #samples = unpackPictures(this.model.get("samples"));
  #digits = new DigitRow(this.texts);
  #own = new OwnDigit(this, () => this.#drawn());
  #slider = inNumbers(
    this.scrubber("size", { name: this.texts.sizeName, label: this.texts.size }),
    this.texts,
  );

  get #size() {
    return this.model.get("latent_size");
  }

  get #row() {
    return this.model.get("row");
  }

  get #span() {
    return rowSpan(this.model.get("rows"), this.#row);
  }

  get #isCurrent() {
    return this.#shown.size === this.#size && this.#shown.row === this.#row;
  }

  arrange() {
    const { signal, texts } = this;
    const buttons = element("div", { class: "gl-buttons" });
    if (this.model.get("rows").length > 1)
      buttons.append(button(texts.next, () => this.advance("row"), signal));
    buttons.append(button(texts.clear, this.#own.clear, signal));
    const legend = element("p", { class: "gl-legend" }, texts.legend);
    const words = element("div", { class: "gl-words" }, legend, buttons);
    const foot = element("div", { class: "gl-bench" }, this.#own.root, words);
    const root = element("div", { class: "gl-body" });
    root.append(this.#slider.root, this.#digits.root, foot);
    return root;
  }

  showStored() {
    if (!this.isStored) return;
    const { size, row, codes, pixels } = this.model.get("stored");
    const pass = { size, row, inputs: this.#samples.slice(...this.#span) };
    this.#showPass(pass, Float32Array.from(codes), join(unpackPictures(pixels)));
  }

  /** Slider and digits at once; their reconstructions come when they are computed. */
  show() {
    this.#slider.show(this.#size);
    this.update();
    if (this.#row === this.#shown.row) return;
    const labels = this.model.get("sample_labels").slice(...this.#span);
    this.#digits.setDigits(this.#samples.slice(...this.#span), labels);
  }

  async ask() {
    const pass = { size: this.#size, row: this.#row, inputs: this.#samples.slice(...this.#span) };
    if (this.#own.pixels) pass.inputs.push(this.#own.pixels);
    const count = pass.inputs.length;
    const codes = await this.answer(`encoder-${pass.size}`, join(pass.inputs), [count, 1, 28, 28]);
    if (!codes || !this.#isWanted(pass)) return;
    const rebuilt = await this.answer(`decoder-${pass.size}`, codes, [count, pass.size]);
    if (rebuilt && this.#isWanted(pass)) this.#showPass(pass, codes, rebuilt);
  }

  /** @param {Pass} pass */
  #isWanted = ({ size, row }) => size === this.#size && row === this.#row;

  /** @param {Pass} pass @param {Float32Array} codes @param {Float32Array} rebuilt */
  #showPass({ size, row, inputs }, codes, rebuilt) {
    const pictures = split(rebuilt, PIXELS);
    const count = this.model.get("rows")[row - 1];
    this.#digits.show(split(codes, size).slice(0, count), pictures);
    const error = meanSquaredError(join(inputs.slice(0, count)), rebuilt);
    const drawn = inputs.length > count && this.#own.pixels;
    if (drawn) this.#own.show(pictures[count]);
    const ofDrawing = drawn ? meanSquaredError(inputs[count], pictures[count]) : NaN;
    this.#shown = { size, row, error, ofDrawing };
    this.update();
  }

  #drawn() {
    this.remark("");
    if (this.#own.pixels) this.refresh();
    else this.#shown.ofDrawing = NaN;
  }

  /** What is shown counts, so "ready" waits for the decoder too. */
  get state() {
    return super.state === "error" || this.#isCurrent ? super.state : "loading";
  }

  update() {
    super.update();
    this.#digits.root.dataset.current = String(this.#isCurrent);
  }

  facts() {
    const [{ size, error }, { texts }] = [this.#shown, this];
    if (!size) return [];
    return [
      { name: texts.pixelsToName, value: fill(texts.pixelsTo, { size }) },
      { name: texts.errorName, value: error.toFixed(4) },
    ];
  }

  describe() {
    const { size, error, ofDrawing } = this.#shown;
    const at = fill(this.texts.at, {
      ...{ size, numbers: numbers(size, this.texts), ratio: compressionRatio(size) },
      error: error.toFixed(4),
    });
    const own = ofDrawing >= 0 ? fill(this.texts.ofDrawing, { error: ofDrawing.toFixed(4) }) : "";
    return `${at} ${own}`;
  }
}

export default widget("bottleneck-slider", BottleneckSlider, strings);
