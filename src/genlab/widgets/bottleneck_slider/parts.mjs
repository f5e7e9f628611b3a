/** The parts of the bottleneck slider: the row of digits, one's own digit, the slider. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
/** @import { rangeSlider } from "../lib/controls.mjs" */
import { captioned, digitPicture, drawInk } from "../lib/digit.mjs";
import { element } from "../lib/dom.mjs";
import { GRID } from "../lib/math/ink.mjs";
import { PIXELS, toMnist } from "../lib/math/mnist.mjs";
import { drawPad } from "../lib/pad.mjs";
import { fill } from "../lib/strings.mjs";
import { shades } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */

const BLANK = new Float32Array(PIXELS);

/** Test digits, below each its code and its reconstruction. */
export class DigitRow {
  #texts;
  /** @type {{ code: HTMLCanvasElement, rebuilt: ReturnType<typeof digitPicture> }[]} */
  #pairs = [];

  /** @param {Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    this.root = element("div", { class: "gl-pairs" });
  }

  /** @param {Float32Array[]} pictures @param {string} labels */
  setDigits(pictures, labels) {
    this.root.replaceChildren();
    this.#pairs = pictures.map((picture, index) => {
      const digit = labels[index];
      const original = digitPicture(fill(this.#texts.original, { digit }));
      const rebuilt = digitPicture(fill(this.#texts.rebuilt, { digit }));
      const code = element("canvas", { class: "gl-code", height: 1, "aria-hidden": "true" });
      this.root.append(element("div", { class: "gl-pair" }, original.root, code, rebuilt.root));
      original.show(picture);
      return { code, rebuilt };
    });
  }

  /** @param {Float32Array[]} codes @param {Float32Array[]} rebuilt */
  show(codes, rebuilt) {
    const levels = shades(codes);
    this.#pairs.forEach((pair, index) => {
      pair.code.width = levels[index].length;
      drawInk(pair.code, levels[index]);
      pair.rebuilt.show(rebuilt[index]);
    });
  }
}

/** A pad to draw on, the drawing as the encoder sees it, and its reconstruction. */
export class OwnDigit {
  #pad;
  #seen;
  #rebuilt;
  #onDraw;
  /** What was drawn, as 784 values; null where nothing is. @type {Float32Array | null} */
  pixels = null;

  /**
   * @param {{ texts: Texts, remark: (note: string) => void, signal: AbortSignal }} home the view
   * @param {() => void} onDraw
   */
  constructor(home, onDraw) {
    const { texts } = home;
    this.#onDraw = onDraw;
    this.#seen = digitPicture(texts.seen);
    this.#rebuilt = digitPicture(texts.own);
    this.#pad = drawPad(home, this.#drawn);
    const pictures = element("div", { class: "gl-own" });
    pictures.append(
      captioned(this.#seen.root, texts.seenCaption),
      captioned(this.#rebuilt.root, texts.ownCaption),
    );
    this.root = element("div", { class: "gl-source" }, this.#pad.root, pictures);
  }

  clear = () => this.#pad.clear();

  /** @param {Float32Array} rebuilt */
  show(rebuilt) {
    this.#rebuilt.show(rebuilt);
  }

  /** @param {Float32Array} ink */
  #drawn = (ink) => {
    this.pixels = toMnist(ink, GRID);
    this.#seen.show(this.pixels ?? BLANK);
    if (!this.pixels) this.#rebuilt.show(BLANK);
    this.#onDraw();
  };
}

/**
 * A slider that says its value as so many numbers.
 * @param {ReturnType<typeof rangeSlider>} row @param {Texts} texts
 */
export function inNumbers(row, texts) {
  /** @param {number} size */
  function show(size) {
    row.show(size);
    row.input.setAttribute("aria-valuetext", numbers(size, texts));
  }
  return { root: row.root, show };
}

/** "1 number", "16 numbers". @param {number} count @param {Texts} texts */
export const numbers = (count, texts) =>
  count === 1 ? texts.number : fill(texts.numbers, { count });
