/** What MNIST's makers did to each digit: fit it into 20 x 20, then centre it by its mass. */

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
/** One picture as networks take it. */
export const IMAGE = [1, 1, SIDE, SIDE];
const BOX = 20;
/** MNIST's digits have their mass at the pixel (14, 14); this is that pixel's middle. */
const CENTRE = 14.5;

/** @typedef {{ values: Float32Array, width: number, height: number }} Grey  ink in [0, 1] */

/**
 * A drawing as the networks know digits: 784 values in [0, 1], or null where there is no ink.
 * @param {ArrayLike<number>} ink row by row, in [0, 1] @param {number} side of the square drawing
 * @returns {Float32Array | null}
 */
export function toMnist(ink, side) {
  const cropped = crop(ink, side);
  if (!cropped) return null;
  const scale = BOX / Math.max(cropped.width, cropped.height);
  const fitted = resize(cropped, scaled(cropped.width, scale), scaled(cropped.height, scale));
  const peak = Math.max(...fitted.values);
  return place(fitted, 1 / peak);
}

/** @param {number} length @param {number} scale */
const scaled = (length, scale) => Math.max(1, Math.round(length * scale));

/** The smallest rectangle that holds all ink. @param {ArrayLike<number>} ink @param {number} side */
function crop(ink, side) {
  let [left, top, right, bottom] = [side, side, -1, -1];
  for (let i = 0; i < side * side; i++) {
    if (ink[i] < 0.05) continue;
    const [x, y] = [i % side, Math.floor(i / side)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  if (right < 0) return null;
  const [width, height] = [right - left + 1, bottom - top + 1];
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    return ink[(top + Math.floor(i / width)) * side + left + (i % width)];
  });
  return { values, width, height };
}

/**
 * Each new pixel is the mean of the area it covers in the old picture.
 * @param {Grey} picture @param {number} width @param {number} height @returns {Grey}
 */
export function resize(picture, width, height) {
  const columns = shares(picture.width, width);
  const rows = shares(picture.height, height);
  const values = new Float32Array(width * height);
  rows.forEach((row, y) =>
    columns.forEach((column, x) => {
      for (const [from, down] of row)
        for (const [at, across] of column)
          values[y * width + x] += down * across * picture.values[from * picture.width + at];
    }),
  );
  return { values, width, height };
}

/**
 * For each new cell the old cells that it covers, each with its share.
 * @param {number} from @param {number} to @returns {[index: number, share: number][][]}
 */
function shares(from, to) {
  const span = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * span, (i + 1) * span];
    /** @type {[number, number][]} */
    const parts = [];
    for (let at = Math.floor(start); at < Math.min(from, end); at++) {
      const covered = Math.min(end, at + 1) - Math.max(start, at);
      if (covered > 1e-9) parts.push([at, covered / span]);
    }
    return parts;
  });
}

/** Lay a picture onto the 28 x 28 field, its mass at the middle. @param {Grey} picture @param {number} gain */
function place({ values, width, height }, gain) {
  const [x0, y0] = corner({ values, width, height });
  const field = new Float32Array(SIDE * SIDE);
  values.forEach((value, i) => {
    const at = (y0 + Math.floor(i / width)) * SIDE + x0 + (i % width);
    field[at] = value * gain;
  });
  return field;
}

/** @param {Grey} picture */
function corner({ values, width, height }) {
  let [mass, x, y] = [0, 0, 0];
  values.forEach((value, i) => {
    mass += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  /** @param {number} centre @param {number} length */
  const start = (centre, length) =>
    Math.min(Math.max(Math.round(CENTRE - centre), 0), SIDE - length);
  return [start(x / mass, width), start(y / mass, height)];
}
