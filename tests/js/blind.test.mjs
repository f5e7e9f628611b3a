import assert from "node:assert/strict";
import test from "node:test";
import { blindDdim, ratesIn, unitNoise } from "../../src/genlab/widgets/lib/blind.mjs";
import { addNoise, alphasCumprod, gaussianNoise, ratesOf } from "../../src/genlab/widgets/lib/diffusion.mjs";

const ALPHA_BARS = alphasCumprod("linear");
const STROKE = Float32Array.from({ length: 784 }, (_, i) => (i % 28 > 11 && i % 28 < 16 ? 1 : -1));

test("noise is scaled to a mean square of 1", () => {
  const eps = unitNoise(Float32Array.of(3, -4));
  assert.ok(Math.abs((eps[0] ** 2 + eps[1] ** 2) / 2 - 1) < 1e-6);
  assert.ok(eps[0] > 0 && eps[1] < 0);
});

test("the noise of a picture is read off it, within the schedule", () => {
  const eps = unitNoise(gaussianNoise(1, 784));
  for (const t of [100, 400, 800]) {
    const rates = ratesOf(ALPHA_BARS[t]);
    assert.ok(Math.abs(ratesIn(addNoise(STROKE, eps, rates), eps, ALPHA_BARS).noise - rates.noise) < 0.08);
  }
  assert.equal(ratesIn(eps.map((value) => 5 * value), eps, ALPHA_BARS).noise, ratesOf(ALPHA_BARS[999]).noise);
  assert.equal(ratesIn(new Float32Array(784), eps, ALPHA_BARS).noise, ratesOf(ALPHA_BARS[0]).noise);
});

test("a network that knows the digit leads to it, also where it shouts", async () => {
  const predict = async (/** @type {Float32Array} */ xt) => {
    const share = xt.reduce((sum, value, i) => sum + value * STROKE[i], 0) / 784;
    return xt.map((value, i) => 3 * (value - Math.max(share, 0.1) * STROKE[i]));
  };
  const seen = [];
  /** @type {number[]} */
  let last = [];
  const options = { noise: gaussianNoise(2, 784), steps: 20, predict };
  for await (const { t, sample } of blindDdim({ ...options, schedule: "linear" })) {
    seen.push(t);
    last = [...sample];
  }
  assert.equal(seen.length, 20);
  assert.deepEqual([seen[0], seen[19]], [950, 0]);
  const off = last.reduce((sum, value, i) => sum + Math.abs(value - STROKE[i]), 0) / 784;
  assert.ok(off < 0.2, `mean distance ${off}`);
});
