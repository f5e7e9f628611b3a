/** One model of the latent explorer: its map, its point's sliders, its decoder's picture. */

/** @import { Extent, HostState, Model, Point } from "../lib/types.mjs" */
/** @import { InferClient } from "../lib/infer.mjs" */
/** @import { strings } from "./strings.mjs" */
import { sliderRow } from "../lib/controls.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { nearest, round3, roundStep } from "../lib/math/geometry.mjs";
import { digitMap } from "../lib/map.mjs";
import { fill } from "../lib/strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} z0 @property {number} z1 the point on the first map
 * @property {number} right_z0 @property {number} right_z1 the point on the second map
 * @property {string[]} names of the models
 * @property {number[][]} points a model's encodings, coordinates in turn
 * @property {string} labels one digit an encoding
 * @property {Extent[]} extents of the maps
 * @property {string} samples a few test digits, packed
 * @property {string} sample_labels
 * @property {boolean} sample_shown whether the first position is the first sample's encoding
 * @property {{ z: Point[], pixels: string }} stored decodings of the first position, packed
 * @typedef {Values & HostState} State
 * @typedef {"z0" | "z1" | "right_z0" | "right_z1"} Key
 * @typedef {Model<State>} Explorer
 *
 * @typedef {object} PanelOptions
 * @property {Explorer} model @property {InferClient<State>} client
 * @property {number} index 0 for the first map, 1 for the second
 * @property {typeof strings.en} texts @property {AbortSignal} signal
 * @property {(index: number, point: Point) => void} onMove the reader moves the point
 */

/** The values of each map's point. @type {[Key, Key][]} */
export const KEYS = [
  ["z0", "z1"],
  ["right_z0", "right_z1"],
];

/** @param {number} value */
const twoDecimals = (value) => value.toFixed(2);

export class Panel {
  #options;
  #name;
  #extent;
  #map;
  #picture;
  #sliders;

  /** @param {PanelOptions} options */
  constructor(options) {
    const { model, index, signal } = options;
    this.#options = options;
    this.#name = model.get("names")[index];
    this.#extent = model.get("extents")[index];
    this.#map = this.#createMap();
    this.#picture = digitPicture(fill(options.texts.decoded, { name: this.#name }));
    this.#sliders = [this.#createSlider(0), this.#createSlider(1)];
    this.decode = oncePerFrame(this.#decode, signal);
    this.root = this.#arrange();
  }

  /** @returns {Point} */
  get point() {
    const [z0, z1] = KEYS[this.#options.index];
    return [this.#options.model.get(z0), this.#options.model.get(z1)];
  }

  /** @param {Point} point */
  set point(point) {
    const { model, index } = this.#options;
    point.forEach((value, axis) => model.set(KEYS[index][axis], round3(value)));
    model.save_changes();
  }

  /** Bring cross and sliders to where the point is. */
  show() {
    const { point } = this;
    this.#map.show(point);
    this.#sliders.forEach((slider, axis) => slider.show(point[axis]));
  }

  /** @param {ArrayLike<number>} pixels of the decoded digit */
  showPicture(pixels) {
    this.#picture.show(pixels);
  }

  /** Mark where a digit was encoded to, and put the point there. @param {Point} point */
  goTo(point) {
    this.#map.mark(point);
    this.point = point;
  }

  /** What is shown, in words. */
  describe() {
    const { model, index, texts } = this.#options;
    const found = nearest(model.get("points")[index], this.point);
    const [z0, z1, distance] = [...this.point, found.distance].map(twoDecimals);
    const digit = model.get("labels")[found.index];
    return fill(texts.at, { name: this.#name, z0, z1, distance, digit });
  }

  #decode = async () => {
    const { client, index } = this.#options;
    // Of an error the client tells itself.
    const image = await client.latest(`decoder-${index}`, this.point, [1, 2]).catch(() => null);
    if (image) this.showPicture(image.data);
  };

  #createMap() {
    const { model, index, texts, onMove, signal } = this.#options;
    return digitMap({
      label: fill(texts.map, { name: this.#name }),
      extent: this.#extent,
      points: model.get("points")[index],
      labels: model.get("labels"),
      getPoint: () => this.point,
      onMove: (point) => onMove(index, point),
      signal,
    });
  }

  /** @param {0 | 1} axis */
  #createSlider(axis) {
    const { index, texts, onMove, signal } = this.#options;
    const [min, max] = this.#extent.slice(2 * axis, 2 * axis + 2);
    return sliderRow({
      name: KEYS[0][axis],
      label: fill(texts.slider, { name: this.#name, axis: KEYS[0][axis] }),
      ...{ min, max, step: roundStep((max - min) / 200) },
      format: twoDecimals,
      onInput: (value) => onMove(index, axis ? [this.point[0], value] : [value, this.point[1]]),
      signal,
    });
  }

  #arrange() {
    const sliders = this.#sliders.map(({ root }) => root);
    const controls = element("div", { class: "gl-sliders" }, ...sliders);
    const readout = element("div", { class: "gl-readout" }, this.#picture.root, controls);
    const title = element("div", { class: "gl-title" }, this.#name);
    const root = element("div", { class: "gl-panel", role: "group", "aria-label": this.#name });
    root.append(title, this.#map.root, readout);
    return root;
  }
}
