/**
 * Architectures side by side: the same noise, made into digits by several networks. The way from
 * noise to digits is scrubbed, and a recurrent network's latents can be taken away.
 *
 * All choices live in the model; `RowsView` leads the networks on. The latents of a path are kept with
 * it, so that it can be left and taken up again at any step.
 */

/** @import { Path, Predict } from "../lib/math/samplers.mjs" */
/** @import { RowsState, Start } from "../lib/rows.mjs" */
/** @import { Latents } from "./math.mjs" */
/** @import { Cost, Texts } from "./parts.mjs" */
import { choiceOf } from "../lib/controls.mjs";
import { element } from "../lib/dom.mjs";
import { RowsView } from "../lib/rows.mjs";
import { fill } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { Memory, distance, recurrent } from "./math.mjs";
import { Panel } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {Start & { latents: Latents }} Setting
 * @typedef {object} Own
 * @property {Latents} latents of recurrent networks
 * @property {number[][]} shapes of an image's latents, for each network; empty where it has none
 * @property {Cost[]} costs
 * @property {RowsState["stored"] & Setting} stored
 * @typedef {RowsState & Own} State
 */

/** The runtime and one network, in megabytes as they are sent. */
const [RUNTIME, NETWORK] = [4, 0.6];

/** @extends {RowsView<State, Texts>} */
class ArchitectureCompare extends RowsView {
  #shapes = this.model.get("shapes");
  #recurrent = this.names.filter((_, row) => this.#shapes[row].length).join(this.texts.comma);
  #latents = this.#recurrent ? this.#createLatents() : null;
  /** @type {WeakMap<Path, Memory>} */
  #memories = new WeakMap();

  /** @param {string} name @param {number} row @returns {Panel} */
  createRow(name, row) {
    return new Panel(name, this.model.get("count"), this.model.get("costs")[row], this.texts);
  }

  #createLatents() {
    const { texts } = this;
    const modes = /** @type {Latents[]} */ (Object.keys(texts.latentsAre));
    const choices = modes.map((value) => ({ value, text: texts.latentsAre[value] }));
    const onChoose = (/** @type {string} */ value) =>
      this.choose({ latents: /** @type {Latents} */ (value) });
    return choiceOf(this, fill(texts.latents, { names: this.#recurrent }), choices, onChoose);
  }

  arrange() {
    this.tellRows();
    const panels = element("div", { class: "gl-rows" }, ...this.rows.map(({ root }) => root));
    const settings = element("div", { class: "gl-settings" });
    settings.append(this.seed.root, this.steps.root);
    if (this.#latents) settings.append(this.#latents.root);
    settings.append(this.guess.root);
    return element("div", { class: "gl-compare" }, this.way.root, panels, settings);
  }

  show() {
    super.show();
    this.#latents?.show(this.model.get("latents"));
  }

  // -- paths with a memory -------------------------------------------------------------------------

  /** @returns {Setting} */
  get setting() {
    return { ...super.setting, latents: this.model.get("latents") };
  }

  /** Of a network without latents, the path is the same whatever is done with them. @param {number} row @param {Setting} setting */
  keyOf(row, setting) {
    const key = super.keyOf(row, setting);
    return this.#shapes[row].length ? `${key} ${setting.latents}` : key;
  }

  /** @param {number} row @param {Path} path @returns {Predict} */
  predictOf(row, path) {
    if (!this.#shapes[row].length) return super.predictOf(row, path);
    const pass = (/** @type {Parameters<import("./math.mjs").Pass>} */ ...[xt, t, latents]) =>
      this.pass(row, xt, t, latents);
    return recurrent(path, this.#memoryOf(row, path), this.model.get("count"), pass);
  }

  /** @param {number} row @param {Path} path */
  #memoryOf(row, path) {
    const shape = [this.model.get("count"), ...this.#shapes[row]];
    const memory = this.#memories.get(path) ?? new Memory(shape, this.model.get("latents"));
    this.#memories.set(path, memory);
    return memory;
  }

  // -- words -----------------------------------------------------------------------------------------

  waiting() {
    return fill(super.waiting(), { megabytes: Math.round(RUNTIME + NETWORK * this.names.length) });
  }

  working() {
    const [seed, least] = [this.model.get("seed"), this.least];
    return fill(this.texts.working, { seed, least, step: this.step });
  }

  facts() {
    const [facts, { texts }] = [super.facts(), this];
    if (this.names.length < 2) return facts;
    return [...facts, { name: texts.apart, value: this.#apart ?? texts.notYet }];
  }

  /** How far the networks are apart, once all are where they are to be. */
  get #apart() {
    const { seen } = this;
    if (seen.some(({ current }) => !current)) return null;
    return distance(seen.map(({ images }) => images))?.toFixed(2) ?? null;
  }

  describe() {
    const [{ texts, step }, steps] = [this, this.model.get("steps")];
    const what = this.wanted.guess ? texts.whatGuesses : texts.whatSamples;
    const shown = fill(step === steps ? texts.done : texts.shown, {
      ...{ step, steps, t: this.level, seed: this.model.get("seed") },
      what: fill(what, { count: this.model.get("count"), rows: this.names.length }),
    });
    const apart = this.#apart;
    const latents = texts.latentsNow[this.model.get("latents")];
    return [
      shown,
      ...(apart === null ? [] : [fill(texts.apartBy, { distance: apart })]),
      ...(this.#recurrent ? [fill(latents, { names: this.#recurrent })] : []),
    ].join(" ");
  }
}

export default widget("architecture-compare", ArchitectureCompare, strings);
