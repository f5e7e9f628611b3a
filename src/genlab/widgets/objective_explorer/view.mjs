/**
 * The objective explorer: a digit, its noise, both mixed at a timestep, and for each of a few
 * networks its target, its prediction and its errors.
 *
 * Timestep, seed and digit live in the model. What is on show belongs together: slider and value
 * move at once, the pictures follow all in one when the networks have answered, the newest first.
 */

/** @import { HostState, Run } from "../lib/types.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
/** @import { Reading, Scene } from "./math.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { button } from "../lib/controls.mjs";
import { alphasCumprod, gaussianNoise, toDiffusionRange } from "../lib/math/diffusion.mjs";
import { element } from "../lib/dom.mjs";
import { newestWins } from "../lib/infer.mjs";
import { GRID } from "../lib/math/ink.mjs";
import { IMAGE, PIXELS, toMnist } from "../lib/math/mnist.mjs";
import { join, split, unpackPictures } from "../lib/math/pixels.mjs";
import { drawPad } from "../lib/pad.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { ErrorChart } from "./chart.mjs";
import { errorText, least, linear, logarithmic, readingOf, sceneOf, toRatios, unpackOutputs } from "./math.mjs";
import { ErrorTable, Pictures } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} t @property {number} seed of the noise @property {number} digit which sample
 * @property {string[]} names of the networks @property {PredictionType[]} types
 * @property {BetaSchedule} schedule of all of them
 * @property {string} samples the test digits, one of each class, packed
 * @property {{ count: number, t: number[], x0: number[], eps: number[], v: number[] }[]} curves
 *   each network's mean errors, and of how many digits
 * @property {{ t: number, seed: number, digit: number, outputs: string }} stored what the networks
 *   answer at the start, packed
 * @typedef {Values & HostState} State
 *
 * @typedef {object} Setting @property {number} t @property {number} seed @property {number} digit
 * @property {Float32Array | null} drawn the reader's own digit, in place of the sample
 */

const SETTINGS = /** @type {const} */ (["t", "seed", "digit"]);
/** The runtime and one network, in megabytes as they are sent. */
const [RUNTIME, NETWORK] = [3.7, 0.86];

/** The axis of the ratios. */
const RATIOS = [1, 1.05, 1.1, 1.15, 1.2];

/** @extends {View<State, Texts>} */
class ObjectiveExplorer extends View {
  /** @type {Float32Array | null} */
  #drawn = null;
  #samples = unpackPictures(this.model.get("samples"));
  #alphaBars = alphasCumprod(this.model.get("schedule"));
  #types = this.model.get("types");
  #named = this.model.get("names").map((name, i) => ({ name, type: this.#types[i] }));
  #shown = this.#fromStore();
  #pictures = new Pictures(this.#named, this.texts);
  #table = new ErrorTable(this.#named, this.texts);
  #chart = this.#createChart();
  #slider = this.scrubber("t", {
    ...{ name: this.texts.sliderName, label: this.texts.slider, ticks: [0, 250, 500, 750, 999] },
  });
  #pad = drawPad(this, (ink) => {
    const drawn = toMnist(ink, GRID);
    if (drawn || this.#drawn) this.choose({ drawn });
  });
  #body = element("div", { class: "gl-objectives" });

  arrange() {
    const { signal, texts } = this;
    const buttons = element("div", { class: "gl-buttons" });
    buttons.append(
      button(texts.next, () => this.#nextDigit(), signal),
      button(texts.noise, () => this.advance("seed"), signal),
      button(texts.clear, this.#pad.clear, signal),
    );
    this.#body.append(
      this.#slider.root,
      this.#pictures.root,
      element("div", { class: "gl-tools" }, this.#pad.root, buttons),
      element("div", { class: "gl-scroller" }, this.#table.root),
      this.#chart.root,
    );
    return this.#body;
  }

  /** What there is to see, as the model and the pad say. @returns {Setting} */
  #wanted() {
    const [t, seed, digit] = SETTINGS.map((key) => this.model.get(key));
    return { t, seed, digit, drawn: this.#drawn };
  }

  /** @param {Setting} setting */
  #scene({ t, seed, digit, drawn }) {
    const x0 = toDiffusionRange(drawn ?? this.#samples[digit]);
    return sceneOf(x0, gaussianNoise(seed, PIXELS), t, this.#alphaBars[t]);
  }

  /** @returns {{ setting: Setting, scene: Scene, readings: Reading[] }} */
  #fromStore() {
    const { outputs, ...at } = this.model.get("stored");
    const setting = { ...at, drawn: null };
    const scene = this.#scene(setting);
    return { setting, scene, readings: this.#read(scene, unpackOutputs(outputs)) };
  }

  /** @param {Scene} scene @param {Float32Array[]} outputs */
  #read(scene, outputs) {
    return outputs.map((output, i) => readingOf(this.#types[i], output, scene));
  }

  get #isCurrent() {
    const [wanted, { setting }] = [this.#wanted(), this.#shown];
    return setting.drawn === wanted.drawn && SETTINGS.every((key) => setting[key] === wanted[key]);
  }

  /** All networks as one, so that what is shown is of one moment. @type {Run} */
  #runAll = async (_, ...inputs) => {
    const runs = this.#named.map(({ name }) => this.client.run(`denoiser-${name}`, ...inputs));
    const answers = await Promise.all(runs);
    const data = join(answers.map((answer) => answer.data));
    return { data, shape: [answers.length, PIXELS], milliseconds: 0 };
  };
  #predict = newestWins(this.#runAll);

  async ask() {
    const setting = this.#wanted();
    const scene = this.#scene(setting);
    this.show(); // a drawing alone changes nothing in the model
    const time = { data: [setting.t], shape: [1] };
    const outputs = await this.heard(this.#predict("all", scene.xt, IMAGE, time));
    if (!outputs) return;
    this.#shown = { setting, scene, readings: this.#read(scene, split(outputs, PIXELS)) };
    this.showStored();
    this.say();
  }

  /** The slider moves at once; the pictures stay until all networks have answered. */
  show() {
    this.#slider.show(this.model.get("t"));
    this.#body.dataset.current = String(this.#isCurrent);
  }

  showStored() {
    const { scene, readings } = this.#shown;
    this.#pictures.show(scene, readings);
    this.#table.show(readings);
    const errors = readings.map(({ errors }) => errors.x0);
    this.#chart.show(scene.t, this.#hasRatios ? toRatios(errors) : errors);
    this.show();
  }

  facts() {
    const errors = this.#shown.readings.map(({ errors }) => errors.x0);
    const best = least(errors);
    return [
      { name: this.texts.closest, value: this.#named[best].name },
      { name: this.texts.errorName, value: errorText(errors[best]) },
    ];
  }

  describe() {
    const { setting, scene, readings } = this.#shown;
    const { texts } = this;
    const order = readings
      .map(({ errors }, i) => ({ name: this.#named[i].name, error: errors.x0 }))
      .sort((a, b) => a.error - b.error)
      .map(({ name, error }) => ({ name, error: errorText(error) }));
    const [{ name: best, error }, ...others] = order;
    const { signal, noise } = scene.rates;
    const what = setting.drawn ? texts.drawing : fill(texts.testDigit, { digit: setting.digit });
    const common = { t: setting.t, seed: setting.seed, signal: signal.toFixed(2), noise: noise.toFixed(2) };
    return fill(others.length ? texts.at : texts.atOne, {
      ...{ ...common, what, best, error },
      others: others.map((one) => fill(texts.other, one)).join(texts.comma),
    });
  }

  waiting() {
    const megabytes = Math.round(RUNTIME + NETWORK * this.#named.length);
    return fill(super.waiting(), { megabytes });
  }

  /** @param {Partial<State> & { drawn?: Float32Array | null }} values drawn: the reader's own digit */
  choose({ drawn = this.#drawn, ...values }) {
    this.#drawn = drawn;
    super.choose(/** @type {Partial<State>} */ (values));
  }

  /** From a drawing back to the digit that it stood for. */
  #nextDigit() {
    const wasDrawn = this.#drawn !== null;
    this.#pad.clear();
    this.#drawn = null;
    if (wasDrawn) this.choose({});
    else this.advance("digit");
  }

  /** One network alone has nothing that it could be compared with. */
  get #hasRatios() {
    return this.#named.length > 1;
  }

  #createChart() {
    const [{ texts }, curves] = [this, this.model.get("curves")];
    const errors = curves.map(({ x0 }) => x0);
    const many = this.#hasRatios;
    const title = fill(many ? texts.ratios : texts.chartOne, { count: curves[0].count });
    return new ErrorChart({
      ...{ title, label: fill(texts.chart, { title }), t: curves.map(({ t }) => t) },
      values: many ? ratiosOf(errors) : errors,
      axis: many ? linear(RATIOS) : logarithmic(errors),
      legend: many ? fill(texts.ratiosLegend, { most: RATIOS[RATIOS.length - 1] }) : "",
    });
  }
}

/** Each value by the least one of its place in all lines. @param {number[][]} lines */
const ratiosOf = (lines) => {
  const columns = lines[0].map((_, i) => toRatios(lines.map((line) => line[i])));
  return lines.map((_, line) => columns.map((column) => column[line]));
};

export default widget("objective-explorer", ObjectiveExplorer, strings);
