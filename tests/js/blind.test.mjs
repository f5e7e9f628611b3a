import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { blindDdim, ratesIn, unitNoise } from "../../src/genlab/widgets/lib/blind.mjs";
import { addNoise, alphasCumprod, gaussianNoise, ratesOf } from "../../src/genlab/widgets/lib/diffusion.mjs";

/**
 * Written by tests/widgets/test_blind_fixture.py.
 * @type {{ noise: number[], samples: number[][] }}
 */
const reference = JSON.parse(readFileSync(new URL("./fixtures/blind.json", import.meta.url), "utf8"));
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

test("each step is that of genlab.diffusion.blind", async () => {
  const predict = async (/** @type {Float32Array} */ xt) => xt.map((x, i) => 1.3 * x + 0.1 * i - 0.2);
  const options = { noise: Float32Array.from(reference.noise), steps: 5, predict };
  let step = 0;
  for await (const { t, sample } of blindDdim({ ...options, schedule: "linear" })) {
    assert.equal(t, 800 - 200 * step);
    const wanted = reference.samples[step++];
    sample.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-4, `${t}: ${value}`));
  }
  assert.equal(step, 5);
});
