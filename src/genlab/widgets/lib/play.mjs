/** A toggle that leads a value along its range: until it is touched, at the end, or out of view. */

/** @import { Range } from "./math/query.mjs" */
/** @import { SharedTexts } from "./strings.mjs" */
import { element } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { followingStop, stopsOf } from "./math/stops.mjs";
import { fill } from "./strings.mjs";

/** How many steps there are along a range, and how long each is seen, in milliseconds. */
const SMOOTH = { count: 50, pause: 90 };
const CALM = { count: 10, pause: 1500 };
const FEW = { count: 0, pause: 1100 };

/**
 * @typedef {object} PlayOptions
 * @property {string} name of what is played @property {Range} range of the value
 * @property {() => number} getValue @property {(value: number) => void} onValue
 * @property {(playing: boolean) => void} onTurn
 * @property {HTMLElement} el the widget: what is touched, and what has to be in view
 * @property {SharedTexts} texts @property {AbortSignal} signal
 */

/** @param {PlayOptions} options */
export function playButton({ name, range, getValue, onValue, onTurn, el, texts, signal }) {
  const label = fill(texts.play, { name });
  const attributes = { type: "button", class: "gl-tool gl-play", title: label, "aria-label": label };
  const root = element("button", { ...attributes, "aria-pressed": "false" }, icon("play"), icon("pause"));
  /** @type {AbortController | null} */
  let run = null;

  function stop() {
    if (!run) return;
    run.abort();
    run = null;
    root.setAttribute("aria-pressed", "false");
    onTurn(false);
  }

  function start() {
    run = new AbortController();
    root.setAttribute("aria-pressed", "true");
    onTurn(true);
    stopWhenTouched(el, root, stop, run.signal);
    const { count, pause } = pace(range);
    const stops = stopsOf(range, count);
    if (followingStop(stops, getValue()) === null) onValue(stops[0]); // from the end to the start
    step(() => advance(stops), pause, run.signal);
  }

  /** @param {number[]} stops */
  function advance(stops) {
    if (el.dataset.state === "error") return stop();
    if (el.dataset.state === "loading") return; // what is asked for has to be seen
    const next = followingStop(stops, getValue());
    if (next !== null) onValue(next);
    if (next === null || next === stops[stops.length - 1]) stop();
  }
  root.addEventListener("click", () => (run ? stop() : start()), { signal });
  signal.addEventListener("abort", () => run?.abort());
  return root;
}

/** Who asks for less motion gets few steps, each of which stands. @param {Range} range */
function pace(range) {
  if ("oneOf" in range) return FEW;
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : SMOOTH;
}

/** @param {() => void} action @param {number} pause @param {AbortSignal} signal */
function step(action, pause, signal) {
  const timer = setInterval(action, pause);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/**
 * @param {HTMLElement} el @param {HTMLElement} button which stops by itself
 * @param {() => void} stop @param {AbortSignal} signal
 */
function stopWhenTouched(el, button, stop, signal) {
  /** @param {Event} event */
  const touched = (event) => {
    if (!button.contains(/** @type {Node} */ (event.target))) stop();
  };
  for (const name of ["pointerdown", "keydown", "wheel"])
    el.addEventListener(name, touched, { signal, capture: true, passive: true });
  document.addEventListener("visibilitychange", stop, { signal });
  const seen = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting || stop());
  seen.observe(el);
  signal.addEventListener("abort", () => seen.disconnect());
}
