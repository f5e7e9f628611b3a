/** The parts of the timestep scrubber: the curves of the schedules, and the choice among them. */

/** @import { BetaSchedule } from "../lib/math/diffusion.mjs" */
/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
import { keepKeys } from "../lib/controls.mjs";
import { element, freshId, radio, svg } from "../lib/dom.mjs";
import { followPointer } from "../lib/pointer.mjs";
import { curvePath, SCHEDULES } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ texts: Texts, signal: AbortSignal }} Home the view that a part is in */

export const TICKS_X = [0, 250, 500, 750, 999];
const TICKS_Y = [0, 0.5, 1];

/** A line in the dashes of a schedule. @param {BetaSchedule} schedule @param {string} path */
const line = (schedule, path) => svg("path", { d: path, "data-schedule": schedule });

/**
 * Alpha-bar over t, with a mark that a pointer can move; the keyboard has the slider for that.
 * @param {Home} home @param {Record<BetaSchedule, number[]>} alphaBars
 * @param {(t: number) => void} onMove
 */
export function scheduleChart({ texts, signal }, alphaBars, onMove) {
  const last = alphaBars.linear.length - 1;
  const lines = SCHEDULES.map((name) => line(name, curvePath(alphaBars[name])));
  const curves = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none" }, ...lines);
  const mark = element("div", { class: "gl-mark" });
  const attributes = { class: "gl-curves", role: "img", "aria-label": texts.chart };
  const field = element("div", attributes, curves, mark);
  const ticks = [
    ...TICKS_X.map((t) => tick("x", String(t), t / last)),
    ...TICKS_Y.map((value) => tick("y", String(value), 1 - value)),
  ];
  const root = element("div", { class: "gl-chart" }, field, ...ticks);
  followPointer(field, (x) => onMove(Math.round(Math.min(Math.max(x, 0), 1) * last)), signal);

  /** @param {number} t @param {BetaSchedule} schedule */
  function show(t, schedule) {
    mark.style.setProperty("--x", String(t / last));
    mark.style.setProperty("--y", String(1 - alphaBars[schedule][t]));
    for (const [i, name] of SCHEDULES.entries())
      lines[i].setAttribute("data-chosen", String(name === schedule));
  }
  return { root, show };
}

/** @param {"x" | "y"} axis @param {string} text @param {number} place as a fraction */
function tick(axis, text, place) {
  const node = element("span", { class: `gl-tick gl-tick-${axis}`, "aria-hidden": "true" }, text);
  node.style.setProperty(`--${axis}`, String(place));
  return node;
}

/**
 * One radio button a schedule, with its line as the key to the chart.
 * @param {Home} home @param {(schedule: BetaSchedule) => void} onChoose
 */
export function scheduleChoice({ texts, signal }, onChoose) {
  const group = freshId();
  const inputs = SCHEDULES.map((value) =>
    radio({ name: group, value }, () => onChoose(value), signal),
  );
  const root = element("fieldset", { class: "gl-choices" });
  root.append(element("legend", {}, texts.schedules));
  keepKeys(root, signal);
  SCHEDULES.forEach((name, i) => {
    const stroke = line(name, "M0 0.5L1 0.5");
    const key = svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, stroke);
    root.append(element("label", {}, inputs[i], key, texts[name]));
  });

  /** @param {BetaSchedule} schedule */
  function show(schedule) {
    for (const input of inputs) input.checked = input.value === schedule;
  }
  return { root, show };
}
