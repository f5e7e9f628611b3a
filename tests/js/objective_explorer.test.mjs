import assert from "node:assert/strict";
import test from "node:test";
import { gaussianNoise, snrOf } from "../../src/genlab/widgets/lib/math/diffusion.mjs";
import { meanSquaredError } from "../../src/genlab/widgets/lib/math/pixels.mjs";
import {
  decades,
  errorText,
  heightOf,
  least,
  OWN_FORM,
  readingOf,
  sceneOf,
  unpackOutputs,
} from "../../src/genlab/widgets/objective_explorer/math.mjs";

/** @import { PredictionType } from "../../src/genlab/widgets/lib/math/diffusion.mjs" */

const TYPES = /** @type {PredictionType[]} */ (Object.keys(OWN_FORM));
const scene = sceneOf(gaussianNoise(1, 784), gaussianNoise(2, 784), 500, 0.49);

/** @param {number} found @param {number} wanted @param {number} tolerance */
const near = (found, wanted, tolerance) =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${found}, not ${wanted}`);

test("a scene mixes digit and noise, and knows v", () => {
  const { xt, x0, eps, v, rates } = scene;
  near(rates.signal, 0.7, 1e-12);
  near(xt[3], rates.signal * x0[3] + rates.noise * eps[3], 1e-6);
  near(v[3], rates.signal * eps[3] - rates.noise * x0[3], 1e-6);
});

test("the exact target has no error, whatever it is", () => {
  for (const type of TYPES) {
    const { target, errors, x0 } = readingOf(type, scene[OWN_FORM[type]], scene);
    assert.equal(target, scene[OWN_FORM[type]]);
    assert.equal(errors.own, 0);
    near(errors.x0 + errors.eps, 0, 1e-12);
    near(meanSquaredError(x0, scene.x0), 0, 1e-12);
  }
});

test("the errors of one output are tied by the signal-to-noise ratio", () => {
  const output = gaussianNoise(3, 784);
  for (const type of TYPES) {
    const { errors } = readingOf(type, output, scene);
    const snr = snrOf(0.49);
    near(errors.eps / errors.x0, snr, 1e-4);
    const factor = { epsilon: snr, sample: 1, v_prediction: snr + 1 }[type];
    near(errors.own / errors.x0, factor, 1e-4);
  }
});

test("the least value is found", () => {
  assert.equal(least([3, 1, 2]), 1);
  assert.equal(least([0.5]), 0);
});

test("stored outputs come out as they went in", () => {
  const whole = new Int16Array(2 * 784);
  whole.set([4096, -2048]);
  whole[784] = 1;
  const outputs = unpackOutputs(btoa(String.fromCharCode(...new Uint8Array(whole.buffer))));
  assert.deepEqual(outputs.map(({ length }) => length), [784, 784]);
  assert.deepEqual(outputs.map((one) => [...one.slice(0, 3)]), [[1, -0.5, 0], [1 / 4096, 0, 0]]);
});

test("errors have two digits at any size", () => {
  const found = [0.0123456, 0.00001234, 0.5, 12.3, 123, 4567, 1234567, 0].map(errorText);
  assert.deepEqual(found, ["0.012", "0.000012", "0.5", "12", "120", "4.6K", "1.2M", "0"]);
});

test("a logarithmic axis goes from a power of ten to another, and not too high", () => {
  assert.deepEqual(decades([[0.02, 0.3], [0.004]], 1), [-3, 0]);
  assert.deepEqual(decades([[0.02, 3000]], 1), [-2, 1]);
  assert.deepEqual(decades([[5000]], 1), [0, 1], "it has a height all the same");
  near(heightOf(1, [-2, 0]), 0, 1e-12);
  near(heightOf(0.1, [-2, 0]), 0.5, 1e-12);
  assert.ok(heightOf(0, [-2, 0]) > 1, "nothing at all is below the axis");
});
