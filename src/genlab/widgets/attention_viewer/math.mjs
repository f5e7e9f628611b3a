/** The arithmetic of the attention viewer: packed weights, rows of a head, what is looked at most. */

/**
 * The weights of all heads for one text, a byte each; of each matrix what is causal, row by row.
 */
export class Weights {
  #bytes;

  /** @param {string} packed base64 @param {number} heads of a layer @param {number} count of tokens */
  constructor(packed, heads, count) {
    this.#bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    this.heads = heads;
    this.count = count;
  }

  /**
   * Where a token looks: a share for each token; those after it have none.
   * @param {number} layer @param {number} head @param {number} token all from 1
   */
  row(layer, head, token) {
    const shares = new Float32Array(this.count);
    const matrix = (layer - 1) * this.heads + head - 1;
    const start = matrix * triangle(this.count) + triangle(token - 1);
    for (let i = 0; i < token; i++) shares[i] = this.#bytes[start + i] / 255;
    return shares;
  }

  /** All rows of a head, one after the other. @param {number} layer @param {number} head */
  matrix(layer, head) {
    const all = new Float32Array(this.count ** 2);
    for (let token = 1; token <= this.count; token++)
      all.set(this.row(layer, head, token), (token - 1) * this.count);
    return all;
  }
}

/** How many places a triangle of so many rows has. @param {number} rows */
const triangle = (rows) => (rows * (rows + 1)) / 2;

/** Shares below this are not worth a word. */
const LEAST = 0.05;

/**
 * The tokens that are looked at most, at most three, at least one.
 * @param {ArrayLike<number>} row @returns {{ token: number, share: number }[]} tokens from 1
 */
export function lookedAtMost(row) {
  const places = Array.from(row, (share, i) => ({ token: i + 1, share }));
  places.sort((a, b) => b.share - a.share || a.token - b.token);
  return places.slice(0, 3).filter(({ share }, i) => i === 0 || share >= LEAST);
}

/** As dark as they are drawn: small shares would not be seen. @param {ArrayLike<number>} shares */
export const darkness = (shares) => Float32Array.from(shares, Math.sqrt);

/** A token with all its white space made visible. @param {string} text */
export const marked = (text) =>
  text.replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll(" ", "␣");

/** A token as it stands in a sentence: white space is seen beside letters. @param {string} text */
export const visible = (text) => (text.trim() ? text : marked(text));

/** The row of a square picture under a pointer, from 1. @param {number} y a fraction of its height @param {number} count */
export const rowAt = (y, count) => Math.min(Math.max(Math.floor(y * count) + 1, 1), count);
