/**
 * The next-token explorer: type a prefix and see what a language model expects next, how the
 * settings of sampling reshape it, and what each head looks at.
 *
 * The values live in the model (text, locale, the settings, layer and head); everything on show
 * follows them, whoever changes them. Only text and locale ask the network anew.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { Answer } from "./math.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { element } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import * as math from "./math.mjs";
import { Candidates, Heads, SamplingSliders, SHOWN } from "./parts.mjs";
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
 * @typedef {Answer & { key: string, text: string, locale: string }} Shown
 */

const TOKENS_AT_ONCE = 12; // of a text, which has no end in sight
const SAID = 3; // tokens in the sentence

/** @extends {View<State, Texts>} */
class NextTokenExplorer extends View {
  /** @type {Shown | null} */
  #answer = null;
  /** The request for the newest prefix. @type {Promise<void>} */
  #asking = Promise.resolve();
  /** Anything that the reader does ends what is being drawn. */
  #turn = 0;
  #isNames = this.model.get("kind") === "names";
  #candidates = new Candidates(this, (index) => this.#pick(index));
  #sliders = new SamplingSliders(this, math.topKStops(this.model.get("possible")));
  #heads = new Heads(this);
  #prefix = new Prefix(this, {
    letters: this.#isNames ? math.lettersOf(this.model.get("symbols")) : "",
    onText: (text) => this.#type(text),
    onLocale: (locale) => this.#end({ locale }),
    onDraw: () => this.#draw(1),
    onFinish: () => this.#draw(this.#isNames ? this.model.get("longest") + 1 : TOKENS_AT_ONCE),
    onClear: () => this.#clear(),
  });
  again = () => this.#start();

  get #key() {
    return `${this.model.get("locale")} ${this.model.get("text")}`;
  }

  get #settings() {
    const { model } = this;
    const topK = model.get("top_k");
    return { temperature: model.get("temperature"), topK, topP: model.get("top_p") };
  }

  /** @param {number} token */
  #name = (token) => math.visible(this.model.get("symbols")[token]);

  arrange() {
    this.el.dataset.kind = this.model.get("kind");
    const left = element("div", {}, this.#candidates.root);
    const right = element("div", {}, this.#sliders.root, this.#heads.root);
    const columns = element("div", { class: "gl-explorer-columns" }, left, right);
    const root = element("div", { class: "gl-tokens-explorer" });
    root.append(this.#prefix.root, columns);
    this.signal.addEventListener("abort", () => this.#turn++);
    return root;
  }

  open() {
    const { text, locale, row } = this.model.get("stored");
    if (row) this.#take(row, text ?? "", locale ?? "");
    this.#begin();
  }

  /** Only text and locale ask the network anew. @param {string} trait */
  changed(trait) {
    if (trait === "text" || trait === "locale") return this.#begin();
    this.show();
    this.say();
  }

  // -- asking the network ----------------------------------------------------------------------

  #begin() {
    this.#prefix.show(this.model.get("text"), this.model.get("locale"));
    this.#start();
  }

  #start() {
    this.#asking = this.#request();
  }

  /** Ask about the prefix as it is, unless its answer is there. */
  async #request() {
    const { model } = this;
    const [text, locale, key] = [model.get("text"), model.get("locale"), this.#key];
    if (this.#answer?.key !== key) {
      const input = this.#isNames
        ? math.nameInput(text, locale, model.get("symbols"), model.get("context"))
        : math.textInput(text, model.get("longest"));
      const output = await this.answer("next", input, [1, input.length]);
      if (!output || key !== this.#key) return;
      this.#take(output, text, locale);
    }
    this.show();
    this.say();
  }

  /** @param {ArrayLike<number>} row @param {string} text @param {string} locale */
  #take(row, text, locale) {
    const { model } = this;
    const [symbols, heads] = [model.get("symbols"), model.get("heads")];
    const sizes = { context: model.get("context"), vocabulary: symbols.length, heads };
    const answer = math.readRow(row, sizes);
    if (this.#isNames)
      symbols.forEach((symbol, token) => {
        if (!math.canFollow(symbol)) answer.logits[token] = -Infinity;
      });
    this.#answer = { ...answer, key: `${locale} ${text}`, text, locale };
  }

  // -- showing ---------------------------------------------------------------------------------

  show() {
    this.#sliders.show(this.#settings);
    const answer = this.#answer;
    if (!answer) return;
    const raw = math.nextProbabilities(answer.logits, { temperature: 1, topK: Infinity, topP: 1 });
    const shares = math.nextProbabilities(answer.logits, this.#settings);
    this.shares = shares;
    this.best = Array.from(math.ranked(answer.logits).subarray(0, SHOWN));
    const candidates = this.best.map((token) => {
      return { symbol: this.#name(token), raw: raw[token], share: shares[token] };
    });
    this.#candidates.show(candidates, answer.text);
    const [layer, heads] = [this.model.get("layer"), this.model.get("heads")];
    const weights = Array.from({ length: heads }, (_, i) => answer.weights(layer, i + 1));
    this.#heads.show(answer.tokens.map(this.#name), weights, layer, this.model.get("head"));
  }

  facts() {
    const [shares, [top]] = [this.shares, this.best ?? []];
    if (!shares || top === undefined) return [];
    return [
      { name: this.texts.likeliest, value: this.#name(top) },
      { name: this.texts.ofProbability, value: math.percent(shares[top]) },
    ];
  }

  describe() {
    const [answer, shares, texts] = [this.#answer, this.shares, this.texts];
    if (!answer || !shares) return "";
    const { model } = this;
    const [layer, head, possible] = [model.get("layer"), model.get("head"), model.get("possible")];
    const weights = answer.weights(layer, head);
    const most = Array.from(math.ranked(weights).subarray(0, SAID));
    const count = math.drawable(shares);
    const likely = (this.best ?? []).slice(0, SAID).filter((token) => shares[token] > 0);
    const candidates = likely.map((token) =>
      fill(texts.share, { symbol: this.#name(token), share: math.percent(shares[token]) }),
    );
    const looks = most.map((place) =>
      fill(texts.look, { symbol: this.#name(answer.tokens[place]), weight: weights[place].toFixed(2) }),
    );
    return fill(texts.shown, {
      ...{ prefix: this.#prefixInWords(answer), layer, head },
      ...{ candidates: candidates.join(texts.comma), looks: looks.join(texts.comma) },
      drawable: count === 1 ? texts.drawableOne : fill(texts.drawableSome, { count, possible }),
      last: this.#name(answer.tokens[answer.tokens.length - 1]),
    });
  }

  /** @param {Shown} answer */
  #prefixInWords({ text, locale }) {
    const letters = fill(this.texts.quoted, { text });
    if (!this.#isNames) return letters;
    const country = this.model.get("locales")[locale];
    return fill(text ? this.texts.before : this.texts.start, { letters, country });
  }

  // -- what the reader does --------------------------------------------------------------------

  /** End what is being drawn, and set a value. @param {Partial<State>} values */
  #end(values) {
    this.#turn++;
    this.set(values);
  }

  /** @param {string} text */
  #type(text) {
    this.#turn++;
    this.#accept(text);
  }

  /** Take a prefix, or say what is wrong with it. @param {string} text */
  #accept(text) {
    const problem = this.#prefix.problem(text);
    if (problem) this.remark(problem);
    else this.set({ text });
    return !problem;
  }

  #clear() {
    this.#prefix.empty();
    this.#type("");
  }

  /** @param {number} index among the candidates */
  #pick(index) {
    this.#turn++;
    if (this.best) this.#append(this.best[index]);
  }

  /** Put a token behind the prefix; false where nothing can follow. @param {number} token */
  #append(token) {
    const [symbol, texts] = [this.model.get("symbols")[token], this.texts];
    const [text, longest] = [this.model.get("text"), this.model.get("longest")];
    if (symbol === "<end>") return this.remark(texts.ended), false;
    if (symbol.includes("\ufffd")) return this.remark(texts.unfit), false;
    if (this.#isNames && [...text].length >= longest)
      return this.remark(fill(texts.full, { longest })), false;
    return this.#accept(text + symbol);
  }

  /** Draw tokens, each from the distribution after the one before. @param {number} count at most */
  async #draw(count) {
    const turn = ++this.#turn;
    this.remark("");
    for (let drawn = 0; drawn < count; drawn++) {
      if (this.#answer?.key !== this.#key) this.#start();
      await this.#asking;
      const there = this.#answer?.key === this.#key && turn === this.#turn;
      if (!there || !this.shares) return;
      if (!this.#append(math.drawAt(this.shares, Math.random()))) return;
    }
  }
}

export default widget("next-token-explorer", NextTokenExplorer, strings);
