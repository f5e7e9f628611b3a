import assert from "node:assert/strict";
import test from "node:test";
import * as geometry from "../../src/genlab/widgets/lib/math/geometry.mjs";

/** @import { Extent, Point } from "../../src/genlab/widgets/lib/types.mjs" */

/** @type {Extent} */
const extent = [-4, 6, -5, 5];

test("the corners of the extent are the corners of the picture", () => {
  assert.deepEqual(geometry.toFraction(extent, [-4, 5]), [0, 0]);
  assert.deepEqual(geometry.toFraction(extent, [6, -5]), [1, 1]);
});

test("from latent units to the picture and back", () => {
  for (const point of /** @type {Point[]} */ ([[0, 0], [5.999, -4.999], [-3.21, 1.5]])) {
    const [x, y] = geometry.toFraction(extent, point);
    assert.deepEqual(geometry.fromFraction(extent, x, y), point);
  }
});

test("a pointer beyond the picture moves the point along its edge", () => {
  assert.deepEqual(geometry.fromFraction(extent, -3, 0.5), [-4, 0]);
  assert.deepEqual(geometry.fromFraction(extent, 1.2, 9), [6, -5]);
});

test("arrow keys move by a hundredth of the extent, with Shift by a tenth", () => {
  assert.deepEqual(geometry.moveByKey(extent, [1, 2], "ArrowRight", false), [1.1, 2]);
  assert.deepEqual(geometry.moveByKey(extent, [1, 2], "ArrowDown", true), [1, 1]);
  assert.deepEqual(geometry.moveByKey(extent, [1, 2], "Home", false), [1, 0]);
  assert.equal(geometry.moveByKey(extent, [1, 2], "Tab", false), null);
  assert.equal(geometry.moveByKey(extent, [1, 2], "toString", false), null);
});

test("arrow keys stop at the edge", () => {
  assert.deepEqual(geometry.moveByKey(extent, [5.95, 0], "ArrowRight", true), [6, 0]);
  assert.deepEqual(geometry.moveByKey(extent, [50, 0], "ArrowLeft", false), [6, 0]);
});

test("the nearest point is the nearest point", () => {
  const found = geometry.nearest([0, 0, 3, 4, -1, -1], [3, 3]);
  assert.deepEqual(found, { index: 1, distance: 1 });
  assert.deepEqual(geometry.nearest([], [0, 0]), { index: -1, distance: Infinity });
});

test("ticks are round, inside, and few", () => {
  assert.deepEqual(geometry.ticks(-4, 6), [-2, 0, 2, 4]);
  assert.deepEqual(geometry.ticks(-0.0123, 0.0345), [-0.01, 0, 0.01, 0.02, 0.03]);
  for (const [low, high] of [[-11.4, 10.5], [-3.3, 3], [100, 101], [-1e-3, 1e-3]]) {
    const ticks = geometry.ticks(low, high);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${ticks}`);
    assert.ok(ticks.every((tick) => tick > low && tick < high), `${ticks}`);
  }
});

test("steps are round", () => {
  assert.equal(geometry.roundStep(0.11), 0.2);
  assert.equal(geometry.roundStep(7), 10);
  assert.equal(geometry.roundStep(2), 2);
});

test("zero has no sign", () => {
  assert.ok(Object.is(geometry.round3(-0.0001), 0));
});
