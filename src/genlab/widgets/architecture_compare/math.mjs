/** The arithmetic of the comparison, without any page. */

/** @import { Input } from "../lib/types.mjs" */
/** @import { Path, Predict } from "../lib/math/samplers.mjs" */
import { clipped } from "../lib/math/diffusion.mjs";
import { meanSquaredError } from "../lib/math/pixels.mjs";

/** A pass of a recurrent network: for each image its estimate and, after it, its new latents. @typedef {(xt: Float32Array, t: number, latents: Input) => Promise<Float32Array | null>} Pass */
/** What latents are at each step: those of the step before, or zero. @typedef {"handed_on" | "zero"} Latents */

/** The latents of a path, kept for each of its steps; at the first they are zero. */
export class Memory {
  #shape;
  #zero;
  #mode;
  /** @type {Float32Array[]} */
  #kept = [];

  /** @param {number[]} shape of the latents of all images @param {Latents} mode */
  constructor(shape, mode) {
    this.#shape = shape;
    this.#mode = mode;
    this.#zero = new Float32Array(shape.reduce((product, length) => product * length, 1));
  }

  /** What the network is given at a step, from 0. @param {number} step @returns {Input} */
  at(step) {
    const data = this.#mode === "zero" || step === 0 ? this.#zero : this.#kept[step - 1];
    return { data, shape: this.#shape };
  }

  /** What it has given there. @param {number} step @param {Float32Array} latents */
  keep(step, latents) {
    this.#kept[step] = latents;
  }
}

/**
 * A recurrent network as a path asks it, whose latents stand in the path's memory.
 * @param {Path} path @param {Memory} memory @param {number} count of images @param {Pass} pass
 * @returns {Predict}
 */
export const recurrent = (path, memory, count, pass) => async (xt, t) => {
  const step = path.done;
  const answer = await pass(xt, t, memory.at(step));
  if (!answer) return null;
  const [estimates, latents] = apart(answer, count, xt.length / count);
  memory.keep(step, latents);
  return estimates;
};

/**
 * Estimates and latents, of rows that hold both.
 * @param {Float32Array} rows one an image @param {number} count of rows @param {number} size of an estimate
 * @returns {[estimates: Float32Array, latents: Float32Array]}
 */
export function apart(rows, count, size) {
  const length = rows.length / count;
  const [estimates, latents] = [size, length - size].map((each) => new Float32Array(count * each));
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    estimates.set(row.subarray(0, size), i * size);
    latents.set(row.subarray(size), i * (length - size));
  }
  return [estimates, latents];
}

/**
 * How far images are apart, a pixel, as they are seen: the root of the mean squared difference of two
 * of them, and the mean of that over all pairs; null where there is no pair.
 * @param {Float32Array[]} images what lies outside of [-1, 1] is cut off
 */
export function distance(images) {
  const seen = images.map(clipped);
  const pairs = seen.flatMap((one, i) => seen.slice(i + 1).map((other) => [one, other]));
  if (!pairs.length) return null;
  const sum = pairs.reduce((total, [one, other]) => total + Math.sqrt(meanSquaredError(one, other)), 0);
  return sum / pairs.length;
}
