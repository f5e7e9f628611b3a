/** The arithmetic of the denoise player, without any page. */

/** @import { Pixels } from "../lib/math/diffusion.mjs" */
/** @import { Sampler } from "../lib/math/samplers.mjs" */
/** @import { BetaSchedule, PredictionType } from "../lib/math/diffusion.mjs" */
import { gaussianNoise } from "../lib/math/diffusion.mjs";
import { ddim, ddpm, dpmSolver, flowEuler, guide, trailingTimesteps } from "../lib/math/samplers.mjs";

/** @typedef {"ddim" | "ddpm" | "dpm_solver" | "flow_euler"} SamplerName */
/**
 * @typedef {object} Setting what a path is of
 * @property {number} seed @property {number} label a class, or 10 for none
 * @property {number} guidance @property {number} steps @property {SamplerName} sampler
 * @property {number} clip 1 where guesses of x0 are cut off
 */

/** The label of no class. */
export const NO_CLASS = 10;

/** The new noise of a step is of another stream than every first noise. @param {number} seed @param {number} i */
export const freshSeed = (seed, i) => 1000 * (seed + 1) + i;

/**
 * @param {Setting} setting @param {{ schedule: BetaSchedule, type: PredictionType }} trained
 * @param {number} size of all images together
 * @returns {Sampler}
 */
export function samplerOf({ sampler, steps, seed, clip }, { schedule, type }, size) {
  const options = { schedule, type, timesteps: trailingTimesteps(steps), clip: clip === 1 };
  if (sampler === "flow_euler") return flowEuler(steps);
  if (sampler === "ddim") return ddim(options);
  if (sampler === "dpm_solver") return dpmSolver(options);
  return ddpm({ ...options, fresh: (i) => gaussianNoise(freshSeed(seed, i), size) });
}

/** Is the network asked twice, with the class and without? @param {Setting} setting */
const isGuided = ({ label, guidance }) => label !== NO_CLASS && guidance !== 0 && guidance !== 1;

/**
 * What tells one path from another: without a class guidance is nothing, and a flow's is never cut.
 * @param {Setting} setting
 */
export function keyOf(setting) {
  const { seed, steps, sampler } = setting;
  const label = setting.guidance === 0 ? NO_CLASS : setting.label;
  const clip = sampler === "flow_euler" ? 1 : setting.clip;
  return [seed, steps, sampler, label, isGuided(setting) ? setting.guidance : 1, clip].join(" ");
}

/**
 * The labels of a pass, and how its answer is read: of guidance, all images go in twice.
 * @param {Setting} setting @param {number} count of images
 * @returns {{ labels: number[], read: (output: Float32Array) => Pixels }}
 */
export function passOf(setting, count) {
  const { label, guidance } = setting;
  const of = (/** @type {number} */ one) => /** @type {number[]} */ (Array(count).fill(one));
  if (!isGuided(setting)) return { labels: of(guidance ? label : NO_CLASS), read: (output) => output };
  return {
    labels: [...of(label), ...of(NO_CLASS)],
    read(output) {
      const half = output.length / 2;
      return guide(output.subarray(0, half), output.subarray(half), guidance);
    },
  };
}

/**
 * An image's place in the plane of its first noise and of what is not of it: which share of the
 * noise is in it, and how strong the rest is, a pixel (root of the mean square).
 * @param {Pixels} image @param {Pixels} noise
 * @returns {[share: number, rest: number]}
 */
export function placeOf(image, noise) {
  let [product, square] = [0, 0];
  for (let i = 0; i < noise.length; i++) {
    product += image[i] * noise[i];
    square += noise[i] ** 2;
  }
  const share = product / square;
  let rest = 0;
  for (let i = 0; i < noise.length; i++) rest += (image[i] - share * noise[i]) ** 2;
  return [share, Math.sqrt(rest / noise.length)];
}
