/** The arithmetic of the bottleneck slider, without any page. */

import { SIDE } from "../lib/math/mnist.mjs";

export const PIXELS = SIDE * SIDE;

/** Pictures one after the other in one array, as a network takes them. @param {Float32Array[]} pictures */
export function join(pictures) {
  const batch = new Float32Array(pictures.length * PIXELS);
  pictures.forEach((picture, index) => batch.set(picture, index * PIXELS));
  return batch;
}

/**
 * The inverse of `join`, for pieces of any length.
 * @param {Float32Array} batch @param {number} length of a piece
 */
export function split(batch, length) {
  return Array.from({ length: batch.length / length }, (_, i) =>
    batch.slice(i * length, (i + 1) * length),
  );
}

/**
 * The mean over all pixels of all pictures.
 * @param {ArrayLike<number>[]} pictures @param {ArrayLike<number>[]} others as many, as long
 */
export function meanSquaredError(pictures, others) {
  let [sum, count] = [0, 0];
  pictures.forEach((picture, index) => {
    for (let i = 0; i < picture.length; i++) sum += (picture[i] - others[index][i]) ** 2;
    count += picture.length;
  });
  return sum / count;
}

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
