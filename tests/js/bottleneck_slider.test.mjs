import assert from "node:assert/strict";
import test from "node:test";
import { compressionRatio, rowSpan, shades } from "../../src/genlab/widgets/bottleneck_slider/math.mjs";

test("compression ratios are short", () => {
  assert.deepEqual([1, 2, 16, 32, 3].map(compressionRatio), ["784", "392", "49", "24.5", "261.3"]);
});

test("shades reach from light to black over all codes", () => {
  const levels = shades([Float32Array.of(-2, 0), Float32Array.of(2, 1)]);
  assert.equal(levels[1][0], 1);
  assert.ok(Math.abs(levels[0][0] - 0.06) < 1e-9);
  assert.ok(levels[0][1] < levels[1][1]);
});

test("codes that are all equal have a shade too", () => {
  assert.deepEqual(shades([Float32Array.of(3), Float32Array.of(3)]), [[0.06], [0.06]]);
});

test("rows follow each other in the samples", () => {
  assert.deepEqual([1, 2, 3].map((row) => rowSpan([10, 10, 4], row)), [[0, 10], [10, 20], [20, 24]]);
});
