/**
 * The next-token explorer: type a prefix and see what a language model expects next, how the
 * settings of sampling reshape it, and what each head looks at.
 *
 * The values live in the model (text, locale, the settings, layer and head); everything on show
 * follows them, whoever changes them. Only text and locale ask the network anew.
 */

/** @import { HostState, Model, WidgetRoot } from "../lib/types.mjs" */
/** @import { Ranges } from "../lib/math/query.mjs" */
/** @import { Answer } from "./math.mjs" */
import { element } from "../lib/dom.mjs";
import { Stage } from "../lib/stage.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import * as math from "./math.mjs";
import { Candidates, Heads, samplingSliders, SHOWN } from "./parts.mjs";
import { Prefix } from "./prefix.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {string} text @property {string} locale the prefix; texts have no locale
 * @property {number} temperature @property {number} top_k @property {number} top_p
 * @property {number} layer @property {number} head from 1
 * @property {"names" | "text"} kind @property {string[]} symbols of the vocabulary
 * @property {number} possible how many tokens can come next
 * @property {Record<string, string>} locales countries of the locales
 * @property {number} layers @property {number} heads a layer
 * @property {number} context tokens in a row's answer @property {number} longest letters
 * @property {{ text?: string, locale?: string, row?: number[] }} stored the answer at the start
 * @typedef {Values & HostState} State
 * @typedef {Model<State>} Explorer
 * @typedef {Answer & { key: string, text: string, locale: string }} Shown
 */

const DRAWN = /** @type {const} */ (["temperature", "top_k", "top_p", "layer", "head"]);
const TOKENS_AT_ONCE = 12; // of a text, which has no end in sight
const SAID = 3; // tokens in the sentence

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  /** @type {Shown | null} */
  #answer = null;
  /** The request for the newest prefix. @type {Promise<void>} */
  #asking = Promise.resolve();
  /** Anything that the reader does ends what is being drawn. */
  #turn = 0;
  #candidates;
  #sliders;
  #heads;
  #prefix;

  /** @param {Explorer} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    this.model = model;
    el.dataset.kind = model.get("kind");
    const texts = this.#texts;
    this.names = model.get("kind") === "names";
    this.letters = this.names ? math.lettersOf(model.get("symbols")) : "";
    const [describe, onRetry] = [() => this.#describe(), () => this.#start()];
    this.stage = new Stage({ model, el, texts, ranges: this.#ranges(), describe, onRetry, signal });
    this.#candidates = new Candidates({ texts, onPick: this.#pick, signal });
    const stops = math.topKStops(model.get("possible"));
    this.#sliders = samplingSliders({ texts, stops, onSet: this.#choose, signal });
    const [layers, heads] = [model.get("layers"), model.get("heads")];
    const onLayer = (/** @type {number} */ layer) => this.#choose("layer", layer);
    const onHead = (/** @type {number} */ head) => this.#choose("head", head);
    this.#heads = new Heads({ texts, layers, heads, onLayer, onHead, signal });
    this.#prefix = this.#createPrefix(signal);
    this.#open();
    this.#mount(el, signal);
    this.#follow(signal);
  }

  get #key() {
    return `${this.model.get("locale")} ${this.model.get("text")}`;
  }

  get #settings() {
    const { model } = this;
    const topK = model.get("top_k");
    return { temperature: model.get("temperature"), topK, topP: model.get("top_p") };
  }

  get #sizes() {
    const { model } = this;
    const [layers, heads] = [model.get("layers"), model.get("heads")];
    return { context: model.get("context"), vocabulary: model.get("symbols").length, layers, heads };
  }

  /** Show the start from the state, or ask for it where it is another one. */
  #open() {
    const { text, locale, row } = this.model.get("stored");
    if (row) this.#take(row, text ?? "", locale ?? "");
    this.stage.takeLink();
    this.#prefix.show(this.model.get("text"), this.model.get("locale"));
    this.#start();
    this.stage.sayNow();
  }

  /** @param {WidgetRoot} el @param {AbortSignal} signal */
  #mount(el, signal) {
    const left = element("div", {}, this.#candidates.root);
    const right = element("div", {}, this.#sliders.root, this.#heads.root);
    const columns = element("div", { class: "gl-explorer-columns" }, left, right);
    const root = element("div", { class: "gl-tokens-explorer" });
    root.append(this.#prefix.root, columns, this.stage.status.root);
    el.append(root);
    signal.addEventListener("abort", () => root.remove());
  }

  /** @param {AbortSignal} signal */
  #follow(signal) {
    const asked = () => {
      this.#prefix.show(this.model.get("text"), this.model.get("locale"));
      this.#start();
      this.stage.link();
    };
    const reshaped = () => {
      this.#show();
      this.stage.say();
      this.stage.link();
    };
    /** @param {string} key @param {() => void} listener */
    const hear = (key, listener) => {
      this.model.on(`change:${key}`, listener);
      signal.addEventListener("abort", () => this.model.off(`change:${key}`, listener));
    };
    for (const key of ["text", "locale"]) hear(key, asked);
    for (const key of DRAWN) hear(key, reshaped);
    signal.addEventListener("abort", () => this.#turn++);
  }

  // -- asking the network ----------------------------------------------------------------------

  #start() {
    this.#asking = this.#ask();
  }

  /** Ask about the prefix as it is, unless its answer is there; of an error the stage tells. */
  async #ask() {
    const [text, locale, key] = [this.model.get("text"), this.model.get("locale"), this.#key];
    if (this.#answer?.key === key) {
      this.#show();
      this.stage.say();
      return;
    }
    const input = this.names
      ? math.nameInput(text, locale, this.model.get("symbols"), this.model.get("context"))
      : math.textInput(text, this.model.get("longest"));
    const output = await this.stage.client
      .latest("next", input, [1, input.length])
      .catch(() => null);
    if (!output || key !== this.#key) return;
    this.#take(output.data, text, locale);
    this.#show();
    this.stage.say();
  }

  /** @param {ArrayLike<number>} row @param {string} text @param {string} locale */
  #take(row, text, locale) {
    const answer = math.readRow(row, this.#sizes);
    if (this.names)
      this.model.get("symbols").forEach((symbol, token) => {
        if (!math.canFollow(symbol)) answer.logits[token] = -Infinity;
      });
    this.#answer = { ...answer, key: `${locale} ${text}`, text, locale };
  }

  // -- showing ---------------------------------------------------------------------------------

  #show() {
    this.#sliders.show(this.#settings);
    const answer = this.#answer;
    if (!answer) return;
    const { model } = this;
    const symbols = model.get("symbols");
    const name = (/** @type {number} */ token) => math.visible(symbols[token]);
    const raw = math.nextProbabilities(answer.logits, { temperature: 1, topK: Infinity, topP: 1 });
    this.shares = math.nextProbabilities(answer.logits, this.#settings);
    this.best = Array.from(math.ranked(answer.logits).subarray(0, SHOWN));
    const shares = this.shares;
    this.#candidates.show(
      this.best.map((token) => ({ symbol: name(token), raw: raw[token], share: shares[token] })),
      answer.text,
    );
    const [layer, heads] = [model.get("layer"), model.get("heads")];
    const weights = Array.from({ length: heads }, (_, i) => answer.weights(layer, i + 1));
    this.#heads.show(answer.tokens.map(name), weights, layer, model.get("head"));
  }

  #describe() {
    const [answer, shares, texts] = [this.#answer, this.shares, this.#texts];
    if (!answer || !shares) return "";
    const { model } = this;
    const symbols = model.get("symbols");
    const name = (/** @type {number} */ token) => math.visible(symbols[token]);
    const [layer, head, possible] = [model.get("layer"), model.get("head"), model.get("possible")];
    const weights = answer.weights(layer, head);
    const most = Array.from(math.ranked(weights).subarray(0, SAID));
    const count = math.drawable(shares);
    const likely = (this.best ?? []).slice(0, SAID).filter((token) => shares[token] > 0);
    return fill(texts.shown, {
      ...{ prefix: this.#prefixInWords(answer), layer, head },
      candidates: likely.map((token) => fill(texts.share, { symbol: name(token), share: math.percent(shares[token]) })).join(", "),
      drawable: count === 1 ? texts.drawableOne : fill(texts.drawableSome, { count, possible }),
      last: name(answer.tokens[answer.tokens.length - 1]),
      looks: most.map((place) => fill(texts.look, { symbol: name(answer.tokens[place]), weight: weights[place].toFixed(2) })).join(", "),
    });
  }

  /** @param {Shown} answer */
  #prefixInWords({ text, locale }) {
    if (!this.names) return `"${text}"`;
    const country = this.model.get("locales")[locale];
    return fill(text ? this.#texts.before : this.#texts.start, { letters: `"${text}"`, country });
  }

  // -- what the reader does --------------------------------------------------------------------

  /** @param {"temperature" | "top_k" | "top_p" | "layer" | "head"} key @param {number} value */
  #choose = (key, value) => {
    this.stage.remark("");
    this.model.set(key, value);
    this.model.save_changes();
  };

  /** Take a prefix, or say what is wrong with it. @param {string} text */
  #set(text, note = "") {
    const problem = this.#prefix.problem(text);
    this.stage.remark(problem || note);
    if (problem) return false;
    this.model.set("text", text);
    this.model.save_changes();
    return true;
  }

  #clear = () => {
    this.#turn++;
    this.#prefix.empty();
    this.#set("");
  };

  /** @param {number} index among the candidates */
  #pick = (index) => {
    this.#turn++;
    if (this.best) this.#append(this.best[index]);
  };

  /** Put a token behind the prefix; false where nothing can follow. @param {number} token */
  #append(token) {
    const [symbol, texts] = [this.model.get("symbols")[token], this.#texts];
    const text = this.model.get("text");
    if (symbol === "<end>") return this.stage.remark(texts.ended), false;
    if (symbol.includes("\ufffd")) return this.stage.remark(texts.unfit), false;
    const longest = this.model.get("longest");
    if (this.names && [...text].length >= longest)
      return this.stage.remark(fill(texts.full, { longest })), false;
    return this.#set(text + symbol);
  }

  /** Draw tokens, each from the distribution after the one before. @param {number} count at most */
  async #draw(count) {
    const turn = ++this.#turn;
    this.stage.remark("");
    for (let drawn = 0; drawn < count; drawn++) {
      if (this.#answer?.key !== this.#key) this.#start();
      await this.#asking;
      const there = this.#answer?.key === this.#key && turn === this.#turn;
      if (!there || !this.shares) return;
      if (!this.#append(math.drawAt(this.shares, Math.random()))) return;
    }
  }

  // -- controls --------------------------------------------------------------------------------

  #ranges() {
    const { model } = this;
    const whole = (/** @type {"top_k" | "layer" | "head"} */ key) => {
      const most = { top_k: "possible", layer: "layers", head: "heads" }[key];
      return { whole: /** @type {[number, number]} */ ([1, Number(model.get(/** @type {"heads"} */ (most)))]) };
    };
    /** @type {Ranges} */
    const ranges = {
      text: { letters: this.letters, most: model.get("longest") },
      locale: { words: Object.keys(model.get("locales")) },
      temperature: [0, 3],
      top_k: whole("top_k"),
      top_p: [0.01, 1],
      layer: whole("layer"),
      head: whole("head"),
    };
    return ranges;
  }

  /** @param {AbortSignal} signal */
  #createPrefix(signal) {
    const [names, longest] = [this.names, this.model.get("longest")];
    return new Prefix({
      ...{ texts: this.#texts, names, longest, letters: this.letters, signal },
      locales: this.model.get("locales"),
      onText: (text) => {
        this.#turn++;
        this.#set(text);
      },
      onLocale: (locale) => {
        this.#turn++;
        this.stage.remark("");
        this.model.set("locale", locale);
        this.model.save_changes();
      },
      onDraw: () => this.#draw(1),
      onFinish: () => this.#draw(names ? longest + 1 : TOKENS_AT_ONCE),
      onClear: this.#clear,
    });
  }
}

export default widget("next-token-explorer", View);
