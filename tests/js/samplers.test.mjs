import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { inferenceTimesteps } from "../../src/genlab/widgets/lib/math/diffusion.mjs";
import { Path, ddim, trailingTimesteps } from "../../src/genlab/widgets/lib/math/samplers.mjs";

/** @import { BetaSchedule, PredictionType } from "../../src/genlab/widgets/lib/math/diffusion.mjs" */

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));

/** @typedef {Record<PredictionType, number[][]>} Samples the images after each step */
/**
 * Written by tests/widgets/kernel/test_diffusion_fixture.py, which holds it against diffusers.
 * @type {{ noise: number[], schedule: BetaSchedule, steps: number, samples: Samples }}
 */
const leading = read("diffusion").ddim;
/**
 * Written by tests/widgets/kernel/test_samplers_fixture.py from genlab.diffusion.
 * @type {{ noise: number[], schedule: BetaSchedule, timesteps: Record<string, number[]>, ddim: Samples }}
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

for (const [name, reference, timesteps] of /** @type {const} */ ([
  ["diffusers, leading", { ...leading, ddim: leading.samples }, inferenceTimesteps(leading.steps)],
  ["genlab, trailing", trailing, trailing.timesteps[8]],
]))
  for (const key of Object.keys(reference.ddim)) {
    test(`DDIM's steps are those of ${name}, where the network predicts ${key}`, async () => {
      const type = /** @type {PredictionType} */ (key);
      const sampler = ddim({ schedule: reference.schedule, type, timesteps });
      const path = new Path(sampler, Float32Array.from(reference.noise));
      for (const wanted of reference.ddim[type]) {
        assert.equal(await path.advance(predict), true);
        close(path.at(path.done) ?? [], wanted, 1e-5);
      }
      assert.equal(path.done, path.length);
      await assert.rejects(path.advance(predict), /has ended after/);
    });
  }

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
  path.give(1, Float32Array.of(7));
  assert.deepEqual([path.at(1)?.[0], path.done], [7, 0]);
  await path.advance(async (xt) => xt);
  assert.equal(path.at(1)?.[0], 8);
});
