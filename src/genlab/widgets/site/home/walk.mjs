/** Where the lens is and where it walks: places are fractions of the picture, from its top left. */

import { clamp } from "../../lib/math/geometry.mjs";

/**
 * @typedef {[number, number]} Place
 * @typedef {[number, number, number, number]} Extent left, right, bottom and top of the map
 */

const SECONDS = [31, 19]; // that a round takes, across and up: they meet again after ten minutes
const STEP = 0.02; // of the picture, a press of a key
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The place that the walk has reached.
 * @param {number} seconds @param {number} width the share of the picture that is seen
 * @returns {Place}
 */
export function walk(seconds, width) {
  const [across, up] = SECONDS.map((round) => (2 * Math.PI * seconds) / round);
  return [0.5 - 0.43 * width * Math.sin(across), 0.5 - 0.36 * Math.cos(up)];
}

/** A part of the way to another place. @param {Place} from @param {Place} to @param {number} share */
export const towards = (from, to, share) =>
  /** @type {Place} */ (from.map((value, axis) => value + share * (to[axis] - value)));

/** Within what is seen. @param {Place} place @param {number} width @returns {Place} */
export const within = ([u, v], width) =>
  [clamp(u, 0.5 - width / 2, 0.5 + width / 2), clamp(v, 0, 1)];

/**
 * Where a key leads, or null if it is none of ours; with Shift it leads five times as far.
 * @param {Place} place @param {string} key @param {boolean} far @param {number} aspect
 * @returns {Place | null}
 */
export function byKey([u, v], key, far, aspect) {
  if (!Object.hasOwn(KEYS, key)) return null;
  const [right, down] = KEYS[/** @type {keyof typeof KEYS} */ (key)];
  const step = far ? 5 * STEP : STEP;
  return [u + right * step, v + down * step * aspect];
}

/** The two numbers of a place. @param {Place} place @param {Extent} extent */
export const latents = ([u, v], [left, right, bottom, top]) =>
  [left + u * (right - left), top + v * (bottom - top)];
