import assert from "node:assert/strict";
import test from "node:test";

import * as math from "../../src/genlab/widgets/next_token_explorer/math.mjs";

const LOGITS = [0.2, 0.5, 0.3].map(Math.log);
const ALL = { temperature: 1, topK: 3, topP: 1 };

/** @param {ArrayLike<number>} values @param {number[]} wanted */
function close(values, wanted) {
  assert.equal(values.length, wanted.length);
  wanted.forEach((one, i) => assert.ok(Math.abs(values[i] - one) < 1e-9, `${values} ${wanted}`));
}

test("a softmax is what the model says", () => {
  close(math.nextProbabilities(LOGITS, ALL), [0.2, 0.5, 0.3]);
});

test("the temperature divides the logits, 0 takes the likeliest", () => {
  const sum = 0.04 + 0.25 + 0.09;
  const half = math.nextProbabilities(LOGITS, { ...ALL, temperature: 0.5 });
  close(half, [0.04 / sum, 0.25 / sum, 0.09 / sum]);
  close(math.nextProbabilities(LOGITS, { ...ALL, temperature: 0 }), [0, 1, 0]);
});

test("top-k keeps the highest, and equals of the lowest that is kept", () => {
  close(math.nextProbabilities(LOGITS, { ...ALL, topK: 2 }), [0, 0.625, 0.375]);
  close(math.nextProbabilities([1, 1, 0], { ...ALL, topK: 1 }), [0.5, 0.5, 0]);
});

test("top-p keeps the token that crosses the line, and always one", () => {
  close(math.nextProbabilities(LOGITS, { ...ALL, topP: 0.6 }), [0, 0.625, 0.375]);
  close(math.nextProbabilities(LOGITS, { ...ALL, topP: 0.01 }), [0, 1, 0]);
});

test("what cannot come has no probability", () => {
  close(math.nextProbabilities([0, -Infinity, 0], ALL), [0.5, 0, 0.5]);
  assert.equal(math.drawable(math.nextProbabilities([0, -Infinity, 0], ALL)), 2);
});

test("a place of the distribution gives its token", () => {
  const shares = [0.2, 0, 0.5, 0.3];
  for (const [place, token] of [[0, 0], [0.19, 0], [0.2, 2], [0.69, 2], [0.71, 3], [0.9999, 3]])
    assert.equal(math.drawAt(shares, place), token);
  assert.equal(math.drawAt([0.5, 0.4999999, 0], 0.99999999), 1, "never one of probability 0");
});

test("a row is taken apart", () => {
  const sizes = { context: 3, vocabulary: 2, layers: 2, heads: 1 };
  const row = [2, 5, 6, -1, 0.5, 1.5, 0.25, 0.75, 0, 1, 0, 0];
  const { tokens, logits, weights } = math.readRow(row, sizes);
  assert.deepEqual([tokens, [...logits]], [[5, 6], [0.5, 1.5]]);
  assert.deepEqual([weights(1, 1), weights(2, 1)], [[0.25, 0.75], [1, 0]]);
});

test("names become token ids, texts code points", () => {
  const symbols = ["<pad>", "<end>", "<FI>", "a", "ı"];
  assert.deepEqual([...math.nameInput("aı", "FI", symbols, 5)], [2, 3, 4, 0, 0]);
  assert.deepEqual([...math.textInput("a😀", 4)], [97, 0x1f600, 0, 0]);
  assert.equal(math.lettersOf(symbols), "aı");
  assert.deepEqual(math.unknownIn("Ab-b", "a"), ["b", "-"]);
  assert.equal(math.lower("İA"), "ia");
  assert.equal(math.lower("S\u030CA\u0301rka"), "šárka"); // letters taken apart from their accents
  assert.deepEqual(symbols.map(math.canFollow), [false, true, false, true, true]);
});

test("the stops of top-k end with all", () => {
  assert.deepEqual(math.topKStops(7), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(math.topKStops(47).at(-1), 47);
  assert.equal(math.stopFor([1, 5, 10], 4), 1);
  assert.equal(math.stopFor([1, 5, 10], 99), 2);
});

test("what is shown", () => {
  assert.equal(math.percent(0.3417), "34.2 %");
  assert.equal(math.percent(0), "0 %");
  assert.deepEqual(["<end>", " Paris", "\n", "<", "a"].map(math.visible), ["end", "␣Paris", "↵", "<", "a"]);
});
