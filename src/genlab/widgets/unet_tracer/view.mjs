/**
 * The UNet tracer: a UNet drawn block by block, the feature maps of the chosen one for a noisy
 * digit, the network's answer and what it means; and a button that samples with it.
 *
 * The values live in the model (stage, map, t, seed, digit); everything on show follows them. One
 * forward pass gives the maps of all stages, so going from block to block asks for nothing.
 */

/** @import { HostState, Model, WidgetRoot } from "../lib/types.mjs" */
/** @import { Ranges } from "../lib/math/query.mjs" */
/** @import { StageInfo } from "./math.mjs" */
import { sliderRow } from "../lib/controls.mjs";
import { addNoise, alphasCumprod, gaussianNoise, ratesOf, readOutput, TIMESTEPS, toDiffusionRange, toInk } from "../lib/math/diffusion.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { Stage } from "../lib/stage.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { limitOf, mapValues, meanSquaredError, PIXELS, stageValues, summary, unpackSigned } from "./math.mjs";
import { diagram, mapSheet, traceRow } from "./parts.mjs";
import { Sampler } from "./sampling.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} stage 0 is the input @property {number} map from 1
 * @property {number} t @property {number} seed
 * @property {number} digit the class of the test digit
 * @property {StageInfo[]} stages
 * @property {string} skips "added", "stacked", "none" or "unknown"
 * @property {string} samples packed test digits @property {string} sample_labels their classes
 * @property {{ stage: number, t: number, seed: number, digit: number, limit: number, map: number,
 *   values: string, output: string, summary: [number, number, number] }} stored
 *   the maps of one stage and the output, as they are at the start
 * @typedef {Values & HostState} State
 * @typedef {Model<State>} Tracer
 * @typedef {object} Pass what goes into the network
 * @property {Float32Array} xt @property {Float32Array} eps @property {Float32Array} x0
 * @property {number} t @property {number} seed @property {string} digit in words
 */

const IMAGE = [1, 1, 28, 28];
/** Noise beyond three standard deviations has the full colour. */
const OUTPUT_LIMIT = 3;
const MAX_SEED = 99;
const ALPHA_BARS = alphasCumprod("linear");
const KEYS = /** @type {const} */ (["stage", "map", "t", "seed", "digit"]);

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  /** A digit drawn by hand, as 784 values; null where a test digit is looked at. @type {Float32Array | null} */
  #drawing = null;
  /** The network's answer for the pass on show; null before the first. @type {Float32Array | null} */
  #answer = null;
  /** Words for what is on show. */
  #said = "";
  /** What to do once more after an error. */
  #again = () => this.#ask();

  /** @param {Tracer} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    this.model = model;
    this.el = el;
    const texts = this.#texts;
    const common = { model, el, texts, ranges: this.#ranges(), signal };
    const onRetry = () => this.#again();
    this.stage = new Stage({ ...common, describe: () => this.#said, onRetry });
    this.samples = unpackPictures(model.get("samples"));
    this.sliders = {
      t: this.#slider("t", texts.tLabel, 0, TIMESTEPS - 1, signal),
      seed: this.#slider("seed", texts.seedLabel, 1, MAX_SEED, signal),
    };
    this.row = traceRow(texts);
    const [stages, skips] = [model.get("stages"), model.get("skips")];
    this.u = diagram({ stages, skips, texts, onStage: this.#onStage, signal });
    const onMap = (/** @type {number} */ map) => this.#set({ map });
    this.maps = mapSheet({ texts, getMap: () => this.#map, onMap, signal });
    this.source = this.#createSource(signal);
    this.sampler = this.#createSampler(signal);
    this.refresh = oncePerFrame(() => this.#ask(), signal);
    this.#mount(signal); // first: a canvas takes its colours from where it is
    this.#open();
    this.#follow(signal);
  }

  get #info() {
    return this.model.get("stages")[this.model.get("stage")];
  }

  /** The map on show: a stage may have fewer than the one before. */
  get #map() {
    return Math.min(this.model.get("map"), this.#info.shape[0]);
  }

  /** Which sample is the digit of the model. */
  get #sample() {
    return Math.max(this.model.get("sample_labels").indexOf(String(this.model.get("digit"))), 0);
  }

  /** Show the start from the state, or ask for it where it is another one. */
  #open() {
    const linked = this.stage.takeLink();
    const stored = this.model.get("stored");
    this.source.choose(this.#sample);
    this.#point();
    this.#showInput(this.#pass());
    const same = /** @type {const} */ (["stage", "t", "seed", "digit"]).every(
      (key) => stored[key] === this.model.get(key),
    );
    if (same) this.#showStored();
    if (linked || !same) this.refresh();
    this.stage.sayNow();
  }

  #showStored() {
    const { limit, values, output, map, summary: measured } = this.model.get("stored");
    const pass = this.#pass();
    this.#showMaps(unpackSigned(values, limit), limit, map === this.#map ? measured : null);
    this.#showOutput(unpackSigned(output, OUTPUT_LIMIT), pass);
  }

  /** @param {AbortSignal} signal */
  #mount(signal) {
    const { sliders, row, u, maps, source, sampler, stage, el } = this;
    const tools = element("div", { class: "gl-tools" }, source.buttons, sampler.root);
    const root = element("div", { class: "gl-tracer" });
    root.append(
      element("div", { class: "gl-settings" }, sliders.t.root, sliders.seed.root),
      row.root,
      u.root,
      maps.root,
      maps.large,
      stage.status.root,
      element("div", { class: "gl-bench" }, source.root, tools),
    );
    el.append(root);
    signal.addEventListener("abort", () => root.remove());
  }

  /** @param {AbortSignal} signal */
  #follow(signal) {
    const changed = (/** @type {(typeof KEYS)[number]} */ key) => {
      this.sampler.stop();
      if (key === "digit") this.#takeSample();
      this.#point();
      if (key === "stage" || key === "map") this.#showAnswer();
      else this.refresh();
      this.stage.link();
    };
    for (const key of KEYS) {
      const listener = () => changed(key);
      this.model.on(`change:${key}`, listener);
      signal.addEventListener("abort", () => this.model.off(`change:${key}`, listener));
    }
  }

  #takeSample() {
    this.#drawing = null;
    this.source.choose(this.#sample);
  }

  /** Bring sliders, diagram and cursor to where the model is. */
  #point() {
    const { model } = this;
    this.sliders.t.show(model.get("t"));
    this.sliders.seed.show(model.get("seed"));
    this.u.show(model.get("stage"));
    this.maps.point(this.#info, this.#map);
  }

  /** What goes into the network now. @returns {Pass} */
  #pass() {
    const { model } = this;
    const x0 = toDiffusionRange(this.#drawing ?? this.samples[this.#sample]);
    const [t, seed] = [model.get("t"), model.get("seed")];
    const eps = gaussianNoise(seed, PIXELS);
    const given = fill(this.#texts.sampleDigit, { digit: model.get("digit") });
    const digit = this.#drawing ? this.#texts.drawing : given;
    return { x0, eps, t, seed, digit, xt: addNoise(x0, eps, ratesOf(ALPHA_BARS[t])) };
  }

  /** Send the noisy digit through the network; of an error the stage tells itself. */
  async #ask() {
    this.#again = () => this.#ask();
    const pass = this.#pass();
    this.#showInput(pass);
    this.maps.wait(true);
    const answer = await this.stage.client.latest("stages", pass.xt, IMAGE).catch(() => null);
    if (!answer) return; // a newer one is on its way, or it failed
    this.#answer = answer.data;
    this.#passed = pass;
    this.#showAnswer();
  }

  /** The pass that the answer belongs to. @type {Pass | null} */
  #passed = null;

  /** The chosen stage's maps and the output; where nothing is there yet, ask for it. */
  #showAnswer() {
    if (!this.#answer || !this.#passed) return this.refresh();
    const [stages, index] = [this.model.get("stages"), this.model.get("stage")];
    const values = index ? stageValues(this.#answer, stages, index) : this.#passed.xt;
    this.#showMaps(values, limitOf(values));
    this.#showOutput(stageValues(this.#answer, stages, stages.length - 1), this.#passed);
    this.maps.wait(false);
    this.stage.say();
  }

  /** @param {Pass} pass */
  #showInput({ x0, xt }) {
    this.row.digit.show(toInk(x0));
    this.row.input.show(toInk(xt));
  }

  /**
   * @param {Float32Array} values of the chosen stage @param {number} limit
   * @param {[number, number, number] | null} measured of the chosen map, where it is known exactly
   */
  #showMaps(values, limit, measured = null) {
    this.maps.show(values, this.#info, limit);
    this.maps.enlarge(values, this.#info, this.#map, limit);
    this.#measured = measured ?? summary(mapValues(values, this.#info, this.#map));
  }

  /** Of the chosen map: mean, lowest, highest. */
  #measured = [0, 0, 0];

  /** @param {Float32Array} output @param {Pass} pass */
  #showOutput(output, pass) {
    const guess = readOutput("epsilon", output, pass.xt, ratesOf(ALPHA_BARS[pass.t])).x0;
    this.row.output.show(output, OUTPUT_LIMIT);
    this.row.guess.show(toInk(guess));
    const errors = [meanSquaredError(output, pass.eps), meanSquaredError(guess, pass.x0)];
    this.#said = this.#describe(pass, errors);
  }

  /** @param {Pass} pass @param {number[]} errors of the output and of the guess */
  #describe({ digit, seed, t }, errors) {
    const [texts, { name, shape }] = [this.#texts, this.#info];
    const [mean, low, high] = this.#measured.map((value) => value.toFixed(2));
    const [channels, side] = shape;
    const [ofEps, ofX0] = errors.map((value) => value.toFixed(3));
    return fill(texts.shown, {
      ...{ digit, seed, t, name, side, map: this.#map, mean, low, high, ofEps, ofX0 },
      channels: channels === 1 ? texts.oneMap : fill(texts.someMaps, { channels }),
    });
  }

  /** @returns {Ranges} */
  #ranges() {
    const stages = this.model.get("stages");
    const widest = Math.max(...stages.map(({ shape }) => shape[0]));
    return {
      stage: { whole: [0, stages.length - 1] },
      map: { whole: [1, widest] },
      t: { whole: [0, TIMESTEPS - 1] },
      seed: { whole: [1, MAX_SEED] },
      digit: { oneOf: [...this.model.get("sample_labels")].map(Number) },
    };
  }

  /** The reader changes something. @param {Partial<Values>} values */
  #set(values) {
    this.stage.remark("");
    this.sampler.stop(); // which may have something to say
    for (const [key, value] of Object.entries(values))
      this.model.set(/** @type {keyof Values} */ (key), value);
    this.model.save_changes();
    if (!this.#answer) this.refresh(); // the first touch asks, also where all stays as it was
  }

  /** @param {number} stage */
  #onStage = (stage) => {
    const most = this.model.get("stages")[stage].shape[0];
    this.#set({ stage, map: Math.min(this.model.get("map"), most) });
  };

  /** @param {"t" | "seed"} name @param {string} label @param {number} min @param {number} max @param {AbortSignal} signal */
  #slider(name, label, min, max, signal) {
    const onInput = (/** @type {number} */ value) => this.#set({ [name]: value });
    return sliderRow({ name, label, min, max, step: 1, format: String, onInput, signal });
  }

  /** @param {AbortSignal} signal */
  #createSource(signal) {
    const labels = this.model.get("sample_labels");
    return new DigitSource({
      ...{ samples: this.model.get("samples"), labels, texts: this.#texts, signal },
      onDigit: (pixels, _, index) => {
        this.#drawing = index < 0 ? pixels : null;
        if (index >= 0) this.#set({ digit: Number(labels[index]) });
        else this.#set({});
        this.refresh();
      },
      onNote: (note) => this.stage.remark(note),
    });
  }

  /** @param {AbortSignal} signal */
  #createSampler(signal) {
    return new Sampler({
      ...{ texts: this.#texts, run: this.stage.client.run, signal },
      getSeed: () => this.model.get("seed"),
      onNote: (note) => this.stage.remark(note),
      onStart: () => (this.#again = this.sampler.run),
    });
  }
}

export default widget("unet-tracer", View);
