/**
 * The attention viewer: where each head of a language model looks, for a few sentences and, with a
 * kernel, for a text of the reader's own.
 *
 * The values live in the model (sentence, layer, head, token); everything on show follows them. The
 * weights of all heads come with the sentences, so nothing is loaded.
 */

/** @import { HostState, Model, WidgetRoot } from "../lib/types.mjs" */
import { sliderRow } from "../lib/controls.mjs";
import { element } from "../lib/dom.mjs";
import { Stage } from "../lib/stage.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { lookedAtMost, visible, Weights } from "./math.mjs";
import { headMatrix, headPicker, ownText, sentenceList, tokenStrip } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {{ text: string, tokens: string[], weights: string }} Sentence
 *
 * @typedef {object} Values
 * @property {number} sentence @property {number} layer @property {number} head
 * @property {number} token the one that looks; all four from 1
 * @property {number} depth how many layers there are @property {number} heads how many a layer has
 * @property {Sentence[]} sentences with the packed weights of all heads
 * @property {{ text?: string, turn?: string }} typed what the reader wrote, for the kernel
 * @property {{ message?: string, turn?: string }} problem with it; no message where there is none
 * @typedef {Values & HostState} State
 * @typedef {Model<State>} Viewer
 */

const VALUES = /** @type {const} */ (["sentence", "layer", "head", "token"]);

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  /** The token under the mouse; 0 where there is none. */
  #pointed = 0;
  /** @type {{ sentence: Sentence, weights: Weights } | null} */
  #unpacked = null;
  #turn = "";

  /** @param {Viewer} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    const texts = this.#texts;
    this.model = model;
    this.el = el;
    const common = { model, el, texts, ranges: this.#ranges(), signal };
    this.stage = new Stage({ ...common, describe: () => this.#describe(), onRetry: () => this.own.send() });
    this.list = sentenceList({ texts, onChoose: (sentence) => this.#choose({ sentence }), signal });
    this.own = ownText({ texts, onText: (text) => this.#ask(text), signal });
    this.slider = this.#createSlider(signal);
    const heads = model.get("heads");
    this.picker = headPicker({ heads, texts, onChoose: (head) => this.#choose({ head }), signal });
    /** @param {number} token */
    const onChoose = (token) => this.#choose({ token });
    this.strip = tokenStrip({ texts, onChoose, onPoint: (token) => this.#point(token), signal });
    this.matrix = headMatrix({ texts, onChoose, signal });
    this.stage.takeLink();
    this.#mount(signal); // before anything is drawn: ink has the colour that the page gives it
    this.#show();
    this.stage.enter("ready"); // the weights are here
    this.stage.sayNow();
    this.#follow(signal);
  }

  get #sentence() {
    return this.model.get("sentences")[this.model.get("sentence") - 1];
  }

  /** The token that was chosen; the last one where the sentence is shorter. */
  get #chosen() {
    return Math.min(this.model.get("token"), this.#sentence.tokens.length);
  }

  /** Of what is on show. */
  get #place() {
    const token = this.#pointed || this.#chosen;
    return { layer: this.model.get("layer"), head: this.model.get("head"), token };
  }

  get #weights() {
    const sentence = this.#sentence;
    if (this.#unpacked?.sentence !== sentence) {
      const weights = new Weights(sentence.weights, this.model.get("heads"), sentence.tokens.length);
      this.#unpacked = { sentence, weights };
    }
    return this.#unpacked.weights;
  }

  /** @param {AbortSignal} signal */
  #mount(signal) {
    const { list, own, slider, picker, strip, matrix, stage } = this;
    const texts = this.#texts;
    const onPage = element("p", { class: "gl-legend" }, texts.ownOnPage);
    const root = element("div", { class: "gl-attention" });
    root.append(
      element("div", { class: "gl-choice" }, list.root, this.model.get("_instance") ? onPage : own.root),
      slider.root,
      part("gl-heads-part", texts.heads, picker.root),
      part("gl-tokens-part", texts.tokens, strip.root, element("p", { class: "gl-legend" }, texts.legend)),
      stage.status.root,
      part("gl-rows-part", texts.matrix, matrix.root),
    );
    this.el.append(root);
    signal.addEventListener("abort", () => root.remove());
  }

  /** @param {AbortSignal} signal */
  #follow(signal) {
    const changed = () => {
      this.#pointed = 0;
      this.#show();
      this.stage.say();
      this.stage.link();
    };
    const answered = () => this.#hear();
    /** @type {[string, () => void][]} */
    const all = [...VALUES, "sentences"].map((name) => [`change:${name}`, changed]);
    for (const [event, listener] of [...all, /** @type {[string, () => void]} */ (["change:problem", answered])]) {
      this.model.on(event, listener);
      signal.addEventListener("abort", () => this.model.off(event, listener));
    }
  }

  /** Bring everything to where the model is. */
  #show() {
    const { model } = this;
    const [place, weights] = [this.#place, this.#weights];
    this.list.show(model.get("sentences").map(({ text }) => text), model.get("sentence"));
    this.slider.show(place.layer);
    this.picker.show(weights, place);
    this.#showRow();
  }

  #showRow() {
    const [place, weights] = [this.#place, this.#weights];
    const row = weights.row(place.layer, place.head, place.token);
    this.strip.show(this.#sentence.tokens, this.#chosen, place.token, row);
    this.matrix.show(weights, place);
  }

  #describe() {
    const { layer, head, token } = this.#place;
    const places = lookedAtMost(this.#weights.row(layer, head, token)).map((one) => {
      const name = one.token === token ? this.#texts.itself : this.#name(one.token);
      return fill(this.#texts.place, { name, share: one.share.toFixed(2) });
    });
    const count = this.#sentence.tokens.length;
    const name = fill(this.#texts.quoted, { text: quoted(this.#sentence.tokens[token - 1]) });
    const said = { layer, head, name, token, count, places: places.join(this.#texts.then) };
    return fill(this.#texts.shown, said);
  }

  /** What a token is called; where the text has it twice, with its number. @param {number} token */
  #name(token) {
    const { tokens } = this.#sentence;
    const text = quoted(tokens[token - 1]);
    const twice = tokens.filter((one) => quoted(one) === text).length > 1;
    return fill(twice ? this.#texts.repeated : this.#texts.quoted, { text, token });
  }

  #ranges() {
    const { model } = this;
    /** @param {number} high @returns {{ whole: [number, number] }} */
    const upTo = (high) => ({ whole: [1, high] });
    const longest = Math.max(...model.get("sentences").map(({ tokens }) => tokens.length));
    return {
      sentence: upTo(model.get("sentences").length),
      layer: upTo(model.get("depth")),
      head: upTo(model.get("heads")),
      token: upTo(longest),
    };
  }

  /** The reader chooses something. @param {Partial<Pick<Values, typeof VALUES[number]>>} values */
  #choose(values) {
    this.stage.enter("ready"); // also after an error
    this.stage.remark("");
    for (const name of VALUES) if (values[name]) this.model.set(name, values[name]);
    this.model.save_changes();
  }

  /** The mouse is over a token: show it for as long. @param {number} token */
  #point(token) {
    this.#pointed = token;
    this.#showRow();
    this.stage.say();
  }

  /** The reader has written something: the kernel reads it. @param {string} text */
  #ask(text) {
    this.stage.remark("");
    if (!text.trim()) return this.stage.enter("error", this.#texts.empty);
    this.#turn = Math.random().toString(36).slice(2);
    this.stage.enter("loading");
    this.model.set("typed", { text, turn: this.#turn });
    this.model.save_changes();
  }

  /** The kernel has read it. */
  #hear() {
    const { turn, message } = this.model.get("problem");
    if (!turn || turn !== this.#turn) return;
    if (message) this.stage.enter("error", message);
    else this.stage.enter("ready");
  }

  /** @param {AbortSignal} signal */
  #createSlider(signal) {
    return sliderRow({
      ...{ name: this.#texts.layer, label: this.#texts.layerLabel, min: 1, step: 1 },
      max: this.model.get("depth"),
      format: String,
      onInput: (layer) => this.#choose({ layer }),
      signal,
    });
  }
}

/** A token between quotes: no line ends at its first space. @param {string} text */
const quoted = (text) => visible(text).replace(/^ /, "\u00a0");

/** @param {string} name @param {string} title @param {HTMLElement[]} content */
const part = (name, title, ...content) =>
  element("div", { class: name }, element("div", { class: "gl-title" }, title), ...content);

export default widget("attention-viewer", View, null);
