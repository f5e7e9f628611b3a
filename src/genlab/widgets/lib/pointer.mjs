/**
 * A pointer that is pressed on an element and drawn over it, as mouse, pen or finger.
 *
 * A finger that swipes up or down scrolls the page, as anywhere else, until the reader has taken hold
 * of the element: by a tap, which gives it the focus, or by its handle. The style says so to the
 * browser (`touch-action`); here a finger is not followed before it is clear that it does not scroll.
 */

import { fractionOf } from "./dom.mjs";

/**
 * @param {HTMLElement} root
 * @param {(x: number, y: number) => void} onPlace hears fractions of the element's width and height
 * @param {AbortSignal} signal
 */
export function followPointer(root, onPlace, signal) {
  const onEvent = (/** @type {PointerEvent} */ event) => onPlace(...fractionOf(event, root));
  followStroke(root, { onStart: onEvent, onMove: onEvent, signal });
}

/**
 * @param {HTMLElement} root
 * @param {{ onStart: (event: PointerEvent) => void, onMove: (event: PointerEvent) => void,
 *   signal: AbortSignal }} options  onStart: of each stroke, once it is certain that it is one
 */
export function followStroke(root, { onStart, onMove, signal }) {
  /** Where a finger came down that may be about to scroll. @type {PointerEvent | null} */
  let waiting = null;

  function begin() {
    if (!waiting) return;
    const first = waiting;
    waiting = null;
    onStart(first);
  }
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    waiting = event;
    root.setPointerCapture(event.pointerId);
    if (isHeld(root, event)) begin();
  }, { signal });
  root.addEventListener("pointermove", (event) => {
    if (!root.hasPointerCapture(event.pointerId)) return;
    if (waiting && !isHeld(root, waiting) && mayScroll(waiting, event)) return;
    begin();
    onMove(event);
  }, { signal });
  root.addEventListener("pointerup", () => {
    if (!waiting) return;
    begin(); // a tap
    root.focus({ preventScroll: true });
  }, { signal });
  root.addEventListener("pointercancel", () => (waiting = null), { signal }); // the page scrolls
}

/**
 * Up or down, or hardly at all: a move comes before the browser says that it scrolls.
 * @param {PointerEvent} first @param {PointerEvent} now
 */
function mayScroll(first, now) {
  const [across, down] = [now.clientX - first.clientX, now.clientY - first.clientY].map(Math.abs);
  return across < SLOP || down > across;
}
/** So far a finger may slip, in pixels. */
const SLOP = 8;

/** @param {HTMLElement} root @param {PointerEvent} event */
function isHeld(root, event) {
  if (event.pointerType !== "touch" || document.activeElement === root) return true;
  return event.target instanceof Element && event.target.closest(".gl-cross") !== null;
}
