/**
 * The beta slider: the map of a VAE's encodings beside a grid of its decodings, for one of several
 * trained betas, with a cursor on the grid.
 *
 * The values live in the model (beta, row, column); everything on show follows them, whoever
 * changes them. Only the chosen beta's decoder is ever asked, so only it is loaded.
 */

/** @import { Extent, HostState, Model, WidgetRoot } from "../lib/types.mjs" */
/** @import { Cell } from "../lib/math/cells.mjs" */
import { gridPoints, pointOf } from "../lib/math/cells.mjs";
import { sliderRow } from "../lib/controls.mjs";
import { decodingGrid } from "../lib/decoding_grid.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { newestWins } from "../lib/infer.mjs";
import { stillMap } from "../lib/map.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { Stage } from "../lib/stage.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} beta the chosen one
 * @property {number} row @property {number} column of the cursor, from 1
 * @property {number[]} betas that there are models of
 * @property {{ mse: number, kl: number, fid: number }[]} measures of each model
 * @property {number[][]} points each model's encodings, coordinates in turn
 * @property {string} labels one digit an encoding
 * @property {Extent} extent of the map, for all models
 * @property {number[]} quantiles coordinates of the grid's columns
 * @property {number[]} coarse_quantiles of the grid that a narrow widget draws
 * @property {{ beta: number, row: number, column: number, pixels: string, grid: string }} stored
 *   the digit at the cursor and the grid, as they are at the start
 * @typedef {Values & HostState} State
 * @typedef {Model<State>} Explorer
 */

/** Below this width, in pixels, the grid has fewer and larger pictures. */
const NARROW = 544;

/** @param {number} value */
const twoDecimals = (value) => value.toFixed(2);

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  /** Which decodings the grid shows. */
  #drawn = "";

  /** @param {Explorer} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    this.model = model;
    this.el = el;
    const common = { model, el, texts: this.#texts, ranges: this.#ranges(), signal };
    const [describe, onRetry] = [() => this.#describe(), () => this.#decode()];
    this.stage = new Stage({ ...common, describe, onRetry });
    // Beside the client's own: the grid and the digit at the cursor wait for the same network.
    this.decodeMany = newestWins(this.stage.client.run);
    this.slider = this.#createSlider(signal);
    this.map = this.#createMap(signal);
    this.grid = this.#createGrid(signal);
    this.digit = digitPicture(this.#texts.decoded);
    this.refresh = oncePerFrame(() => this.#decode(), signal);
    this.#open();
    this.#mount(signal);
    this.#follow(signal);
  }

  get #index() {
    return this.model.get("betas").indexOf(this.model.get("beta"));
  }

  /** @returns {Cell} */
  get #cell() {
    return [this.model.get("row"), this.model.get("column")];
  }

  get #point() {
    return pointOf(this.#cell, this.model.get("quantiles"));
  }

  /** Show the start from the state, or ask for it where it is another one. */
  #open() {
    const linked = this.stage.takeLink();
    const { beta, row, column, pixels, grid } = this.model.get("stored");
    const same = beta === this.model.get("beta");
    const sameCell = row === this.#cell[0] && column === this.#cell[1];
    this.digit.show(unpackPictures(pixels)[0]);
    this.#show();
    if (same) this.grid.showStored(grid);
    if (linked || !same || !sameCell) this.refresh();
    this.stage.sayNow();
  }

  /** @param {AbortSignal} signal */
  #mount(signal) {
    const { map, grid, digit, stage, slider } = this;
    /** @param {string} name @param {string} text @param {HTMLElement} content */
    const part = (name, text, content) =>
      element("div", { class: name }, element("div", { class: "gl-title" }, text), content);
    const caption = element("div", { class: "gl-caption" }, this.#texts.caption);
    const root = element("div", { class: "gl-beta" });
    root.append(
      slider.root,
      part("gl-grid-part", this.#texts.grid, grid.root),
      element("div", { class: "gl-seen" }, digit.root, caption),
      stage.status.root,
      part("gl-map-part", this.#texts.map, map.root),
    );
    this.el.append(root);
    const resized = new ResizeObserver(() => this.#drawn && this.refresh());
    resized.observe(root);
    signal.addEventListener("abort", () => {
      resized.disconnect();
      root.remove();
    });
  }

  /** @param {AbortSignal} signal */
  #follow(signal) {
    const changed = () => {
      this.#show();
      this.refresh();
      this.stage.say();
      this.stage.link();
    };
    for (const key of ["beta", "row", "column"]) {
      this.model.on(`change:${key}`, changed);
      signal.addEventListener("abort", () => this.model.off(`change:${key}`, changed));
    }
  }

  /** Bring slider, map and cursor to where the model is. */
  #show() {
    const { model } = this;
    const [beta, point] = [model.get("beta"), this.#point];
    const [z0, z1] = point.map(twoDecimals);
    this.slider.show(this.#index);
    const count = model.get("labels").length;
    this.map.setPoints(model.get("points")[this.#index], fill(this.#texts.mapLabel, { count, beta }));
    this.map.show(point);
    this.grid.call(fill(this.#texts.gridLabel, { beta }));
    this.grid.show(this.#cell, fill(this.#texts.cell, { z0, z1 }));
  }

  /** Ask for what the model says; of an error the stage tells itself. */
  #decode() {
    const network = `decoder-${this.model.get("beta")}`;
    this.#decodeGrid(network).catch(() => {});
    this.#decodeDigit(network).catch(() => {});
  }

  /** @param {string} network */
  async #decodeGrid(network) {
    const narrow = this.el.clientWidth < NARROW;
    const quantiles = this.model.get(narrow ? "coarse_quantiles" : "quantiles");
    const wanted = `${network} ${quantiles.length}`;
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.grid.wait(true);
    const shape = [quantiles.length ** 2, 2];
    try {
      const images = await this.decodeMany(network, gridPoints(quantiles), shape);
      if (images && this.#drawn === wanted) this.grid.showPictures(images.data, quantiles.length);
    } catch (error) {
      if (this.#drawn === wanted) this.#drawn = "";
      throw error;
    }
  }

  /** @param {string} network */
  async #decodeDigit(network) {
    const image = await this.stage.client.latest(network, this.#point, [1, 2]);
    if (image && network === `decoder-${this.model.get("beta")}`) this.digit.show(image.data);
  }

  #describe() {
    const { mse, kl, fid } = this.model.get("measures")[this.#index];
    const [row, column] = this.#cell;
    const [z0, z1] = this.#point.map(twoDecimals);
    const measured = { mse: mse.toFixed(3), kl: twoDecimals(kl), fid: Math.round(fid) };
    const beta = this.model.get("beta");
    return fill(this.#texts.shown, { beta, ...measured, row, column, z0, z1 });
  }

  #ranges() {
    /** @type {[number, number]} */
    const whole = [1, this.model.get("quantiles").length];
    return { beta: { oneOf: this.model.get("betas") }, row: { whole }, column: { whole } };
  }

  /** The reader changes something; the first time this asks for the network. @param {Partial<Values>} values */
  #set(values) {
    this.stage.remark("");
    for (const [key, value] of Object.entries(values))
      this.model.set(/** @type {keyof Values} */ (key), value);
    this.model.save_changes();
    this.refresh(); // also where it was there already
  }

  /** @param {AbortSignal} signal */
  #createSlider(signal) {
    const betas = this.model.get("betas");
    return sliderRow({
      ...{ name: "β", label: this.#texts.slider, min: 0, max: betas.length - 1, step: 1 },
      format: (index) => String(betas[index]),
      onInput: (index) => this.#set({ beta: betas[index] }),
      signal,
    });
  }

  /** @param {AbortSignal} signal */
  #createMap(signal) {
    const { model } = this;
    const [points, labels] = [model.get("points")[this.#index], model.get("labels")];
    return stillMap({ label: "", extent: model.get("extent"), points, labels, signal });
  }

  /** @param {AbortSignal} signal */
  #createGrid(signal) {
    return decodingGrid({
      cells: this.model.get("quantiles").length,
      getCell: () => this.#cell,
      onMove: ([row, column]) => this.#set({ row, column }),
      signal,
    });
  }
}

export default widget("beta-slider", View, "change:points");
