import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { atStrength, blindDdim } from "../../src/genlab/widgets/lib/math/blind.mjs";

/**
 * Written by tests/widgets/test_blind_fixture.py.
 * @type {{ noise: number[], samples: number[][] }}
 */
const reference = JSON.parse(readFileSync(new URL("./fixtures/blind.json", import.meta.url), "utf8"));

test("a picture gets the strength asked for", () => {
  const eps = atStrength(Float32Array.of(3, -4), 0.5);
  assert.ok(Math.abs((eps[0] ** 2 + eps[1] ** 2) / 2 - 0.5) < 1e-6);
  assert.ok(eps[0] > 0 && eps[1] < 0);
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
