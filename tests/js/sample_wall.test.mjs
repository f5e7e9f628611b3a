import assert from "node:assert/strict";
import test from "node:test";
import { Path } from "../../src/genlab/widgets/lib/math/samplers.mjs";
import { rowToLead } from "../../src/genlab/widgets/sample_wall/math.mjs";

/** A path of four steps that has come so far. @param {number} done */
async function pathAt(done) {
  const step = (/** @type {{ xt: Float32Array }} */ { xt }) => ({ x0: xt, sample: xt });
  const path = new Path({ timesteps: [9, 6, 3, 0], step }, Float32Array.of(1));
  for (let i = 0; i < done; i++) await path.advance(async (xt) => xt);
  return path;
}

test("rows are led on together, as far as is wanted", async () => {
  const paths = await Promise.all([2, 1, 3].map(pathAt));
  assert.equal(rowToLead(paths, 4), 1);
  assert.equal(rowToLead(paths, 2), 1);
  assert.equal(rowToLead(paths, 1), -1, "all are there");
  assert.equal(rowToLead(paths, 0), -1);
});

test("a row that knows what is wanted is not led on", async () => {
  const paths = await Promise.all([0, 1].map(pathAt));
  for (const path of paths) path.give(4, Float32Array.of(9));
  assert.equal(rowToLead(paths, 4), -1);
  assert.equal(rowToLead(paths, 3), 0);
});
