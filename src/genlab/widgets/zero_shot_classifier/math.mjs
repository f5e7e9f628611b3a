/** The arithmetic of the zero-shot classifier, without any page. */

/** The first tokens of the vocabulary, as `genlab.models.special_tokens` has them. */
const [PAD, START, END] = [0, 1, 3];

/** The words and marks of a text: "A red 3." is a, red, 3 and a point. @param {string} text @returns {string[]} */
export const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu) ?? [];

/** The labels that were typed, one a line or with commas between. @param {string} typed */
export const labelsOf = (typed) =>
  typed.toLowerCase().split(/[\n,;]/).map((line) => line.trim().replace(/\s+/g, " ")).filter(Boolean);

/**
 * @typedef {{ kind: "empty" | "tooMany" | "twice" | "unknown" | "tooLong", label?: string, count?: number, words?: string[] }} Problem
 * What is wrong with labels; null if nothing.
 * @param {string[]} labels
 * @param {{ vocabulary: string[], context: number, most: number }} limits  context: tokens of the longest text
 * @returns {Problem | null}
 */
export function problemOf(labels, { vocabulary, context, most }) {
  if (!labels.length) return { kind: "empty" };
  if (labels.length > most) return { kind: "tooMany", count: labels.length };
  const words = [...new Set(labels.flatMap(wordsOf))].filter((word) => !vocabulary.includes(word));
  if (words.length) return { kind: "unknown", words };
  const long = labels.find((label) => wordsOf(label).length > context - 2);
  if (long) return { kind: "tooLong", label: long, count: wordsOf(long).length };
  const label = labels.find((one, at) => labels.indexOf(one) < at);
  return label === undefined ? null : { kind: "twice", label };
}

/** Tokens of labels, a row each, filled up. @param {string[]} labels @param {string[]} vocabulary @param {number} context */
export function tokensOf(labels, vocabulary, context) {
  const rows = labels.map((label) => {
    const tokens = [START, ...wordsOf(label).map((word) => vocabulary.indexOf(word)), END];
    return [...tokens, ...Array(context - tokens.length).fill(PAD)];
  });
  return Float32Array.from(rows.flat());
}

/**
 * A digit in one colour on white paper, red, green and blue one after the other.
 * @param {Float32Array} ink 784 values in [0, 1] @param {number[]} colour in [0, 1]
 */
export const painted = (ink, colour) =>
  Float32Array.from({ length: 3 * ink.length }, (_, i) => {
    const share = colour[Math.floor(i / ink.length)];
    return 1 - ink[i % ink.length] * (1 - share);
  });

/**
 * The cosine of an image and each text; all vectors have length 1.
 * @param {ArrayLike<number>} image @param {ArrayLike<number>} texts one after the other
 */
export function cosines(image, texts) {
  const size = image.length;
  return Array.from({ length: texts.length / size }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += image[i] * texts[row * size + i];
    return sum;
  });
}

/** A number with two decimals, and zero without a sign. @param {number} value */
export const twoDecimals = (value) => value.toFixed(2).replace(/^-(0\.00)$/, "$1");

/** Places by falling value, the first of equals first. @param {number[]} values */
export const ranked = (values) =>
  values.map((_, at) => at).sort((a, b) => values[b] - values[a] || a - b);
