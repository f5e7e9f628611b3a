/** The parts of the denoise player: the samples, and the chosen one close up. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
import { keepKeys } from "../lib/controls.mjs";
import { captioned, digitPicture, drawInk } from "../lib/digit.mjs";
import { element, freshId, radio } from "../lib/dom.mjs";
import { toInk } from "../lib/math/diffusion.mjs";
import { PIXELS, SIDE } from "../lib/math/mnist.mjs";
import { fill } from "../lib/strings.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ texts: Texts, signal: AbortSignal }} Home */

/** Samples side by side, of which one is chosen: each is a radio button. */
export class Samples {
  #inputs;
  #pictures;
  /** What is drawn. @type {Float32Array | null} */
  #drawn = null;

  /** @param {Home} home @param {number} count @param {(number: number) => void} onChoose from 1 */
  constructor({ texts, signal }, count, onChoose) {
    const name = freshId();
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    this.#pictures = numbers.map(() =>
      element("canvas", { class: "gl-digit", width: SIDE, height: SIDE, "aria-hidden": "true" }),
    );
    this.#inputs = numbers.map((value) => {
      const label = fill(texts.sample, { number: value });
      return radio({ name, value, "aria-label": label }, () => onChoose(value), signal);
    });
    this.root = element("div", { class: "gl-samples", role: "radiogroup", "aria-label": texts.samples });
    this.root.append(
      ...numbers.map((_, i) =>
        element("label", { class: "gl-sample" }, this.#inputs[i], this.#pictures[i]),
      ),
    );
    keepKeys(this.root, signal);
  }

  /** @param {Float32Array} images in [-1, 1], one after the other @param {number} chosen from 1 */
  show(images, chosen) {
    this.#inputs.forEach((input, i) => (input.checked = i + 1 === chosen));
    if (this.#drawn === images) return;
    this.#drawn = images;
    const ink = toInk(images);
    this.#pictures.forEach((picture, i) => drawInk(picture, ink.subarray(i * PIXELS, (i + 1) * PIXELS)));
  }
}

/** The chosen sample, and what the network takes it for. */
export class CloseUp {
  #texts;
  #noisy;
  #guess;
  #caption;
  #held;

  /** @param {Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    this.#noisy = digitPicture(texts.noisy);
    this.#guess = digitPicture(texts.guess);
    const now = captioned(this.#noisy.root, "");
    this.#caption = /** @type {HTMLElement} */ (now.lastElementChild);
    this.#held = captioned(this.#guess.root, texts.guessCaption);
    this.root = element("div", { class: "gl-close-up" }, now, this.#held);
  }

  /**
   * @param {number} number of the sample @param {Float32Array} image in [-1, 1]
   * @param {Float32Array | null} guess likewise; null where the network has not been asked yet
   */
  show(number, image, guess) {
    this.#noisy.show(toInk(image));
    this.#caption.textContent = fill(this.#texts.noisyCaption, { number });
    this.#held.dataset.current = String(guess !== null);
    if (guess) this.#guess.show(toInk(guess));
  }
}
