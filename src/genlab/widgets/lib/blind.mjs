/** DDIM for a network that does not know t, step for step as `genlab.diffusion.blind`. */

/** @import { BetaSchedule, Pixels } from "./diffusion.mjs" */
import { addNoise, alphasCumprod, clipped, inferenceTimesteps, mix, ratesOf } from "./diffusion.mjs";

/** The mean product of two pictures. @param {Pixels} a @param {Pixels} b */
function meanProduct(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum / a.length;
}

/** Noise with the mean square 1 that true noise has. @param {Pixels} eps */
export function unitNoise(eps) {
  const scale = 1 / Math.sqrt(meanProduct(eps, eps));
  return Float32Array.from(eps, (value) => value * scale);
}

/**
 * How much signal and noise a picture has, from its noise alone.
 * @param {Pixels} xt @param {Pixels} eps of mean square 1 @param {number[]} alphaBars
 */
export function ratesIn(xt, eps, alphaBars) {
  const [low, high] = [ratesOf(alphaBars[0]).noise, ratesOf(alphaBars[alphaBars.length - 1]).noise];
  const noise = Math.min(Math.max(meanProduct(xt, eps), low), high);
  return { signal: Math.sqrt(1 - noise ** 2), noise };
}

/**
 * Step by step, of one image: stop it by not asking for the next one.
 * @param {object} options
 * @param {Float32Array} options.noise where to start: 784 values
 * @param {number} options.steps @param {BetaSchedule} options.schedule
 * @param {(xt: Float32Array) => Promise<Pixels>} options.predict the network, which finds the noise
 * @returns {AsyncGenerator<{ t: number, xt: Float32Array, x0: Float32Array, sample: Float32Array }>}
 *   what the network saw, its guess of x0 (cut off), and the image at the next timestep
 */
export async function* blindDdim({ noise, steps, schedule, predict }) {
  const alphaBars = alphasCumprod(schedule);
  const timesteps = inferenceTimesteps(steps);
  let xt = noise;
  for (const [i, t] of timesteps.entries()) {
    const eps = unitNoise(await predict(xt));
    const there = ratesIn(xt, eps, alphaBars);
    const x0 = clipped(mix(xt, eps, (x, e) => (x - there.noise * e) / there.signal));
    const sample = addNoise(x0, eps, ratesOf(i + 1 < steps ? alphaBars[timesteps[i + 1]] : 1));
    yield { t, xt, x0, sample };
    xt = sample;
  }
}
