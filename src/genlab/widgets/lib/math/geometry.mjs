/** The arithmetic of a two-dimensional map: between latent units and fractions of the picture. */

/** @import { Extent, Point } from "../types.mjs" */

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Three decimals: finer than a pixel of any map, short in a link. @param {number} value */
export const round3 = (value) => Math.round(value * 1000) / 1000 + 0;

/**
 * Where a point lies in the picture: [0, 0] is the upper left corner, [1, 1] the lower right one.
 * @param {Extent} extent @param {Point} point @returns {[x: number, y: number]}
 */
export function toFraction([left, right, bottom, top], [z0, z1]) {
  return [(z0 - left) / (right - left), (top - z1) / (top - bottom)];
}

/**
 * The inverse of `toFraction`; places outside the picture give its nearest edge.
 * @param {Extent} extent @param {number} x @param {number} y @returns {Point}
 */
export function fromFraction([left, right, bottom, top], x, y) {
  const z0 = left + clamp(x, 0, 1) * (right - left);
  const z1 = top - clamp(y, 0, 1) * (top - bottom);
  return [round3(z0), round3(z1)];
}

/** @param {Extent} extent @param {Point} point */
export const inside = ([left, right, bottom, top], [z0, z1]) =>
  z0 >= left && z0 <= right && z1 >= bottom && z1 <= top;

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

/**
 * The point after a key: arrows move by a hundredth of the extent, with Shift by a tenth; Home goes
 * to the centre. Any other key gives null.
 * @param {Extent} extent @param {Point} point @param {string} key @param {boolean} shift
 * @returns {Point | null}
 */
export function moveByKey(extent, point, key, shift) {
  const [left, right, bottom, top] = extent;
  if (key === "Home") return [round3((left + right) / 2), round3((bottom + top) / 2)];
  if (!Object.hasOwn(ARROWS, key)) return null;
  const arrow = ARROWS[key];
  const step = shift ? 0.1 : 0.01;
  const z0 = clamp(point[0] + arrow[0] * step * (right - left), left, right);
  const z1 = clamp(point[1] + arrow[1] * step * (top - bottom), bottom, top);
  return [round3(z0), round3(z1)];
}

/**
 * The nearest of many points.
 * @param {ArrayLike<number>} points coordinates in turn: z0, z1, z0, z1, ...
 * @param {Point} point
 */
export function nearest(points, [z0, z1]) {
  let index = -1;
  let distance = Infinity;
  for (let i = 0; 2 * i < points.length; i++) {
    const away = Math.hypot(points[2 * i] - z0, points[2 * i + 1] - z1);
    if (away < distance) [index, distance] = [i, away];
  }
  return { index, distance };
}

/** The least of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is not below. @param {number} least */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

/**
 * Round values for the labels of an axis, about `count` of them, none on the very edge.
 * @param {number} low @param {number} high
 */
export function ticks(low, high, count = 5) {
  const step = roundStep((high - low) / count);
  const margin = (high - low) * 0.03;
  const first = Math.ceil((low + margin) / step);
  const last = Math.floor((high - margin) / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(9)));
}
