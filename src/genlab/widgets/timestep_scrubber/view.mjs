/**
 * The timestep scrubber: a digit with the noise of any timestep, the curves of three schedules, and
 * a network's guess of what the digit was.
 *
 * The values live in the model (t, schedule, seed, digit); everything on show follows them. The
 * noisy digit is arithmetic and is there at once; the guess comes when the network has answered.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
/** @import { Texts } from "./chart.mjs" */
import { button } from "../lib/controls.mjs";
import { addNoise, clipped, gaussianNoise, ratesOf, readOutput, snrOf, toDiffusionRange, toInk } from "../lib/math/diffusion.mjs";
import { captioned, digitPicture } from "../lib/digit.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element } from "../lib/dom.mjs";
import { IMAGE, PIXELS } from "../lib/math/mnist.mjs";
import { meanSquaredError, unpackPictures } from "../lib/math/pixels.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { scheduleChart, scheduleChoice, TICKS_X } from "./chart.mjs";
import { allAlphaBars, shortNumber, shortPercent, timestepOfSnr } from "./math.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} t @property {BetaSchedule} schedule of the forward process
 * @property {number} seed of the noise @property {number} digit class of the test digit
 * @property {BetaSchedule} trained_schedule @property {PredictionType} prediction_type of the network
 * @property {string} samples test digits, packed @property {string} sample_labels their classes
 * @property {string} mean the mean training digit, packed
 * @property {{ t: number, schedule: BetaSchedule, seed: number, digit: number, pixels: string }} stored
 *   the guess at the start, packed
 * @typedef {Values & HostState} State
 */

/** @extends {View<State, Texts>} */
class TimestepScrubber extends View {
  #alphaBars = allAlphaBars();
  /** The reader's digit in [0, 1] in place of a test digit. @type {Float32Array | null} */
  #drawing = null;
  /** Tells one drawing from the next. */
  #drawings = 0;
  /** What the guess on show is of, and how far it is from x0. */
  #guessed = { of: "", error: NaN };
  #samples = unpackPictures(this.model.get("samples"));
  #mean = unpackPictures(this.model.get("mean"))[0];
  #noisy = digitPicture(this.texts.noisy);
  #guess = digitPicture(this.texts.guess);
  #slider = this.scrubber("t", {
    ...{ name: this.texts.sliderName, label: this.texts.slider, ticks: TICKS_X },
  });
  #chart = scheduleChart(this, this.#alphaBars, (t) => this.choose({ t }));
  #choice = scheduleChoice(this, (schedule) => this.choose({ schedule }));
  #source = new DigitSource(this, (...given) => this.#take(...given));

  arrange() {
    const { texts, signal } = this;
    this.#source.buttons.prepend(button(texts.noise, () => this.advance("seed"), signal));
    const title = element("div", { class: "gl-title", "aria-hidden": "true" }, texts.chartTitle);
    const words = element("div", { class: "gl-words" }, this.#choice.root, this.#source.buttons);
    const root = element("div", { class: "gl-scrubber" });
    root.append(
      this.#slider.root,
      captioned(this.#noisy.root, texts.noisyCaption),
      captioned(this.#guess.root, texts.guessCaption),
      element("div", { class: "gl-chart-part" }, title, this.#chart.root),
      element("div", { class: "gl-bench" }, this.#source.root, words),
    );
    return root;
  }

  // -- what is on show ---------------------------------------------------------------------------

  get #index() {
    return this.model.get("sample_labels").indexOf(String(this.model.get("digit")));
  }

  /** The digit as the forward process takes it, 784 values in [-1, 1]. */
  get #x0() {
    return toDiffusionRange(this.#drawing ?? this.#samples[this.#index]);
  }

  get #alphaBar() {
    return this.#alphaBars[this.model.get("schedule")][this.model.get("t")];
  }

  get #xt() {
    const eps = gaussianNoise(this.model.get("seed"), PIXELS);
    return addNoise(this.#x0, eps, ratesOf(this.#alphaBar));
  }

  /** The timestep of the network's own schedule with this SNR; it knows no other schedule. */
  get #asked() {
    return timestepOfSnr(this.#alphaBar, this.#alphaBars[this.model.get("trained_schedule")]);
  }

  /** What the guess has to be of, in one text. */
  get #wanted() {
    const { model } = this;
    const drawing = this.#drawing ? this.#drawings : 0;
    const [t, schedule] = [model.get("t"), model.get("schedule")];
    return [drawing, t, schedule, model.get("seed"), model.get("digit")].join(" ");
  }

  /** @param {Float32Array} guess */
  #errorOf = (guess) => meanSquaredError(guess, this.#x0);

  showStored() {
    const [guess] = unpackPictures(this.model.get("stored").pixels);
    this.#source.choose(this.#index);
    this.#guess.show(guess);
    if (!this.isStored) return;
    this.#markGuess({ of: this.#wanted, error: this.#errorOf(toDiffusionRange(guess)) });
  }

  /** All but the guess follows at once. */
  show() {
    const [t, schedule] = [this.model.get("t"), this.model.get("schedule")];
    this.#slider.show(t);
    this.#chart.show(t, schedule);
    this.#choice.show(schedule);
    this.#noisy.show(toInk(this.#xt));
    this.#markGuess();
  }

  /** Is the guess on show the one of what is on show? */
  #markGuess(guessed = this.#guessed) {
    this.#guessed = guessed;
    const figure = this.#guess.root.parentElement;
    if (figure) figure.dataset.current = String(guessed.of === this.#wanted);
  }

  /** Show the network's guess unless something newer is wanted by then. */
  async ask() {
    const [wanted, xt, asked] = [this.#wanted, this.#xt, this.#asked];
    const output = await this.answer("denoiser", xt, IMAGE, { data: [asked], shape: [1] });
    if (!output || wanted !== this.#wanted) return;
    const rates = ratesOf(this.#alphaBars[this.model.get("trained_schedule")][asked]);
    const guess = clipped(readOutput(this.model.get("prediction_type"), output, xt, rates).x0);
    this.#guess.show(toInk(guess));
    this.#markGuess({ of: wanted, error: this.#errorOf(guess) });
    this.say();
  }

  facts() {
    const [{ texts }, share] = [this, shortPercent(this.#alphaBar)];
    const known = this.#guessed.of === this.#wanted;
    const percent = fill(share ? texts.percent : texts.lessThan, { value: share ?? 0.01 });
    return [
      { name: texts.shareName, value: percent },
      { name: texts.snrName, value: shortNumber(snrOf(this.#alphaBar)) },
      { name: texts.errorName, value: known ? this.#guessed.error.toFixed(3) : "…" },
    ];
  }

  describe() {
    const [texts, schedule] = [this.texts, this.model.get("schedule")];
    const share = shortPercent(this.#alphaBar);
    const at = fill(texts.at, {
      ...{ t: this.model.get("t"), schedule, snr: shortNumber(snrOf(this.#alphaBar)) },
      share: fill(share ? texts.percent : texts.lessThan, { value: share ?? 0.01 }),
    });
    const trained = this.model.get("trained_schedule");
    const asked = schedule === trained ? "" : fill(texts.asked, { trained, asked: this.#asked });
    return [at, this.#describeGuess(), asked].join(" ");
  }

  #describeGuess() {
    if (this.#guessed.of !== this.#wanted) return this.texts.waiting;
    const mean = this.#errorOf(toDiffusionRange(this.#mean)).toFixed(3);
    return fill(this.texts.error, { error: this.#guessed.error.toFixed(3), mean });
  }

  // -- what the reader does ----------------------------------------------------------------------

  /**
   * A digit is given.
   * @param {Float32Array} pixels @param {string} note @param {number} at a sample, or -1
   */
  #take(pixels, note, at) {
    this.#drawing = at < 0 ? pixels : null;
    this.#drawings += 1;
    if (at >= 0) this.choose({ digit: Number(this.model.get("sample_labels")[at]) });
    this.show();
    this.refresh();
    this.remark(note);
  }

  /** @param {string} trait */
  changed(trait) {
    if (trait === "digit") {
      this.#drawing = null;
      this.#source.choose(this.#index);
    }
    super.changed(trait);
  }
}

export default widget("timestep-scrubber", TimestepScrubber, strings);
