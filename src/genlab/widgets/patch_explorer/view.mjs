/**
 * The patch explorer: a digit in patches, each shaded by how much the class token of a vision
 * transformer looks at it. Patches are covered with paper, and the answer follows.
 *
 * The values live in the model (patch, digit, block, head, covered); everything on show follows them.
 * One pass gives the weights of all heads and the answer, so going from head to head asks for nothing.
 */

/** @import { HostState } from "../lib/types.mjs" */
/** @import { Shape } from "./math.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { button, choiceOf } from "../lib/controls.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element } from "../lib/dom.mjs";
import { SIDE } from "../lib/math/mnist.mjs";
import { join, unpackPictures } from "../lib/math/pixels.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { coveredOf, hide, largest, looks, probabilities, turned, unsound } from "./math.mjs";
import { ClassBars, PatchGrid } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} patch pixels along its side
 * @property {number} digit the class of the test digit
 * @property {number} block from 1 @property {number} head from 1; 0 is the mean of all
 * @property {string} covered numbers of patches from 1, with dots between
 * @property {Record<string, [blocks: number, heads: number]>} shapes by size of the patch
 * @property {string} samples packed test digits @property {string} sample_labels their classes
 * @property {{ patch: number, digit: number, covered: string, shown: number[], whole: number[] }} stored
 *   what the network answers at the start: of what is shown, and of the whole digit the logits
 * @typedef {Values & HostState} State
 *
 * @typedef {object} Question what is asked
 * @property {number} patch @property {Float32Array} pixels of the whole digit @property {string} digit in words
 * @property {number[]} covered
 * @typedef {object} Answer to it
 * @property {Question} question @property {ArrayLike<number>} shown logits and weights
 * @property {number[]} shares of the classes @property {number[]} whole likewise, with nothing covered
 */

/** @extends {View<State, Texts>} */
class PatchExplorer extends View {
  /** A digit drawn by hand, as 784 values; null where a test digit is looked at. @type {Float32Array | null} */
  #drawing = null;
  /** @type {Answer | null} */
  #answer = null;
  /** Has a network answered? Not where what is stored is on show. */
  #asked = false;
  #samples = unpackPictures(this.model.get("samples"));
  #grid = new PatchGrid(this, (patch) => this.#turn(patch), () => this.#pointedAt());
  #bars = new ClassBars(this.texts);
  #source = new DigitSource(this, (pixels, _, at) => this.#take(pixels, at));
  #sizes = this.#choice("patch", this.texts.patch, this.model.get("ranges").patch);
  #heads = this.#choice("head", this.texts.head, this.model.get("ranges").head);
  #blocks = this.scrubber("block", { name: this.texts.block, label: this.texts.blockLabel });

  /** @param {"patch" | "head"} key @param {string} legend @param {import("../lib/math/query.mjs").Range} range */
  #choice(key, legend, range) {
    const { texts } = this;
    const [first, last] = "whole" in range ? range.whole : [0, -1];
    const counted = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const values = "oneOf" in range ? range.oneOf : counted;
    const named = (/** @type {number} */ value) => (key === "head" && !value ? texts.mean : String(value));
    const choices = values.map((value) => ({ value: String(value), text: named(value) }));
    return choiceOf(this, legend, choices, (value) => {
      if (key === "head") this.choose({ head: Number(value) });
      else this.choose({ patch: Number(value), covered: "" });
    });
  }

  arrange() {
    const { texts, signal } = this;
    const settings = element("div", { class: "gl-settings" });
    settings.append(this.#sizes.root, this.#heads.root, this.#blocks.root);
    const uncover = button(texts.uncover, () => this.choose({ covered: "" }), signal);
    const legend = element("p", { class: "gl-legend" }, texts.legend);
    const looked = element("div", { class: "gl-looked" }, this.#grid.root, uncover, legend);
    const given = element("div", { class: "gl-given" }, this.#source.root, this.#source.buttons);
    return element("div", { class: "gl-explorer" }, settings, looked, this.#bars.root, given);
  }

  /** @param {boolean} linked */
  open(linked) {
    const [{ covered, patch }, count] = [this.#values, this.#shape.across ** 2];
    const wrong = unsound(covered, count);
    if (wrong) {
      this.model.set("covered", "");
      this.remark(fill(this.texts.outside, { patch: wrong, count, size: patch }));
    }
    this.#source.choose(this.#sample);
    super.open(linked);
  }

  get #values() {
    const { model } = this;
    const [patch, block, head] = [model.get("patch"), model.get("block"), model.get("head")];
    return { patch, block, head, covered: model.get("covered") };
  }

  /** Of the network of this size. @returns {Shape} */
  get #shape() {
    const patch = this.model.get("patch");
    const [blocks, heads] = this.model.get("shapes")[patch];
    return { blocks, heads, across: SIDE / patch };
  }

  /** Which sample is the digit of the model. */
  get #sample() {
    return Math.max(this.model.get("sample_labels").indexOf(String(this.model.get("digit"))), 0);
  }

  get #covered() {
    return coveredOf(this.model.get("covered"), this.#shape.across ** 2);
  }

  /** What is to be asked now. @returns {Question} */
  get #question() {
    const given = fill(this.texts.sample, { digit: this.model.get("digit") });
    const pixels = this.#drawing ?? this.#samples[this.#sample];
    const digit = this.#drawing ? this.texts.drawing : given;
    return { patch: this.model.get("patch"), covered: this.#covered, pixels, digit };
  }

  /** Is the answer that of what is to be seen? */
  get #isCurrent() {
    return this.#answer !== null && same(this.#answer.question, this.#question);
  }

  /** The answer of the network of this size, if it is there: perhaps to an older question. */
  get #known() {
    return this.#answer?.question.patch === this.model.get("patch") ? this.#answer : null;
  }

  /** Where the class token looks; null where it is not known yet. */
  get #weights() {
    const [answer, { block, head }] = [this.#known, this.#values];
    return answer && looks(answer.shown, this.#shape, block, head);
  }

  get state() {
    return super.state === "error" || this.#isCurrent || !this.#answer ? super.state : "loading";
  }

  // -- what is shown ---------------------------------------------------------------------------------

  /** The answer does not depend on which head is looked at. */
  get isStored() {
    const stored = this.model.get("stored");
    return (/** @type {const} */ (["patch", "digit", "covered"])).every((key) => stored[key] === this.model.get(key));
  }

  showStored() {
    if (!this.isStored) return;
    const { shown, whole } = this.model.get("stored");
    this.#show(this.#question, shown, whole);
  }

  show() {
    const [{ patch, block, head }, { across }] = [this.#values, this.#shape];
    const { pixels, covered } = this.#question;
    this.#sizes.show(String(patch));
    this.#heads.show(String(head));
    this.#blocks.show(block);
    this.#grid.showDigit(hide(pixels, covered, across), across, covered);
    this.#grid.showWeights(this.#weights, covered);
    this.#grid.wait(!this.#isCurrent);
    this.update();
  }

  /** @param {Question} question @param {ArrayLike<number>} shown @param {ArrayLike<number>} whole */
  #show(question, shown, whole) {
    const [shares, before] = [probabilities(shown), probabilities(whole)];
    this.#answer = { question, shown, shares, whole: before };
    this.#bars.show(shares, before);
    this.show();
  }

  async ask() {
    const question = this.#question;
    const { patch, pixels, covered } = question;
    const images = [hide(pixels, covered, SIDE / patch), ...(covered.length ? [pixels] : [])];
    const shape = [images.length, 1, SIDE, SIDE];
    const rows = await this.answer(`looks-${patch}`, join(images), shape);
    if (!rows) return; // a newer one is on its way, or it failed
    this.#asked = true;
    const length = rows.length / images.length;
    this.#show(question, rows.subarray(0, length), rows.subarray(rows.length - length));
  }

  // -- what the reader does ----------------------------------------------------------------------------

  /** @param {string} trait */
  changed(trait) {
    if (trait === "digit") {
      this.#drawing = null;
      this.#source.choose(this.#sample);
    }
    this.show();
    if (!this.#isCurrent) this.refresh();
  }

  /** @param {Partial<State>} values */
  choose(values) {
    this.set(values);
    if (!this.#asked || !this.#isCurrent) this.refresh(); // the first touch asks, whatever it is
  }

  /** Cover a patch, or uncover it. @param {number} patch */
  #turn(patch) {
    this.choose({ covered: turned(this.#covered, patch) });
  }

  #pointedAt() {
    this.#grid.showWeights(this.#weights, this.#covered);
    this.say();
  }

  /** A digit is given. @param {Float32Array} pixels @param {number} at a sample, or -1 */
  #take(pixels, at) {
    this.#drawing = at < 0 ? pixels : null;
    const digit = at < 0 ? {} : { digit: Number(this.model.get("sample_labels")[at]) };
    this.choose({ ...digit, covered: "" });
    this.show();
  }

  // -- words -------------------------------------------------------------------------------------------

  facts() {
    const { texts } = this;
    const [answer, weights] = [this.#known, this.#weights];
    if (!answer || !weights) return [{ name: texts.noAnswer, value: texts.notYet }];
    const first = largest(answer.shares);
    const probability = answer.shares[first].toFixed(2);
    const place = this.#grid.pointed || largest(weights) + 1;
    const name = this.#grid.pointed ? texts.pointedName : texts.mostName;
    return [
      { name: fill(texts.answerName, { probability }), value: String(first) },
      { name: fill(texts.wholeName, { answer: first }), value: answer.whole[first].toFixed(2) },
      { name: fill(name, this.#placeOf(place)), value: weights[place - 1].toFixed(2) },
    ];
  }

  /** @param {number} patch */
  #placeOf(patch) {
    const { across } = this.#shape;
    return { row: Math.floor((patch - 1) / across) + 1, column: ((patch - 1) % across) + 1 };
  }

  describe() {
    const [answer, weights] = [this.#known, this.#weights];
    if (!answer || !weights) return "";
    return [...this.#whatIsShown(answer, weights), ...this.#whatIsAnswered(answer)].join(" ");
  }

  /** @param {Answer} answer @param {Float32Array} weights */
  #whatIsShown({ question: { digit, patch } }, weights) {
    const [{ texts }, { blocks, heads }, { block, head }] = [this, this.#shape, this.#values];
    const most = largest(weights);
    const own = 1 - weights.reduce((sum, weight) => sum + weight, 0);
    return [
      fill(texts.inPatches, { digit, patch, count: weights.length }),
      fill(head ? texts.headLooks : texts.meanLooks, {
        ...{ block: Math.min(block, blocks), head: Math.min(head, heads) },
        ...{ place: fill(texts.place, this.#placeOf(most + 1)), share: weights[most].toFixed(2) },
        own: Math.max(own, 0).toFixed(2),
      }),
    ];
  }

  /** @param {Answer} answer */
  #whatIsAnswered({ shares, whole, question: { covered } }) {
    const { texts } = this;
    const counted = covered.length > 1 ? texts.several : covered.length ? texts.one : texts.nothing;
    const said = (/** @type {string} */ text, /** @type {number[]} */ of) =>
      fill(text, { answer: largest(of), probability: of[largest(of)].toFixed(2) });
    const now = [fill(counted, { count: covered.length }), said(texts.answer, shares)];
    return covered.length ? [...now, said(texts.before, whole)] : now;
  }
}

/** @param {Question} one @param {Question} other */
const same = (one, other) =>
  one.patch === other.patch &&
  one.pixels === other.pixels &&
  one.covered.join() === other.covered.join();

export default widget("patch-explorer", PatchExplorer, strings);
