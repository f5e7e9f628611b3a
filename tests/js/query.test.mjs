import assert from "node:assert/strict";
import test from "node:test";
import { following, readQuery, traitOf, writeQuery } from "../../src/genlab/widgets/lib/math/query.mjs";

/** @type {Record<string, [number, number]>} */
const ranges = { z0: [-4, 4], z1: [-2, 2] };

/** @param {string} text */
const read = (text) => readQuery(`?w-1=${text}`, "w-1", ranges);

test("what was written is read", () => {
  const search = writeQuery("", "w-1", { z0: 1.2, z1: -0.4 });
  assert.equal(search, "?w-1=z0:1.2,z1:-0.4");
  const { values, nonsense } = readQuery(search, "w-1", ranges);
  assert.deepEqual(values, { z0: 1.2, z1: -0.4 });
  assert.equal(nonsense, null);
});

test("nothing said is no nonsense", () => {
  for (const search of ["", "?", "?w-2=z0:1", "?w-11=z0:1", "?x"])
    assert.deepEqual(readQuery(search, "w-1", ranges), { values: null, nonsense: null });
});

test("some of the values are enough", () => {
  assert.deepEqual(read("z1:2").values, { z1: 2 });
});

test("escaped separators are understood", () => {
  assert.deepEqual(read("z0%3A1%2Cz1%3A-1").values, { z0: 1, z1: -1 });
});

test("nonsense gives no values and is named", () => {
  const nonsense = [
    ...["", "z0", "z0:", "z0:x", "z0:NaN", "z0:Infinity", "z0:1e1", "z0:0x1", "z0: 1", "z0:1:2"],
    ...["z0:5", "z0:-4.001", "z2:1", "toString:1", "__proto__:1", "%", "<b>", "z0:1,,", "z0:--1"],
  ];
  for (const text of nonsense) {
    const reading = read(text);
    assert.equal(reading.values, null, text);
    assert.ok(reading.nonsense, text);
  }
  assert.deepEqual(read("z1:1,z0:9").nonsense, { entry: "z0:9", range: [-4, 4] });
  assert.deepEqual(read("q:9").nonsense, { entry: "q:9", range: null });
});

test("a plus in a text is a space", () => {
  /** @type {import("../../src/genlab/widgets/lib/math/query.mjs").Ranges} */
  const texts = { labels: { letters: "ab \n", most: 9 }, z0: [-4, 4] };
  const { values } = readQuery("?w-1=labels:a+b%20a%0Ab,z0:+1", "w-1", texts);
  assert.deepEqual(values, { labels: "a b a\nb", z0: 1 });
});

test("other parameters stay byte for byte", () => {
  const before = "?a=%20b+c&w-1=z0:1&w-2=z0:3&flag";
  assert.equal(writeQuery(before, "w-1", { z0: 2 }), "?a=%20b+c&w-2=z0:3&flag&w-1=z0:2");
});

test("whole numbers, and one of a few", () => {
  /** @type {import("../../src/genlab/widgets/lib/math/query.mjs").Ranges} */
  const few = { row: { whole: [1, 20] }, beta: { oneOf: [0.1, 5] } };
  const { values } = readQuery("?w-1=beta:0.1,row:20", "w-1", few);
  assert.deepEqual(values, { beta: 0.1, row: 20 });
  for (const entry of ["beta:0.2", "beta:x", "row:0", "row:21", "row:2.5", "row:"])
    assert.equal(readQuery(`?w-1=${entry}`, "w-1", few).nonsense?.entry, entry);
});

test("words, and texts of known letters", () => {
  /** @type {import("../../src/genlab/widgets/lib/math/query.mjs").Ranges} */
  const few = { locale: { words: ["FI", "IS"] }, text: { letters: "abþ", most: 3 } };
  const { values } = readQuery("?w-1=text:%C3%BEa,locale:IS", "w-1", few);
  assert.deepEqual(values, { text: "þa", locale: "IS" });
  assert.deepEqual(readQuery("?w-1=text:", "w-1", few).values, { text: "" });
  for (const entry of ["text:abab", "text:c", "locale:", "locale:fi"])
    assert.equal(readQuery(`?w-1=${entry}`, "w-1", few).nonsense?.entry, entry);
  const written = writeQuery("", "w-1", { text: "þ", locale: "FI" });
  assert.equal(written, "?w-1=text:%C3%BE,locale:FI");
  assert.deepEqual(readQuery(written, "w-1", few).values, { text: "þ", locale: "FI" });
});

test("one of a few words", () => {
  const ranges = { schedule: { words: ["linear", "cosine"] } };
  assert.deepEqual(readQuery("?w-1=schedule:cosine", "w-1", ranges).values, { schedule: "cosine" });
  for (const entry of ["schedule:", "schedule:Linear", "schedule:toString", "schedule:1"])
    assert.equal(readQuery(`?w-1=${entry}`, "w-1", ranges).nonsense?.entry, entry);
  assert.equal(writeQuery("", "w-1", { t: 5, schedule: "linear" }), "?w-1=t:5,schedule:linear");
});

test("a value may be called otherwise in the model than in a link", () => {
  /** @type {import("../../src/genlab/widgets/lib/math/query.mjs").Ranges} */
  const few = { size: { oneOf: [2, 8], trait: "latent_size" }, row: { whole: [1, 4] }, z0: [-1, 1] };
  assert.deepEqual(["size", "row", "z0"].map((key) => traitOf(key, few)), ["latent_size", "row", "z0"]);
  assert.deepEqual(readQuery("?w-1=size:8", "w-1", few).values, { size: 8 });
});

test("whole numbers follow each other in a circle", () => {
  const range = { whole: /** @type {[number, number]} */ ([1, 4]) };
  assert.deepEqual([1, 3, 4].map((value) => following(range, value)), [2, 4, 1]);
  assert.throws(() => following([0, 1], 0), /\[0,1\] has no next value; expected whole numbers/);
});
