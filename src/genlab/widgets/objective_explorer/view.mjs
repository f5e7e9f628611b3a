/**
 * The objective explorer: a digit, its noise, both mixed at a timestep, and for each of a few
 * networks its target, its prediction and its errors.
 *
 * Timestep, seed and digit live in the model. What is on show belongs together: slider and value
 * move at once, the pictures follow all in one when the networks have answered, the newest first.
 */

/** @import { HostState, Model, Run, WidgetRoot } from "../lib/types.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
/** @import { Reading, Scene } from "./math.mjs" */
import { button, sliderRow } from "../lib/controls.mjs";
import { alphasCumprod, gaussianNoise, TIMESTEPS, toDiffusionRange } from "../lib/math/diffusion.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { newestWins } from "../lib/infer.mjs";
import { GRID } from "../lib/math/ink.mjs";
import { toMnist } from "../lib/math/mnist.mjs";
import { drawPad } from "../lib/pad.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { Stage } from "../lib/stage.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { ErrorChart } from "./chart.mjs";
import { errorText, readingOf, sceneOf, splitEqually, unpackOutputs } from "./math.mjs";
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
 * @typedef {Model<State>} Explorer
 *
 * @typedef {object} Setting @property {number} t @property {number} seed @property {number} digit
 * @property {Float32Array | null} drawn the reader's own digit, in place of the sample
 */

const PIXELS = 784;
const SEEDS = 100;
const SETTINGS = /** @type {const} */ (["t", "seed", "digit"]);
/** The runtime and one network, in megabytes as they are sent. */
const [RUNTIME, NETWORK] = [4, 1.3];

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  /** @type {Float32Array | null} */
  #drawn = null;
  /** Counts what was asked for; an answer is shown if no later one is. */
  #asked = 0;
  #ended = 0;
  /** @type {{ setting: Setting, scene: Scene, readings: Reading[] }} */
  #shown;

  /** @param {Explorer} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    const texts = this.#texts;
    this.model = model;
    this.signal = signal;
    this.samples = unpackPictures(model.get("samples"));
    this.alphaBars = alphasCumprod(model.get("schedule"));
    const named = model.get("names").map((name, i) => ({ name, type: model.get("types")[i] }));
    this.#shown = this.#fromStore();
    this.stage = this.#createStage(el);
    this.predict = newestWins(this.#runAll);
    this.pictures = new Pictures(named, texts);
    this.table = new ErrorTable(named, texts);
    this.charts = { x0: this.#chart("x0", texts.chartX0), eps: this.#chart("eps", texts.chartEps) };
    this.pad = this.#createPad();
    this.slider = this.#createSlider();
    this.refresh = oncePerFrame(() => this.#ask(), signal);
    this.body = element("div", { class: "gl-objectives" });
    this.#mount(el); // before anything is drawn: ink has the colour that the page gives it
    this.#open();
    this.#follow();
  }

  /** What there is to see, as the model and the pad say. @returns {Setting} */
  #wanted() {
    const [t, seed, digit] = SETTINGS.map((key) => this.model.get(key));
    return { t, seed, digit, drawn: this.#drawn };
  }

  /** @param {Setting} setting */
  #scene({ t, seed, digit, drawn }) {
    const x0 = toDiffusionRange(drawn ?? this.samples[digit]);
    return sceneOf(x0, gaussianNoise(seed, PIXELS), t, this.alphaBars[t]);
  }

  #fromStore() {
    const { outputs, ...at } = this.model.get("stored");
    const setting = { ...at, drawn: null };
    const scene = this.#scene(setting);
    const stored = unpackOutputs(outputs, this.model.get("names").length);
    return { setting, scene, readings: this.#read(scene, stored) };
  }

  /** @param {Scene} scene @param {Float32Array[]} outputs */
  #read(scene, outputs) {
    return outputs.map((output, i) => readingOf(this.model.get("types")[i], output, scene));
  }

  /** Show the start from the state, or ask for what else the model says. */
  #open() {
    const linked = this.stage.takeLink();
    this.#show();
    this.slider.show(this.model.get("t"));
    if (linked || !this.#isCurrent()) this.refresh();
    this.stage.sayNow();
  }

  #isCurrent() {
    const [wanted, { setting }] = [this.#wanted(), this.#shown];
    return setting.drawn === wanted.drawn && SETTINGS.every((key) => setting[key] === wanted[key]);
  }

  /** All networks as one, so that what is shown is of one moment. @type {Run} */
  #runAll = async (_, data, shape, ...more) => {
    const { run } = this.stage.client;
    const names = this.model.get("names").map((name) => `denoiser-${name}`);
    const answers = await Promise.all(names.map((name) => run(name, data, shape, ...more)));
    const joined = new Float32Array(answers.length * PIXELS);
    answers.forEach((answer, i) => joined.set(answer.data, i * PIXELS));
    return { data: joined, shape: [answers.length, PIXELS], milliseconds: 0 };
  };

  /** Ask the networks for what is wanted now; of an error the stage tells itself. */
  #ask = async () => {
    const setting = this.#wanted();
    const scene = this.#scene(setting);
    const turn = ++this.#asked;
    this.#markCurrent();
    const time = { data: [setting.t], shape: [1] };
    const answer = await this.predict("all", scene.xt, [1, 1, 28, 28], time).catch(() => null);
    if (!answer || this.signal.aborted || turn < this.#ended) return;
    this.#ended = turn;
    const outputs = splitEqually(answer.data, answer.shape[0]);
    this.#shown = { setting, scene, readings: this.#read(scene, outputs) };
    this.#show();
    this.stage.say();
  };

  #show() {
    const { scene, readings } = this.#shown;
    this.pictures.show(scene, readings);
    this.table.show(readings);
    for (const [form, chart] of /** @type {const} */ ([["x0", this.charts.x0], ["eps", this.charts.eps]]))
      chart.show(scene.t, readings.map(({ errors }) => errors[form]));
    this.#markCurrent();
  }

  #markCurrent() {
    this.body.dataset.current = String(this.#isCurrent());
  }

  #describe() {
    const { setting, scene, readings } = this.#shown;
    const texts = this.#texts;
    const order = readings
      .map(({ errors }, i) => ({ name: this.model.get("names")[i], error: errors.x0 }))
      .sort((a, b) => a.error - b.error)
      .map(({ name, error }) => ({ name, error: errorText(error) }));
    const [{ name: best, error }, ...others] = order;
    const { signal, noise } = scene.rates;
    const what = setting.drawn ? texts.drawing : fill(texts.testDigit, { digit: setting.digit });
    const common = { t: setting.t, seed: setting.seed, signal: signal.toFixed(2), noise: noise.toFixed(2) };
    return fill(others.length ? texts.at : texts.atOne, {
      ...{ ...common, what, best, error },
      others: others.map((one) => fill(texts.other, one)).join(texts.then),
    });
  }

  /** The reader changes something. @param {Partial<Setting>} values */
  #set({ drawn = this.#drawn, ...values }) {
    this.#drawn = drawn;
    this.stage.remark("");
    for (const [key, value] of Object.entries(values))
      this.model.set(/** @type {"t" | "seed" | "digit"} */ (key), /** @type {number} */ (value));
    this.model.save_changes();
    this.refresh(); // also where nothing changed: the first touch loads the networks
  }

  #follow() {
    const changed = () => {
      this.slider.show(this.model.get("t"));
      this.#markCurrent();
      this.refresh();
      this.stage.link();
    };
    for (const key of SETTINGS) {
      this.model.on(`change:${key}`, changed);
      this.signal.addEventListener("abort", () => this.model.off(`change:${key}`, changed));
    }
  }

  /** @param {WidgetRoot} el */
  #mount(el) {
    const { pad, pictures, signal, slider, stage, table } = this;
    const texts = this.#texts;
    const [seed, digit] = [() => this.model.get("seed"), () => this.model.get("digit")];
    const buttons = element("div", { class: "gl-buttons" });
    buttons.append(
      button(texts.next, () => this.#nextDigit(digit()), signal),
      button(texts.noise, () => this.#set({ seed: (seed() + 1) % SEEDS }), signal),
      button(texts.clear, pad.clear, signal),
    );
    const charts = element("div", { class: "gl-charts" }, this.charts.x0.root, this.charts.eps.root);
    const tools = element("div", { class: "gl-tools" }, pad.root, buttons);
    const scroller = element("div", { class: "gl-scroller" }, table.root);
    this.body.append(slider.root, pictures.root, stage.status.root, scroller, charts, tools);
    el.append(this.body);
    signal.addEventListener("abort", () => this.body.remove());
  }

  /** @param {number} digit */
  #nextDigit(digit) {
    const next = this.#drawn ? digit : (digit + 1) % this.samples.length;
    this.pad.clear();
    this.#set({ digit: next, drawn: null });
  }

  /** @param {WidgetRoot} el */
  #createStage(el) {
    const { model, signal } = this;
    const megabytes = Math.round(RUNTIME + NETWORK * model.get("names").length);
    const texts = { ...this.#texts, loadingPage: fill(this.#texts.loadingPage, { megabytes }) };
    const ranges = {
      t: { whole: /** @type {[number, number]} */ ([0, TIMESTEPS - 1]) },
      seed: { whole: /** @type {[number, number]} */ ([0, SEEDS - 1]) },
      digit: { whole: /** @type {[number, number]} */ ([0, this.samples.length - 1]) },
    };
    const [describe, onRetry] = [() => this.#describe(), () => this.refresh()];
    return new Stage({ model, el, texts, ranges, describe, onRetry, signal });
  }

  #createPad() {
    const { pad: label, hint, keysHint, penDown, penUp } = this.#texts;
    return drawPad({
      ...{ label, hint, keysHint, signal: this.signal },
      onInk: (ink) => {
        const drawn = toMnist(ink, GRID);
        if (drawn || this.#drawn) this.#set({ drawn });
      },
      onPen: (down) => this.stage.remark(down ? penDown : penUp),
    });
  }

  #createSlider() {
    const { sliderName: name, slider: label } = this.#texts;
    return sliderRow({
      ...{ name, label, min: 0, max: TIMESTEPS - 1, step: 1, signal: this.signal },
      format: String,
      onInput: (t) => this.#set({ t }),
    });
  }

  /** @param {"x0" | "eps"} form @param {string} title */
  #chart(form, title) {
    const curves = this.model.get("curves");
    const named = fill(title, { count: curves[0].count });
    return new ErrorChart({
      title: named,
      label: fill(this.#texts.chart, { title: named }),
      t: curves.map(({ t }) => t),
      errors: curves.map((curve) => curve[form]),
    });
  }
}

export default widget("objective-explorer", View);
