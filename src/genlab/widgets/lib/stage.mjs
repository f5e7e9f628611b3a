/** What the view of a widget has to do with where it lives: states of life, words, link. */

/** @import { HostState, Life, Model, WidgetRoot } from "./types.mjs" */
/** @import { Ranges } from "./math/query.mjs" */
/** @import { LinkTexts } from "./link.mjs" */
import { statusLine } from "./controls.mjs";
import { whenQuiet } from "./dom.mjs";
import { InferClient } from "./infer.mjs";
import { complain, readLink, writeLink } from "./link.mjs";
import { fill } from "./strings.mjs";

/**
 * @typedef {LinkTexts & { retry: string, loadingPage: string, loadingKernel: string, failed: string }} StageTexts
 */

/** @template {HostState} State */
export class Stage {
  #options;
  #note = "";
  #failure = "";

  /**
   * @param {{ model: Model<State>, el: WidgetRoot, texts: StageTexts, ranges: Ranges,
   *   describe: () => string, onRetry: () => void, signal: AbortSignal }} options
   *   ranges: the values that a link holds; describe: what is shown, in words
   */
  constructor(options) {
    const { model, el, texts, onRetry, signal } = options;
    this.#options = options;
    this.client = new InferClient(model, this.enter);
    this.status = statusLine({ retry: texts.retry, onRetry, signal });
    this.say = whenQuiet(this.sayNow, 120, signal);
    this.link = whenQuiet(this.#writeLink, 250, signal);
    el.dataset.state = "idle";
    el.genlab = { run: this.client.run };
    signal.addEventListener("abort", () => {
      this.client.close();
      delete el.genlab;
    });
  }

  /** Say it at once: what is there from the start is not read out unasked. */
  sayNow = () => this.status.say(this.#sentence(), this.#failed);

  /** Say something before what is shown. @param {string} note */
  remark(note) {
    this.#note = note;
    this.say();
  }

  /** Put into the model what the page's address says; true if it says anything. */
  takeLink() {
    const { model, ranges, texts } = this.#options;
    const { values, nonsense } = readLink(model.get("_instance"), ranges);
    if (nonsense) this.#note = complain(nonsense, ranges, texts);
    for (const [key, value] of Object.entries(values ?? {}))
      model.set(/** @type {keyof State} */ (key), /** @type {State[keyof State]} */ (value));
    return values !== null;
  }

  #writeLink = () => {
    const { model, ranges } = this.#options;
    const keys = /** @type {(keyof State & string)[]} */ (Object.keys(ranges));
    const values = Object.fromEntries(keys.map((key) => [key, asWritten(model.get(key))]));
    writeLink(model.get("_instance"), values);
  };

  /** Be in another state of life; of an error, say why. @param {Life} life */
  enter = (life, message = "") => {
    this.#options.el.dataset.state = life;
    this.#failure = message;
    this.say();
  };

  get #failed() {
    return this.#options.el.dataset.state === "error";
  }

  #sentence() {
    const { el, model, texts, describe } = this.#options;
    if (this.#failed) return fill(texts.failed, { message: this.#failure });
    if (el.dataset.state === "loading")
      return model.get("_instance") ? texts.loadingPage : texts.loadingKernel;
    return `${this.#note} ${describe()}`.trim();
  }
}

/** @param {unknown} value */
const asWritten = (value) => (typeof value === "string" ? value : Number(value));
