import assert from "node:assert/strict";
import { test } from "node:test";
import {
  coveredOf,
  hide,
  largest,
  looks,
  probabilities,
  scaled,
  turned,
  unsound,
} from "../../src/genlab/widgets/patch_explorer/math.mjs";

test("covered patches are read once each, in order, and strangers are left out", () => {
  assert.deepEqual(coveredOf("", 16), []);
  assert.deepEqual(coveredOf("7.6.7", 16), [6, 7]);
  assert.deepEqual(coveredOf("6..17.0", 16), [6]);
});

test("what names no patch is found", () => {
  assert.equal(unsound("", 16), "");
  assert.equal(unsound("1.16", 16), "");
  assert.equal(unsound("6.17.18", 16), "17");
  assert.equal(unsound("0", 16), "0");
});

test("a patch is covered, and uncovered again", () => {
  assert.equal(turned([], 6), "6");
  assert.equal(turned([3, 10], 6), "3.6.10");
  assert.equal(turned([3, 6, 10], 6), "3.10");
  assert.equal(turned([6], 6), "");
});

test("a covered patch has no ink, and all else stays", () => {
  const pixels = new Float32Array(784).fill(0.5);
  const hidden = hide(pixels, [2, 16], 4);
  const ink = (/** @type {number} */ row, /** @type {number} */ column) => hidden[row * 28 + column];
  assert.deepEqual([ink(0, 6), ink(0, 7), ink(6, 13), ink(7, 7), ink(0, 14)], [0.5, 0, 0, 0.5, 0.5]);
  assert.deepEqual([ink(27, 27), ink(21, 21), ink(20, 21)], [0, 0, 0.5]);
  assert.equal(hidden.filter((value) => value === 0).length, 2 * 49);
  assert.equal(pixels.filter((value) => value === 0).length, 0);
});

// Ten logits, then of 2 blocks with 2 heads each 4 patches.
const SHAPE = { blocks: 2, heads: 2, across: 2 };
const ANSWER = [...Array(10).keys(), ...Array.from({ length: 16 }, (_, i) => i)];

test("a head's weights are found, and the mean of a block's", () => {
  assert.deepEqual([...looks(ANSWER, SHAPE, 1, 1)], [0, 1, 2, 3]);
  assert.deepEqual([...looks(ANSWER, SHAPE, 2, 2)], [12, 13, 14, 15]);
  assert.deepEqual([...looks(ANSWER, SHAPE, 2, 0)], [10, 11, 12, 13]);
});

test("where there are fewer blocks or heads, the last is taken", () => {
  assert.deepEqual(looks(ANSWER, SHAPE, 9, 7), looks(ANSWER, SHAPE, 2, 2));
});

test("probabilities sum to one, also of large logits, and leave the weights alone", () => {
  const shares = probabilities([1000, 1000, ...Array(8).fill(-1000), 5, 6]);
  assert.deepEqual(shares.slice(0, 3), [0.5, 0.5, 0]);
  assert.equal(shares.length, 10);
});

test("the largest is the first of equals, and shares are of it", () => {
  assert.equal(largest([1, 3, 3]), 1);
  assert.deepEqual([...scaled(Float32Array.of(1, 4, 0))], [0.25, 1, 0]);
  assert.deepEqual([...scaled(Float32Array.of(0, 0))], [0, 0]);
});
