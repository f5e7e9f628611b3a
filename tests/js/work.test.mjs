import assert from "node:assert/strict";
import test from "node:test";
import { Kept, Work } from "../../src/genlab/widgets/lib/work.mjs";

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Work whose bits count up to what is wanted.
 * @param {{ wanted: number, fails?: boolean }} state
 */
function counting(state) {
  /** @type {string[]} */
  const log = [];
  let count = 0;
  const ended = new AbortController();
  const work = new Work({
    next: () => (count < state.wanted ? async () => (await wait(2), !state.fails && Boolean((count += 1))) : null),
    onBit: () => log.push(`bit ${count}`),
    onTurn: () => log.push(work.busy ? "begins" : "ends"),
    signal: ended.signal,
  });
  return { work, log, ended };
}

test("bits follow each other until nothing is wanted", async () => {
  const { work, log } = counting({ wanted: 2 });
  await work.go();
  assert.deepEqual(log, ["begins", "bit 1", "bit 2", "ends"]);
  await work.go();
  assert.equal(log.length, 4, "nothing is wanted any more");
});

test("what is wanted is asked anew after each bit", async () => {
  const state = { wanted: 3 };
  const { work, log } = counting(state);
  const going = work.go();
  work.go(); // it goes on already
  state.wanted = 1;
  await going;
  assert.deepEqual(log, ["begins", "bit 1", "ends"]);
});

test("a bit that fails ends the work, and it can be taken up again", async () => {
  const state = { wanted: 1, fails: true };
  const { work, log } = counting(state);
  await work.go();
  assert.deepEqual(log, ["begins", "ends"]);
  state.fails = false;
  await work.go();
  assert.deepEqual(log.slice(2), ["begins", "bit 1", "ends"]);
});

test("nothing is heard of it after its view has ended", async () => {
  const { work, log, ended } = counting({ wanted: 3 });
  const going = work.go();
  ended.abort();
  await going;
  assert.deepEqual(log, ["begins"]);
});

test("what is longest unused is forgotten", () => {
  /** @type {Kept<string>} */
  const kept = new Kept(2);
  /** @type {string[]} */
  const made = [];
  const get = (/** @type {string} */ key) => kept.get(key, () => (made.push(key), key));
  assert.deepEqual(["a", "b", "a", "c", "a", "b"].map(get), ["a", "b", "a", "c", "a", "b"]);
  assert.deepEqual(made, ["a", "b", "c", "b"]);
});
