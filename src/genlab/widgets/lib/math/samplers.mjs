/**
 * Samplers, and the paths that they take from noise to images, as `genlab.diffusion` has them.
 *
 * Nothing here runs by itself: a path is led one step further by whoever asks for it, and keeps
 * every image on its way, so that it can be left and taken up again at any step.
 */

/** @import { BetaSchedule, Pixels, PredictionType } from "./diffusion.mjs" */
import { TIMESTEPS, addNoise, alphasCumprod, clipped, mix, ratesOf, readOutput } from "./diffusion.mjs";

/**
 * @typedef {object} Moment what a step is made from
 * @property {number} i which step, from 0 @property {Float32Array} xt what the network saw
 * @property {Pixels} output what it answered
 * @property {Float32Array[]} guesses of x0 that the steps before have made
 * @typedef {{ x0: Float32Array, sample: Float32Array }} Step its guess of x0, and the next images
 * @typedef {object} Sampler
 * @property {number[]} timesteps what the network is told at each step
 * @property {(moment: Moment) => Step} step
 */
/** @typedef {(xt: Float32Array, t: number) => Promise<Pixels | null>} Predict a network; null where it fails */
/** @typedef {{ schedule: BetaSchedule, type: PredictionType }} Trained how a network was trained */
/** @typedef {Trained & { timesteps: number[], clip?: boolean }} Options clip: cut guesses of x0 off? */

// -- which timesteps -------------------------------------------------------------------------------

/**
 * The timesteps of a sampler from noisy to clean, of which the first is the last of the schedule
 * ("trailing" spacing).
 * @param {number} steps
 */
export const trailingTimesteps = (steps, count = TIMESTEPS) =>
  Array.from({ length: steps }, (_, i) => roundedToEven(count - (i * count) / steps) - 1);

/** Halves go to the even neighbour, as in NumPy. @param {number} value */
function roundedToEven(value) {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

// -- samplers ----------------------------------------------------------------------------------------

/** @param {Float32Array} x0 @param {boolean} clip */
const read = (x0, clip) => (clip ? clipped(x0) : x0);

/**
 * DDIM without new noise (eta = 0): the guess of x0 and eps are mixed anew.
 * @param {Options} options
 * @returns {Sampler}
 */
export function ddim({ schedule, type, timesteps, clip = true }) {
  const alphaBars = alphasCumprod(schedule);
  const rates = [...timesteps.map((t) => alphaBars[t]), 1].map(ratesOf);
  return {
    timesteps,
    step({ i, xt, output }) {
      const { x0, eps } = readOutput(type, output, xt, rates[i]);
      const guess = read(x0, clip);
      return { x0: guess, sample: addNoise(guess, eps, rates[i + 1]) };
    },
  };
}

/**
 * DDPM: x at the next timestep is drawn from the posterior, with new noise at each step but the last.
 * @param {Options & { fresh: (i: number) => Pixels }} options  fresh: standard
 *   normal noise for a step, of all images
 * @returns {Sampler}
 */
export function ddpm({ schedule, type, timesteps, clip = true, fresh }) {
  const alphaBars = alphasCumprod(schedule);
  const levels = [...timesteps.map((t) => alphaBars[t]), 1];
  return {
    timesteps,
    step({ i, xt, output }) {
      const guess = read(readOutput(type, output, xt, ratesOf(levels[i])).x0, clip);
      const [now, next] = [levels[i], levels[i + 1]];
      const kept = now / next; // the share that this step keeps
      const ofX0 = (next ** 0.5 * (1 - kept)) / (1 - now);
      const ofXt = (kept ** 0.5 * (1 - next)) / (1 - now);
      const mean = mix(guess, xt, (x0, x) => ofX0 * x0 + ofXt * x);
      if (next === 1) return { x0: guess, sample: mean };
      const spread = (((1 - next) / (1 - now)) * (1 - kept)) ** 0.5;
      return { x0: guess, sample: mix(mean, fresh(i), (m, noise) => m + spread * noise) };
    },
  };
}

/**
 * DPM-Solver++ 2M (Lu et al., 2022): a line through this guess of x0 and the one before it, along
 * the logarithm of signal / noise. The first step and the last have one guess.
 * @param {Options} options
 * @returns {Sampler}
 */
export function dpmSolver({ schedule, type, timesteps, clip = true }) {
  const alphaBars = alphasCumprod(schedule);
  const rates = [...timesteps.map((t) => alphaBars[t]), 1].map(ratesOf);
  const lambdas = rates.map(({ signal, noise }) => Math.log(signal / noise));
  return {
    timesteps,
    step({ i, xt, output, guesses }) {
      const x0 = read(readOutput(type, output, xt, rates[i]).x0, clip);
      if (i + 1 === timesteps.length) return { x0, sample: Float32Array.from(x0) };
      const h = lambdas[i + 1] - lambdas[i];
      const ratio = i ? h / (lambdas[i] - lambdas[i - 1]) : 0;
      const ahead = mix(x0, guesses[i - 1] ?? x0, (now, before) => now + 0.5 * ratio * (now - before));
      const [ofXt, ofX0] = [rates[i + 1].noise / rates[i].noise, rates[i + 1].signal * -Math.expm1(-h)];
      return { x0, sample: mix(xt, ahead, (x, guess) => ofXt * x + ofX0 * guess) };
    },
  };
}

/** What 1 is called in a flow network's timesteps. */
const FLOW_SCALE = 1000;

/**
 * How much of each image of a flow is noise, from 1 to 0: evenly spaced down to 1 / 1000, then 0.
 * @param {number} steps @returns {number[]} one more than steps
 */
export const flowSigmas = (steps) => [
  ...Array.from({ length: steps }, (_, i) => (i ? 1 - (i * (1 - 1 / FLOW_SCALE)) / (steps - 1) : 1)),
  0,
];

/** Euler's method along a flow, whose network gives the velocity noise - x0. @param {number} steps @returns {Sampler} */
export function flowEuler(steps) {
  const sigmas = flowSigmas(steps);
  return {
    timesteps: sigmas.slice(0, steps).map((sigma) => FLOW_SCALE * sigma),
    step: ({ i, xt, output }) => ({
      x0: mix(xt, output, (x, velocity) => x - sigmas[i] * velocity),
      sample: mix(xt, output, (x, velocity) => x + (sigmas[i + 1] - sigmas[i]) * velocity),
    }),
  };
}

/**
 * Classifier-free guidance: further from what the network answers without a class. 1 is the class alone.
 * @param {Pixels} asked @param {Pixels} unasked @param {number} scale
 */
export const guide = (asked, unasked, scale) => mix(asked, unasked, (a, b) => b + scale * (a - b));

// -- paths -------------------------------------------------------------------------------------------

/** The way of some images from noise on; image 0 is the noise, the last one is clean. */
export class Path {
  #sampler;
  #images;
  /** @type {Float32Array[]} */
  #guesses = [];
  /** What is known beforehand. @type {Map<number, { image?: Float32Array, guess?: Float32Array }>} */
  #given = new Map();

  /** @param {Sampler} sampler @param {Float32Array} noise of one image, or of several in turn */
  constructor(sampler, noise) {
    this.#sampler = sampler;
    this.#images = [noise];
  }

  /** How many steps there are. */
  get length() {
    return this.#sampler.timesteps.length;
  }

  /** How many of them have been made. */
  get done() {
    return this.#guesses.length;
  }

  /** The timestep of an image; null for the last, which is clean. @param {number} index */
  timestep(index) {
    return this.#sampler.timesteps[index] ?? null;
  }

  /**
   * What is known from elsewhere: an image, or the guess of x0 that the network makes of it.
   * @param {number} index @param {{ image?: Float32Array, guess?: Float32Array }} known
   */
  give(index, known) {
    this.#given.set(index, known);
  }

  /** The images after so many steps; null where they are not known yet. @param {number} index */
  at(index) {
    return this.#images[index] ?? this.#given.get(index)?.image ?? null;
  }

  /** The guess of x0 at an image; at the last, which no network is shown, the one before. @param {number} index */
  guess(index) {
    const last = Math.min(index, this.length - 1);
    return this.#guesses[last] ?? this.#given.get(index)?.guess ?? null;
  }

  /**
   * Make the next step; false where the network fails, and then all stays as it was.
   * @param {Predict} predict
   */
  async advance(predict) {
    const i = this.done;
    const [xt, t] = [this.#images[i], this.timestep(i)];
    if (t === null) throw new Error(`the path has ended after ${i} steps; expected no further one`);
    const output = await predict(xt, t);
    if (!output) return false;
    if (this.done > i) return true; // another call has made the same step meanwhile
    const { x0, sample } = this.#sampler.step({ i, xt, output, guesses: this.#guesses });
    this.#guesses.push(x0);
    this.#images.push(sample);
    return true;
  }
}

/** How many steps are made at a progress in percent. @param {number} progress @param {number} steps */
export const stepAt = (progress, steps) => Math.round((progress * steps) / 100);

/** What a path shows instead of what is wanted and not there: as far as it is. @param {Path} path @param {number} wanted */
export const shownStep = (path, wanted) => (path.at(wanted) ? wanted : Math.min(path.done, wanted));
