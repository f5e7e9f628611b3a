/** The arithmetic of the sample wall, without any page. */

/** @import { Path } from "../lib/math/samplers.mjs" */

/** How many steps are made at a progress in percent. @param {number} progress @param {number} steps */
export const stepAt = (progress, steps) => Math.round((progress * steps) / 100);

/**
 * Which row goes on: of those that lack what is wanted, the one that has come least far; -1 if none.
 * @param {Path[]} paths a row each @param {number} wanted how many steps
 */
export function rowToLead(paths, wanted) {
  const lacking = [...paths.keys()].filter((row) => !paths[row].at(wanted));
  const least = Math.min(...lacking.map((row) => paths[row].done));
  return lacking.find((row) => paths[row].done === least) ?? -1;
}

/** What a path shows instead of what is wanted and not there: as far as it is. @param {Path} path @param {number} wanted */
export const shownStep = (path, wanted) => (path.at(wanted) ? wanted : Math.min(path.done, wanted));
