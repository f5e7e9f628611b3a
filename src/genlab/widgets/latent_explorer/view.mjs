/**
 * The latent explorer: maps of one or two 2-D latent spaces, a point to move on each, what the
 * decoder makes of it, and a digit of one's own to encode.
 *
 * The values live in the model (z0, z1, right_z0, right_z1); everything on show follows them, so a
 * point moved by Python, by a link between widgets or by a finger takes the same way.
 */

/** @import { Point } from "../lib/types.mjs" */
/** @import { State, Texts } from "./panel.mjs" */
import { DigitSource } from "../lib/digit_source.mjs";
import { element } from "../lib/dom.mjs";
import { IMAGE } from "../lib/math/mnist.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { KEYS, Panel } from "./panel.mjs";
import { strings } from "./strings.mjs";

/** @extends {View<State, Texts>} */
class LatentExplorer extends View {
  /** Counts the reader's own moves: an encoding that comes after one is not wanted any more. */
  #moves = 0;
  /** @type {Panel[]} */
  #panels = this.model.get("names").map((_, index) => new Panel(this, index));
  #source = new DigitSource(this, (pixels, note) => this.#encode(pixels, note));

  arrange() {
    const legend = element("p", { class: "gl-legend" }, this.texts.legend);
    const words = element("div", { class: "gl-words" }, legend, this.#source.buttons);
    const bench = element("div", { class: "gl-bench" }, this.#source.root, words);
    const root = element("div", { class: "gl-body", "data-count": this.#panels.length });
    root.append(...this.#panels.map((panel) => panel.root), bench);
    return root;
  }

  /** @param {boolean} linked */
  open(linked) {
    super.open(linked);
    this.#source.setCurrent(!linked && this.isStored && this.model.get("sample_shown"));
  }

  get isStored() {
    const stored = this.model.get("stored").z.flat();
    return this.#panels.flatMap(({ point }) => point).every((value, i) => value === stored[i]);
  }

  showStored() {
    const pictures = unpackPictures(this.model.get("stored").pixels);
    this.#panels.forEach((panel, index) => panel.showPicture(pictures[index]));
  }

  show() {
    for (const panel of this.#panels) panel.show();
  }

  ask() {
    for (const panel of this.#panels) panel.decode();
  }

  /** Only the point that was moved is decoded. @param {string} trait */
  changed(trait) {
    const panel = this.#panels[KEYS.findIndex((keys) => keys.some((key) => key === trait))];
    panel.show();
    panel.refresh();
    this.say();
  }

  facts() {
    return this.#panels.map((panel) => panel.fact());
  }

  describe() {
    return this.#panels.map((panel) => panel.describe()).join(" ");
  }

  /** The reader moves a point. @param {Panel} panel @param {Point} point */
  move(panel, point) {
    this.#moves += 1;
    this.again = this.refresh;
    this.#source.setCurrent(false);
    this.set(panel.valuesAt(point));
    panel.refresh(); // also where the point was there already: the first press asks
  }

  /** The reader gives a digit. @param {Float32Array} pixels @param {string} note */
  #encode(pixels, note) {
    const before = this.#moves;
    this.again = () => this.#encode(pixels, note);
    this.#source.setCurrent(true);
    this.#panels.forEach(async (panel, index) => {
      const code = await this.answer(`encoder-${index}`, pixels, IMAGE);
      if (!code || this.#moves !== before) return;
      panel.mark([code[0], code[1]]);
      this.set(panel.valuesAt([code[0], code[1]]));
      this.remark(note);
    });
  }
}

export default widget("latent-explorer", LatentExplorer, strings, "change:points");
