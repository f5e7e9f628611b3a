/**
 * The beta slider: the map of a VAE's encodings beside a grid of its decodings, for one of several
 * trained betas, with a cursor on the grid.
 *
 * The values live in the model (beta, row, column); everything on show follows them, whoever
 * changes them. Only the chosen beta's decoder is ever asked, so only it is loaded.
 */

/** @import { Extent, HostState } from "../lib/types.mjs" */
/** @import { Cell } from "../lib/math/cells.mjs" */
/** @import { SharedTexts } from "../lib/strings.mjs" */
import { gridPoints, pointOf } from "../lib/math/cells.mjs";
import { decodingGrid } from "../lib/decoding_grid.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { element, titled } from "../lib/dom.mjs";
import { newestWins } from "../lib/infer.mjs";
import { stillMap } from "../lib/map.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { fill } from "../lib/strings.mjs";
import { View } from "../lib/view.mjs";
import { widget } from "../lib/widget.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} beta the chosen one
 * @property {number} row @property {number} column of the cursor, from 1
 * @property {number[]} betas that there are models of
 * @property {{ mse: number, kl: number, fid: number, fid_error: number }[]} measures of each model
 * @property {number[][]} points each model's encodings, coordinates in turn
 * @property {string} labels one digit an encoding
 * @property {Extent} extent of the map, for all models
 * @property {number[]} quantiles coordinates of the grid's columns
 * @property {number[]} coarse_quantiles of the grid that a narrow widget draws
 * @property {{ beta: number, row: number, column: number, pixels: string, grid: string }} stored
 *   the digit at the cursor and the grid, as they are at the start
 * @typedef {Values & HostState} State
 */

/** Below this width the grid has fewer and larger pictures: in rem, as in the style. */
const NARROW = 34;
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** @param {number} value */
const twoDecimals = (value) => value.toFixed(2);

/** @extends {View<State, SharedTexts & typeof strings.en>} */
class BetaSlider extends View {
  /** Which decodings the grid shows. */
  #drawn = "";
  // Beside the client's own: the grid and the digit at the cursor wait for the same network.
  #decodeMany = newestWins(this.client.run);
  #slider = this.scrubber("beta", { name: this.texts.sliderName, label: this.texts.slider });
  #digit = digitPicture(this.texts.decoded);
  #map = stillMap({
    ...{ label: "", extent: this.model.get("extent"), signal: this.signal },
    ...{ points: this.model.get("points")[this.#index], labels: this.model.get("labels") },
  });
  #grid = decodingGrid({
    cells: this.model.get("quantiles").length,
    getCell: () => this.#cell,
    onMove: ([row, column]) => this.choose({ row, column }),
    signal: this.signal,
  });

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

  arrange() {
    const caption = element("div", { class: "gl-caption" }, this.texts.caption);
    const root = element("div", { class: "gl-beta" });
    root.append(
      this.#slider.root,
      titled("gl-grid-part", this.texts.grid, this.#grid.root),
      element("div", { class: "gl-seen" }, this.#digit.root, caption),
      titled("gl-map-part", this.texts.map, this.#map.root),
    );
    const resized = new ResizeObserver(() => this.#drawn && this.refresh());
    resized.observe(root);
    this.signal.addEventListener("abort", () => resized.disconnect());
    return root;
  }

  showStored() {
    const { beta, pixels, grid } = this.model.get("stored");
    this.#digit.show(unpackPictures(pixels)[0]);
    if (beta === this.model.get("beta")) this.#grid.showStored(grid);
  }

  show() {
    const { model, texts } = this;
    const [beta, point] = [model.get("beta"), this.#point];
    const [z0, z1] = point.map(twoDecimals);
    this.#slider.show(beta);
    const count = model.get("labels").length;
    this.#map.setPoints(model.get("points")[this.#index], fill(texts.mapLabel, { count, beta }));
    this.#map.show(point);
    this.#grid.call(fill(texts.gridLabel, { beta }));
    this.#grid.show(this.#cell, fill(texts.cell, { z0, z1 }));
  }

  ask() {
    const network = `decoder-${this.model.get("beta")}`;
    this.#decodeGrid(network);
    this.#decodeDigit(network);
  }

  /** @param {string} network */
  async #decodeGrid(network) {
    const narrow = this.el.clientWidth < NARROW * rem();
    const quantiles = this.model.get(narrow ? "coarse_quantiles" : "quantiles");
    const wanted = `${network} ${quantiles.length}`;
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#grid.wait(true);
    const shape = [quantiles.length ** 2, 2];
    try {
      const images = await this.#decodeMany(network, gridPoints(quantiles), shape);
      if (images && this.#drawn === wanted) this.#grid.showPictures(images.data, quantiles.length);
    } catch {
      if (this.#drawn === wanted) this.#drawn = "";
    }
  }

  /** @param {string} network */
  async #decodeDigit(network) {
    const image = await this.answer(network, this.#point, [1, 2]);
    if (image && network === `decoder-${this.model.get("beta")}`) this.#digit.show(image);
  }

  facts() {
    const { texts, model } = this;
    const { mse, kl, fid } = model.get("measures")[this.#index];
    return [
      { name: texts.betaName, value: fill(texts.betaFact, { beta: model.get("beta") }) },
      { name: texts.mseName, value: mse.toFixed(3) },
      { name: texts.klName, value: twoDecimals(kl) },
      { name: texts.fidName, value: String(Math.round(fid)) },
    ];
  }

  describe() {
    const { mse, kl, fid, fid_error } = this.model.get("measures")[this.#index];
    const [row, column] = this.#cell;
    const [z0, z1] = this.#point.map(twoDecimals);
    const measured = { mse: mse.toFixed(3), kl: twoDecimals(kl), fid: Math.round(fid), fidError: Math.ceil(fid_error) };
    const beta = this.model.get("beta");
    return fill(this.texts.shown, { beta, ...measured, row, column, z0, z1 });
  }
}

export default widget("beta-slider", BetaSlider, strings, "change:points");
