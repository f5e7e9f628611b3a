/** A square to draw a digit on: by pointer, or by keyboard with a cursor on 28 x 28 places. */

/** @import { SharedTexts } from "./strings.mjs" */
import { element, fractionOf, oncePerFrame, unseen } from "./dom.mjs";
import { drawInk } from "./digit.mjs";
import { GRID, emptyInk, stroke } from "./math/ink.mjs";
import { SIDE } from "./math/mnist.mjs";
import { followStroke } from "./pointer.mjs";
import { fill } from "./strings.mjs";

/** @typedef {[x: number, y: number]} Place */

/**
 * @param {{ texts: SharedTexts, remark: (note: string) => void, signal: AbortSignal }} home where the
 *   pad is, which hears of the pen
 * @param {(ink: Float32Array) => void} onInk hears the drawing (GRID x GRID, changed in place), at
 *   most once a frame
 */
export function drawPad({ texts, remark, signal }, onInk) {
  const ink = emptyInk();
  const canvas = element("canvas", { width: GRID, height: GRID, "aria-hidden": "true" });
  // Beside the status line, which tells of what is shown: where the pen is, at each key.
  const place = unseen({ "aria-live": "polite" });
  const root = element(
    "div",
    { class: "gl-pad", role: "application", tabindex: 0, "aria-label": texts.pad, "data-empty": "true" },
    canvas,
    element("span", { class: "gl-hint gl-hint-mouse", "aria-hidden": "true" }, texts.hint),
    element("span", { class: "gl-hint gl-hint-touch", "aria-hidden": "true" }, texts.touchHint),
    element("span", { class: "gl-hint gl-hint-keys", "aria-hidden": "true" }, texts.keysHint),
    element("span", { class: "gl-cursor" }),
    place,
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
  followPen(root, paint, signal);
  const penIs = (/** @type {boolean} */ down) => (down ? texts.penDown : texts.penUp);
  const onPen = (/** @type {boolean} */ down) => remark(penIs(down));
  /** @param {Place} cell @param {boolean} down */
  function onPlace([column, row], down) {
    const at = { column: column + 1, row: row + 1, side: SIDE };
    place.textContent = fill(texts.penAt, { pen: penIs(down), ...at });
  }
  const keys = new KeyPen(root, { paint, clear, onPen, onPlace });
  root.addEventListener("keydown", keys.press, { signal });
  root.addEventListener("blur", () => keys.setPen(false), { signal });
  return { root, clear };
}

/**
 * @param {HTMLElement} root @param {(from: Place, to: Place) => void} paint
 * @param {AbortSignal} signal
 */
function followPen(root, paint, signal) {
  /** @type {Place} */
  let last = [0, 0];
  let box = "";

  /** @param {PointerEvent} event */
  function onStart(event) {
    box = boxOf(root);
    last = fractionOf(event, root);
    paint(last, last);
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    // The pad has moved below a pointer that stood still, as in a window that is made narrower:
    // nobody has drawn the line from there to here.
    if (box !== (box = boxOf(root))) last = fractionOf(event, root);
    // A fast hand makes several moves a frame: without them round strokes get corners.
    const moves = event.getCoalescedEvents();
    for (const move of moves.length ? moves : [event]) {
      const place = fractionOf(move, root);
      paint(last, place);
      last = place;
    }
  }
  followStroke(root, { onStart, onMove, signal });
}

/** Where an element is, and how large, in one text. @param {HTMLElement} node */
function boxOf(node) {
  const { left, top, width } = node.getBoundingClientRect();
  return `${left} ${top} ${width}`;
}

/** @type {Record<string, Place>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The middle of a place of the cursor, as a fraction. @param {Place} cell @returns {Place} */
const middle = ([x, y]) => [(x + 0.5) / SIDE, (y + 0.5) / SIDE];

/** @param {number} value */
const within = (value) => Math.min(Math.max(value, 0), SIDE - 1);

/** Arrows move the cursor, Space lowers and lifts the pen, Delete clears. */
class KeyPen {
  /** @type {Place} */
  #cell = [SIDE / 2, SIDE / 4];
  #down = false;
  #root;
  #actions;

  /**
   * @param {HTMLElement} root
   * @param {{ paint: (from: Place, to: Place) => void, clear: () => void,
   *   onPen: (down: boolean) => void, onPlace: (cell: Place, down: boolean) => void }} actions
   */
  constructor(root, actions) {
    this.#root = root;
    this.#actions = actions;
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (Object.hasOwn(ARROWS, event.key)) this.#move(ARROWS[event.key]);
    else if (event.key === " ") this.setPen(!this.#down);
    else if (event.key === "Delete" || event.key === "Backspace") this.#actions.clear();
    else return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has shortcuts on these keys
  };

  /** @param {boolean} down */
  setPen(down) {
    if (this.#down === down) return;
    this.#down = down;
    if (down) this.#actions.paint(middle(this.#cell), middle(this.#cell));
    this.#actions.onPen(down);
    this.#show();
    this.#tell();
  }

  /** @param {Place} step */
  #move([dx, dy]) {
    /** @type {Place} */
    const next = [within(this.#cell[0] + dx), within(this.#cell[1] + dy)];
    if (this.#down) this.#actions.paint(middle(this.#cell), middle(next));
    this.#cell = next;
    this.#show();
    this.#tell();
  }

  #tell() {
    this.#actions.onPlace(this.#cell, this.#down);
  }

  #show() {
    const [x, y] = middle(this.#cell);
    this.#root.dataset.pen = this.#down ? "down" : "up";
    this.#root.style.setProperty("--x", String(x));
    this.#root.style.setProperty("--y", String(y));
  }
}
