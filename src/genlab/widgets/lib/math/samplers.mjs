/**
 * Samplers, and the paths that they take from noise to images, as `genlab.diffusion` has them.
 *
 * Nothing here runs by itself: a path is led one step further by whoever asks for it, and keeps
 * every image on its way, so that it can be left and taken up again at any step.
 */

/** @import { BetaSchedule, Pixels, PredictionType } from "./diffusion.mjs" */
import { TIMESTEPS, addNoise, alphasCumprod, clipped, ratesOf, readOutput } from "./diffusion.mjs";

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

/**
 * DDIM without new noise (eta = 0): the guess of x0, cut off, and eps are mixed anew.
 * @param {Trained & { timesteps: number[] }} options
 * @returns {Sampler}
 */
export function ddim({ schedule, type, timesteps }) {
  const alphaBars = alphasCumprod(schedule);
  const rates = [...timesteps.map((t) => alphaBars[t]), 1].map(ratesOf);
  return {
    timesteps,
    step({ i, xt, output }) {
      const { x0, eps } = readOutput(type, output, xt, rates[i]);
      const guess = clipped(x0);
      return { x0: guess, sample: addNoise(guess, eps, rates[i + 1]) };
    },
  };
}

// -- paths -------------------------------------------------------------------------------------------

/** The way of some images from noise on; image 0 is the noise, the last one is clean. */
export class Path {
  #sampler;
  #images;
  /** @type {Float32Array[]} */
  #guesses = [];
  /** Images that are known beforehand. @type {Map<number, Float32Array>} */
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

  /** What is known from elsewhere. @param {number} index @param {Float32Array} image */
  give(index, image) {
    this.#given.set(index, image);
  }

  /** The images after so many steps; null where they are not known yet. @param {number} index */
  at(index) {
    return this.#images[index] ?? this.#given.get(index) ?? null;
  }

  /** The guess of x0 that a step has made, from 0. @param {number} index */
  guess(index) {
    return this.#guesses[index] ?? null;
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
