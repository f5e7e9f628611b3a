/** The arithmetic of the bottleneck slider, without any page. */

import { PIXELS } from "../lib/math/mnist.mjs";

/** How many pixels there are for each number of the bottleneck, as "49" or "24.5". @param {number} size */
export const compressionRatio = (size) => String(Number((PIXELS / size).toFixed(1)));

/**
 * Shades for the numbers of several codes: the lowest of all is light, the highest is black.
 * @param {Float32Array[]} codes @returns {number[][]} shades from 0.06 to 1
 */
export function shades(codes) {
  let [low, high] = [Infinity, -Infinity];
  for (const code of codes)
    for (const value of code) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const span = high - low || 1;
  return codes.map((code) => Array.from(code, (value) => 0.06 + (0.94 * (value - low)) / span));
}

/**
 * Where a row of digits starts and ends among all samples.
 * @param {number[]} rows how many digits each row has @param {number} row from 1
 */
export function rowSpan(rows, row) {
  const start = rows.slice(0, row - 1).reduce((sum, count) => sum + count, 0);
  return [start, start + rows[row - 1]];
}
