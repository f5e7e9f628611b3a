/** A widget's state in the query string: `?latent-explorer-1=z0:1.2,z1:-0.4`. */

/** @typedef {Record<string, [low: number, high: number]>} Ranges  the values that are known */
/** @typedef {{ entry: string, range: [low: number, high: number] | null }} Nonsense */
/** @typedef {{ values: Record<string, number> | null, nonsense: Nonsense | null }} Reading */

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
  /** @type {Record<string, number>} */
  const values = {};
  for (const entry of decode(field.slice(field.indexOf("=") + 1)).split(",")) {
    const [, key, value] = entry.match(/^(.*?):(.*)$/s) ?? ["", entry, ""];
    const range = Object.hasOwn(ranges, key) ? ranges[key] : null;
    if (!range || !within(value, range)) return { values: null, nonsense: { entry, range } };
    values[key] = Number(value);
  }
  return { values, nonsense: null };
}

/** @param {string} text @param {[low: number, high: number]} range */
function within(text, [low, high]) {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  return number >= low && number <= high;
}

/**
 * The query string with one widget's values in it; whatever else it holds stays as it is.
 * @param {string} search @param {string} instance @param {Record<string, number>} values
 */
export function writeQuery(search, instance, values) {
  const others = fields(search).filter((text) => decode(text.split("=")[0]) !== instance);
  const own = Object.entries(values).map(([key, value]) => `${key}:${value}`);
  return "?" + [...others, `${instance}=${own.join(",")}`].join("&");
}
