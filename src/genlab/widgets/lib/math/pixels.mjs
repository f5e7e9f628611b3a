/** Pictures in a widget's state: one byte a pixel, all pictures in one base64 string. */

import { SIDE } from "./mnist.mjs";

/**
 * @param {string} text @returns {Float32Array[]} pictures of 784 values in [0, 1]
 */
export function unpackPictures(text) {
  const values = Float32Array.from(atob(text), (letter) => letter.charCodeAt(0) / 255);
  const size = SIDE * SIDE;
  return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
}
