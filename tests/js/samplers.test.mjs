import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { inferenceTimesteps } from "../../src/genlab/widgets/lib/math/diffusion.mjs";
import {
  Path,
  ddim,
  ddpm,
  dpmSolver,
  flowEuler,
  flowSigmas,
  guide,
  shownStep,
  stepAt,
  trailingTimesteps,
} from "../../src/genlab/widgets/lib/math/samplers.mjs";

/** @import { BetaSchedule, PredictionType } from "../../src/genlab/widgets/lib/math/diffusion.mjs" */
/** @import { Sampler } from "../../src/genlab/widgets/lib/math/samplers.mjs" */

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));

/** @typedef {Record<PredictionType, number[][]>} Samples the images after each step */
/**
 * Written by tests/widgets/kernel/test_diffusion_fixture.py, which holds it against diffusers.
 * @type {{ noise: number[], schedule: BetaSchedule, steps: number, samples: Samples }}
 */
const leading = read("diffusion").ddim;
/**
 * Written by tests/widgets/kernel/test_samplers_fixture.py from genlab.diffusion and diffusers.
 * @type {{ noise: number[], fresh: number[][], schedule: BetaSchedule, timesteps: Record<string, number[]>,
 *   ddim: Samples, ddpm: Samples, dpm_solver: Samples, flow_euler: number[][] }}
 */
const trailing = read("samplers");

/** @param {ArrayLike<number>} found @param {ArrayLike<number>} wanted @param {number} tolerance */
function close(found, wanted, tolerance) {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs(found[i] - wanted[i]) <= tolerance, `${i}: ${found[i]}, not ${wanted[i]}`);
}

/** The network of both references: it knows xt and t, and nothing else. @param {Float32Array} xt @param {number} t */
const predict = async (xt, t) => xt.map((value) => 0.6 * value + t / 2000);

test("trailing timesteps are genlab's, also where they are rounded", () => {
  for (const [steps, wanted] of Object.entries(trailing.timesteps))
    assert.deepEqual(trailingTimesteps(Number(steps)), wanted);
});

/**
 * Each step of a sampler is that of the reference.
 * @param {Sampler} sampler @param {number[]} noise @param {number[][]} samples
 */
async function same(sampler, noise, samples) {
  const path = new Path(sampler, Float32Array.from(noise));
  for (const wanted of samples) {
    assert.equal(await path.advance(predict), true);
    close(path.at(path.done) ?? [], wanted, 1e-5);
  }
  assert.equal(path.done, path.length);
  await assert.rejects(path.advance(predict), /has ended after/);
}

const KINDS = /** @type {PredictionType[]} */ (["epsilon", "sample", "v_prediction"]);
for (const type of KINDS) {
  const { noise, fresh, schedule } = trailing;
  const options = { schedule, type, timesteps: trailing.timesteps[8] };

  test(`DDIM's steps are those of diffusers, leading, where the network predicts ${type}`, async () => {
    const timesteps = inferenceTimesteps(leading.steps);
    const sampler = ddim({ schedule: leading.schedule, type, timesteps });
    await same(sampler, leading.noise, leading.samples[type]);
  });

  test(`DDIM's steps are those of genlab, trailing, where the network predicts ${type}`, () =>
    same(ddim(options), noise, trailing.ddim[type]));

  test(`DDPM's steps are those of genlab, where the network predicts ${type}`, () =>
    same(ddpm({ ...options, fresh: (i) => fresh[i] }), noise, trailing.ddpm[type]));

  test(`DPM-Solver++'s steps are those of diffusers, where the network predicts ${type}`, () =>
    same(dpmSolver(options), noise, trailing.dpm_solver[type]));
}

test("Euler's steps along a flow are those of diffusers", () =>
  same(flowEuler(8), trailing.noise, trailing.flow_euler));

test("a flow goes from 1 to 0, also in a single step", () => {
  close(flowSigmas(1), [1, 0], 0);
  close(flowSigmas(4), [1, 0.667, 0.334, 0.001, 0], 1e-12);
});

test("guesses are cut off at -1 and 1, unless that is not asked for", () => {
  const trained = /** @type {const} */ ({ schedule: "squaredcos_cap_v2", type: "sample" });
  const options = { ...trained, timesteps: [500, 0] };
  const moment = { i: 0, xt: Float32Array.of(0, 0), output: Float32Array.of(3, 0.5), guesses: [] };
  for (const sampler of [ddim, dpmSolver, (/** @type {any} */ given) => ddpm({ ...given, fresh: () => [0, 0] })]) {
    close(sampler(options).step(moment).x0, [1, 0.5], 0);
    close(sampler({ ...options, clip: false }).step(moment).x0, [3, 0.5], 0);
  }
});

test("guidance goes on from the answer without a class", () => {
  close(guide([1, 2], [0, 1], 3), [3, 4], 1e-6);
  close(guide([1, 2], [0, 1], 1), [1, 2], 0);
  close(guide([1, 2], [0, 1], 0), [0, 1], 0);
});

/** A path of four steps, of one pixel that each step halves. */
function halving() {
  const step = (/** @type {{ xt: Float32Array }} */ { xt }) => ({ x0: xt.map((x) => -x), sample: xt.map((x) => x / 2) });
  return new Path({ timesteps: [9, 6, 3, 0], step }, Float32Array.of(16));
}

test("a path keeps every image, and is taken up where it was left", async () => {
  const path = halving();
  assert.deepEqual([path.length, path.done, path.timestep(0)], [4, 0, 9]);
  /** @type {number[]} */
  const told = [];
  const listen = async (/** @type {Float32Array} */ xt, /** @type {number} */ t) => (told.push(t), xt);
  for (let i = 0; i < 2; i++) await path.advance(listen);
  assert.deepEqual([path.done, path.at(0)?.[0], path.at(2)?.[0], path.at(3)], [2, 16, 4, null]);
  assert.deepEqual([path.guess(1)?.[0], path.guess(2)], [-8, null]);
  for (let i = 0; i < 2; i++) await path.advance(listen);
  assert.deepEqual([path.at(4)?.[0], path.timestep(4), told], [1, null, [9, 6, 3, 0]]);
});

test("where the network fails, a path stays as it was", async () => {
  const path = halving();
  assert.equal(await path.advance(async () => null), false);
  assert.equal(path.done, 0);
  assert.equal(await path.advance(async (xt) => xt), true);
  assert.equal(path.done, 1);
});

test("two that ask for the same step get it once", async () => {
  const path = halving();
  const slow = (/** @type {Float32Array} */ xt) => new Promise((/** @type {(xt: Float32Array) => void} */ done) => setTimeout(() => done(xt), 2));
  assert.deepEqual(await Promise.all([path.advance(slow), path.advance(slow)]), [true, true]);
  assert.deepEqual([path.done, path.at(1)?.[0]], [1, 8]);
});

test("what is given is shown until it is computed", async () => {
  const path = halving();
  path.give(1, { image: Float32Array.of(7) });
  assert.deepEqual([path.at(1)?.[0], path.done], [7, 0]);
  await path.advance(async (xt) => xt);
  assert.equal(path.at(1)?.[0], 8);
});

test("guesses are of what the network is shown, and at the end the last one stays", async () => {
  const path = halving();
  path.give(4, { guess: Float32Array.of(8) });
  assert.deepEqual([path.guess(0), path.guess(3), path.guess(4)?.[0], path.at(4)], [null, null, 8, null]);
  for (let i = 0; i < 4; i++) await path.advance(async (xt) => xt);
  assert.deepEqual([path.guess(0)?.[0], path.guess(3)?.[0], path.guess(4)?.[0]], [-16, -2, -2]);
});

test("steps are shares of the way, as SampleWall.step counts them", () => {
  assert.deepEqual([0, 4, 5, 50, 98, 100].map((progress) => stepAt(progress, 10)), [0, 0, 1, 5, 10, 10]);
  assert.deepEqual([0, 2, 35, 100].map((progress) => stepAt(progress, 50)), [0, 1, 18, 50]);
});

test("what is not there is shown as far as it is", async () => {
  const path = halving();
  for (let i = 0; i < 2; i++) await path.advance(async (xt) => xt);
  path.give(4, { image: Float32Array.of(9) });
  assert.deepEqual([0, 2, 3, 4].map((wanted) => shownStep(path, wanted)), [0, 2, 2, 4]);
});
