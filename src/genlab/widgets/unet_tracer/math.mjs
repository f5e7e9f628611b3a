/** The arithmetic of the UNet tracer, without any page. */

import { clamp } from "../lib/math/geometry.mjs";
import { SIDE } from "../lib/math/mnist.mjs";

/** Feature maps side by side: how many a row, and pixels between two. */
export const COLUMNS = 8;
const GAP = 2;
const CELL = SIDE + GAP;

/**
 * @typedef {{ name: string, shape: [channels: number, height: number, width: number] }} StageInfo
 *   of the input (first) and of each part of the network, in the order of the run
 * @typedef {{ column: "down" | "up", row: number }} Place  row 1 is at the top
 */

/**
 * Where each block stands in the drawing of a U: down in the left column, up in the right one. On
 * its way up a block stands beside the last one on the left that has its size, as far as possible.
 * @param {StageInfo[]} stages @returns {Place[]}
 */
export function layout(stages) {
  const sides = stages.map(({ shape }) => shape[1]);
  const turn = sides.lastIndexOf(Math.min(...sides));
  const down = sides.slice(0, turn);
  let row = Math.max(down.length, 1);
  const rows = sides.map((side, i) => {
    if (i < turn) return i + 1;
    if (i === turn) return row;
    const wider = down.lastIndexOf(side) + 1;
    row = sides[i - 1] < side && wider ? Math.min(row - 1, wider) : row - 1;
    return row;
  });
  const lift = 1 - Math.min(...rows); // a long way up starts above the input
  return rows.map((at, i) => ({ column: i < turn ? "down" : "up", row: at + lift }));
}

/**
 * The rows that a skip connection crosses: where a block that has just grown stands beside another
 * of the same size.
 * @param {StageInfo[]} stages @returns {number[]}
 */
export const skipRows = (stages) => skips(stages).map(({ row }) => row);

/**
 * The skip connections: from which block to which, and in which row.
 * @param {StageInfo[]} stages @returns {{ from: number, to: number, row: number }[]}
 */
export function skips(stages) {
  const places = layout(stages);
  const side = (/** @type {number} */ i) => stages[i].shape[1];
  return places.flatMap(({ column, row }, i) => {
    if (column === "down" || side(i) <= side(i - 1)) return [];
    const other = places.findIndex((place) => place.column === "down" && place.row === row);
    return other >= 0 && side(other) === side(i) ? [{ from: other, to: i, row }] : [];
  });
}

/**
 * Where each block stands where there is room for the whole run from left to right: a level a size,
 * the largest at the top; what changes the size stands below or above what it is of.
 * @param {StageInfo[]} stages
 */
export function run(stages) {
  const sides = stages.map(({ shape }) => shape[1]);
  const levels = [...new Set(sides)].sort((a, b) => b - a);
  let place = 0;
  return sides.map((side, i) => {
    if (i === 0 || side === sides[i - 1]) place += 1;
    return { level: levels.indexOf(side) + 1, place };
  });
}

/**
 * One stage's values out of the network's answer, which holds those of all parts in turn.
 * @param {Float32Array} answer @param {StageInfo[]} stages @param {number} index from 1, the first part
 */
export function stageValues(answer, stages, index) {
  const sizes = stages.slice(1).map(({ shape }) => shape[0] * shape[1] * shape[2]);
  const start = sizes.slice(0, index - 1).reduce((sum, size) => sum + size, 0);
  return answer.subarray(start, start + sizes[index - 1]);
}

/** One feature map. @param {Float32Array} values of a stage @param {StageInfo} stage @param {number} map from 1 */
export function mapValues(values, { shape }, map) {
  const size = shape[1] * shape[2];
  return values.subarray((map - 1) * size, map * size);
}

/** @param {ArrayLike<number>} values @returns {[mean: number, low: number, high: number]} */
export function summary(values) {
  let [sum, low, high] = [0, Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    [low, high] = [Math.min(low, values[i]), Math.max(high, values[i])];
  }
  return [sum / values.length, low, high];
}

/**
 * The distance from zero that one value in a hundred exceeds, which gets the full colour: a single
 * bright spot would leave all else pale. 1 where all is zero.
 * @param {ArrayLike<number>} values
 */
export function limitOf(values) {
  const sorted = Float32Array.from(values, Math.abs).sort();
  return sorted[Math.floor(0.99 * (sorted.length - 1))] || 1;
}

/** Values in [-limit, limit] from one byte each: the inverse of Python's `pack_signed`. @param {string} text @param {number} limit */
export const unpackSigned = (text, limit) =>
  Float32Array.from(atob(text), (letter) => ((letter.charCodeAt(0) - 128) / 127) * limit);

/**
 * All maps of a stage in one picture, each magnified to 28 x 28 pixels.
 * @param {Float32Array} values @param {StageInfo} stage
 * @returns {{ width: number, height: number, levels: Float32Array }} NaN between the maps
 */
export function sheet(values, { shape: [channels, side] }) {
  const [width, height] = [Math.min(channels, COLUMNS) * CELL, Math.ceil(channels / COLUMNS) * CELL];
  const levels = new Float32Array(width * height).fill(NaN);
  for (let i = 0; i < levels.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const map = Math.floor(y / CELL) * COLUMNS + Math.floor(x / CELL);
    const [across, down] = [(x % CELL) - GAP / 2, (y % CELL) - GAP / 2];
    const within = Math.min(across, down) >= 0 && Math.max(across, down) < SIDE;
    if (map >= channels || !within) continue;
    const at = (/** @type {number} */ place) => Math.floor((place * side) / SIDE);
    levels[i] = values[(map * side + at(down)) * side + at(across)];
  }
  return { width, height, levels };
}

/** @type {Record<string, (columns: number, count: number, map: number) => number>} */
const MOVES = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
  Home: (_, count) => -count,
  End: (_, count) => count,
};

/**
 * The map after a key, of `count` maps from 1; up and down stay in their column. Any other key gives null.
 * @param {number} map @param {string} key @param {number} count
 */
export function moveMap(map, key, count, columns = COLUMNS) {
  if (!Object.hasOwn(MOVES, key)) return null;
  const moved = map + MOVES[key](columns, count, map);
  const vertical = key === "ArrowUp" || key === "ArrowDown";
  if (vertical && (moved < 1 || moved > count)) return map;
  return clamp(moved, 1, count);
}

/** The map at a place of the picture. @param {number} x @param {number} y fractions @param {number} count */
export function mapAt(x, y, count) {
  const [columns, rows] = [Math.min(count, COLUMNS), Math.ceil(count / COLUMNS)];
  const cell = (/** @type {number} */ share, /** @type {number} */ cells) =>
    clamp(Math.floor(share * cells), 0, cells - 1);
  return Math.min(cell(y, rows) * COLUMNS + cell(x, columns) + 1, count);
}
