import assert from "node:assert/strict";
import test from "node:test";
import * as cells from "../../src/genlab/widgets/lib/math/cells.mjs";

/** @import { Cell } from "../../src/genlab/widgets/lib/math/cells.mjs" */

/** @param {Cell} cell @param {string} key */
const move = (cell, key, { shiftKey = false, ctrlKey = false } = {}) =>
  cells.moveCell(cell, { key, shiftKey, ctrlKey }, 20);

test("the cell under a pointer; beyond the picture it is the nearest", () => {
  assert.deepEqual(cells.cellAt(0, 0, 20), [1, 1]);
  assert.deepEqual(cells.cellAt(0.26, 0.049, 20), [1, 6]);
  assert.deepEqual(cells.cellAt(1, 0.9999, 20), [20, 20]);
  assert.deepEqual(cells.cellAt(-3, 7, 20), [20, 1]);
});

test("arrow keys go to the next cell, with Shift five on, and stop at the edges", () => {
  assert.deepEqual(move([3, 4], "ArrowRight"), [3, 5]);
  assert.deepEqual(move([3, 4], "ArrowUp"), [2, 4]);
  assert.deepEqual(move([3, 4], "ArrowDown", { shiftKey: true }), [8, 4]);
  assert.deepEqual(move([3, 4], "ArrowLeft", { shiftKey: true }), [3, 1]);
  assert.deepEqual(move([20, 20], "ArrowDown"), [20, 20]);
});

test("Home, End and the page keys go to the ends", () => {
  assert.deepEqual(move([3, 4], "Home"), [3, 1]);
  assert.deepEqual(move([3, 4], "End"), [3, 20]);
  assert.deepEqual(move([3, 4], "Home", { ctrlKey: true }), [1, 1]);
  assert.deepEqual(move([3, 4], "End", { ctrlKey: true }), [20, 20]);
  assert.deepEqual(move([3, 4], "PageUp"), [1, 4]);
  assert.deepEqual(move([3, 4], "PageDown"), [20, 4]);
});

test("other keys are left alone", () => {
  for (const key of ["Tab", "a", "toString", "Enter"]) assert.equal(move([3, 4], key), null);
  assert.equal(move([3, 4], "ArrowUp", { ctrlKey: true }), null);
});

test("the top row has the highest z1, the left column the lowest z0", () => {
  const quantiles = [-1, 0, 2];
  assert.deepEqual(cells.pointOf([1, 1], quantiles), [-1, 2]);
  assert.deepEqual(cells.pointOf([3, 2], quantiles), [0, -1]);
  assert.deepEqual([...cells.gridPoints([-1, 2])], [-1, 2, 2, 2, -1, -1, 2, -1]);
});

test("pictures stand side by side, row by row", () => {
  const size = 28 * 28;
  const pictures = Float32Array.from({ length: 4 * size }, (_, i) => Math.floor(i / size));
  pictures[size + 28] = 9; // second picture, second line, first pixel
  const whole = cells.sideBySide(pictures, 2);
  assert.equal(whole.length, 4 * size);
  assert.deepEqual([whole[0], whole[28], whole[55 * 56], whole.at(-1)], [0, 1, 2, 3]);
  assert.equal(whole[56 + 28], 9);
});
