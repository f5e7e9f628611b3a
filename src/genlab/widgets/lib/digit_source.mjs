/** Where a widget's digit comes from: drawn by hand, or the next of a few test digits. */

/** @import { Model } from "./types.mjs" */
/** @import { SharedTexts } from "./strings.mjs" */
import { button } from "./controls.mjs";
import { captioned, digitPicture } from "./digit.mjs";
import { element } from "./dom.mjs";
import { GRID } from "./math/ink.mjs";
import { toMnist } from "./math/mnist.mjs";
import { unpackPictures } from "./math/pixels.mjs";
import { drawPad } from "./pad.mjs";
import { fill } from "./strings.mjs";

/**
 * @typedef {object} SourceTexts
 * @property {string} seen @property {string} seenCaption of the digit as networks see it
 * @property {string} givenSample @property {string} givenDrawing notes on what was given
 * @typedef {object} Home the view that the digit is for
 * @property {Model<{ samples: string, sample_labels: string }>} model test digits, packed, and classes
 * @property {SharedTexts & SourceTexts} texts @property {AbortSignal} signal
 * @property {(note: string) => void} remark
 */

export class DigitSource {
  #onDigit;
  #texts;
  #samples;
  #labels;
  #at = 0;
  /** @type {Float32Array} */
  #shown;
  #seen;
  #pad;
  #figure;

  /**
   * @param {Home} home
   * @param {(pixels: Float32Array, note: string, at: number) => void} onDigit hears 784 values, a
   *   note, and which of the samples it is: -1 for a drawing
   */
  constructor(home, onDigit) {
    const { model, texts, signal } = home;
    this.#onDigit = onDigit;
    this.#texts = texts;
    this.#samples = unpackPictures(model.get("samples"));
    this.#labels = model.get("sample_labels");
    this.#seen = digitPicture(texts.seen);
    this.#pad = drawPad(home, this.#drawn);
    const paper = element("div", { class: "gl-paper" }, this.#seen.root);
    this.#figure = captioned(paper, texts.seenCaption);
    this.root = element("div", { class: "gl-source" }, this.#pad.root, this.#figure);
    this.buttons = element("div", { class: "gl-buttons" });
    this.buttons.append(
      button(texts.next, this.#next, signal),
      button(texts.clear, this.#pad.clear, signal),
    );
    this.#shown = this.#samples[0];
    this.#seen.show(this.#shown);
  }

  /** Give the digit that networks see another ink. @param {string} colour of CSS */
  tint(colour) {
    this.#seen.root.style.setProperty("--gl-ink", colour);
    this.#seen.show(this.#shown);
  }

  /** Is this digit what the widget shows now? @param {boolean} current */
  setCurrent(current) {
    this.#figure.dataset.current = String(current);
  }

  /** Show a sample without telling of it, and return it. @param {number} at which one */
  choose(at) {
    this.#at = at;
    this.#pad.clear();
    this.#show(this.#samples[at]);
    return this.#samples[at];
  }

  /** @param {Float32Array} pixels @param {string} note @param {number} at */
  #give(pixels, note, at) {
    this.#show(pixels);
    this.#onDigit(pixels, note, at);
  }

  /** @param {Float32Array} pixels */
  #show(pixels) {
    this.#shown = pixels;
    this.#seen.show(pixels);
  }

  /** @param {Float32Array} ink */
  #drawn = (ink) => {
    const digit = toMnist(ink, GRID);
    if (digit) this.#give(digit, this.#texts.givenDrawing, -1);
  };

  #next = () => {
    const digit = this.choose((this.#at + 1) % this.#samples.length);
    this.#give(digit, fill(this.#texts.givenSample, { digit: this.#labels[this.#at] }), this.#at);
  };
}
