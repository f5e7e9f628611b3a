/** A widget's state in the query string: `?latent-explorer-1=z0:1.2,z1:-0.4`. */

/**
 * What a value can be: a number between two, a whole number between two, one of a few numbers, one
 * of a few words, or a text of some letters, which may be empty and has at most so many.
 * @typedef {[low: number, high: number]} Between
 * @typedef {Between | ({ whole: Between } | { oneOf: number[] } | { words: string[] }
 *   | { letters: string, most: number }) & { trait?: string }} Range  trait: what holds the value in
 *   the model, where it is called otherwise there than in a link
 * @typedef {Record<string, Range>} Ranges  the values that a reader can set, as the kernel tells them
 * @typedef {{ entry: string, range: Range | null }} Nonsense
 */
/** @typedef {Record<string, number | string>} Values */
/** @typedef {{ values: Values | null, nonsense: Nonsense | null }} Reading */

/** @param {string} search */
const fields = (search) => search.replace(/^\?/, "").split("&").filter(Boolean);

/** Percent escapes that are broken stand for themselves. @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Read what the query string says about one widget: all its values are sound, or none is taken.
 * @param {string} search @param {string} instance @param {Ranges} ranges @returns {Reading}
 */
export function readQuery(search, instance, ranges) {
  const field = fields(search).find((text) => decode(text.split("=")[0]) === instance);
  if (field === undefined) return { values: null, nonsense: null };
  /** @type {Values} */
  const values = {};
  for (const entry of decode(field.slice(field.indexOf("=") + 1)).split(",")) {
    const [, key, told] = entry.match(/^(.*?):(.*)$/s) ?? ["", entry, ""];
    const range = Object.hasOwn(ranges, key) ? ranges[key] : null;
    // As in forms: whoever writes an address anew with `URLSearchParams`, Sphinx's scripts among
    // them, makes a plus of each space. No text of a widget has a plus.
    const value = range && isText(range) ? told.replaceAll("+", " ") : told;
    if (!range || !within(value, range)) return { values: null, nonsense: { entry, range } };
    values[key] = isText(range) ? value : Number(value);
  }
  return { values, nonsense: null };
}

/** Are its values texts? @param {Range} range */
const isText = (range) => "words" in range || "letters" in range;

/** @param {string} text @param {Range} range */
function within(text, range) {
  if ("words" in range) return range.words.includes(text);
  if ("letters" in range)
    return text.length <= range.most && [...text].every((letter) => range.letters.includes(letter));
  const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if ("oneOf" in range) return range.oneOf.includes(number);
  if ("whole" in range && !Number.isInteger(number)) return false;
  const [low, high] = "whole" in range ? range.whole : range;
  return number >= low && number <= high;
}

/**
 * The query string with one widget's values in it; whatever else it holds stays as it is.
 * @param {string} search @param {string} instance @param {Values} values
 */
export function writeQuery(search, instance, values) {
  const others = fields(search).filter((text) => decode(text.split("=")[0]) !== instance);
  const own = Object.entries(values).map(([key, value]) => `${key}:${encodeURIComponent(value)}`);
  return "?" + [...others, `${instance}=${own.join(",")}`].join("&");
}

/** The query string without one widget's values. @param {string} search @param {string} instance */
export function dropQuery(search, instance) {
  const others = fields(search).filter((text) => decode(text.split("=")[0]) !== instance);
  return others.length ? "?" + others.join("&") : "";
}

/** What holds a value in the model. @param {string} key in a link @param {Ranges} ranges */
export function traitOf(key, ranges) {
  const range = ranges[key];
  return (Array.isArray(range) ? null : range.trait) ?? key;
}

/**
 * The whole number after another; after the last of a range comes its first.
 * @param {Range} range @param {number} value
 */
export function following(range, value) {
  if (!("whole" in range))
    throw new Error(`${JSON.stringify(range)} has no next value; expected whole numbers`);
  const [first, last] = range.whole;
  return value < last ? value + 1 : first;
}
