/** The arithmetic of the next-token explorer: from logits to what is drawn, without any page. */

/**
 * @typedef {{ context: number, vocabulary: number, heads: number }} Sizes
 * @typedef {{ temperature: number, topK: number, topP: number }} Settings
 * @typedef {object} Answer what a network says about a prefix
 * @property {number[]} tokens of the prefix
 * @property {Float32Array} logits of the next token
 * @property {(layer: number, head: number) => number[]} weights from the last token, counted from 1
 */

/**
 * Take a network's row apart: how many tokens, the tokens, the logits, the weights of all heads.
 * @param {ArrayLike<number>} row @param {Sizes} sizes @returns {Answer}
 */
export function readRow(row, { context, vocabulary, heads }) {
  const values = Float32Array.from(row);
  const count = values[0];
  const start = 1 + context + vocabulary;
  return {
    tokens: Array.from(values.subarray(1, 1 + count)),
    logits: values.slice(1 + context, start),
    weights(layer, head) {
      const at = start + ((layer - 1) * heads + head - 1) * context;
      return Array.from(values.subarray(at, at + count));
    },
  };
}

/** The tokens from the most likely to the least. @param {ArrayLike<number>} logits */
export function ranked(logits) {
  return Uint32Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
}

/**
 * The distribution that the next token is drawn from: the temperature first, then top-k, then top-p.
 * A temperature of 0 gives the most likely token everything.
 * @param {ArrayLike<number>} logits minus infinity for what cannot come @param {Settings} settings
 */
export function nextProbabilities(logits, { temperature, topK, topP }) {
  const order = ranked(logits);
  const probabilities = new Float64Array(logits.length);
  if (temperature === 0) {
    probabilities[order[0]] = 1;
    return probabilities;
  }
  const highest = logits[order[0]];
  const lowestKept = logits[order[Math.min(topK, order.length) - 1]];
  for (const token of order)
    if (logits[token] >= lowestKept)
      probabilities[token] = Math.exp((logits[token] - highest) / temperature);
  scale(probabilities);
  if (topP < 1) {
    let before = 0; // the probability of all that are more likely
    for (const token of order) {
      const own = probabilities[token];
      if (before >= topP) probabilities[token] = 0;
      before += own;
    }
    scale(probabilities);
  }
  return probabilities;
}

/** Make the sum 1. @param {Float64Array} values */
function scale(values) {
  const sum = values.reduce((total, value) => total + value, 0);
  values.forEach((value, i) => (values[i] = value / sum));
}

/**
 * The token at a place of the distribution.
 * @param {ArrayLike<number>} probabilities @param {number} place a random number in [0, 1)
 */
export function drawAt(probabilities, place) {
  let [sum, last] = [0, 0];
  for (let token = 0; token < probabilities.length; token++) {
    if (probabilities[token] > 0) last = token;
    sum += probabilities[token];
    if (place < sum) return token;
  }
  return last; // the sum may end a rounding below 1
}

/** How many tokens can be drawn. @param {ArrayLike<number>} probabilities */
export const drawable = (probabilities) =>
  Array.from(probabilities).reduce((count, value) => count + Number(value > 0), 0);

/** Small letters; JavaScript makes two signs of the Turkish capital. @param {string} text */
export const lower = (text) => text.replaceAll("\u0130", "i").toLowerCase();

/** Of names: can this symbol come next? @param {string} symbol */
export const canFollow = (symbol) => [...symbol].length === 1 || symbol === "<end>";

/** The letters that a model of names knows. @param {string[]} symbols */
export const lettersOf = (symbols) => symbols.filter((one) => [...one].length === 1).join("");

/** Letters of a text that are not among those known, each once. @param {string} text @param {string} letters */
export const unknownIn = (text, letters) => [
  ...new Set([...lower(text)].filter((letter) => !letters.includes(letter))),
];

/**
 * A name as its network takes it: locale and letters as token ids, then zeros.
 * @param {string} text known letters @param {string} locale @param {string[]} symbols
 * @param {number} length of the input
 */
export function nameInput(text, locale, symbols, length) {
  const input = new Float32Array(length);
  [`<${locale}>`, ...text].forEach((symbol, i) => (input[i] = symbols.indexOf(symbol)));
  return input;
}

/** A text as a kernel takes it: its code points, then zeros. @param {string} text @param {number} length */
export function textInput(text, length) {
  const input = new Float32Array(length);
  [...text].forEach((letter, i) => (input[i] = letter.codePointAt(0) ?? 0));
  return input;
}

/**
 * The stops of the top-k slider: close together at first, then ever further apart, up to all.
 * @param {number} possible how many tokens can come next
 */
export function topKStops(possible) {
  const stops = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 1000, 10000];
  return [...stops.filter((stop) => stop < possible), possible];
}

/** The stop at or above a value. @param {number[]} stops @param {number} value */
export const stopFor = (stops, value) => {
  const index = stops.findIndex((stop) => stop >= value);
  return index < 0 ? stops.length - 1 : index;
};

/** "34.2 %", "0.4 %", "0 %". @param {number} share */
export const percent = (share) => `${Number((100 * share).toFixed(1))} %`;

/** A token as it is shown: spaces and line breaks made visible, brackets left out. @param {string} token */
export const visible = (token) =>
  token.replaceAll(" ", "\u2423").replaceAll("\n", "\u21b5").replace(/^<(.+)>$/, "$1");
