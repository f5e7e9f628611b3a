/**
 * The attention viewer: where each head of a language model looks, for a few sentences and, with a
 * kernel, for a text of the reader's own.
 *
 * The values live in the model (sentence, layer, head, token); everything on show follows them. The
 * weights of all heads come with the sentences, so nothing is loaded.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { element, titled } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
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
 * @property {number} heads how many a layer has
 * @property {Sentence[]} sentences with the packed weights of all heads
 * @property {{ text?: string, turn?: string }} typed what the reader wrote, for the kernel
 * @property {{ message?: string, turn?: string }} problem with it; no message where there is none
 * @typedef {Values & HostState} State
 */

/** @extends {View<State, Texts>} */
class AttentionViewer extends View {
  /** The token under the mouse; 0 where there is none. */
  #pointed = 0;
  /** @type {{ sentence: Sentence, weights: Weights } | null} */
  #unpacked = null;
  #turn = "";
  #list = sentenceList(this, (sentence) => this.choose({ sentence }));
  #own = ownText(this, (text) => this.#send(text));
  #slider = this.scrubber("layer", {
    ...{ name: this.texts.layer, label: this.texts.layerLabel, ticks: this.#ends },
  });
  #picker = headPicker(this, this.model.get("heads"), (head) => this.choose({ head }));
  #strip = tokenStrip(this, (token) => this.choose({ token }), (token) => this.#point(token));
  #matrix = headMatrix(this, (token) => this.choose({ token }));
  again = () => this.#own.send();

  get #sentence() {
    return this.model.get("sentences")[this.model.get("sentence") - 1];
  }

  get #ends() {
    return /** @type {{ whole: [number, number] }} */ (this.model.get("ranges").layer).whole;
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

  arrange() {
    const { texts } = this;
    const onPage = element("p", { class: "gl-legend" }, texts.ownOnPage);
    const own = this.model.get("_instance") ? onPage : this.#own.root;
    const legend = element("p", { class: "gl-legend" }, texts.legend);
    const root = element("div", { class: "gl-attention" });
    root.append(
      element("div", { class: "gl-choice" }, this.#list.root, own),
      this.#slider.root,
      titled("gl-heads-part", texts.heads, this.#picker.root),
      titled("gl-tokens-part", texts.tokens, this.#strip.root, legend),
      titled("gl-rows-part", texts.matrix, this.#matrix.root),
    );
    return root;
  }

  open() {
    this.show();
    this.enter("ready"); // the weights are here
    this.follow("sentences", () => this.changed());
    this.follow("problem", () => this.#hear());
  }

  changed() {
    this.#pointed = 0;
    this.show();
    this.say();
  }

  show() {
    const [place, weights] = [this.#place, this.#weights];
    this.#list.show(this.model.get("sentences").map(({ text }) => text), this.model.get("sentence"));
    this.#slider.show(place.layer);
    this.#picker.show(weights, place);
    this.#showRow();
  }

  #showRow() {
    const [place, weights] = [this.#place, this.#weights];
    const row = weights.row(place.layer, place.head, place.token);
    this.#strip.show(this.#sentence.tokens, this.#chosen, place.token, row);
    this.#matrix.show(weights, place);
  }

  facts() {
    const { layer, head, token } = this.#place;
    const [most] = lookedAtMost(this.#weights.row(layer, head, token));
    const name = (/** @type {number} */ one) => fill(this.texts.quoted, { text: visible(this.#sentence.tokens[one - 1]).trim() });
    const to = most.token === token ? this.texts.itself : name(most.token);
    return [{ value: most.share.toFixed(2), name: fill(this.texts.fact, { from: name(token), to }) }];
  }

  describe() {
    const { layer, head, token } = this.#place;
    const places = lookedAtMost(this.#weights.row(layer, head, token)).map((one) => {
      const name = one.token === token ? this.texts.itself : this.#name(one.token);
      return fill(this.texts.place, { name, share: one.share.toFixed(2) });
    });
    const count = this.#sentence.tokens.length;
    const name = fill(this.texts.quoted, { text: quoted(this.#sentence.tokens[token - 1]) });
    const said = { layer, head, name, token, count, places: places.join(this.texts.then) };
    return fill(this.texts.shown, said);
  }

  /** What a token is called; where the text has it twice, with its number. @param {number} token */
  #name(token) {
    const { tokens } = this.#sentence;
    const text = quoted(tokens[token - 1]);
    const twice = tokens.filter((one) => quoted(one) === text).length > 1;
    return fill(twice ? this.texts.repeated : this.texts.quoted, { text, token });
  }

  /** @param {Partial<State>} values */
  choose(values) {
    this.enter("ready"); // also after an error
    this.set(values);
  }

  /** The mouse is over a token: show it for as long. @param {number} token */
  #point(token) {
    this.#pointed = token;
    this.#showRow();
    this.say();
  }

  /** The reader has written something: the kernel reads it. @param {string} text */
  #send(text) {
    this.remark("");
    if (!text.trim()) return this.enter("error", this.texts.empty);
    this.#turn = Math.random().toString(36).slice(2);
    this.enter("loading");
    this.set({ typed: { text, turn: this.#turn } });
  }

  /** The kernel has read it. */
  #hear() {
    const { turn, message } = this.model.get("problem");
    if (!turn || turn !== this.#turn) return;
    if (message) this.enter("error", message);
    else this.enter("ready");
  }
}

/** A token between quotes: no line ends at its first space. @param {string} text */
const quoted = (text) => visible(text).replace(/^ /, "\u00a0");

export default widget("attention-viewer", AttentionViewer, strings, null);
