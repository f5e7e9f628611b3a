/** The arithmetic of many pictures: packed, in one array, and how far they are from others. */

import { PIXELS } from "./mnist.mjs";

/**
 * Pictures in a widget's state: one byte a pixel, all pictures in one base64 string.
 * @param {string} text @returns {Float32Array[]} pictures of 784 values in [0, 1]
 */
export const unpackPictures = (text) =>
  split(Float32Array.from(atob(text), (letter) => letter.charCodeAt(0) / 255), PIXELS);

/**
 * Arrays one after the other in one, as a network takes them.
 * @param {Float32Array[]} pieces of one length
 */
export function join(pieces) {
  const length = pieces[0]?.length ?? 0;
  const joined = new Float32Array(pieces.length * length);
  pieces.forEach((piece, index) => joined.set(piece, index * length));
  return joined;
}

/** The inverse of `join`. @param {Float32Array} joined @param {number} length of a piece */
export const split = (joined, length) =>
  Array.from({ length: joined.length / length }, (_, i) =>
    joined.slice(i * length, (i + 1) * length),
  );

/**
 * A mean over the first's values.
 * @param {ArrayLike<number>} values @param {ArrayLike<number>} others as many, or more
 */
export function meanSquaredError(values, others) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - others[i]) ** 2;
  return sum / values.length;
}
