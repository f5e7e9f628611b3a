/** What the views have in common that make digits of the same noise by several networks, a row each. */

/** @import { Input } from "./types.mjs" */
/** @import { BetaSchedule, PredictionType } from "./math/diffusion.mjs" */
/** @import { Seen, Wanted } from "./math/rows.mjs" */
/** @import { Predict } from "./math/samplers.mjs" */
/** @import { Sampled, WayTexts } from "./sampling.mjs" */
/** @import { ViewTexts } from "./view.mjs" */
import { toggle } from "./controls.mjs";
import { drawInk } from "./digit.mjs";
import { element } from "./dom.mjs";
import { gaussianNoise, toDiffusionRange, toInk } from "./math/diffusion.mjs";
import { PIXELS, SIDE } from "./math/mnist.mjs";
import { join, unpackPictures } from "./math/pixels.mjs";
import { rowToLead, seen } from "./math/rows.mjs";
import { Path, ddim, stepAt, trailingTimesteps } from "./math/samplers.mjs";
import { SamplingView } from "./sampling.mjs";
import { fill } from "./strings.mjs";
import { Kept } from "./work.mjs";

/**
 * @typedef {{ seed: number, steps: number }} Start what a path is of
 * @typedef {object} Values
 * @property {number} progress in percent @property {number} seed @property {number} steps
 * @property {number} guess 1 where guesses of x0 are shown in place of the images
 * @property {number} count of samples in a row
 * @property {string[]} names of the networks @property {PredictionType[]} types
 * @property {BetaSchedule[]} schedules
 * @property {Start & { progress: number, guess: number, images: string[] }} stored what each row
 *   shows at the start, packed
 * @typedef {Values & Sampled} RowsState
 * @typedef {object} RowsTexts
 * @property {string} seed @property {string} seedLabel @property {string} steps
 * @property {string} stepsLabel @property {string} guesses
 * @property {string} made @property {string} level @property {string} clean
 * @typedef {object} Row what stands on the page for a network
 * @property {HTMLElement} root
 * @property {(images: Seen, wanted: Wanted & { steps: number }) => void} show
 * @property {(milliseconds: number) => void} showCost hears what a step of all its samples took
 */

/** Noises of which all is kept: one of 50 steps and nine networks of 8 samples takes 11 MB. */
const KEPT = 3;

/**
 * A view of rows, each with a path of its own from the noise that all have in common. Rows are led on
 * together; what is computed is kept, so that going back asks for nothing.
 * @template {RowsState} State @template {ViewTexts & WayTexts & RowsTexts} Texts
 * @extends {SamplingView<State, Texts>}
 */
export class RowsView extends SamplingView {
  names = this.model.get("names");
  /** @type {Row[]} */
  rows = this.names.map((name, row) => this.createRow(name, row));
  /** @type {Kept<Path>} */
  #kept = new Kept(KEPT * this.names.length);
  seed = this.slider("seed", { name: this.texts.seed, label: this.texts.seedLabel });
  steps = this.slider("steps", { name: this.texts.steps, label: this.texts.stepsLabel });
  guess = toggle(
    this.texts.guesses,
    (on) => this.choose(/** @type {Partial<State>} */ ({ guess: Number(on) })),
    this.signal,
  );

  // -- what a widget adds ------------------------------------------------------------------------

  /** @param {string} _name of the network @param {number} _row @returns {Row} */
  createRow(_name, _row) {
    throw new Error("this view has no rows; expected a method `createRow` that gives one");
  }

  /** What tells a path from another. @param {number} row @param {Start} start */
  keyOf(row, { seed, steps }) {
    return [row, seed, steps].join(" ");
  }

  /** A row's network, as its path asks it. @param {number} row @param {Path} _path @returns {Predict} */
  predictOf(row, _path) {
    return (xt, t) => this.pass(row, xt, t);
  }

  // -- what is on show -----------------------------------------------------------------------------

  /** Let the page's style know how many rows there are: the room is by them. */
  tellRows() {
    const { style } = this.el;
    style.setProperty("--gl-maps", String(this.rows.length));
    this.signal.addEventListener("abort", () => style.removeProperty("--gl-maps"));
  }

  /** What paths are of now. @returns {Start} */
  get setting() {
    return { seed: this.model.get("seed"), steps: this.model.get("steps") };
  }

  get wanted() {
    return { step: this.step, guess: this.model.get("guess") === 1 };
  }

  get paths() {
    const { setting } = this;
    return this.names.map((_, row) =>
      this.#kept.get(this.keyOf(row, setting), () => this.#newPath(row, setting)),
    );
  }

  /** What each row shows. */
  get seen() {
    const { wanted } = this;
    return this.paths.map((path) => seen(path, wanted));
  }

  /** @param {number} row @param {Start} setting */
  #newPath(row, setting) {
    const [schedule, type] = [this.model.get("schedules")[row], this.model.get("types")[row]];
    const noise = gaussianNoise(setting.seed, PIXELS * this.model.get("count"));
    const timesteps = trailingTimesteps(setting.steps);
    const path = new Path(ddim({ schedule, type, timesteps }), noise);
    const stored = this.model.get("stored");
    if (this.keyOf(row, stored) !== this.keyOf(row, setting)) return path;
    const there = toDiffusionRange(join(unpackPictures(stored.images[row])));
    path.give(stepAt(stored.progress, stored.steps), stored.guess ? { guess: there } : { image: there });
    return path;
  }

  show() {
    super.show();
    this.seed.show(this.model.get("seed"));
    this.steps.show(this.model.get("steps"));
    this.guess.show(this.wanted.guess);
  }

  showPaths() {
    const wanted = { ...this.wanted, steps: this.model.get("steps") };
    this.seen.forEach((images, row) => this.rows[row].show(images, wanted));
  }

  // -- sampling --------------------------------------------------------------------------------------

  /** The next step of the row that is behind. */
  nextBit() {
    const { paths } = this;
    const row = rowToLead(paths, this.wanted);
    return row < 0 ? null : () => paths[row].advance(this.predictOf(row, paths[row]));
  }

  /**
   * What a row's network answers for all its samples; null where it fails.
   * @param {number} row @param {Float32Array} xt @param {number} t @param {Input[]} more inputs
   */
  async pass(row, xt, t, ...more) {
    const count = this.model.get("count");
    const time = { data: Array(count).fill(t), shape: [count] };
    const name = `denoiser-${this.names[row]}`;
    const asked = this.client.run(name, xt, [count, 1, SIDE, SIDE], time, ...more);
    const answer = await asked.catch(() => null); // the view tells of the error
    if (answer) this.rows[row].showCost(answer.milliseconds);
    return answer && answer.data;
  }

  // -- words -----------------------------------------------------------------------------------------

  facts() {
    const { texts } = this;
    return [
      { name: fill(texts.made, { steps: this.model.get("steps") }), value: String(this.step) },
      { name: texts.level, value: this.level },
    ];
  }

  /** The noise level of what is to be seen. */
  get level() {
    return String(this.paths[0].timestep(this.step) ?? this.texts.clean);
  }

  /** How many steps all rows have made. */
  get least() {
    return Math.min(...this.seen.map(({ step }) => step));
  }
}

/** The samples of a row as pictures side by side: one picture to those who do not see them. */
export class RowPictures {
  #pictures;
  /** What is drawn. @type {Float32Array | null} */
  #drawn = null;

  /** @param {number} count of samples */
  constructor(count) {
    this.#pictures = Array.from({ length: count }, () =>
      element("canvas", { class: "gl-digit", width: SIDE, height: SIDE }),
    );
    this.root = element("div", { class: "gl-row-pictures", role: "img" }, ...this.#pictures);
  }

  /** @param {Float32Array} images in [-1, 1], one after the other @param {string} label what they are */
  show(images, label) {
    this.root.setAttribute("aria-label", label);
    if (this.#drawn === images) return;
    this.#drawn = images;
    const ink = toInk(images);
    this.#pictures.forEach((picture, i) => drawInk(picture, ink.subarray(i * PIXELS, (i + 1) * PIXELS)));
  }
}
