/**
 * The arithmetic of diffusion, in numbers of double precision: schedules, the forward process,
 * predictions in their three forms. Names and formulas are those of `genlab.diffusion`.
 */

/** @typedef {"linear" | "scaled_linear" | "squaredcos_cap_v2"} BetaSchedule */
/** @typedef {"epsilon" | "sample" | "v_prediction"} PredictionType */
/** @typedef {{ signal: number, noise: number }} Rates  sqrt(alpha-bar) and sqrt(1 - alpha-bar) */
/** @typedef {{ x0: Float32Array, eps: Float32Array, v: Float32Array }} Prediction */
/** @typedef {ArrayLike<number>} Pixels */

export const TIMESTEPS = 1000;
const [BETA_START, BETA_END, MAX_BETA] = [0.0001, 0.02, 0.999];

/** @type {Record<BetaSchedule, (t: number, count: number) => number>} */
const BETAS = {
  linear: (t, count) => between(BETA_START, BETA_END, t / (count - 1)),
  scaled_linear: (t, count) => between(BETA_START ** 0.5, BETA_END ** 0.5, t / (count - 1)) ** 2,
  squaredcos_cap_v2: (t, count) => Math.min(1 - wave((t + 1) / count) / wave(t / count), MAX_BETA),
};

/** @param {number} low @param {number} high @param {number} share */
const between = (low, high, share) => low + (high - low) * share;

/** @param {number} time from 0 to 1 */
const wave = (time) => Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2;

/** Alpha-bar of each timestep. @param {BetaSchedule} schedule */
export function alphasCumprod(schedule, count = TIMESTEPS) {
  let product = 1;
  return Array.from({ length: count }, (_, t) => (product *= 1 - BETAS[schedule](t, count)));
}

/** @param {number} alphaBar @returns {Rates} */
export const ratesOf = (alphaBar) => ({ signal: alphaBar ** 0.5, noise: (1 - alphaBar) ** 0.5 });

/** @param {number} alphaBar */
export const snrOf = (alphaBar) => alphaBar / (1 - alphaBar);

/**
 * One number for each pixel, of two pictures.
 * @param {Pixels} a @param {Pixels} b @param {(a: number, b: number) => number} rule
 */
export const mix = (a, b, rule) => Float32Array.from(a, (value, i) => rule(value, b[i]));

/** xt = signal x0 + noise eps. @param {Pixels} x0 @param {Pixels} eps @param {Rates} rates */
export const addNoise = (x0, eps, { signal, noise }) =>
  mix(x0, eps, (clean, random) => signal * clean + noise * random);

/** v = signal eps - noise x0. @param {Pixels} x0 @param {Pixels} eps @param {Rates} rates */
export const velocity = (x0, eps, { signal, noise }) =>
  mix(x0, eps, (clean, random) => signal * random - noise * clean);

/** @type {Record<PredictionType, (output: Pixels, xt: Pixels, rates: Rates) => [x0: Float32Array, eps: Float32Array]>} */
const READERS = {
  epsilon: (output, xt, { signal, noise }) => [
    mix(output, xt, (eps, x) => (x - noise * eps) / signal),
    Float32Array.from(output),
  ],
  sample: (output, xt, { signal, noise }) => [
    Float32Array.from(output),
    mix(output, xt, (x0, x) => (x - signal * x0) / noise),
  ],
  v_prediction: (output, xt, { signal, noise }) => [
    mix(output, xt, (v, x) => signal * x - noise * v),
    mix(output, xt, (v, x) => noise * x + signal * v),
  ],
};

/**
 * A network's output in its three forms.
 * @param {PredictionType} type @param {Pixels} output @param {Pixels} xt @param {Rates} rates
 * @returns {Prediction}
 */
export function readOutput(type, output, xt, rates) {
  const [x0, eps] = READERS[type](output, xt, rates);
  return { x0, eps, v: velocity(x0, eps, rates) };
}

/** Cut off at -1 and 1. @param {Pixels} x0 */
export const clipped = (x0) => Float32Array.from(x0, (value) => Math.min(Math.max(value, -1), 1));

/** From ink in [0, 1] to x0 in [-1, 1]. @param {Pixels} ink */
export const toDiffusionRange = (ink) => Float32Array.from(ink, (value) => 2 * value - 1);

/** From x0 to ink in [0, 1]; what lies outside is cut off. @param {Pixels} x0 */
export const toInk = (x0) => Float32Array.from(x0, (value) => Math.min(Math.max((value + 1) / 2, 0), 1));

/**
 * Standard normal noise, the same for a seed (Box and Muller, 1958, on the generator mulberry32).
 * It is not PyTorch's noise of that seed.
 * @param {number} seed a whole number @param {number} count
 */
export function gaussianNoise(seed, count) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

/** The timesteps of a sampler, from noisy to clean ("leading" spacing). @param {number} steps */
export function inferenceTimesteps(steps, count = TIMESTEPS) {
  const stride = Math.floor(count / steps);
  return Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride);
}
