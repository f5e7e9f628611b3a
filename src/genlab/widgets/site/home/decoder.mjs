/** The decoder of the course's VAE in plain JavaScript: small enough to need no runtime. */

export const SIDE = 28;
const LATENTS = 2;

/** Each stage widens or doubles what it gets; shapes as in `genlab.models.autoencoder.Decoder`. */
const LINEAR = [{ inputs: LATENTS, outputs: 64 }, { inputs: 64, outputs: 1024 }];
const TRANSPOSED = [
  { inputs: 64, outputs: 32, kernel: 3, from: 4, to: 7 },
  { inputs: 32, outputs: 16, kernel: 4, from: 7, to: 14 },
  { inputs: 16, outputs: 1, kernel: 4, from: 14, to: SIDE },
];

/**
 * @typedef {{ weight: Float32Array, bias: Float32Array }} Layer
 * @typedef {{ inputs: number, outputs: number, kernel: number, from: number, to: number }} Shape
 */

const POWERS = Float32Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 25));

/** A number in half precision, given as its 16 bits. @param {number} bits */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * POWERS[exponent];
}

/** How many numbers the file of weights holds. */
export const COUNT = [
  ...LINEAR.map(({ inputs, outputs }) => inputs * outputs + outputs),
  ...TRANSPOSED.map(({ inputs, outputs, kernel }) => inputs * outputs * kernel ** 2 + outputs),
].reduce((sum, count) => sum + count, 0);

/**
 * The layers from a file: all weights in half precision, least byte first, in PyTorch's order.
 * @param {ArrayBuffer} buffer @returns {Layer[]}
 */
export function readLayers(buffer) {
  if (buffer.byteLength !== 2 * COUNT) {
    throw new Error(`The weights have ${buffer.byteLength} bytes, expected ${2 * COUNT}: load the page again.`);
  }
  const bytes = new DataView(buffer);
  let next = 0;
  const take = (/** @type {number} */ count) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = fromHalf(bytes.getUint16(2 * next++, true));
    return values;
  };
  const read = (/** @type {number} */ inputs, /** @type {number} */ outputs, area = 1) =>
    ({ weight: take(inputs * outputs * area), bias: take(outputs) });
  return [
    ...LINEAR.map(({ inputs, outputs }) => read(inputs, outputs)),
    ...TRANSPOSED.map(({ inputs, outputs, kernel }) => read(inputs, outputs, kernel ** 2)),
  ];
}

/** @param {Float32Array} x @param {Layer} layer */
export function linear(x, { weight, bias }) {
  return bias.map((start, row) => {
    let sum = start;
    for (let i = 0; i < x.length; i++) sum += weight[row * x.length + i] * x[i];
    return sum;
  });
}

/**
 * A transposed convolution of stride 2 and padding 1: each value lays its kernel on the result.
 * @param {Float32Array} x (inputs, from, from) @param {Layer} layer @param {Shape} shape
 */
export function transposed(x, { weight, bias }, { inputs, outputs, kernel, from, to }) {
  const result = new Float32Array(outputs * to * to);
  for (let out = 0; out < outputs; out++) {
    const plane = result.subarray(out * to * to, (out + 1) * to * to).fill(bias[out]);
    for (let channel = 0; channel < inputs; channel++) {
      const image = x.subarray(channel * from * from, (channel + 1) * from * from);
      const stamp = (channel * outputs + out) * kernel * kernel;
      for (let at = 0; at < kernel * kernel; at++) {
        lay(plane, to, image, from, weight[stamp + at], Math.floor(at / kernel) - 1, (at % kernel) - 1);
      }
    }
  }
  return result;
}

/**
 * Adds an image, with its pixels two apart, times a factor; what falls beyond the edge is dropped.
 * @param {Float32Array} plane @param {number} to its side @param {Float32Array} image
 * @param {number} from its side @param {number} factor @param {number} top @param {number} left
 */
function lay(plane, to, image, from, factor, top, left) {
  const first = left < 0 ? 1 : 0;
  const end = Math.min(from, Math.ceil((to - left) / 2));
  for (let row = top < 0 ? 1 : 0; row < from && top + 2 * row < to; row++) {
    const start = (top + 2 * row) * to + left;
    for (let column = first; column < end; column++) {
      plane[start + 2 * column] += factor * image[row * from + column];
    }
  }
}

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** @param {Float32Array} x */
const silu = (x) => x.map((value) => value * sigmoid(value));

/**
 * The image at a place of the latent space, 28 x 28 values from 0 (paper) to 1 (ink).
 * @param {Layer[]} layers @param {number} z0 @param {number} z1
 */
export function decode(layers, z0, z1) {
  let x = Float32Array.of(z0, z1);
  for (let i = 0; i < LINEAR.length; i++) x = silu(linear(x, layers[i]));
  TRANSPOSED.forEach((shape, i) => {
    x = transposed(i ? silu(x) : x, layers[LINEAR.length + i], shape);
  });
  return x.map(sigmoid);
}
