/** A square to draw a digit on: by pointer, or by keyboard with a cursor on 28 x 28 places. */

import { element, fractionOf, oncePerFrame } from "./dom.mjs";
import { drawInk } from "./digit.mjs";
import { GRID, emptyInk, stroke } from "./ink.mjs";
import { SIDE } from "./mnist.mjs";

/** @typedef {[x: number, y: number]} Place */

/**
 * @param {{ label: string, hint: string, onInk: (ink: Float32Array) => void,
 *   onPen: (down: boolean) => void, signal: AbortSignal }} options
 *   onInk hears the drawing (GRID x GRID, changed in place), at most once a frame
 */
export function drawPad({ label, hint, onInk, onPen, signal }) {
  const ink = emptyInk();
  const canvas = element("canvas", { width: GRID, height: GRID, "aria-hidden": "true" });
  const root = element(
    "div",
    { class: "gl-pad", role: "application", tabindex: 0, "aria-label": label, "data-empty": "true" },
    canvas,
    element("span", { class: "gl-hint", "aria-hidden": "true" }, hint),
    element("span", { class: "gl-cursor" }),
  );

  const changed = oncePerFrame(() => {
    root.dataset.empty = String(!ink.some(Boolean));
    drawInk(canvas, ink);
    onInk(ink);
  }, signal);

  /** @param {Place} from @param {Place} to */
  function paint(from, to) {
    stroke(ink, from, to);
    changed();
  }

  function clear() {
    ink.fill(0);
    changed();
  }
  followPointer(root, paint, signal);
  followKeys(root, { paint, clear, onPen }, signal);
  return { root, clear };
}

/**
 * @param {HTMLElement} root @param {(from: Place, to: Place) => void} paint
 * @param {AbortSignal} signal
 */
function followPointer(root, paint, signal) {
  /** @type {Place} */
  let last = [0, 0];
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    root.setPointerCapture(event.pointerId);
    last = fractionOf(event, root);
    paint(last, last);
  }, { signal });
  root.addEventListener("pointermove", (event) => {
    if (!root.hasPointerCapture(event.pointerId)) return;
    // A fast hand makes several moves a frame: without them round strokes get corners.
    const moves = event.getCoalescedEvents();
    for (const move of moves.length ? moves : [event]) {
      const place = fractionOf(move, root);
      paint(last, place);
      last = place;
    }
  }, { signal });
}

/** @type {Record<string, Place>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The middle of a place of the cursor, as a fraction. @param {Place} cell @returns {Place} */
const middle = ([x, y]) => [(x + 0.5) / SIDE, (y + 0.5) / SIDE];

/** @param {number} value */
const within = (value) => Math.min(Math.max(value, 0), SIDE - 1);

/**
 * Arrows move the cursor, Space lowers and lifts the pen, Delete clears.
 * @param {HTMLElement} root
 * @param {{ paint: (from: Place, to: Place) => void, clear: () => void,
 *   onPen: (down: boolean) => void }} actions
 * @param {AbortSignal} signal
 */
function followKeys(root, { paint, clear, onPen }, signal) {
  /** @type {Place} */
  let cell = [SIDE / 2, SIDE / 4];
  let down = false;

  /** @param {Place} step */
  function move([dx, dy]) {
    /** @type {Place} */
    const next = [within(cell[0] + dx), within(cell[1] + dy)];
    if (down) paint(middle(cell), middle(next));
    cell = next;
    show();
  }

  /** @param {boolean} lowered */
  function setPen(lowered) {
    if (down === lowered) return;
    down = lowered;
    if (down) paint(middle(cell), middle(cell));
    onPen(down);
    show();
  }

  function show() {
    root.dataset.pen = down ? "down" : "up";
    root.style.setProperty("--x", `${middle(cell)[0] * 100}%`);
    root.style.setProperty("--y", `${middle(cell)[1] * 100}%`);
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.key in ARROWS) move(ARROWS[event.key]);
    else if (event.key === " ") setPen(!down);
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has shortcuts on these keys
  }
  root.addEventListener("keydown", press, { signal });
  root.addEventListener("blur", () => setPen(false), { signal });
  show();
}
