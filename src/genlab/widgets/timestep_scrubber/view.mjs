/**
 * The timestep scrubber: a digit with the noise of any timestep, the curves of three schedules, and
 * a network's guess of what the digit was.
 *
 * The values live in the model (t, schedule, seed, digit); everything on show follows them. The
 * noisy digit is arithmetic and is there at once; the guess comes when the network has answered.
 */

/** @import { HostState, Model, WidgetRoot } from "../lib/types.mjs" */
/** @import { Ranges } from "../lib/math/query.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
import { button, sliderRow } from "../lib/controls.mjs";
import { addNoise, clipped, gaussianNoise, ratesOf, readOutput, snrOf, TIMESTEPS, toDiffusionRange, toInk } from "../lib/math/diffusion.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { Stage } from "../lib/stage.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { scheduleChart, scheduleChoice } from "./chart.mjs";
import { allAlphaBars, meanSquaredError, SCHEDULES, shortNumber, shortPercent, timestepOfSnr } from "./math.mjs";
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
 * @typedef {Model<State>} Scrubber
 *
 * @typedef {"t" | "schedule" | "seed" | "digit"} Key
 */

const SEEDS = 10_000;
const PIXELS = 28 * 28;
/** @type {Key[]} */
const KEYS = ["t", "schedule", "seed", "digit"];

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  #alphaBars = allAlphaBars();
  /** The reader's digit in [0, 1] in place of a test digit. @type {Float32Array | null} */
  #drawing = null;
  /** Tells one drawing from the next. */
  #drawings = 0;
  /** What the guess on show is of, and how far it is from x0. */
  #guessed = { of: "", error: NaN };

  /** @param {Scrubber} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    const texts = this.#texts;
    this.model = model;
    this.el = el;
    this.samples = unpackPictures(model.get("samples"));
    this.mean = unpackPictures(model.get("mean"))[0];
    const common = { model, el, texts, ranges: this.#ranges(), signal };
    const [describe, onRetry] = [() => this.#describe(), () => this.refresh()];
    this.stage = new Stage({ ...common, describe, onRetry });
    this.refresh = oncePerFrame(() => this.#ask(), signal);
    this.noisy = digitPicture(texts.noisy);
    this.guess = digitPicture(texts.guess);
    this.slider = this.#createSlider(signal);
    /** @param {number} t */
    const onMove = (t) => this.#set("t", t);
    this.chart = scheduleChart({ alphaBars: this.#alphaBars, texts, onMove, signal });
    /** @param {BetaSchedule} schedule */
    const onChoose = (schedule) => this.#set("schedule", schedule);
    this.choice = scheduleChoice({ texts, onChoose, signal });
    this.source = this.#createSource(signal);
    this.#mount(signal); // before anything is drawn: ink has the colour that the page gives it
    this.#open();
    this.#follow(signal);
  }

  /** Show the start from the state, or ask for what else is to be seen. */
  #open() {
    const linked = this.stage.takeLink();
    const { pixels, ...start } = this.model.get("stored");
    const same = KEYS.every((key) => start[key] === this.model.get(key));
    const [guess] = unpackPictures(pixels);
    this.source.choose(this.#index);
    this.guess.show(guess);
    if (same) this.#guessed = { of: this.#wanted, error: this.#errorOf(toDiffusionRange(guess)) };
    this.#show();
    if (linked || !same) this.refresh();
    this.stage.sayNow();
  }

  // -- what is on show ---------------------------------------------------------------------------

  get #index() {
    return this.model.get("sample_labels").indexOf(String(this.model.get("digit")));
  }

  /** The digit as the forward process takes it, 784 values in [-1, 1]. */
  get #x0() {
    return toDiffusionRange(this.#drawing ?? this.samples[this.#index]);
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
    const drawing = this.#drawing ? this.#drawings : 0;
    return [drawing, ...KEYS.map((key) => this.model.get(key))].join(" ");
  }

  /** @param {Float32Array} guess */
  #errorOf = (guess) => meanSquaredError(guess, this.#x0);

  /** All but the guess follows at once. */
  #show() {
    const [t, schedule] = [this.model.get("t"), this.model.get("schedule")];
    this.slider.show(t);
    this.chart.show(t, schedule);
    this.choice.show(schedule);
    this.noisy.show(toInk(this.#xt));
    this.#markGuess();
  }

  /** Is the guess on show the one of what is on show? */
  #markGuess() {
    const figure = this.guess.root.parentElement;
    if (figure) figure.dataset.current = String(this.#guessed.of === this.#wanted);
  }

  /** Ask the network, and show its guess unless something newer is wanted by then. */
  async #ask() {
    const [wanted, xt, asked] = [this.#wanted, this.#xt, this.#asked];
    const time = { data: [asked], shape: [1] };
    // Of an error the client tells itself; null means that a newer question came first.
    const answer = await this.stage.client
      .latest("denoiser", xt, [1, 1, 28, 28], time)
      .catch(() => null);
    if (!answer || wanted !== this.#wanted) return;
    const rates = ratesOf(this.#alphaBars[this.model.get("trained_schedule")][asked]);
    const guess = clipped(readOutput(this.model.get("prediction_type"), answer.data, xt, rates).x0);
    this.guess.show(toInk(guess));
    this.#guessed = { of: wanted, error: this.#errorOf(guess) };
    this.#markGuess();
    this.stage.say();
  }

  #describe() {
    const [texts, schedule] = [this.#texts, this.model.get("schedule")];
    const share = shortPercent(this.#alphaBar);
    const at = fill(texts.at, {
      ...{ t: this.model.get("t"), schedule, snr: shortNumber(snrOf(this.#alphaBar)) },
      share: fill(share ? texts.percent : texts.lessThan, { value: share ?? 0.01 }),
    });
    const trained = this.model.get("trained_schedule");
    const asked = schedule === trained ? "" : fill(texts.asked, { trained, asked: this.#asked });
    return [at, this.#describeGuess(), asked].join(" ").trim();
  }

  #describeGuess() {
    if (this.#guessed.of !== this.#wanted) return this.#texts.waiting;
    const mean = this.#errorOf(toDiffusionRange(this.mean)).toFixed(3);
    return fill(this.#texts.error, { error: this.#guessed.error.toFixed(3), mean });
  }

  // -- what the reader does ----------------------------------------------------------------------

  /**
   * The first time this asks for the network, also where the value was there already.
   * @template {Key} Name @param {Name} key @param {State[Name]} value
   */
  #set(key, value) {
    this.stage.remark("");
    this.model.set(key, value);
    this.model.save_changes();
    this.refresh();
  }

  /** @param {Float32Array} pixels @param {string} note @param {number} at a sample, or -1 */
  #onDigit = (pixels, note, at) => {
    this.#drawing = at < 0 ? pixels : null;
    this.#drawings += 1;
    if (at >= 0) this.#set("digit", Number(this.model.get("sample_labels")[at]));
    this.#show();
    this.refresh();
    this.stage.remark(note);
  };

  #newNoise = () => this.#set("seed", (this.model.get("seed") + 1) % SEEDS);

  // -- how it is put together ----------------------------------------------------------------------

  /** @returns {Ranges} */
  #ranges() {
    return {
      t: { whole: [0, TIMESTEPS - 1] },
      schedule: { words: SCHEDULES },
      seed: { whole: [0, SEEDS - 1] },
      digit: { oneOf: [...this.model.get("sample_labels")].map(Number) },
    };
  }

  /** @param {AbortSignal} signal */
  #createSlider(signal) {
    return sliderRow({
      ...{ name: "t", label: this.#texts.slider, min: 0, max: TIMESTEPS - 1, step: 1 },
      format: String,
      onInput: (t) => this.#set("t", t),
      signal,
    });
  }

  /** @param {AbortSignal} signal */
  #createSource(signal) {
    const [samples, labels] = [this.model.get("samples"), this.model.get("sample_labels")];
    /** @param {string} note */
    const onNote = (note) => this.stage.remark(note);
    const source = new DigitSource({
      ...{ samples, labels, texts: this.#texts, onDigit: this.#onDigit, onNote, signal },
    });
    source.buttons.prepend(button(this.#texts.noise, this.#newNoise, signal));
    return source;
  }

  /** @param {AbortSignal} signal */
  #mount(signal) {
    const { slider, choice, chart, noisy, guess, source, stage } = this;
    /** @param {HTMLElement} picture @param {string} text */
    const captioned = (picture, text) => {
      const caption = element("div", { class: "gl-caption", "aria-hidden": "true" }, text);
      return element("div", { class: "gl-seen" }, picture, caption);
    };
    const title = element("div", { class: "gl-title", "aria-hidden": "true" }, this.#texts.chartTitle);
    const words = element("div", { class: "gl-words" }, source.buttons, stage.status.root);
    const root = element("div", { class: "gl-scrubber" });
    root.append(
      slider.root,
      captioned(noisy.root, this.#texts.noisyCaption),
      captioned(guess.root, this.#texts.guessCaption),
      element("div", { class: "gl-chart-part" }, title, chart.root),
      choice.root,
      element("div", { class: "gl-bench" }, source.root, words),
    );
    this.el.append(root);
    signal.addEventListener("abort", () => root.remove());
  }

  /** @param {AbortSignal} signal */
  #follow(signal) {
    const changed = () => {
      this.#show();
      this.refresh();
      this.stage.say();
      this.stage.link();
    };
    const chosen = () => {
      this.#drawing = null;
      this.source.choose(this.#index);
      changed();
    };
    for (const key of KEYS) {
      const listener = key === "digit" ? chosen : changed;
      this.model.on(`change:${key}`, listener);
      signal.addEventListener("abort", () => this.model.off(`change:${key}`, listener));
    }
  }
}

export default widget("timestep-scrubber", View);
