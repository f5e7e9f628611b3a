/** The arithmetic of the patch explorer, without any page. */

import { SIDE } from "../lib/math/mnist.mjs";
import { softmax } from "../lib/math/softmax.mjs";

export const CLASSES = 10;

/** How a network looks at digits: blocks, heads of each, patches along one side. @typedef {{ blocks: number, heads: number, across: number }} Shape */

/**
 * The patches that a text names, from 1, each once and in order: "7.6" is [6, 7]. What is no patch of
 * the grid is left out.
 * @param {string} text @param {number} count of patches
 */
export function coveredOf(text, count) {
  const numbers = text.split(".").map(Number).filter((one) => one >= 1 && one <= count);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** What of a text names no patch; "" where all is sound. @param {string} text @param {number} count of patches */
export const unsound = (text, count) =>
  text.split(".").find((one) => text && !(Number(one) >= 1 && Number(one) <= count)) ?? "";

/** Cover a patch, or uncover it. @param {number[]} covered @param {number} patch @returns {string} as in a link */
export function turned(covered, patch) {
  const others = covered.filter((one) => one !== patch);
  const now = others.length < covered.length ? others : [...covered, patch];
  return now.sort((a, b) => a - b).join(".");
}

/**
 * A digit with paper in place of patches.
 * @param {Float32Array} pixels 784 values in [0, 1] @param {number[]} covered @param {number} across patches along one side
 */
export function hide(pixels, covered, across) {
  const size = SIDE / across;
  return pixels.map((value, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE].map((at) => Math.floor(at / size));
    return covered.includes(row * across + column + 1) ? 0 : value;
  });
}

/**
 * Where the class token looks: a share for each patch. Together they are less than 1, since it looks
 * at itself too.
 * @param {ArrayLike<number>} answer of a network: logits, then blocks by heads by patches
 * @param {Shape} shape @param {number} block from 1 @param {number} head from 1; 0 is the mean of all
 *   Where there are fewer, the last is taken.
 */
export function looks(answer, { blocks, heads, across }, block, head) {
  const count = across * across;
  const start = CLASSES + (Math.min(block, blocks) - 1) * heads * count;
  const chosen = head ? [Math.min(head, heads) - 1] : Array.from({ length: heads }, (_, i) => i);
  return Float32Array.from({ length: count }, (_, i) => {
    const sum = chosen.reduce((total, one) => total + answer[start + one * count + i], 0);
    return sum / chosen.length;
  });
}

/** The probabilities of the classes. @param {ArrayLike<number>} answer of a network, logits first */
export const probabilities = (answer) => softmax(Array.from(answer).slice(0, CLASSES));

/** Where the largest value stands, the first of several. @param {ArrayLike<number>} values */
export function largest(values) {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[at]) at = i;
  return at;
}

/** Values as shares of the largest. @param {Float32Array} values */
export function scaled(values) {
  const most = values[largest(values)] || 1;
  return values.map((value) => value / most);
}
