import assert from "node:assert/strict";
import test from "node:test";
import { addNoise, gaussianNoise, ratesOf } from "../../src/genlab/widgets/lib/math/diffusion.mjs";
import { NO_CLASS, freshSeed, keyOf, passOf, placeOf, samplerOf } from "../../src/genlab/widgets/denoise_player/math.mjs";

/** @import { SamplerName, Setting } from "../../src/genlab/widgets/denoise_player/math.mjs" */

/** @type {Setting} */
const SETTING = { seed: 1, label: 3, guidance: 2, steps: 20, sampler: "ddim", clip: 1 };

/** @param {ArrayLike<number>} found @param {number[]} wanted @param {number} tolerance */
function close(found, wanted, tolerance) {
  assert.equal(found.length, wanted.length);
  wanted.forEach((value, i) => assert.ok(Math.abs(found[i] - value) <= tolerance, `${i}: ${found[i]}, not ${value}`));
}

test("a guided pass asks twice, and goes further from what is answered without a class", () => {
  const { labels, read } = passOf(SETTING, 2);
  assert.deepEqual(labels, [3, 3, NO_CLASS, NO_CLASS]);
  close(read(Float32Array.of(1, 2, 0, 1)), [2, 3], 1e-6);
});

test("where one answer is enough, the network is asked once", () => {
  const output = Float32Array.of(5);
  for (const [change, label] of /** @type {[Partial<Setting>, number][]} */ ([
    [{ guidance: 1 }, 3],
    [{ guidance: 0 }, NO_CLASS],
    [{ label: NO_CLASS }, NO_CLASS],
  ])) {
    const { labels, read } = passOf({ ...SETTING, ...change }, 1);
    assert.deepEqual(labels, [label]);
    assert.equal(read(output), output);
  }
});

test("paths are told apart by all that changes them, and by nothing else", () => {
  /** @type {Partial<Setting>[]} */
  const others = [{ seed: 2 }, { label: 4 }, { guidance: 3 }, { steps: 10 }, { sampler: "ddpm" }, { guidance: 1 }, { guidance: 0 }, { clip: 0 }];
  const keys = [SETTING, ...others.map((other) => ({ ...SETTING, ...other }))].map(keyOf);
  assert.equal(new Set(keys).size, keys.length);
  const free = { ...SETTING, label: NO_CLASS };
  assert.equal(keyOf(free), keyOf({ ...free, guidance: 7 }));
  assert.equal(keyOf(free), keyOf({ ...SETTING, guidance: 0 }));
  /** @type {Setting} */
  const flow = { ...SETTING, sampler: "flow_euler" };
  assert.equal(keyOf(flow), keyOf({ ...flow, clip: 0 }));
});

test("every sampler has its timesteps; the new noise is no first noise", () => {
  const trained = /** @type {const} */ ({ schedule: "squaredcos_cap_v2", type: "sample" });
  const names = /** @type {SamplerName[]} */ (["ddim", "ddpm", "dpm_solver", "flow_euler"]);
  for (const sampler of names) {
    const { timesteps } = samplerOf({ ...SETTING, steps: 5, sampler }, trained, 4);
    assert.equal(timesteps.length, 5);
    assert.ok(timesteps.every((t, i) => !i || t < timesteps[i - 1]), String(timesteps));
  }
  assert.ok(freshSeed(0, 0) > 99);
  assert.notEqual(freshSeed(1, 0), freshSeed(0, 49));
});

test("an image's place: the noise itself, a digit in it, a straight line between them", () => {
  const noise = gaussianNoise(1, 784);
  close(placeOf(noise, noise), [1, 0], 1e-6);
  const digit = gaussianNoise(2, 784); // of about the strength of one, and hardly like the noise
  const [share, rest] = placeOf(digit, noise);
  assert.ok(Math.abs(share) < 0.1 && Math.abs(rest - 1) < 0.1);
  const rates = ratesOf(0.36);
  close(placeOf(addNoise(digit, noise, rates), noise), [0.8 + 0.6 * share, 0.6 * rest], 1e-5);
});
