/** A widget's values in the page's address, so that what it shows can be linked and assigned. */

/** @import { Nonsense, Range, Ranges, Reading, Values } from "./math/query.mjs" */
import { readQuery, writeQuery } from "./math/query.mjs";
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

/** @param {string | undefined} instance @param {Values} values */
export function writeLink(instance, values) {
  if (!instance) return;
  const search = writeQuery(location.search, instance, values);
  history.replaceState(history.state, "", search + location.hash);
}

/**
 * @typedef {object} LinkTexts
 * @property {string} nonsense @property {string} expectedKey @property {string} expectedNumber
 * @property {string} [expectedWhole] @property {string} [expectedOneOf] where there are such values
 * @property {string} [expectedLetters] likewise
 */

/**
 * One sentence on what is not understood.
 * @param {Nonsense} nonsense @param {Ranges} ranges @param {LinkTexts} texts
 */
export function complain({ entry, range }, ranges, texts) {
  const expected = range
    ? describe(range, texts)
    : fill(texts.expectedKey, { keys: Object.keys(ranges).join(", ") });
  return fill(texts.nonsense, { entry: shortened(entry), expected });
}

/** As much of a text as a sentence can carry: an address may be thousands of letters long. @param {string} text */
const shortened = (text) => (text.length > 40 ? `${text.slice(0, 40)}...` : text);

/** @param {Range} range @param {LinkTexts} texts */
function describe(range, texts) {
  if ("oneOf" in range) return fill(texts.expectedOneOf ?? "", { values: range.oneOf.join(", ") });
  if ("words" in range) return fill(texts.expectedOneOf ?? "", { values: range.words.join(", ") });
  if ("letters" in range) return fill(texts.expectedLetters ?? "", range);
  const [low, high] = "whole" in range ? range.whole : range;
  const text = "whole" in range ? (texts.expectedWhole ?? "") : texts.expectedNumber;
  return fill(text, { low, high });
}
