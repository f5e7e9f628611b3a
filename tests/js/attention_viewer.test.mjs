import assert from "node:assert/strict";
import test from "node:test";
import * as math from "../../src/genlab/widgets/attention_viewer/math.mjs";

// Two layers of two heads, three tokens: six bytes a head, rows of 1, 2 and 3.
const bytes = Array.from({ length: 24 }, (_, i) => i * 10);
const weights = new math.Weights(btoa(String.fromCharCode(...bytes)), 2, 3);

/** @param {Float32Array} row */
const asBytes = (row) => Array.from(row, (share) => Math.round(share * 255));

test("a row is where a token looks; later tokens have no share", () => {
  assert.deepEqual(asBytes(weights.row(1, 1, 1)), [0, 0, 0]);
  assert.deepEqual(asBytes(weights.row(1, 1, 3)), [30, 40, 50]);
  assert.deepEqual(asBytes(weights.row(1, 2, 1)), [60, 0, 0]);
  assert.deepEqual(asBytes(weights.row(2, 2, 2)), [190, 200, 0]);
});

test("a matrix is all rows, one after the other", () => {
  assert.deepEqual(asBytes(weights.matrix(2, 1)), [120, 0, 0, 130, 140, 0, 150, 160, 170]);
});

test("what is looked at most: three at most, one at least, the earlier of equal ones first", () => {
  assert.deepEqual(math.lookedAtMost([0.1, 0.5, 0.1, 0.3]), [
    { token: 2, share: 0.5 },
    { token: 4, share: 0.3 },
    { token: 1, share: 0.1 },
  ]);
  assert.deepEqual(math.lookedAtMost([0.96, 0.04]), [{ token: 1, share: 0.96 }]);
  assert.deepEqual(math.lookedAtMost(Array(30).fill(1 / 30)), [{ token: 1, share: 1 / 30 }]);
});

test("white space is made visible", () => {
  assert.equal(math.marked(" cat"), "␣cat");
  assert.equal(math.visible(" cat"), " cat");
  assert.equal(math.visible("  "), "␣␣");
  assert.equal(math.visible("\n"), "⏎");
});

test("the row under a pointer; beyond the picture it is the nearest", () => {
  assert.equal(math.rowAt(0, 10), 1);
  assert.equal(math.rowAt(0.55, 10), 6);
  assert.equal(math.rowAt(1, 10), 10);
  assert.equal(math.rowAt(-2, 10), 1);
});
