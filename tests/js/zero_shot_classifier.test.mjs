import assert from "node:assert/strict";
import { test } from "node:test";
import { softmax } from "../../src/genlab/widgets/lib/math/softmax.mjs";
import {
  cosines,
  labelsOf,
  painted,
  problemOf,
  ranked,
  tokensOf,
  twoDecimals,
  wordsOf,
} from "../../src/genlab/widgets/zero_shot_classifier/math.mjs";

const VOCABULARY = ["<pad>", "<start>", "<unknown>", "<end>", "a", "red", "three", ".", "3"];
const LIMITS = { vocabulary: VOCABULARY, context: 6, most: 3 };

test("words and marks are those of the package", () => {
  assert.deepEqual(wordsOf("A red 3."), ["a", "red", "3", "."]);
  assert.deepEqual(wordsOf("red,ink?! été_2"), ["red", ",", "ink", "?!", "été_2"]);
  assert.deepEqual(wordsOf("  "), []);
});

test("labels stand one a line, or with commas between", () => {
  assert.deepEqual(labelsOf(" A  red three,\n\nred;3 "), ["a red three", "red", "3"]);
  assert.deepEqual(labelsOf(" \n , "), []);
});

test("what is wrong with labels is found, the most general first", () => {
  assert.equal(problemOf(["a red three.", "red"], LIMITS), null);
  assert.deepEqual(problemOf([], LIMITS), { kind: "empty" });
  assert.deepEqual(problemOf(["a", "red", "three", "3"], LIMITS), { kind: "tooMany", count: 4 });
  const unknown = problemOf(["a cat", "cat dog"], LIMITS);
  assert.deepEqual(unknown, { kind: "unknown", words: ["cat", "dog"] });
  const long = { kind: "tooLong", label: "a red three 3 .", count: 5 };
  assert.deepEqual(problemOf(["a red three 3 ."], LIMITS), long);
  assert.deepEqual(problemOf(["red", "a", "red"], LIMITS), { kind: "twice", label: "red" });
});

test("tokens begin, end and are filled up", () => {
  const tokens = tokensOf(["a red three", "3"], VOCABULARY, 6);
  assert.deepEqual([...tokens], [1, 4, 5, 6, 3, 0, 1, 8, 3, 0, 0, 0]);
});

test("ink has its colour, and paper is white", () => {
  const found = painted(Float32Array.of(0, 1, 0.5), [0.5, 0, 1]);
  assert.deepEqual([...found], [1, 0.5, 0.75, 1, 0, 0.5, 1, 1, 1]);
});

test("cosines of vectors of length 1", () => {
  assert.deepEqual(cosines([1, 0], [0, 1, 1, 0, -1, 0]), [0, 1, -1]);
});

test("shares sum to one, also of large numbers, and of equal ones are equal", () => {
  assert.deepEqual(softmax([1000, 1000, -1000]), [0.5, 0.5, 0]);
  assert.deepEqual(softmax([0, 0, 0, 0]), [0.25, 0.25, 0.25, 0.25]);
});

test("zero has no sign", () => {
  assert.deepEqual([-0.004, 0.004, -0.006, -0].map(twoDecimals), ["0.00", "0.00", "-0.01", "0.00"]);
});

test("the first of equals comes first", () => {
  assert.deepEqual(ranked([1, 3, 2, 3]), [1, 3, 2, 0]);
});
