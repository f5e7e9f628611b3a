/** The arithmetic of a square grid of decodings: cells, the cursor on them, pictures side by side. */

/** @import { Point } from "../types.mjs" */
import { clamp } from "./geometry.mjs";
import { SIDE } from "./mnist.mjs";

/** @typedef {[row: number, column: number]} Cell  from 1; row 1 is at the top, column 1 at the left */

/**
 * The cell at a place of the picture; places outside of it give the nearest.
 * @param {number} x @param {number} y fractions of width and height
 * @param {number} cells along one side @returns {Cell}
 */
export function cellAt(x, y, cells) {
  const index = (/** @type {number} */ share) => clamp(Math.floor(share * cells) + 1, 1, cells);
  return [index(y), index(x)];
}

/** @type {Record<string, [down: number, across: number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

/**
 * The cell after a key, as in any grid: arrows go to the next cell, with Shift five on; Home and End
 * to the ends of the row, with Ctrl to the first and the last cell; PageUp and PageDown to the ends
 * of the column. Any other key gives null.
 * @param {Cell} cell @param {{ key: string, shiftKey: boolean, ctrlKey: boolean }} event
 * @param {number} cells along one side @returns {Cell | null}
 */
export function moveCell([row, column], { key, shiftKey, ctrlKey }, cells) {
  if (key === "Home") return [ctrlKey ? 1 : row, 1];
  if (key === "End") return [ctrlKey ? cells : row, cells];
  if (ctrlKey) return null;
  if (key === "PageUp") return [1, column];
  if (key === "PageDown") return [cells, column];
  if (!Object.hasOwn(ARROWS, key)) return null;
  const [down, across] = ARROWS[key];
  const step = shiftKey ? 5 : 1;
  return [clamp(row + step * down, 1, cells), clamp(column + step * across, 1, cells)];
}

/** The latent vector of a cell. @param {Cell} cell @param {number[]} quantiles @returns {Point} */
export const pointOf = ([row, column], quantiles) => [
  quantiles[column - 1],
  quantiles[quantiles.length - row], // the top row has the highest z1
];

/** All cells' latent vectors, coordinates in turn, row by row. @param {number[]} quantiles */
export function gridPoints(quantiles) {
  const cells = quantiles.map((_, i) => i + 1);
  const points = cells.flatMap((row) => cells.map((column) => pointOf([row, column], quantiles)));
  return Float32Array.from(points.flat());
}

/**
 * Pictures of 28 x 28 side by side in one square picture.
 * @param {ArrayLike<number>} pictures one after the other @param {number} columns a row
 */
export function sideBySide(pictures, columns) {
  const width = columns * SIDE;
  return Float32Array.from({ length: width * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const picture = Math.floor(y / SIDE) * columns + Math.floor(x / SIDE);
    return pictures[(picture * SIDE + (y % SIDE)) * SIDE + (x % SIDE)];
  });
}
