/**
 * The zero-shot classifier: a coloured digit, labels in words, and how well each label fits.
 *
 * The values live in the model (digit, colour, labels, scale); everything on show follows them. The
 * picture's vector and those of the labels are asked for apart, each only when it changes; cosines,
 * scale and softmax are computed here.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { Fit, Texts } from "./parts.mjs" */
import { choiceOf } from "../lib/controls.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element } from "../lib/dom.mjs";
import { SIDE } from "../lib/math/mnist.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { softmax } from "../lib/math/softmax.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { cosines, labelsOf, painted, problemOf, ranked, tokensOf, twoDecimals } from "./math.mjs";
import { LabelBars, LabelField } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} digit the class of the test digit @property {string} colour its name
 * @property {string} labels one a line @property {number} scale of the cosines
 * @property {string} samples packed test digits @property {string} sample_labels their classes
 * @property {string[]} vocabulary @property {number} context tokens of the longest label @property {number} most labels
 * @property {Record<string, number[]>} colours red, green and blue in [0, 1]
 * @property {string} all_pairs the labels of all pairs, one a line
 * @property {{ digit: number, colour: string, labels: string, image: number[], texts: number[][] }} stored
 *   the vectors at the start
 * @typedef {Values & HostState} State
 *
 * @typedef {{ pixels: Float32Array, colour: string, name: string }} Given a picture, and what it is
 * @typedef {{ given: Given, vector: ArrayLike<number> }} SeenImage
 * @typedef {{ labels: string, vectors: ArrayLike<number> }} ReadTexts
 */

/** @extends {View<State, Texts>} */
class ZeroShotClassifier extends View {
  /** A digit drawn by hand, as 784 values; null where a test digit is looked at. @type {Float32Array | null} */
  #drawing = null;
  /** What the image tower made of the newest picture it was asked about. @type {SeenImage | null} */
  #image = null;
  /** Likewise the text tower of labels. @type {ReadTexts | null} */
  #texts = null;
  /** Has each tower answered? Not where what is stored is on show. */
  #asked = { image: false, texts: false };
  #samples = unpackPictures(this.model.get("samples"));
  #start = this.model.get("stored").labels;
  #source = new DigitSource(this, (pixels, _, at) => this.#take(pixels, at));
  #colours = this.#colourChoice();
  #field = new LabelField(this, (typed) => this.#type(typed), [
    { text: this.texts.firstLabels, labels: this.#start },
    { text: this.texts.allPairs, labels: this.model.get("all_pairs") },
  ]);
  #bars = new LabelBars(this.texts);
  #scale = this.slider("scale", {
    ...{ name: this.texts.scale, label: this.texts.scaleLabel, step: 0.1 },
    format: (scale) => scale.toFixed(1),
  });

  #colourChoice() {
    const names = Object.keys(this.model.get("colours"));
    const choices = names.map((value) => ({ value, text: this.#nameOf(value) }));
    return choiceOf(this, this.texts.colour, choices, (colour) => this.choose({ colour }));
  }

  /** The name of a colour in the reader's language. @param {string} colour */
  #nameOf(colour) {
    const names = /** @type {Record<string, string>} */ (this.texts.colourNames);
    return names[colour] ?? colour;
  }

  arrange() {
    const given = element("div", { class: "gl-given" });
    given.append(this.#source.root, this.#source.buttons, this.#colours.root);
    const compared = element("div", { class: "gl-compared" });
    compared.append(this.#field.root, this.#bars.root, this.#scale.root);
    return element("div", { class: "gl-classifier" }, given, compared);
  }

  /** @param {boolean} linked */
  open(linked) {
    const problem = this.#problem(labelsOf(this.model.get("labels")));
    if (problem) {
      this.model.set("labels", this.#start);
      this.remark(`${problem} ${this.texts.outside}`);
    }
    this.#source.choose(this.model.get("digit"));
    super.open(linked);
  }

  /** What the image tower is to be asked about. @returns {Given} */
  get #given() {
    const [digit, colour] = [this.model.get("digit"), this.model.get("colour")];
    const named = this.#drawing ? this.texts.drawing : this.texts.sample;
    const name = fill(named, { digit, colour: this.#nameOf(colour) });
    return { pixels: this.#drawing ?? this.#samples[digit], colour, name };
  }

  get #hasImage() {
    const [given, known] = [this.#given, this.#image?.given];
    return known?.pixels === given.pixels && known.colour === given.colour;
  }

  get #hasTexts() {
    return this.#texts?.labels === this.model.get("labels");
  }

  get state() {
    const current = this.#hasImage && this.#hasTexts;
    const asked = this.#asked.image || this.#asked.texts;
    return super.state === "error" || current || !asked ? super.state : "loading";
  }

  // -- what is shown ---------------------------------------------------------------------------------

  /** The vectors do not depend on the scale. */
  get isStored() {
    const stored = this.model.get("stored");
    return (/** @type {const} */ (["digit", "colour", "labels"])).every((key) => stored[key] === this.model.get(key));
  }

  showStored() {
    if (!this.isStored) return;
    const { image, texts, labels } = this.model.get("stored");
    this.#image = { given: this.#given, vector: image };
    this.#texts = { labels, vectors: texts.flat() };
    this.show();
  }

  show() {
    const { model } = this;
    const colour = model.get("colour");
    const parts = model.get("colours")[colour].map((part) => Math.round(255 * part));
    this.#source.tint(`rgb(${parts.join(" ")})`);
    this.#colours.show(colour);
    this.#field.show(model.get("labels"));
    this.#scale.show(model.get("scale"));
    this.#bars.show(this.#fits);
    this.update();
  }

  /** How well each label fits, the best first: of the newest vectors that are there. @returns {Fit[]} */
  get #fits() {
    if (!this.#image || !this.#texts) return [];
    const near = cosines(this.#image.vector, this.#texts.vectors);
    const shares = softmax(near.map((cosine) => cosine * this.model.get("scale")));
    const labels = this.#texts.labels.split("\n");
    return ranked(near).map((at) => ({ label: labels[at], cosine: near[at], probability: shares[at] }));
  }

  async ask() {
    await Promise.all([this.#askImage(), this.#askTexts()]);
  }

  async #askImage() {
    const given = this.#given;
    if (this.#asked.image && this.#hasImage) return;
    const input = painted(given.pixels, this.model.get("colours")[given.colour]);
    const vector = await this.answer("image", input, [1, 3, SIDE, SIDE]);
    if (!vector) return; // a newer one is on its way, or it failed
    this.#image = { given, vector };
    this.#asked.image = true;
    this.show();
  }

  async #askTexts() {
    const labels = this.model.get("labels");
    if (this.#asked.texts && this.#hasTexts) return;
    const [list, context] = [labels.split("\n"), this.model.get("context")];
    const tokens = tokensOf(list, this.model.get("vocabulary"), context);
    const vectors = await this.answer("text", tokens, [list.length, context]);
    if (!vectors) return;
    this.#texts = { labels, vectors };
    this.#asked.texts = true;
    this.show();
  }

  // -- what the reader does ----------------------------------------------------------------------------

  /** @param {string} trait */
  changed(trait) {
    if (trait === "digit") {
      this.#drawing = null;
      this.#source.choose(this.model.get("digit"));
    }
    if (trait === "labels") this.#field.mark(false);
    this.show();
    this.refresh();
  }

  /** A digit is given. @param {Float32Array} pixels @param {number} at a sample, or -1 */
  #take(pixels, at) {
    this.#drawing = at < 0 ? pixels : null;
    this.choose(at < 0 ? {} : { digit: Number(this.model.get("sample_labels")[at]) });
    this.show();
  }

  /** Take labels, or say what is wrong with them. @param {string} typed */
  #type(typed) {
    const labels = labelsOf(typed);
    const problem = this.#problem(labels);
    this.#field.mark(Boolean(problem));
    if (problem) this.remark(`${problem} ${this.texts.kept}`);
    else this.choose({ labels: labels.join("\n") });
  }

  /** What is wrong with labels, in words; empty if nothing. @param {string[]} labels */
  #problem(labels) {
    const { model, texts } = this;
    const [vocabulary, context] = [model.get("vocabulary"), model.get("context")];
    const most = model.get("most");
    const problem = problemOf(labels, { vocabulary, context, most });
    if (!problem) return "";
    const quoted = (/** @type {string} */ text) => fill(texts.quoted, { text });
    return fill(texts[problem.kind], {
      label: quoted(problem.label ?? ""),
      count: problem.count ?? 0,
      words: (problem.words ?? []).map(quoted).join(texts.comma),
      known: vocabulary.filter((word) => /^\p{L}/u.test(word)).join(texts.comma),
      most: problem.kind === "tooMany" ? most : context - 2,
    });
  }

  // -- words -------------------------------------------------------------------------------------------

  facts() {
    const [{ texts }, [first], count] = [this, this.#fits, this.#fits.length];
    if (!first) return [{ name: texts.noAnswer, value: texts.notYet }];
    const probability = twoDecimals(first.probability);
    return [
      { name: fill(texts.answerName, { probability }), value: first.label },
      { name: texts.cosineName, value: twoDecimals(first.cosine) },
      { name: texts.countName, value: String(count) },
    ];
  }

  describe() {
    const [{ texts }, fits, picture] = [this, this.#fits, this.#image?.given.name];
    if (!fits.length || !picture) return "";
    const scale = this.model.get("scale").toFixed(1);
    const compared = fits.length > 1 ? texts.compared : texts.comparedOne;
    const said = (/** @type {string} */ text, /** @type {Fit} */ fit) =>
      fill(text, {
        label: fill(texts.quoted, { text: fit.label }),
        ...{ cosine: twoDecimals(fit.cosine), probability: twoDecimals(fit.probability) },
      });
    const sentences = [fill(compared, { picture, count: fits.length, scale }), said(texts.answer, fits[0])];
    return (fits[1] ? [...sentences, said(texts.second, fits[1])] : sentences).join(" ");
  }
}

export default widget("zero-shot-classifier", ZeroShotClassifier, strings);
