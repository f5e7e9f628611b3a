import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { GRID, emptyInk, stroke } from "../../src/genlab/widgets/lib/math/ink.mjs";
import { SIDE, resize, toMnist } from "../../src/genlab/widgets/lib/math/mnist.mjs";
import { unpackPictures } from "../../src/genlab/widgets/lib/math/pixels.mjs";

const stored = JSON.parse(
  readFileSync(new URL("fixtures/digits.json", import.meta.url), { encoding: "utf-8" }),
);
const digits = unpackPictures(stored.pixels);

/** The digit three times as large, and not in the middle. @param {Float32Array} digit */
function enlarge(digit, left = 25, top = 3) {
  const ink = emptyInk();
  for (let y = 0; y < 3 * SIDE; y++)
    for (let x = 0; x < 3 * SIDE; x++)
      ink[(top + y) * GRID + left + x] = digit[Math.floor(y / 3) * SIDE + Math.floor(x / 3)];
  return ink;
}

/** Mean over the pixels. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function meanDifference(a, b) {
  return Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/** @param {Float32Array} field */
function centreOfMass(field) {
  let [mass, x, y] = [0, 0, 0];
  field.forEach((value, i) => {
    mass += value;
    x += value * ((i % SIDE) + 0.5);
    y += value * (Math.floor(i / SIDE) + 0.5);
  });
  return [x / mass, y / mass];
}

test("real MNIST digits, enlarged and moved, come out as they were", () => {
  digits.forEach((digit, label) => {
    const again = toMnist(enlarge(digit), GRID);
    assert.ok(again);
    // A shift by one pixel would make 0.02 to 0.1.
    const difference = meanDifference(again, digit);
    assert.ok(difference < 1e-4, `${label}: ${difference}`);
  });
});

test("size and place of a drawing do not matter", () => {
  const small = emptyInk();
  stroke(small, [0.1, 0.1], [0.1, 0.3], 0.02);
  const large = emptyInk();
  stroke(large, [0.7, 0.1], [0.7, 0.9], 0.08);
  const [a, b] = [toMnist(small, GRID), toMnist(large, GRID)];
  assert.ok(a && b && meanDifference(a, b) < 0.02);
});

test("ink fills a box of twenty, its mass in the middle, its darkest pixel is 1", () => {
  const ink = emptyInk();
  stroke(ink, [0.2, 0.2], [0.8, 0.2]);
  stroke(ink, [0.8, 0.2], [0.4, 0.9]);
  const field = toMnist(ink, GRID);
  assert.ok(field);
  const [x, y] = centreOfMass(field);
  assert.ok(Math.abs(x - 14.5) <= 0.5 && Math.abs(y - 14.5) <= 0.5, `${x}, ${y}`);
  const rows = Array.from({ length: SIDE }, (_, row) => field.slice(row * SIDE, (row + 1) * SIDE));
  assert.equal(rows.filter((row) => row.some((value) => value > 0)).length, 20);
  assert.equal(Math.max(...field), 1);
  assert.ok(Math.min(...field) >= 0);
});

test("a single dot and a lopsided drawing stay on the field", () => {
  const dot = emptyInk();
  dot[0] = 1;
  assert.equal(toMnist(dot, GRID)?.filter((value) => value > 0).length, 400);
  const hook = emptyInk();
  stroke(hook, [0.9, 0.05], [0.9, 0.95], 0.05);
  stroke(hook, [0.05, 0.95], [0.9, 0.95], 0.005);
  assert.ok(toMnist(hook, GRID)?.every((value) => value >= 0 && value <= 1));
});

test("nothing drawn is nothing to encode", () => {
  assert.equal(toMnist(emptyInk(), GRID), null);
});

test("resizing keeps the mean", () => {
  const values = Float32Array.from({ length: 35 }, (_, i) => (i * 7) % 11);
  /** @param {Float32Array} all */
  const mean = (all) => all.reduce((a, b) => a + b) / all.length;
  for (const [width, height] of [[3, 2], [7, 5], [20, 13]]) {
    const resized = resize({ values, width: 7, height: 5 }, width, height);
    assert.ok(Math.abs(mean(resized.values) - mean(values)) < 1e-5);
  }
});

test("a stroke beyond the edge leaves what is on the grid", () => {
  const ink = emptyInk();
  stroke(ink, [-0.5, 0.5], [1.5, 0.5]);
  assert.equal(ink[(GRID / 2) * GRID], 1);
  assert.equal(ink[0], 0);
});
