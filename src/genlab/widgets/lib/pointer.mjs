/** A pointer that is pressed on an element and drawn over it, as mouse, pen or finger. */

import { fractionOf } from "./dom.mjs";

/**
 * @param {HTMLElement} root
 * @param {(x: number, y: number) => void} onPlace hears fractions of the element's width and height
 * @param {AbortSignal} signal
 */
export function followPointer(root, onPlace, signal) {
  /** @param {PointerEvent} event */
  const follow = (event) => onPlace(...fractionOf(event, root));
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    root.setPointerCapture(event.pointerId);
    follow(event);
  }, { signal });
  root.addEventListener("pointermove", (event) => {
    if (root.hasPointerCapture(event.pointerId)) follow(event);
  }, { signal });
}
