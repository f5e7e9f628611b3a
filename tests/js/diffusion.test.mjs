import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  addNoise,
  alphasCumprod,
  clipped,
  gaussianNoise,
  inferenceTimesteps,
  ratesOf,
  readOutput,
  snrOf,
  toDiffusionRange,
  toInk,
  velocity,
} from "../../src/genlab/widgets/lib/math/diffusion.mjs";

/** @import { BetaSchedule, PredictionType } from "../../src/genlab/widgets/lib/math/diffusion.mjs" */

/**
 * Written by tests/widgets/test_diffusion_fixture.py, which holds it against diffusers.
 * @type {{ t: number[], alphas_cumprod: Record<BetaSchedule, number[]> }}
 */
const reference = JSON.parse(
  readFileSync(new URL("./fixtures/diffusion.json", import.meta.url), "utf8"),
);

/** @param {ArrayLike<number>} found @param {ArrayLike<number>} wanted @param {number} tolerance */
function close(found, wanted, tolerance) {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs(found[i] - wanted[i]) <= tolerance, `${i}: ${found[i]}, not ${wanted[i]}`);
}

test("schedules are those of diffusers", () => {
  for (const [schedule, wanted] of Object.entries(reference.alphas_cumprod)) {
    const all = alphasCumprod(/** @type {BetaSchedule} */ (schedule));
    assert.equal(all.length, 1000);
    close(reference.t.map((t) => all[t]), wanted, 1e-6);
  }
});

test("rates are on the unit circle, the ratio of their squares is the SNR", () => {
  const { signal, noise } = ratesOf(0.3);
  close([signal ** 2 + noise ** 2, signal ** 2 / noise ** 2], [1, snrOf(0.3)], 1e-12);
});

test("each form of a prediction leads back to x0 and eps", () => {
  const [x0, eps] = [gaussianNoise(1, 50), gaussianNoise(2, 50)];
  const rates = ratesOf(0.4);
  const xt = addNoise(x0, eps, rates);
  const outputs = { epsilon: eps, sample: x0, v_prediction: velocity(x0, eps, rates) };
  for (const [type, output] of Object.entries(outputs)) {
    const found = readOutput(/** @type {PredictionType} */ (type), output, xt, rates);
    close(found.x0, x0, 1e-5);
    close(found.eps, eps, 1e-5);
    close(found.v, outputs.v_prediction, 1e-5);
  }
});

test("noise is standard normal and the same for a seed", () => {
  const noise = gaussianNoise(7, 20_000);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const square = noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length;
  const inside = noise.filter((value) => Math.abs(value) < 1).length / noise.length;
  close([mean, square, inside], [0, 1, 0.6827], 0.03);
  assert.deepEqual(gaussianNoise(7, 20_000), noise);
  assert.notDeepEqual(gaussianNoise(8, 10), noise.slice(0, 10));
});

test("noise has the numbers of tests/widgets/test_denoising.py", () => {
  const noise = gaussianNoise(7, 784);
  const found = [0, 1, 2, 783].map((i) => noise[i]);
  close(found, [0.14197044, -0.86425304, -1.00636637, -1.6186682], 1e-7);
  close([gaussianNoise(9999, 784)[783]], [-0.80171794], 1e-7);
});

test("timesteps go down to zero", () => {
  assert.deepEqual(inferenceTimesteps(5), [800, 600, 400, 200, 0]);
  assert.equal(inferenceTimesteps(1000).length, 1000);
  assert.deepEqual(inferenceTimesteps(1), [0]);
});

test("ranges: ink and x0", () => {
  close(toDiffusionRange([0, 0.5, 1]), [-1, 0, 1], 0);
  close(toInk([-3, -1, 0, 1, 3]), [0, 0, 0.5, 1, 1], 0);
  close(clipped([-3, 0.5, 3]), [-1, 0.5, 1], 0);
});
