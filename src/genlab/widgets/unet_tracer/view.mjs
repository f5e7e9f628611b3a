/**
 * The UNet tracer: a UNet drawn block by block, the feature maps of the chosen one for a noisy
 * digit, the network's answer and what it means; and a button that samples with it.
 *
 * The values live in the model (stage, map, t, seed, digit); everything on show follows them. One
 * forward pass gives the maps of all stages, so going from block to block asks for nothing.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { StageInfo } from "./math.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { addNoise, alphasCumprod, gaussianNoise, ratesOf, readOutput, toDiffusionRange, toInk } from "../lib/math/diffusion.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element } from "../lib/dom.mjs";
import { IMAGE, PIXELS } from "../lib/math/mnist.mjs";
import { meanSquaredError, unpackPictures } from "../lib/math/pixels.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { limitOf, mapValues, stageValues, summary, unpackSigned } from "./math.mjs";
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
 * @typedef {object} Pass what goes into the network
 * @property {Float32Array} xt @property {Float32Array} eps @property {Float32Array} x0
 * @property {number} t @property {number} seed @property {string} digit in words
 */

/** Noise beyond three standard deviations has the full colour. */
const OUTPUT_LIMIT = 3;
const ALPHA_BARS = alphasCumprod("linear");

/** @extends {View<State, Texts>} */
class UNetTracer extends View {
  /** A digit drawn by hand, as 784 values; null where a test digit is looked at. @type {Float32Array | null} */
  #drawing = null;
  /**
   * The network's answer and what it is of; null before the first.
   * @type {{ values: Float32Array, pass: Pass } | null}
   */
  #answer = null;
  /** Of the chosen map: mean, lowest, highest. */
  #measured = [0, 0, 0];
  /** Of output and guess. @type {number[]} */
  #errors = [];
  /** Words for what is on show. */
  #said = "";
  #samples = unpackPictures(this.model.get("samples"));
  #sliders = {
    t: this.scrubber("t", { name: this.texts.t, label: this.texts.tLabel, ticks: [0, 250, 500, 750, 999] }),
    seed: this.slider("seed", { name: this.texts.seed, label: this.texts.seedLabel }),
  };
  #u = diagram(this, this.model.get("stages"), this.model.get("skips"), (stage) =>
    this.#enterStage(stage),
  );
  #maps = mapSheet(this, () => this.#map, (map) => this.choose({ map }));
  #source = new DigitSource(this, (pixels, _, at) => this.#take(pixels, at));
  #row = traceRow(this.#source.root, this.texts);
  #sampler = new Sampler(this, () => this.model.get("seed"));

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

  arrange() {
    const { t, seed } = this.#sliders;
    const root = element("div", { class: "gl-tracer" });
    root.append(
      element("div", { class: "gl-settings" }, t.root, seed.root),
      this.#row.root,
      this.#source.buttons,
      this.#u.root,
      this.#maps.root,
      element("div", { class: "gl-beside" }, this.#maps.large, this.#sampler.root),
    );
    return root;
  }

  /** The maps of all of a stage are stored. */
  get isStored() {
    const stored = this.model.get("stored");
    const keys = /** @type {const} */ (["stage", "t", "seed", "digit"]);
    return keys.every((key) => stored[key] === this.model.get(key));
  }

  showStored() {
    this.#source.choose(this.#sample);
    const pass = this.#pass();
    this.#showInput(pass);
    if (!this.isStored) return;
    const { limit, values, output, map, summary: measured } = this.model.get("stored");
    this.#showMaps(unpackSigned(values, limit), limit, map === this.#map ? measured : null);
    this.#showOutput(unpackSigned(output, OUTPUT_LIMIT), pass);
    this.#u.showMap(this.model.get("stages").length - 1, unpackSigned(output, OUTPUT_LIMIT));
  }

  /** @param {string} trait */
  changed(trait) {
    this.#sampler.stop();
    if (trait === "digit") {
      this.#drawing = null;
      this.#source.choose(this.#sample);
    }
    this.show();
    if (trait === "stage" || trait === "map") this.#showAnswer();
    else this.refresh();
  }

  show() {
    const { model } = this;
    this.#sliders.t.show(model.get("t"));
    this.#sliders.seed.show(model.get("seed"));
    this.#u.show(model.get("stage"));
    this.#maps.point(this.#info, this.#map);
  }

  /** What goes into the network now. @returns {Pass} */
  #pass() {
    const { model } = this;
    const x0 = toDiffusionRange(this.#drawing ?? this.#samples[this.#sample]);
    const [t, seed] = [model.get("t"), model.get("seed")];
    const eps = gaussianNoise(seed, PIXELS);
    const given = fill(this.texts.sampleDigit, { digit: model.get("digit") });
    const digit = this.#drawing ? this.texts.drawing : given;
    return { x0, eps, t, seed, digit, xt: addNoise(x0, eps, ratesOf(ALPHA_BARS[t])) };
  }

  async ask() {
    this.again = this.refresh;
    const pass = this.#pass();
    this.#showInput(pass);
    this.#maps.wait(true);
    const values = await this.answer("stages", pass.xt, IMAGE);
    if (!values) return; // a newer one is on its way, or it failed
    this.#answer = { values, pass };
    this.#showAnswer();
  }

  /** The chosen stage's maps and the output; where nothing is there yet, ask for it. */
  #showAnswer() {
    if (!this.#answer) return this.refresh();
    const { values: answer, pass } = this.#answer;
    const [stages, index] = [this.model.get("stages"), this.model.get("stage")];
    const values = index ? stageValues(answer, stages, index) : pass.xt;
    this.#showMaps(values, limitOf(values));
    this.#showOutput(stageValues(answer, stages, stages.length - 1), pass);
    this.#showBlocks(answer);
    this.#maps.wait(false);
    this.say();
  }

  /** @param {Pass} pass */
  #showInput({ xt }) {
    this.#row.input.show(toInk(xt));
    this.#u.showMap(0, xt);
  }

  /** In each block the map that is chosen, or its last. @param {Float32Array} answer */
  #showBlocks(answer) {
    const stages = this.model.get("stages");
    stages.slice(1).forEach((stage, i) => {
      const map = Math.min(this.model.get("map"), stage.shape[0]);
      this.#u.showMap(i + 1, mapValues(stageValues(answer, stages, i + 1), stage, map));
    });
  }

  /**
   * @param {Float32Array} values of the chosen stage @param {number} limit
   * @param {[number, number, number] | null} measured of the chosen map, where it is known exactly
   */
  #showMaps(values, limit, measured = null) {
    this.#maps.show(values, this.#info, limit);
    this.#maps.enlarge(values, this.#info, this.#map, limit);
    this.#u.showMap(this.model.get("stage"), mapValues(values, this.#info, this.#map));
    this.#measured = measured ?? summary(mapValues(values, this.#info, this.#map));
  }

  /** @param {Float32Array} output @param {Pass} pass */
  #showOutput(output, pass) {
    const guess = readOutput("epsilon", output, pass.xt, ratesOf(ALPHA_BARS[pass.t])).x0;
    this.#row.output.show(output, OUTPUT_LIMIT);
    this.#row.guess.show(toInk(guess));
    const errors = [meanSquaredError(output, pass.eps), meanSquaredError(guess, pass.x0)];
    this.#errors = errors;
    this.#said = this.#inWords(pass, errors);
  }

  facts() {
    const [ofEps, ofX0] = this.#errors.map((value) => value.toFixed(3));
    if (!ofX0) return [];
    const [{ texts }, mean] = [this, this.#measured[0].toFixed(2)];
    return [
      { name: texts.guessError, value: ofX0 },
      { name: texts.outputError, value: ofEps },
      { name: texts.mapMean, value: mean },
    ];
  }

  describe() {
    return this.#said;
  }

  /** @param {Pass} pass @param {number[]} errors of the output and of the guess */
  #inWords({ digit, seed, t }, errors) {
    const [{ texts }, { name, shape }] = [this, this.#info];
    const [mean, low, high] = this.#measured.map((value) => value.toFixed(2));
    const [channels, side] = shape;
    const [ofEps, ofX0] = errors.map((value) => value.toFixed(3));
    return fill(texts.shown, {
      ...{ digit, seed, t, name, side, map: this.#map, mean, low, high, ofEps, ofX0 },
      channels: channels === 1 ? texts.oneMap : fill(texts.someMaps, { channels }),
    });
  }

  /** @param {Partial<State>} values */
  choose(values) {
    this.set(values);
    this.#sampler.stop(); // which may have something to say
    if (!this.#answer) this.refresh(); // the first touch asks, also where all stays as it was
  }

  /** @param {number} stage */
  #enterStage(stage) {
    const most = this.model.get("stages")[stage].shape[0];
    this.choose({ stage, map: Math.min(this.model.get("map"), most) });
  }

  /** A digit is given. @param {Float32Array} pixels @param {number} at a sample, or -1 */
  #take(pixels, at) {
    this.#drawing = at < 0 ? pixels : null;
    this.choose(at < 0 ? {} : { digit: Number(this.model.get("sample_labels")[at]) });
    this.refresh();
  }
}

export default widget("unet-tracer", UNetTracer, strings);
