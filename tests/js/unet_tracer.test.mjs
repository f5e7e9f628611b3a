import assert from "node:assert/strict";
import test from "node:test";
import {
  layout,
  limitOf,
  mapAt,
  mapValues,
  moveMap,
  sheet,
  skipRows,
  stageValues,
  summary,
  unpackSigned,
} from "../../src/genlab/widgets/unet_tracer/math.mjs";

/** @import { StageInfo } from "../../src/genlab/widgets/unet_tracer/math.mjs" */

/** @param {[name: string, channels: number, side: number][]} parts @returns {StageInfo[]} */
const stagesOf = (parts) =>
  parts.map(([name, channels, side]) => ({ name, shape: [channels, side, side] }));

const BASIC = stagesOf([
  ["input", 1, 28],
  ["down1", 32, 28],
  ["pool", 32, 14],
  ["down2", 64, 14],
  ["pool", 64, 7],
  ["down3", 64, 7],
  ["up1", 64, 7],
  ["upsample", 64, 14],
  ["up2", 32, 14],
  ["upsample", 32, 28],
  ["up3", 1, 28],
]);

test("the basic UNet is drawn as a U, equal sizes beside each other", () => {
  const places = layout(BASIC);
  assert.deepEqual(
    places.map(({ column, row }) => `${column} ${row}`),
    [
      ...["down 1", "down 2", "down 3", "down 4", "down 5", "down 6"],
      ...["up 6", "up 4", "up 3", "up 2", "up 1"],
    ],
  );
  assert.deepEqual(skipRows(BASIC), [4, 2]);
});

test("other networks: no two blocks in one place, none above the first row", () => {
  const flat = stagesOf([["input", 1, 28], ["a", 8, 28], ["b", 8, 28], ["c", 1, 28]]);
  const long = stagesOf([
    ...[["input", 1, 28], ["stem", 8, 14], ["a", 8, 14], ["b", 8, 14], ["c", 8, 14]],
    ...[["d", 8, 28], ["e", 8, 28], ["f", 8, 28], ["g", 8, 28], ["h", 8, 28], ["i", 1, 28]],
  ].map((part) => /** @type {[string, number, number]} */ (part)));
  const short = stagesOf([["input", 1, 28], ["only", 1, 28]]);
  for (const stages of [BASIC, flat, long, short]) {
    const places = layout(stages);
    assert.equal(new Set(places.map(({ column, row }) => `${column} ${row}`)).size, stages.length);
    assert.equal(Math.min(...places.map(({ row }) => row)), 1);
    const up = places.filter(({ column }) => column === "up").map(({ row }) => row);
    assert.deepEqual(up, [...up].sort((a, b) => b - a));
  }
  assert.deepEqual(skipRows(flat), []);
});

test("each stage's values stand behind those of the one before", () => {
  const stages = stagesOf([["input", 1, 28], ["a", 2, 2], ["b", 1, 1], ["c", 1, 2]]);
  const answer = Float32Array.from({ length: 13 }, (_, i) => i);
  assert.deepEqual([...stageValues(answer, stages, 1)], [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual([...stageValues(answer, stages, 2)], [8]);
  assert.deepEqual([...stageValues(answer, stages, 3)], [9, 10, 11, 12]);
  assert.deepEqual([...mapValues(stageValues(answer, stages, 1), stages[1], 2)], [4, 5, 6, 7]);
  const whole = stages.slice(1).reduce((sum, { shape }) => sum + shape[0] * shape[1] * shape[2], 0);
  assert.equal(whole, 13);
});

test("the basic UNet's stages are 98,000 numbers", () => {
  const answer = new Float32Array(98_000);
  assert.equal(stageValues(answer, BASIC, 1).length, 32 * 28 * 28);
  assert.equal(stageValues(answer, BASIC, 10).length, 784);
  assert.equal(stageValues(answer, BASIC, 10).byteOffset, 4 * (98_000 - 784));
});

test("a map in numbers", () => {
  assert.deepEqual(summary([1, -3, 5]), [1, -3, 5]);
  assert.equal(limitOf(Array.from({ length: 101 }, (_, i) => -i)), 99);
  assert.equal(limitOf([0, 0]), 1);
});

test("signed values come back from one byte each", () => {
  const text = btoa(String.fromCharCode(1, 128, 255, 128 + 64));
  const values = unpackSigned(text, 2);
  assert.deepEqual([...values.slice(0, 3)], [-2, 0, 2]);
  assert.ok(Math.abs(values[3] - 128 / 127) < 1e-6);
});

test("maps side by side, magnified, with gaps", () => {
  const [stage] = stagesOf([["a", 9, 7]]);
  const values = Float32Array.from({ length: 9 * 49 }, (_, i) => i);
  const { width, height, levels } = sheet(values, stage);
  assert.deepEqual([width, height], [240, 60]);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => levels[y * width + x];
  assert.ok(Number.isNaN(at(0, 0)) && Number.isNaN(at(29, 5)) && Number.isNaN(at(40, 45)));
  assert.deepEqual([at(1, 1), at(4, 4), at(5, 1), at(28, 28)], [0, 0, 1, 48]);
  assert.deepEqual([at(31, 1), at(1, 31)], [49, 8 * 49]);
});

test("a single map is a sheet of its own", () => {
  const [stage] = stagesOf([["up3", 1, 28]]);
  const { width, height, levels } = sheet(new Float32Array(784).fill(2), stage);
  assert.deepEqual([width, height], [30, 30]);
  assert.equal(levels.filter((value) => value === 2).length, 784);
});

test("keys go from map to map", () => {
  const move = (/** @type {number} */ map, /** @type {string} */ key) => moveMap(map, key, 32);
  assert.deepEqual(
    ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].map((key) => move(10, key)),
    [11, 9, 18, 2, 1, 32],
  );
  assert.deepEqual([move(32, "ArrowRight"), move(1, "ArrowLeft")], [32, 1]);
  assert.deepEqual([move(3, "ArrowUp"), move(30, "ArrowDown")], [3, 30]);
  assert.equal(move(3, "Enter"), null);
  assert.equal(moveMap(1, "ArrowDown", 1), 1);
});

test("places of the sheet are maps", () => {
  assert.equal(mapAt(0.01, 0.01, 32), 1);
  assert.equal(mapAt(0.99, 0.99, 32), 32);
  assert.equal(mapAt(0.3, 0.3, 32), 11);
  assert.equal(mapAt(1.5, -3, 64), 8);
  assert.equal(mapAt(0.5, 0.5, 1), 1);
});
