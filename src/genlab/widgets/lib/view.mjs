/** What the views of all widgets have in common: life on a model and in a page, words, a link. */

/** @import { HostState, Life, Model, Run, Tensor, WidgetRoot } from "./types.mjs" */
/** @import { RangeOptions } from "./controls.mjs" */
/** @import { AnyModel } from "./link.mjs" */
/** @import { SharedTexts } from "./strings.mjs" */
import { rangeSlider, statusLine } from "./controls.mjs";
import { oncePerFrame, whenQuiet } from "./dom.mjs";
import { copyText, frame } from "./frame.mjs";
import { InferClient } from "./infer.mjs";
import { addressOf, takeLink, writeLink } from "./link.mjs";
import { following, traitOf } from "./math/query.mjs";
import { playButton } from "./play.mjs";
import { fill } from "./strings.mjs";

/** @import { Fact } from "./frame.mjs" */
/** @typedef {SharedTexts & { title: string, task: string, loadingPage: string, failed: string }} ViewTexts */
/**
 * Where a view lives.
 * @template {HostState} State @template {ViewTexts} Texts
 * @typedef {{ model: Model<State>, el: WidgetRoot, texts: Texts, signal: AbortSignal,
 *   reset: () => void }} Context  reset: makes the view anew, as at the start
 */

/**
 * A widget on show; it follows the model until `signal` ends, and then leaves nothing behind.
 *
 * The values that a reader can set live in the model (`ranges` says which and what they may be), and
 * everything on show follows them, whoever changes them. A widget adds what is particular to it:
 * its parts, as fields, and how they stand (`arrange`); what of the start is stored (`showStored`);
 * what follows at once (`show`); what to ask the networks (`ask`); and what to say (`describe`).
 * @template {HostState} State @template {ViewTexts} Texts
 */
export class View {
  #note = "";
  #failure = "";
  /** @type {ReturnType<typeof frame> | null} */
  #frame = null;
  #sayLater;
  /** @type {Life} */
  #life = "idle";

  /** @param {Context<State, Texts>} context */
  constructor({ model, el, texts, signal, reset }) {
    this.model = model;
    this.el = el;
    this.texts = texts;
    this.signal = signal;
    this.reset = reset;
    this.client = new InferClient(model, this.enter, texts);
    this.client.onProgress = () => this.say();
    this.status = statusLine({ retry: texts.retry, onRetry: () => this.again(), signal });
    this.#sayLater = whenQuiet(this.sayNow, 120, signal);
    this.link = whenQuiet(() => writeLink(this.#anyModel), 250, signal);
    this.refresh = oncePerFrame(() => this.ask(), signal);
  }

  // -- what a widget adds ------------------------------------------------------------------------

  /** Put the parts together. @returns {HTMLElement} all that there is to see */
  arrange() {
    throw new Error("this view has no root; expected a method `arrange` that gives it");
  }

  /** Show what is stored of the start, as far as it is what is to be seen. */
  showStored() {}

  /** Bring what needs no network to where the model is. */
  show() {}

  /** Ask the networks for what is to be seen, and show their answer; of an error the view tells. */
  ask() {}

  /** What is shown, in words. */
  describe() {
    return "";
  }

  /** What is read off at a glance, the most important first and large. @returns {Fact[]} */
  facts() {
    return [];
  }

  /** What is said while an answer is waited for. */
  waiting() {
    return this.model.get("_instance") ? this.texts.loadingPage : this.texts.loadingKernel;
  }

  /** What to do once more after an error. */
  again = () => this.refresh();

  /** Of all that happens; a widget in which more has to come together narrows it. @returns {Life} */
  get state() {
    return this.#life;
  }

  // -- life --------------------------------------------------------------------------------------

  /** Stand in the page, show the start and follow the model. */
  start() {
    const { client, el, signal } = this;
    const { root } = (this.#frame = this.#framed());
    el.append(root); // before anything is drawn: ink has the colour that the page gives it
    el.dataset.state = "idle";
    el.genlab = { run: client.run };
    signal.addEventListener("abort", () => {
      client.close();
      root.remove();
      delete el.genlab;
    });
    const { linked, complaint } = takeLink(this.#anyModel, this.texts);
    this.#note = complaint;
    this.open(linked);
    this.sayNow(); // not when quiet: what is there from the start is not read out unasked
    for (const trait of this.#traits)
      this.follow(trait, () => {
        this.changed(trait);
        this.link();
      });
  }

  /**
   * Show the start, or ask for what else is to be seen.
   * @param {boolean} linked does the page's address say it?
   */
  open(linked) {
    this.show();
    this.showStored();
    if (linked || !this.isStored) this.refresh();
  }

  /** Is what is to be seen what is stored of the start? */
  get isStored() {
    const stored = /** @type {Record<string, unknown>} */ (this.model.get("stored"));
    return Object.keys(this.#ranges).every((key) => stored[key] === this.#valueOf(key));
  }

  /** Hear of the changes of a value. @param {string} trait @param {() => void} listener */
  follow(trait, listener) {
    this.model.on(`change:${trait}`, listener);
    this.signal.addEventListener("abort", () => this.model.off(`change:${trait}`, listener));
  }

  /** A value that the reader can set has changed. @param {string} _trait */
  changed(_trait) {
    this.show();
    this.refresh();
    this.say();
  }

  /** Be in another state of life; of an error, say why. @param {Life} life */
  enter = (life, message = "") => {
    this.#life = life;
    this.#failure = message;
    this.update();
  };

  /** Let state and words be those of now. */
  update() {
    if (this.el.dataset.state !== this.state) this.el.dataset.state = this.state;
    this.say();
  }

  #framed() {
    const { el, texts, signal, reset, status } = this;
    const onCopy = this.model.get("_instance") ? () => this.#copyLink() : null;
    const own = { content: this.arrange(), words: status.root };
    return frame({ el, texts, signal, onReset: reset, onCopy, ...own });
  }

  /** The reader has gone back to the start, and stays at the button that led there. */
  wasReset() {
    this.remark(this.texts.isReset);
    /** @type {HTMLElement | null} */ (this.el.querySelector(".gl-tool-reset"))?.focus();
  }

  async #copyLink() {
    writeLink(this.#anyModel); // the address lags a little behind
    const copied = await copyText(addressOf(this.el));
    this.remark(copied ? this.texts.copied : this.texts.notCopied);
  }

  // -- the reader's values -------------------------------------------------------------------------

  get #anyModel() {
    return /** @type {AnyModel} */ (/** @type {unknown} */ (this.model));
  }

  get #ranges() {
    return this.model.get("ranges");
  }

  get #traits() {
    return Object.keys(this.#ranges).map((key) => traitOf(key, this.#ranges));
  }

  /** @param {string} key of a link */
  #valueOf(key) {
    return this.#anyModel.get(traitOf(key, this.#ranges));
  }

  /** The reader sets values. @param {Partial<State>} values */
  set(values) {
    this.remark("");
    for (const [key, value] of Object.entries(values)) this.#anyModel.set(key, value);
    this.model.save_changes();
  }

  /**
   * Likewise, and the networks are asked, also where all stays as it was: the first touch loads them.
   * @param {Partial<State>} values
   */
  choose(values) {
    this.set(values);
    this.refresh();
  }

  /** Choose the next of whole numbers. @param {string} key of a link */
  advance(key) {
    this.#chooseOne(key, following(this.#ranges[key], this.#valueOf(key)));
  }

  /** A slider for one of the values. @param {string} key of a link @param {RangeOptions} options */
  slider(key, options) {
    const onInput = (/** @type {number} */ value) => this.#chooseOne(key, value);
    return rangeSlider(this.#ranges[key], { ...options, onInput, signal: this.signal });
  }

  /**
   * Likewise for a value that stands for time or a path: it can be played.
   * @param {string} key of a link @param {RangeOptions} options
   */
  scrubber(key, options) {
    const slider = this.slider(key, options);
    const { el, texts, signal } = this;
    const play = playButton({
      ...{ el, texts, signal, name: options.name, range: this.#ranges[key] },
      getValue: () => Number(this.#valueOf(key)),
      onValue: (value) => this.#chooseOne(key, value),
      onTurn: (playing) => {
        this.status.hear(!playing);
        this.say();
      },
    });
    slider.root.classList.add("gl-played");
    slider.root.prepend(play);
    return slider;
  }

  /** @param {string} key of a link @param {number} value */
  #chooseOne(key, value) {
    this.choose(/** @type {Partial<State>} */ ({ [traitOf(key, this.#ranges)]: value }));
  }

  // -- words ---------------------------------------------------------------------------------------

  /** Show at once what is read off, and say the rest when it is quiet. */
  say = () => {
    this.#frame?.readout(this.facts());
    this.#sayLater();
  };

  /** Say it at once. */
  sayNow = () => {
    this.#frame?.readout(this.facts());
    this.status.say(this.#sentence(), this.state === "error");
  };

  /** Say something before what is shown. @param {string} note */
  remark = (note) => {
    this.#note = note;
    this.say();
  };

  #sentence() {
    if (this.state === "error") return fill(this.texts.failed, { message: this.#failure });
    if (this.state === "loading") return `${this.waiting()} ${this.#progress()}`.trim();
    return `${this.#note} ${this.describe()}`.trim();
  }

  /** How much of what is waited for has come, where that is known. */
  #progress() {
    const { progress } = this.client;
    if (!progress || progress.loaded >= progress.total) return "";
    const [loaded, total] = [progress.loaded, progress.total].map((bytes) => (bytes / 1e6).toFixed(1));
    return fill(this.texts.progress, { loaded, total });
  }

  // -- the networks --------------------------------------------------------------------------------

  /**
   * A network's answer to the newest question; null where a newer one came first, and where there is
   * an error, of which the view tells. Answers come in the order of their questions, and none after
   * the view has ended.
   * @type {(...question: Parameters<Run>) => Promise<Float32Array | null>}
   */
  answer = (...question) => this.heard(this.client.latest(...question));

  /** Likewise for a question that is on its way. @param {Promise<Tensor | null>} question */
  async heard(question) {
    const tensor = await question.catch(() => null);
    return tensor?.data ?? null;
  }
}
