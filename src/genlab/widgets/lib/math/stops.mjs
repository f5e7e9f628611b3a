/** Where a value stops that is led along its range. */

/** @import { Range } from "./query.mjs" */

/**
 * The few numbers of a range, or evenly spread ones from end to end of it.
 * @param {Range} range @param {number} count of steps
 */
export function stopsOf(range, count) {
  if ("words" in range || "letters" in range)
    throw new Error(`${JSON.stringify(range)} cannot be played; expected a range of numbers`);
  if ("oneOf" in range) return range.oneOf;
  const whole = "whole" in range;
  const [low, high] = whole ? range.whole : range;
  const steps = whole ? Math.min(count, high - low) : count;
  const at = Array.from({ length: steps + 1 }, (_, i) => low + ((high - low) * i) / steps);
  return whole ? at.map(Math.round) : at;
}

/** The first stop beyond a value; null at the end. @param {number[]} stops @param {number} value */
export const followingStop = (stops, value) => stops.find((stop) => stop > value) ?? null;

/** A value's share of the way along a range, from 0 to 1. @param {number} value @param {number} low @param {number} high */
export const shareOf = (value, low, high) =>
  high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0;
