/** A widget's values in the page's address, so that what it shows can be linked and assigned. */

/** @import { Nonsense, Ranges, Reading } from "./query.mjs" */
import { readQuery, writeQuery } from "./query.mjs";
import { fill } from "./strings.mjs";

/**
 * What the address says about an instance; nothing where there is none, as in a notebook.
 * @param {string | undefined} instance @param {Ranges} ranges @returns {Reading}
 */
export function readLink(instance, ranges) {
  return instance
    ? readQuery(location.search, instance, ranges)
    : { values: null, nonsense: null };
}

/** @param {string | undefined} instance @param {Record<string, number>} values */
export function writeLink(instance, values) {
  if (!instance) return;
  const search = writeQuery(location.search, instance, values);
  history.replaceState(history.state, "", search + location.hash);
}

/**
 * One sentence on what is not understood.
 * @param {Nonsense} nonsense @param {Ranges} ranges
 * @param {{ nonsense: string, expectedKey: string, expectedNumber: string }} texts
 */
export function complain({ entry, range }, ranges, texts) {
  const expected = range
    ? fill(texts.expectedNumber, { low: range[0], high: range[1] })
    : fill(texts.expectedKey, { keys: Object.keys(ranges).join(", ") });
  return fill(texts.nonsense, { entry, expected });
}
