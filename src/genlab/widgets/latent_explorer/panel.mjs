/** One model of the latent explorer: its map, its point's sliders, its decoder's picture. */

/** @import { Extent, HostState, Point } from "../lib/types.mjs" */
/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { View } from "../lib/view.mjs" */
/** @import { strings } from "./strings.mjs" */
import { rangeSlider } from "../lib/controls.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { fromFraction, nearest, round3, roundStep } from "../lib/math/geometry.mjs";
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
 * @typedef {SharedTexts & typeof strings.en} Texts
 * @typedef {View<State, Texts> & { move(panel: Panel, point: Point): void }} Home where a panel is
 */

/** The values of each map's point. @type {[Key, Key][]} */
export const KEYS = [
  ["z0", "z1"],
  ["right_z0", "right_z1"],
];

/** How many faint decodings lie behind the map, along one side. */
const BEHIND = 14;

/** @param {number} value */
const twoDecimals = (value) => value.toFixed(2);

export class Panel {
  #home;
  #index;
  #name;
  #map;
  #picture;
  #sliders;
  #isFilled = false;

  /** @param {Home} home @param {number} index 0 for the first map, 1 for the second */
  constructor(home, index) {
    this.#home = home;
    this.#index = index;
    this.#name = home.model.get("names")[index];
    this.#map = this.#createMap();
    this.#picture = digitPicture(fill(home.texts.decoded, { name: this.#name }));
    this.#sliders = [this.#createSlider(0), this.#createSlider(1)];
    this.refresh = oncePerFrame(() => this.decode(), home.signal);
    this.root = this.#arrange();
  }

  /** @returns {Point} */
  get point() {
    const [z0, z1] = KEYS[this.#index];
    return [this.#home.model.get(z0), this.#home.model.get(z1)];
  }

  /** The model's values where this is the point. @param {Point} point @returns {Partial<State>} */
  valuesAt([z0, z1]) {
    const [key0, key1] = KEYS[this.#index];
    return { [key0]: round3(z0), [key1]: round3(z1) };
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
    this.#map.showDigit(pixels);
  }

  /** Mark where a digit was encoded to. @param {Point} point */
  mark(point) {
    this.#map.mark(point);
  }

  /** The nearest encoding, to be read off. */
  fact() {
    const { model, texts } = this.#home;
    const found = nearest(model.get("points")[this.#index], this.point);
    const name = fill(texts.nearest, { name: this.#name });
    return { name, value: model.get("labels")[found.index], large: true };
  }

  /** What is shown, in words. */
  describe() {
    const { model, texts } = this.#home;
    const found = nearest(model.get("points")[this.#index], this.point);
    const [z0, z1, distance] = [...this.point, found.distance].map(twoDecimals);
    const digit = model.get("labels")[found.index];
    return fill(texts.at, { name: this.#name, z0, z1, distance, digit });
  }

  async decode() {
    const image = await this.#home.answer(`decoder-${this.#index}`, this.point, [1, 2]);
    if (!image) return;
    this.showPicture(image);
    if (!this.#isFilled) this.#fill();
  }

  /** Lay decodings behind the map, now that the network is there. */
  async #fill() {
    this.#isFilled = true;
    const extent = this.#home.model.get("extents")[this.#index];
    const middles = Array.from({ length: BEHIND }, (_, i) => (i + 0.5) / BEHIND);
    const points = middles.flatMap((y) => middles.flatMap((x) => fromFraction(extent, x, y)));
    const asked = this.#home.client.run(`decoder-${this.#index}`, points, [BEHIND ** 2, 2]);
    const images = await asked.catch(() => null); // of an error the view tells
    if (images) this.#map.showBehind(images.data, BEHIND);
    else this.#isFilled = false;
  }

  #createMap() {
    const { model, texts, signal } = this.#home;
    return digitMap({
      label: fill(texts.map, { name: this.#name }),
      extent: model.get("extents")[this.#index],
      points: model.get("points")[this.#index],
      labels: model.get("labels"),
      getPoint: () => this.point,
      onMove: (point) => this.#home.move(this, point),
      signal,
    });
  }

  /** @param {0 | 1} axis */
  #createSlider(axis) {
    const { model, texts, signal } = this.#home;
    const range = model.get("ranges")[KEYS[this.#index][axis]];
    const [min, max] = /** @type {[number, number]} */ (range);
    return rangeSlider(range, {
      name: KEYS[0][axis],
      label: fill(texts.slider, { name: this.#name, axis: KEYS[0][axis] }),
      step: roundStep((max - min) / 200),
      format: twoDecimals,
      onInput: (value) =>
        this.#home.move(this, axis ? [this.point[0], value] : [value, this.point[1]]),
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
