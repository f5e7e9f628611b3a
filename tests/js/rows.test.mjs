import assert from "node:assert/strict";
import test from "node:test";
import { Path } from "../../src/genlab/widgets/lib/math/samplers.mjs";
import { rowToLead, seen } from "../../src/genlab/widgets/lib/math/rows.mjs";

/** A path of four steps that has come so far. @param {number} done */
async function pathAt(done) {
  const step = (/** @type {{ xt: Float32Array }} */ { xt }) => ({ x0: xt, sample: xt });
  const path = new Path({ timesteps: [9, 6, 3, 0], step }, Float32Array.of(1));
  for (let i = 0; i < done; i++) await path.advance(async (xt) => xt);
  return path;
}

/** @param {number} step */
const image = (step) => ({ step, guess: false });
/** @param {number} step */
const guess = (step) => ({ step, guess: true });

test("rows are led on together, as far as is wanted", async () => {
  const paths = await Promise.all([2, 1, 3].map(pathAt));
  assert.equal(rowToLead(paths, image(4)), 1);
  assert.equal(rowToLead(paths, image(2)), 1);
  assert.equal(rowToLead(paths, image(1)), -1, "all are there");
  assert.equal(rowToLead(paths, image(0)), -1);
});

test("a guess takes the network one step further than the image", async () => {
  const paths = await Promise.all([2, 3].map(pathAt));
  assert.equal(rowToLead(paths, guess(1)), -1);
  assert.equal(rowToLead(paths, guess(2)), 0);
  const ended = await Promise.all([4, 4].map(pathAt));
  assert.equal(rowToLead(ended, guess(4)), -1, "the last one stays");
});

test("a row that knows what is wanted is not led on", async () => {
  const paths = await Promise.all([0, 1].map(pathAt));
  for (const path of paths) path.give(4, { image: Float32Array.of(9) });
  assert.equal(rowToLead(paths, image(4)), -1);
  assert.equal(rowToLead(paths, guess(4)), 0);
  assert.equal(rowToLead(paths, image(3)), 0);
});

test("what is not there is shown as far as it is", async () => {
  const path = await pathAt(2);
  path.give(4, { image: Float32Array.of(9) });
  const steps = [0, 2, 3, 4].map((step) => seen(path, image(step)));
  assert.deepEqual(steps.map(({ step }) => step), [0, 2, 2, 4]);
  assert.deepEqual(steps.map(({ current }) => current), [true, true, false, true]);
  assert.equal(steps[2].images, path.at(2));
  const { images, ...rest } = seen(path, guess(3));
  assert.deepEqual(rest, { step: 1, current: false });
  assert.equal(images, path.guess(1));
  const fresh = await pathAt(0);
  assert.deepEqual(seen(fresh, guess(0)), { images: fresh.at(0), step: 0, current: false });
});
