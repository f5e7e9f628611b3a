/** A widget's state in the query string: `?latent-explorer-1=z0:1.2,z1:-0.4`. */

/** @typedef {Record<string, [low: number, high: number]>} Ranges  the values that are known */
/** @typedef {{ key: string, value: string, low?: number, high?: number }} Nonsense */
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
    const [key, ...rest] = entry.split(":");
    const nonsense = judge(key, rest.join(":"), Object.hasOwn(ranges, key) ? ranges[key] : null);
    if (nonsense) return { values: null, nonsense };
    values[key] = Number(rest[0]);
  }
  return { values, nonsense: null };
}

/**
 * @param {string} key @param {string} value @param {[number, number] | null} range
 * @returns {Nonsense | null}
 */
function judge(key, value, range) {
  if (!range) return { key, value };
  const [low, high] = range;
  const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value) ? Number(value) : NaN;
  return number >= low && number <= high ? null : { key, value, low, high };
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
