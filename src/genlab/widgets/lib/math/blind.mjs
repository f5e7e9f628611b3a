/** DDIM with a brake, for a network that does not know t, step for step as `genlab.diffusion.blind`. */

/** @import { BetaSchedule, Pixels } from "./diffusion.mjs" */
import { addNoise, alphasCumprod, inferenceTimesteps, mix, ratesOf } from "./diffusion.mjs";

/** Mean square of a pixel of the training digits in [-1, 1]. */
export const DIGIT_STRENGTH = 0.924;

/** Scale a picture so that its pixels have this mean square. @param {Pixels} x @param {number} meanSquare */
export function atStrength(x, meanSquare) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  const scale = Math.sqrt((meanSquare * x.length) / sum);
  return Float32Array.from(x, (value) => value * scale);
}

/**
 * Step by step, of one image: stop it by not asking for the next one.
 * @param {object} options
 * @param {Float32Array} options.noise where to start: 784 values
 * @param {number} options.steps @param {BetaSchedule} options.schedule
 * @param {(xt: Float32Array) => Promise<Pixels>} options.predict the network, which finds the noise
 * @returns {AsyncGenerator<{ t: number, xt: Float32Array, x0: Float32Array, sample: Float32Array }>}
 *   what the network saw, its guess of x0, and the image at the next timestep
 */
export async function* blindDdim({ noise, steps, schedule, predict }) {
  const alphaBars = alphasCumprod(schedule);
  const timesteps = inferenceTimesteps(steps);
  let sample = noise;
  for (const [i, t] of timesteps.entries()) {
    const rates = ratesOf(alphaBars[t]);
    const xt = atStrength(sample, rates.signal ** 2 * DIGIT_STRENGTH + rates.noise ** 2);
    const eps = atStrength(await predict(xt), 1);
    const x0 = mix(xt, eps, (x, e) => (x - rates.noise * e) / rates.signal);
    sample = addNoise(x0, eps, ratesOf(i + 1 < steps ? alphaBars[timesteps[i + 1]] : 1));
    yield { t, xt, x0, sample };
  }
}
