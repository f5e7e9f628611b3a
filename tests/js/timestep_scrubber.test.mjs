import assert from "node:assert/strict";
import test from "node:test";
import { strings } from "../../src/genlab/widgets/timestep_scrubber/strings.mjs";
import {
  allAlphaBars,
  curvePath,
  SCHEDULES,
  shortNumber,
  shortPercent,
  timestepOfSnr,
} from "../../src/genlab/widgets/timestep_scrubber/math.mjs";

const alphaBars = allAlphaBars();

test("every schedule has its alpha-bars and its name", () => {
  assert.deepEqual(Object.keys(alphaBars), SCHEDULES);
  for (const name of SCHEDULES) {
    assert.equal(alphaBars[name].length, 1000);
    assert.ok(strings.en[name]);
  }
});

test("in its own schedule a timestep is found again", () => {
  for (const name of SCHEDULES)
    for (const t of [0, 1, 257, 500, 998, 999])
      assert.equal(timestepOfSnr(alphaBars[name][t], alphaBars[name]), t);
});

test("in another schedule the SNR is the same, nearly", () => {
  // Half of the linear schedule's variance is signal at t = 258, of the cosine's at 495.
  assert.equal(timestepOfSnr(alphaBars.linear[258], alphaBars.squaredcos_cap_v2), 495);
  for (const t of [10, 100, 258, 700, 900]) {
    const asked = timestepOfSnr(alphaBars.linear[t], alphaBars.squaredcos_cap_v2);
    const ratio = alphaBars.squaredcos_cap_v2[asked] / alphaBars.linear[t];
    assert.ok(ratio > 0.85 && ratio < 1.15, `${t}: ${ratio}`);
  }
});

test("what lies beyond a schedule gets its first or last timestep", () => {
  assert.equal(timestepOfSnr(alphaBars.squaredcos_cap_v2[999], alphaBars.linear), 999);
  assert.equal(timestepOfSnr(alphaBars.squaredcos_cap_v2[0], alphaBars.linear), 0);
});

test("numbers of any size are short", () => {
  assert.deepEqual([24208.5, 0.9696, 0.0834, 0.00123, 2.43e-9].map(shortNumber), [
    ...["24200", "0.97", "0.0834", "0.00123", "2.4e-9"],
  ]);
  assert.deepEqual([1, 0.646, 0.0049, 0.0001, 2e-9].map(shortPercent), [
    ...["100.0", "64.6", "0.49", "0.01", null],
  ]);
});

test("a curve's path starts at the left and ends at the right", () => {
  const path = curvePath(alphaBars.linear);
  assert.match(path, /^M0\.0000 0\.0001L/);
  assert.match(path, /L1\.0000 1\.0000$/);
  assert.ok(path.length < 2000);
});
