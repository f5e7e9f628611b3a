/** The arithmetic of the objective explorer, without any page. */

/** @import { PredictionType, Rates } from "../lib/math/diffusion.mjs" */
import { addNoise, ratesOf, readOutput, velocity } from "../lib/math/diffusion.mjs";
import { PIXELS } from "../lib/math/mnist.mjs";
import { meanSquaredError, split } from "../lib/math/pixels.mjs";

/** @typedef {"x0" | "eps" | "v"} Form */
/**
 * @typedef {object} Scene what there is to be predicted
 * @property {number} t @property {Rates} rates
 * @property {Float32Array} x0 @property {Float32Array} eps @property {Float32Array} v
 * @property {Float32Array} xt what the networks see
 * @typedef {object} Reading one network's answer
 * @property {Float32Array} target @property {Float32Array} output @property {Float32Array} x0
 * @property {{ own: number, x0: number, eps: number }} errors mean squares, a pixel
 */

/** Which form of a prediction a network gives. @type {Record<PredictionType, Form>} */
export const OWN_FORM = { epsilon: "eps", sample: "x0", v_prediction: "v" };

/**
 * Everything at a timestep.
 * @param {Float32Array} x0 @param {Float32Array} eps @param {number} t @param {number} alphaBar
 * @returns {Scene}
 */
export function sceneOf(x0, eps, t, alphaBar) {
  const rates = ratesOf(alphaBar);
  return { t, rates, x0, eps, xt: addNoise(x0, eps, rates), v: velocity(x0, eps, rates) };
}

/**
 * A network's output beside what it should be.
 * @param {PredictionType} type @param {Float32Array} output @param {Scene} scene
 * @returns {Reading}
 */
export function readingOf(type, output, scene) {
  const form = OWN_FORM[type];
  const read = readOutput(type, output, scene.xt, scene.rates);
  const error = (/** @type {Form} */ one) => meanSquaredError(read[one], scene[one]);
  const errors = { own: meanSquaredError(output, scene[form]), x0: error("x0"), eps: error("eps") };
  return { target: scene[form], output, x0: read.x0, errors };
}

/** Where the least value is. @param {number[]} values */
export const least = (values) => values.indexOf(Math.min(...values));

/**
 * Outputs in a widget's state: two bytes a value, whole numbers of 1 / 4096, all in one base64.
 * @param {string} text
 */
export function unpackOutputs(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return split(Float32Array.from(new Int16Array(bytes.buffer), (whole) => whole / 4096), PIXELS);
}

/** Values as multiples of the least of them. @param {number[]} values */
export const toRatios = (values) => {
  const lowest = Math.min(...values);
  return values.map((value) => value / lowest);
};

/**
 * A vertical axis: where a value is, 0 at the top and 1 at the bottom, and the ticks.
 * @typedef {{ heightOf: (value: number) => number, ticks: number[] }} Axis
 */

/** An axis from its first tick to its last, with a little room below. @param {number[]} ticks @returns {Axis} */
export function linear(ticks) {
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const room = (high - low) / 16;
  return { ticks, heightOf: (value) => (high - value) / (high - low + room) };
}

/** An axis of the powers of ten that the lines need, up to ten. @param {number[][]} lines @returns {Axis} */
export function logarithmic(lines) {
  const [low, high] = decades(lines, MOST);
  const powers = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const step = powers.length > 4 ? 2 : 1;
  const ticks = powers.filter((power) => (high - power) % step === 0).map((power) => 10 ** power);
  return { ticks, heightOf: (value) => heightOf(value, [low, high]) };
}
/** Lines may leave the chart at the top: the error of x0 read from a wrong eps grows without end. */
const MOST = 1;

/** An error with two digits, short at any size. @param {number} value */
export const errorText = (value) => (value >= 1000 ? LARGE : SMALL).format(value);
const SMALL = new Intl.NumberFormat("en", { maximumSignificantDigits: 2, maximumFractionDigits: 20 });
const LARGE = new Intl.NumberFormat("en", { maximumSignificantDigits: 2, notation: "compact" });

/**
 * The powers of ten that a logarithmic axis shows: from below the least value to above the largest,
 * but not above `most`.
 * @param {number[][]} lines @param {number} most
 * @returns {[low: number, high: number]} exponents
 */
export function decades(lines, most) {
  const values = lines.flat().filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.min(Math.ceil(Math.log10(Math.max(...values))), most) + 0; // no -0
  return [Math.min(low, high - 1), high];
}

/** Where a value is on that axis: 0 at the top, 1 at the bottom. @param {number} value @param {[number, number]} decades */
export const heightOf = (value, [low, high]) => (high - Math.log10(Math.max(value, 1e-30))) / (high - low);
