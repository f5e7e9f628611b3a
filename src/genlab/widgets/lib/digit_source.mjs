/** Where a widget's digit comes from: drawn by hand, or the next of a few test digits. */

import { button } from "./controls.mjs";
import { digitPicture } from "./digit.mjs";
import { element } from "./dom.mjs";
import { GRID } from "./math/ink.mjs";
import { toMnist } from "./math/mnist.mjs";
import { drawPad } from "./pad.mjs";
import { unpackPictures } from "./math/pixels.mjs";
import { fill } from "./strings.mjs";

/**
 * @typedef {object} SourceTexts
 * @property {string} pad @property {string} hint @property {string} keysHint of the drawing pad
 * @property {string} seen @property {string} seenCaption of the digit as networks see it
 * @property {string} next @property {string} clear the buttons
 * @property {string} givenSample @property {string} givenDrawing notes on what was given
 * @property {string} penDown @property {string} penUp
 * @typedef {object} SourceOptions
 * @property {string} samples packed test digits @property {string} labels their classes
 * @property {SourceTexts} texts @property {AbortSignal} signal
 * @property {(pixels: Float32Array, note: string, at: number) => void} onDigit hears 784 values, a
 *   note, and which of the samples it is: -1 for a drawing
 * @property {(note: string) => void} onNote
 */

export class DigitSource {
  #options;
  #samples;
  #at = 0;
  #seen;
  #pad;
  #figure;

  /** @param {SourceOptions} options */
  constructor(options) {
    const { texts, signal, onNote } = options;
    this.#options = options;
    this.#samples = unpackPictures(options.samples);
    this.#seen = digitPicture(texts.seen);
    this.#pad = drawPad({
      label: texts.pad,
      hint: texts.hint,
      keysHint: texts.keysHint,
      onInk: this.#drawn,
      onPen: (down) => onNote(down ? texts.penDown : texts.penUp),
      signal,
    });
    const paper = element("div", { class: "gl-paper" }, this.#seen.root);
    const attributes = { class: "gl-caption", "aria-hidden": "true" }; // the picture has a name
    const caption = element("div", attributes, texts.seenCaption);
    this.#figure = element("div", { class: "gl-seen" }, paper, caption);
    this.root = element("div", { class: "gl-source" }, this.#pad.root, this.#figure);
    this.buttons = element("div", { class: "gl-buttons" });
    this.buttons.append(
      button(texts.next, this.#next, signal),
      button(texts.clear, this.#pad.clear, signal),
    );
    this.#seen.show(this.#samples[0]);
  }

  /** Is this digit what the widget shows now? @param {boolean} current */
  setCurrent(current) {
    this.#figure.dataset.current = String(current);
  }

  /** Show a sample without telling of it, and return it. @param {number} at which one */
  choose(at) {
    this.#at = at;
    this.#pad.clear();
    this.#seen.show(this.#samples[at]);
    return this.#samples[at];
  }

  /** @param {Float32Array} pixels @param {string} note @param {number} at */
  #give(pixels, note, at) {
    this.#seen.show(pixels);
    this.#options.onDigit(pixels, note, at);
  }

  /** @param {Float32Array} ink */
  #drawn = (ink) => {
    const digit = toMnist(ink, GRID);
    if (digit) this.#give(digit, this.#options.texts.givenDrawing, -1);
  };

  #next = () => {
    const { texts, labels } = this.#options;
    const digit = this.choose((this.#at + 1) % this.#samples.length);
    this.#give(digit, fill(texts.givenSample, { digit: labels[this.#at] }), this.#at);
  };
}
