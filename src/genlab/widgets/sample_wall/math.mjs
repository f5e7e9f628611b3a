/** The arithmetic of the sample wall, without any page. */

/** @import { Path } from "../lib/math/samplers.mjs" */

/**
 * Which row goes on: of those that lack what is wanted, the one that has come least far; -1 if none.
 * @param {Path[]} paths a row each @param {number} wanted how many steps
 */
export function rowToLead(paths, wanted) {
  const lacking = [...paths.keys()].filter((row) => !paths[row].at(wanted));
  const least = Math.min(...lacking.map((row) => paths[row].done));
  return lacking.find((row) => paths[row].done === least) ?? -1;
}
