import assert from "node:assert/strict";
import test from "node:test";
import { PIXELS } from "../../src/genlab/widgets/lib/math/mnist.mjs";
import { join, meanSquaredError, split, unpackPictures } from "../../src/genlab/widgets/lib/math/pixels.mjs";

test("pictures joined and split again", () => {
  const pictures = [0.25, 0.5, 1].map((value) => new Float32Array(PIXELS).fill(value));
  const batch = join(pictures);
  assert.equal(batch.length, 3 * PIXELS);
  assert.deepEqual(split(batch, PIXELS), pictures);
  assert.deepEqual(split(Float32Array.of(1, 2, 3, 4), 2), [Float32Array.of(1, 2), Float32Array.of(3, 4)]);
  assert.deepEqual(join([]), new Float32Array());
});

test("packed pictures have a byte a pixel", () => {
  const bytes = new Uint8Array(2 * PIXELS);
  bytes.set([255, 51]);
  bytes[PIXELS] = 102;
  const [first, second] = unpackPictures(btoa(String.fromCharCode(...bytes)));
  assert.deepEqual([...first.slice(0, 3)], [...Float32Array.of(1, 0.2, 0)]);
  assert.deepEqual([second.length, second[0]], [PIXELS, Math.fround(0.4)]);
});

test("the mean squared error is a mean over all values of the first", () => {
  assert.equal(meanSquaredError([1, -1, 0, 0], [1, 1, 0, 1]), 1.25);
  assert.equal(meanSquaredError([0.5], [0.5]), 0);
  assert.equal(meanSquaredError([1, 2], [1, 4]), 2);
  assert.equal(meanSquaredError([1], [0, 9]), 1);
});
