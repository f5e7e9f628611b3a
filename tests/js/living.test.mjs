import assert from "node:assert/strict";
import test from "node:test";
import { COUNT, SIDE, decode, fromHalf, linear, readLayers, transposed } from "../../src/genlab/widgets/site/home/decoder.mjs";
import { byKey, latents, towards, walk, within } from "../../src/genlab/widgets/site/home/walk.mjs";

/** For its types alone: it needs a page. @typedef {typeof import("../../src/genlab/widgets/site/home/living.mjs")} Living */

test("a number in half precision from its bits", () => {
  const known = { 0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x7bff: 65504, 0x0001: 2 ** -24, 0x7c00: Infinity };
  for (const [bits, value] of Object.entries(known)) assert.equal(fromHalf(Number(bits)), value);
  assert.ok(Number.isNaN(fromHalf(0x7e00)));
});

test("a linear layer", () => {
  const layer = { weight: Float32Array.of(1, 2, 3, 4), bias: Float32Array.of(0.5, -1) };
  assert.deepEqual([...linear(Float32Array.of(10, 1), layer)], [12.5, 33]);
});

test("a transposed convolution lays its kernel twice as far apart, and cuts the edge", () => {
  const layer = { weight: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), bias: Float32Array.of(0) };
  const shape = { inputs: 1, outputs: 1, kernel: 3, from: 2, to: 3 };
  // PyTorch: conv_transpose2d([[1, 0], [0, 1]], [[1..3], [4..6], [7..9]], stride=2, padding=1)
  assert.deepEqual([...transposed(Float32Array.of(1, 0, 0, 1), layer, shape)], [5, 6, 0, 8, 10, 2, 0, 4, 5]);
});

test("without weights each pixel is half ink; a file of another length is refused", () => {
  const image = decode(readLayers(new ArrayBuffer(2 * COUNT)), 1, -1);
  assert.deepEqual([image.length, Math.min(...image), Math.max(...image)], [SIDE * SIDE, 0.5, 0.5]);
  assert.throws(() => readLayers(new ArrayBuffer(2 * COUNT - 2)), /187360 bytes, expected 187362/);
});

test("the walk stays in what is seen, starts above its middle, and never jumps", () => {
  assert.deepEqual(walk(0, 1), [0.5, 0.14]);
  for (let i = 0; i < 2000; i++) {
    const [u, v] = walk(i / 4, 0.5);
    assert.ok(u > 0.25 && u < 0.75 && v > 0 && v < 1);
    const [next, below] = walk((i + 0.33) / 4, 0.5);
    assert.ok(Math.hypot(next - u, below - v) < 0.02);
  }
  assert.deepEqual(towards([0, 1], [1, 0], 0.25), [0.25, 0.75]);
});

test("keys move by the same length both ways, with Shift further, and only arrows", () => {
  assert.deepEqual(byKey([0.5, 0.5], "ArrowLeft", false, 2), [0.48, 0.5]);
  assert.deepEqual(byKey([0.5, 0.5], "ArrowDown", true, 2), [0.5, 0.7]);
  assert.equal(byKey([0.5, 0.5], "Tab", false, 2), null);
  assert.equal(byKey([0.5, 0.5], "constructor", false, 2), null);
  assert.deepEqual(within([0.1, 1.2], 0.5), [0.25, 1]);
});

test("a place has two numbers", () => {
  assert.deepEqual(latents([0, 0], [-2, 2, -1, 3]), [-2, 3]);
  assert.deepEqual(latents([0.75, 1], [-2, 2, -1, 3]), [1, -1]);
});
