/**
 * The sample wall: the same noise, made into digits by several networks, a row each. The way from
 * noise to digits is scrubbed.
 *
 * How far it has come, seed and number of steps live in the model. Rows are led on together, one
 * step after the other, as far as is asked for; what is computed is kept, so that going back asks
 * for nothing.
 */

/** @import { HostState, Life } from "../lib/types.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { toggle } from "../lib/controls.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { gaussianNoise, toDiffusionRange } from "../lib/math/diffusion.mjs";
import { PIXELS, SIDE } from "../lib/math/mnist.mjs";
import { join, unpackPictures } from "../lib/math/pixels.mjs";
import { Path, ddim, stepAt, trailingTimesteps } from "../lib/math/samplers.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { Kept, Work } from "../lib/work.mjs";
import { rowToLead, seen } from "./math.mjs";
import { Row } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} progress in percent @property {number} seed @property {number} steps
 * @property {number} guess 1 where guesses of x0 are shown in place of the images
 * @property {number} count of samples in a row
 * @property {string[]} names of the networks @property {PredictionType[]} types
 * @property {BetaSchedule[]} schedules
 * @property {{ progress: number, seed: number, steps: number, guess: number, images: string[] }} stored
 *   what each row shows at the start, packed
 * @typedef {Values & HostState} State
 */

/** The runtime and one network, in megabytes as they are sent. */
const [RUNTIME, NETWORK] = [4, 0.8];
/** Noises of which all is kept: one of 50 steps and nine networks takes 11 MB. */
const KEPT = 3;

/** @extends {View<State, Texts>} */
class SampleWall extends View {
  #names = this.model.get("names");
  #rows = this.#names.map((name) => new Row(name, this.model.get("count"), this.texts));
  /** @type {Kept<Path[]>} */
  #kept = new Kept(KEPT);
  #way = this.scrubber("progress", {
    ...{ name: this.texts.way, label: this.texts.wayLabel },
    format: (progress) => {
      const steps = this.model.get("steps");
      return fill(this.texts.wayAt, { step: stepAt(progress, steps), steps });
    },
  });
  #seed = this.slider("seed", { name: this.texts.seed, label: this.texts.seedLabel });
  #steps = this.slider("steps", { name: this.texts.steps, label: this.texts.stepsLabel });
  #guess = toggle(this.texts.guesses, (on) => this.choose({ guess: Number(on) }), this.signal);
  #work = new Work({
    next: () => this.#nextBit(),
    onBit: () => this.#showSoon(),
    onTurn: () => this.update(),
    signal: this.signal,
  });
  #showSoon = oncePerFrame(() => {
    this.#showRows();
    this.say();
  }, this.signal);

  arrange() {
    const { style } = this.el;
    style.setProperty("--gl-maps", String(this.#rows.length)); // the room is by the rows
    this.signal.addEventListener("abort", () => style.removeProperty("--gl-maps"));
    const rows = element("div", { class: "gl-rows" }, ...this.#rows.map(({ root }) => root));
    const settings = element("div", { class: "gl-settings" });
    settings.append(this.#seed.root, this.#steps.root, this.#guess.root);
    return element("div", { class: "gl-wall" }, this.#way.root, rows, settings);
  }

  // -- what is on show -----------------------------------------------------------------------------

  /** How many steps are to be seen. */
  get #step() {
    return stepAt(this.model.get("progress"), this.model.get("steps"));
  }

  get #wanted() {
    return { step: this.#step, guess: this.model.get("guess") === 1 };
  }

  /** The rows of seed and steps as they are now. */
  get #paths() {
    const [seed, steps] = [this.model.get("seed"), this.model.get("steps")];
    return this.#kept.get(`${seed} ${steps}`, () => this.#newPaths(seed, steps));
  }

  /** @param {number} seed @param {number} steps */
  #newPaths(seed, steps) {
    const noise = gaussianNoise(seed, PIXELS * this.model.get("count"));
    const { images, ...start } = this.model.get("stored");
    const known = start.seed === seed && start.steps === steps;
    return this.#names.map((_, row) => {
      const [schedule, type] = [this.model.get("schedules")[row], this.model.get("types")[row]];
      const path = new Path(ddim({ schedule, type, timesteps: trailingTimesteps(steps) }), noise);
      if (!known) return path;
      const there = toDiffusionRange(join(unpackPictures(images[row])));
      path.give(stepAt(start.progress, steps), start.guess ? { guess: there } : { image: there });
      return path;
    });
  }

  show() {
    const { model } = this;
    this.#way.input.step = String(100 / model.get("steps"));
    this.#way.show(model.get("progress"));
    this.#seed.show(model.get("seed"));
    this.#steps.show(model.get("steps"));
    this.#guess.show(this.#wanted.guess);
    this.#showRows();
  }

  #showRows() {
    const [wanted, steps] = [this.#wanted, this.model.get("steps")];
    this.#paths.forEach((path, row) => this.#rows[row].show(seen(path, wanted), { ...wanted, steps }));
  }

  // -- sampling --------------------------------------------------------------------------------------

  ask() {
    this.#work.go();
  }

  /** The next step of the row that is behind. */
  #nextBit() {
    const paths = this.#paths;
    const row = rowToLead(paths, this.#wanted);
    return row < 0 ? null : () => paths[row].advance(this.#networkOf(row));
  }

  /** @param {number} row @returns {import("../lib/math/samplers.mjs").Predict} */
  #networkOf(row) {
    const count = this.model.get("count");
    return async (xt, t) => {
      const time = { data: Array(count).fill(t), shape: [count] };
      const asked = this.client.run(`denoiser-${this.#names[row]}`, xt, [count, 1, SIDE, SIDE], time);
      const answer = await asked.catch(() => null); // the view tells of the error
      if (answer) this.#rows[row].showCost(answer.milliseconds);
      return answer && answer.data;
    };
  }

  /** While rows are led on, this is not ready. @returns {Life} */
  get state() {
    const life = super.state;
    return life !== "error" && this.#work.busy ? "loading" : life;
  }

  // -- words -----------------------------------------------------------------------------------------

  waiting() {
    if (super.state === "loading") {
      const megabytes = Math.round(RUNTIME + NETWORK * this.#names.length);
      return fill(super.waiting(), { megabytes });
    }
    const least = Math.min(...this.#paths.map((path) => seen(path, this.#wanted).step));
    return fill(this.texts.working, { seed: this.model.get("seed"), least, step: this.#step });
  }

  facts() {
    const [{ texts }, steps] = [this, this.model.get("steps")];
    return [
      { name: fill(texts.made, { steps }), value: String(this.#step) },
      { name: texts.level, value: this.#level },
    ];
  }

  /** The noise level of what is to be seen. */
  get #level() {
    return String(this.#paths[0].timestep(this.#step) ?? this.texts.clean);
  }

  describe() {
    const [{ texts }, { step, guess }, steps] = [this, this.#wanted, this.model.get("steps")];
    const count = this.model.get("count");
    return fill(step === steps ? texts.done : texts.shown, {
      ...{ step, steps, t: this.#level, seed: this.model.get("seed") },
      what: fill(guess ? texts.whatGuesses : texts.whatSamples, { count, rows: this.#names.length }),
    });
  }
}

export default widget("sample-wall", SampleWall, strings);
