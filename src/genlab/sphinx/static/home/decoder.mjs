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

/** A number in half precision, given as its 16 bits. @param {number} bits */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
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
  const take = (/** @type {number} */ count) =>
    Float32Array.from({ length: count }, () => fromHalf(bytes.getUint16(2 * next++, true)));
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
      const stamp = (channel * outputs + out) * kernel * kernel;
      for (let at = 0; at < from * from; at++) {
        const value = x[channel * from * from + at];
        const top = 2 * Math.floor(at / from) - 1;
        const left = 2 * (at % from) - 1;
        for (let row = Math.max(0, -top); row < kernel && top + row < to; row++) {
          for (let column = Math.max(0, -left); column < kernel && left + column < to; column++) {
            plane[(top + row) * to + left + column] += value * weight[stamp + row * kernel + column];
          }
        }
      }
    }
  }
  return result;
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
