/** Several paths from the same noise, a row each: who is led on next, and what each shows. */

/** @import { Path } from "./samplers.mjs" */

/** What is wanted of a path: its images after so many steps, or the guesses of x0 that they lead to. @typedef {{ step: number, guess: boolean }} Wanted */
/** Images in [-1, 1], one after the other; after how many steps; are they what is wanted? @typedef {{ images: Float32Array, step: number, current: boolean }} Seen */

/** Null where it is not there yet. @param {Path} path @param {Wanted} wanted */
const known = (path, { step, guess }) => (guess ? path.guess(step) : path.at(step));

/**
 * Which row goes on: of those that lack what is wanted, the one that has come least far; -1 if none.
 * @param {Path[]} paths a row each @param {Wanted} wanted
 */
export function rowToLead(paths, wanted) {
  const lacking = [...paths.keys()].filter((row) => !known(paths[row], wanted));
  const least = Math.min(...lacking.map((row) => paths[row].done));
  return lacking.find((row) => paths[row].done === least) ?? -1;
}

/**
 * What a path shows: what is wanted or, until that is there, as far as it is.
 * @param {Path} path @param {Wanted} wanted
 * @returns {Seen}
 */
export function seen(path, wanted) {
  const there = known(path, wanted);
  if (there) return { images: there, step: wanted.step, current: true };
  const step = Math.max(Math.min(path.done - Number(wanted.guess), wanted.step), 0);
  const images = known(path, { ...wanted, step }) ?? /** @type {Float32Array} */ (path.at(step));
  return { images, step, current: false };
}
