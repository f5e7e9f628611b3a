/** The arithmetic of the timestep scrubber, without any page. */

/** @import { BetaSchedule } from "../lib/math/diffusion.mjs" */
import { alphasCumprod, snrOf } from "../lib/math/diffusion.mjs";

/** @type {BetaSchedule[]} */
export const SCHEDULES = ["linear", "scaled_linear", "squaredcos_cap_v2"];

/** Alpha-bar of every schedule at every timestep. @returns {Record<BetaSchedule, number[]>} */
export function allAlphaBars() {
  const pairs = SCHEDULES.map((name) => [name, alphasCumprod(name)]);
  return /** @type {Record<BetaSchedule, number[]>} */ (Object.fromEntries(pairs));
}

/**
 * Where a schedule has the SNR that is nearest, as a ratio, to that of an alpha-bar.
 * @param {number} alphaBar @param {number[]} alphaBars of the schedule
 */
export function timestepOfSnr(alphaBar, alphaBars) {
  const wanted = Math.log(snrOf(alphaBar));
  let [best, least] = [0, Infinity];
  alphaBars.forEach((value, t) => {
    const away = Math.abs(Math.log(snrOf(value)) - wanted);
    if (away < least) [best, least] = [t, away];
  });
  return best;
}

/** A ratio of any size in three digits: "24100", "0.97", "2.4e-9". @param {number} value */
export function shortNumber(value) {
  if (value >= 0.001) return String(Number(value.toPrecision(3)));
  return value.toExponential(1);
}

/** Percent with as many digits as it needs; null below a hundredth of one. @param {number} share */
export function shortPercent(share) {
  const percent = 100 * share;
  if (percent < 0.01) return null;
  return percent < 1 ? percent.toFixed(2) : percent.toFixed(1);
}

/**
 * A curve as the path of an SVG whose sides are 1.
 * @param {number[]} values in [0, 1]; 1 is at the top
 */
export function curvePath(values) {
  const last = values.length - 1;
  const points = values.flatMap((value, i) =>
    i % 9 && i !== last ? [] : [`${(i / last).toFixed(4)} ${(1 - value).toFixed(4)}`],
  );
  return `M${points.join("L")}`;
}
