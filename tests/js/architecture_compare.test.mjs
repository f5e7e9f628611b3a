import assert from "node:assert/strict";
import test from "node:test";
import { Memory, apart, distance, recurrent } from "../../src/genlab/widgets/architecture_compare/math.mjs";
import { Path } from "../../src/genlab/widgets/lib/math/samplers.mjs";

/** @import { Latents } from "../../src/genlab/widgets/architecture_compare/math.mjs" */

/** Two images of two pixels on a path of three steps. */
const newPath = () => {
  const step = (/** @type {{ output: ArrayLike<number> }} */ { output }) => {
    const x0 = Float32Array.from(output);
    return { x0, sample: x0 };
  };
  return new Path({ timesteps: [9, 6, 3], step }, Float32Array.of(1, 2, 3, 4));
};

/** A network that adds an image's one latent to its pixels, and counts it up. */
function counting() {
  /** @type {number[][]} */
  const given = [];
  /** @type {import("../../src/genlab/widgets/architecture_compare/math.mjs").Pass} */
  const pass = async (xt, _, { data }) => {
    given.push([...Array.from(data)]);
    return Float32Array.of(xt[0] + data[0], xt[1] + data[0], data[0] + 1, xt[2] + data[1], xt[3] + data[1], data[1] + 10);
  };
  return { given, pass };
}

/** @param {Latents} mode @param {number} steps */
async function led(mode, steps) {
  const [path, memory, { given, pass }] = [newPath(), new Memory([2, 1], mode), counting()];
  for (let i = 0; i < steps; i++) await path.advance(recurrent(path, memory, 2, pass));
  return { path, memory, given, pass };
}

test("latents go from step to step, and are zero at the first", async () => {
  const { path, given } = await led("handed_on", 3);
  assert.deepEqual(given, [[0, 0], [1, 10], [2, 20]]);
  assert.deepEqual([.../** @type {Float32Array} */ (path.at(3))], [4, 5, 33, 34]);
});

test("or they are zero at each step", async () => {
  const { path, given } = await led("zero", 3);
  assert.deepEqual(given, [[0, 0], [0, 0], [0, 0]]);
  assert.deepEqual([.../** @type {Float32Array} */ (path.at(3))], [1, 2, 3, 4]);
});

test("a path that was left goes on with the latents of its own last step", async () => {
  const { path, memory } = await led("handed_on", 2);
  const other = await led("handed_on", 1);
  const { given, pass } = counting();
  await path.advance(recurrent(path, memory, 2, pass));
  assert.deepEqual(given, [[2, 20]]);
  assert.deepEqual(other.memory.at(1).data, Float32Array.of(1, 10));
});

test("a pass that fails leaves path and memory as they were", async () => {
  const { path, memory } = await led("handed_on", 1);
  assert.equal(await path.advance(recurrent(path, memory, 2, async () => null)), false);
  assert.equal(path.done, 1);
  const { given, pass } = counting();
  await path.advance(recurrent(path, memory, 2, pass));
  assert.deepEqual(given, [[1, 10]]);
});

test("what a network is given has its shape", () => {
  const { data, shape } = new Memory([2, 3, 4], "handed_on").at(0);
  assert.deepEqual(shape, [2, 3, 4]);
  assert.equal(data.length, 24);
});

test("a path that knows its end is made from the noise all the same", async () => {
  const { path } = await led("handed_on", 0);
  path.give(3, { image: Float32Array.of(9, 9, 9, 9) });
  const [memory, { given, pass }] = [new Memory([2, 1], "handed_on"), counting()];
  for (let i = 0; i < 3; i++) await path.advance(recurrent(path, memory, 2, pass));
  assert.deepEqual(given[0], [0, 0]);
  assert.deepEqual([.../** @type {Float32Array} */ (path.at(3))], [4, 5, 33, 34]);
});

test("rows of estimates and latents come apart", () => {
  const [estimates, latents] = apart(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 2);
  assert.deepEqual([...estimates], [1, 2, 4, 5]);
  assert.deepEqual([...latents], [3, 6]);
});

test("a distance is the mean over all pairs, of what is seen", () => {
  const images = [[0, 0], [1, 1], [-1, -7]].map((one) => Float32Array.from(one));
  assert.equal(distance(images.slice(0, 2)), 1);
  assert.equal(distance(images), (1 + 1 + 2) / 3);
  assert.equal(distance(images.slice(0, 1)), null);
});
