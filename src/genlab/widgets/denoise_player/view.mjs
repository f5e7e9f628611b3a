/**
 * The denoise player: digits that form from noise, by a sampler, a class and a guidance that the
 * reader chooses; every image on the way, and the path of one sample as a curve.
 *
 * All choices live in the model. Steps are made as far as is asked for and kept, so that going back
 * asks for nothing; a choice that changes the path begins another one at once.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
/** @import { Predict } from "../lib/math/samplers.mjs" */
/** @import { SamplerName, Setting } from "./math.mjs" */
/** @import { Texts } from "./parts.mjs" */
/** @import { Place } from "./plane.mjs" */
import { choiceOf, toggle } from "../lib/controls.mjs";
import { element } from "../lib/dom.mjs";
import { gaussianNoise, toDiffusionRange } from "../lib/math/diffusion.mjs";
import { PIXELS, SIDE } from "../lib/math/mnist.mjs";
import { join, unpackPictures } from "../lib/math/pixels.mjs";
import { Path, shownStep, stepAt } from "../lib/math/samplers.mjs";
import { SamplingView } from "../lib/sampling.mjs";
import { fill } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { Kept } from "../lib/work.mjs";
import { NO_CLASS, keyOf, passOf, placeOf, samplerOf } from "./math.mjs";
import { CloseUp, Samples } from "./parts.mjs";
import { Plane } from "./plane.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {{ path: Place[], guesses: Place[] }} Curve of one sample, from its noise on
 * @typedef {object} Values
 * @property {number} progress in percent @property {number} chosen which sample, from 1
 * @property {number} label a class, or 10 for none @property {number} guidance
 * @property {SamplerName} sampler @property {number} steps @property {number} seed
 * @property {number} clip 1 where guesses of x0 are cut off at -1 and 1
 * @property {number} count of samples
 * @property {BetaSchedule} schedule @property {PredictionType} type of the denoiser
 * @property {boolean} conditional can a class be asked for?
 * @property {Setting & { progress: number, chosen: number, images: string, guesses: string,
 *   curves: Curve[] }} stored what is shown at the start: images and guesses packed
 * @typedef {Values & HostState} State
 */

/** Paths of which all is kept: one of 50 steps takes 5 MB. */
const KEPT = 6;

/** @extends {SamplingView<State, Texts>} */
class DenoisePlayer extends SamplingView {
  #count = this.model.get("count");
  /** @type {Kept<Path>} */
  #kept = new Kept(KEPT);
  #samples = new Samples(this, this.#count, (chosen) => this.choose({ chosen }));
  #closeUp = new CloseUp(this.texts);
  #plane = new Plane(this.texts);
  #sliders = this.#createSliders();
  #labels = this.#createLabels();
  #samplers = this.#createSamplers();
  #clip = toggle(this.texts.clip, (on) => this.choose({ clip: Number(on) }), this.signal);
  /** The least time of a pass, which nothing else has disturbed, in milliseconds. */
  #cost = Infinity;

  #createSliders() {
    const { texts } = this;
    const guidance = { name: texts.guidance, label: texts.guidanceLabel, step: 0.5 };
    return {
      ...(this.model.get("conditional") ? { guidance: this.slider("guidance", guidance) } : {}),
      steps: this.slider("steps", { name: texts.steps, label: texts.stepsLabel }),
      seed: this.slider("seed", { name: texts.seed, label: texts.seedLabel }),
    };
  }

  /** Digits and "any"; none where the network cannot be asked. */
  #createLabels() {
    if (!this.model.get("conditional")) return null;
    const labels = Array.from({ length: NO_CLASS + 1 }, (_, label) => ({
      value: String(label),
      text: label === NO_CLASS ? this.texts.none : String(label),
    }));
    return choiceOf(this, this.texts.labels, labels, (value) => this.choose({ label: Number(value) }));
  }

  #createSamplers() {
    const { sampler } = this.model.get("ranges");
    const words = "words" in sampler ? /** @type {SamplerName[]} */ (sampler.words) : [];
    const choices = words.map((value) => ({ value, text: this.texts.sampler[value] }));
    const onChoose = (/** @type {string} */ value) =>
      this.choose({ sampler: /** @type {SamplerName} */ (value) });
    return choiceOf(this, this.texts.samplers, choices, onChoose);
  }

  arrange() {
    const settings = element("div", { class: "gl-settings" });
    if (this.#labels) settings.append(this.#labels.root);
    settings.append(this.#samplers.root, this.#clip.root);
    settings.append(...Object.values(this.#sliders).map(({ root }) => root));
    const aside = element("div", { class: "gl-aside" }, this.#closeUp.root, this.#plane.root);
    const stage = element("div", { class: "gl-stage" }, this.#samples.root, aside);
    return element("div", { class: "gl-player" }, this.way.root, stage, settings);
  }

  // -- what is on show -----------------------------------------------------------------------------

  /** @returns {Setting} */
  get #setting() {
    const { model } = this;
    const [label, guidance, sampler] = [model.get("label"), model.get("guidance"), model.get("sampler")];
    const [seed, steps, clip] = [model.get("seed"), model.get("steps"), model.get("clip")];
    return { seed, steps, label, guidance, sampler, clip };
  }

  /** The way of the samples as all is set now. */
  get #path() {
    const setting = this.#setting;
    return this.#kept.get(keyOf(setting), () => this.#newPath(setting));
  }

  /** @param {Setting} setting */
  #newPath(setting) {
    const { model } = this;
    const size = PIXELS * this.#count;
    const trained = { schedule: model.get("schedule"), type: model.get("type") };
    const path = new Path(samplerOf(setting, trained, size), gaussianNoise(setting.seed, size));
    const { images, guesses, progress, steps } = model.get("stored");
    if (!this.#isStart(setting)) return path;
    const read = (/** @type {string} */ packed) => toDiffusionRange(join(unpackPictures(packed)));
    path.give(stepAt(progress, steps), { image: read(images), guess: read(guesses) });
    return path;
  }

  /** @param {Setting} setting */
  #isStart = (setting) => keyOf(setting) === keyOf(this.model.get("stored"));

  show() {
    const { model } = this;
    super.show();
    for (const [name, slider] of Object.entries(this.#sliders))
      slider.show(Number(model.get(/** @type {keyof Setting} */ (name))));
    this.#labels?.show(String(model.get("label")));
    this.#samplers.show(model.get("sampler"));
    this.#clip.show(model.get("clip") === 1);
  }

  showPaths() {
    const [path, wanted, chosen] = [this.#path, this.step, this.model.get("chosen")];
    const step = shownStep(path, wanted);
    const images = /** @type {Float32Array} */ (path.at(step));
    const guess = path.guess(step);
    this.#samples.show(images, chosen);
    this.#closeUp.show(chosen, this.#one(images), guess && this.#one(guess));
    const { path: places, guesses } = this.#curve(path);
    this.#plane.show(places, guesses, step);
  }

  /** The chosen sample of all. @param {Float32Array} images */
  #one(images) {
    const chosen = this.model.get("chosen");
    return images.subarray((chosen - 1) * PIXELS, chosen * PIXELS);
  }

  /** The chosen sample's path as far as it is known. @param {Path} path @returns {Curve} */
  #curve(path) {
    const known = this.model.get("stored").curves[this.model.get("chosen") - 1];
    if (known.path.length > path.done + 1 && this.#isStart(this.#setting)) return known;
    const noise = this.#one(/** @type {Float32Array} */ (path.at(0)));
    const places = (/** @type {number} */ count, /** @type {(i: number) => Float32Array | null} */ get) =>
      Array.from({ length: count }, (_, i) => placeOf(this.#one(/** @type {Float32Array} */ (get(i))), noise));
    return {
      path: places(path.done + 1, (i) => path.at(i)),
      guesses: places(path.done, (i) => path.guess(i)),
    };
  }

  // -- sampling --------------------------------------------------------------------------------------

  /** One step, until image and guess that are to be seen are there. */
  nextBit() {
    const [path, wanted] = [this.#path, this.step];
    if (path.at(wanted) && path.guess(wanted)) return null;
    return () => path.advance(this.#networkOf(this.#setting));
  }

  /** @param {Setting} setting @returns {Predict} */
  #networkOf(setting) {
    const { labels, read } = passOf(setting, this.#count);
    const network = setting.sampler === "flow_euler" ? "flow" : "denoiser";
    return async (xt, t) => {
      const times = labels.length / this.#count;
      const input = times > 1 ? join(Array(times).fill(xt)) : xt;
      const told = [Array(labels.length).fill(t), ...(this.model.get("conditional") ? [labels] : [])];
      const more = told.map((data) => ({ data, shape: [labels.length] }));
      const asked = this.client.run(network, input, [labels.length, 1, SIDE, SIDE], ...more);
      const answer = await asked.catch(() => null); // the view tells of the error
      if (answer) this.#cost = Math.min(this.#cost, answer.milliseconds);
      return answer && read(answer.data);
    };
  }

  // -- words -----------------------------------------------------------------------------------------

  working() {
    const { texts, step } = this;
    return fill(texts.working, {
      ...{ sampler: texts.sampler[this.model.get("sampler")], seed: this.model.get("seed") },
      ...{ done: shownStep(this.#path, step), step },
    });
  }

  facts() {
    const [{ texts }, steps] = [this, this.model.get("steps")];
    const cost = { name: texts.cost, value: this.#cost.toFixed(0) };
    return [
      { name: fill(texts.made, { steps }), value: String(this.step) },
      { name: texts.level, value: this.#level },
      ...(Number.isFinite(this.#cost) ? [cost] : []),
    ];
  }

  /** The noise level of what is to be seen. */
  get #level() {
    const t = this.#path.timestep(this.step);
    return t === null ? this.texts.clean : t.toFixed(0);
  }

  describe() {
    const { texts, model, step } = this;
    const { label, guidance, steps, seed, sampler } = this.#setting;
    const what = label === NO_CLASS ? texts.unasked : texts.asked;
    return fill(step === steps ? texts.done : texts.shown, {
      ...{ step, steps, seed, t: this.#level, chosen: model.get("chosen") },
      sampler: texts.sampler[sampler],
      what: fill(what, { count: this.#count, label, guidance }),
    });
  }
}

export default widget("denoise-player", DenoisePlayer, strings);
