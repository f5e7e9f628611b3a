/** A map of labelled points with one movable point on it, for pointer and keyboard. */

/** @import { Extent, Point } from "./types.mjs" */
import { drawInk } from "./digit.mjs";
import { context2d, element, oncePerFrame } from "./dom.mjs";
import { sideBySide } from "./math/cells.mjs";
import { clamp, fromFraction, moveByKey, ticks, toFraction } from "./math/geometry.mjs";
import { SIDE } from "./math/mnist.mjs";
import { followPointer } from "./pointer.mjs";

/**
 * @typedef {object} MapOptions
 * @property {string} label @property {Extent} extent
 * @property {number[]} points coordinates in turn @property {string} labels one digit a point
 * @property {AbortSignal} signal
 * @typedef {object} MoveOptions
 * @property {() => Point} getPoint @property {(point: Point) => void} onMove
 */

/** A map whose point the reader moves. @param {MapOptions & MoveOptions} options */
export function digitMap({ getPoint, onMove, ...options }) {
  const { extent, signal } = options;
  const map = stillMap(options);
  map.field.setAttribute("role", "application");
  map.field.tabIndex = 0;
  followPointer(map.field, (x, y) => onMove(fromFraction(extent, x, y)), signal);
  followKeys(map.field, extent, getPoint, onMove, signal);
  return map;
}

/** A map that only shows. @param {MapOptions} options */
export function stillMap({ label, extent, points, labels, signal }) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const found = element("div", { class: "gl-found", hidden: "" });
  const cross = element("div", { class: "gl-cross" });
  const attributes = { class: "gl-map", role: "img", "aria-label": label };
  const behind = element("canvas", { class: "gl-behind", "aria-hidden": "true", hidden: "" });
  const bubble = element("canvas", { class: "gl-bubble", width: SIDE, height: SIDE, hidden: "" });
  bubble.setAttribute("aria-hidden", "true");
  const field = element("div", attributes, behind, canvas, found, cross, bubble);
  const root = element("div", { class: "gl-chart" }, field, ...axes(extent));
  const draw = oncePerFrame(() => drawNumerals(canvas, extent, points, labels), signal);
  const observer = new ResizeObserver(draw);
  observer.observe(field);
  signal.addEventListener("abort", () => observer.disconnect());

  /** Put the cross at a point; one beyond the map shows at its edge. @param {Point} point */
  function show(point) {
    position(cross, extent, point);
    const [x, y] = position(bubble, extent, point);
    // On the side of the point where there is room.
    bubble.dataset.side = `${y < 0.5 ? "below" : "above"} ${x < 0.5 ? "right" : "left"}`;
  }

  /** Show what is decoded at the point, tied to it. @param {ArrayLike<number>} pixels */
  function showDigit(pixels) {
    bubble.hidden = false;
    drawInk(bubble, pixels);
  }

  /** Show, faintly, what is decoded all over the map. @param {ArrayLike<number>} pictures @param {number} columns */
  function showBehind(pictures, columns) {
    behind.hidden = false;
    behind.width = behind.height = columns * SIDE;
    drawInk(behind, sideBySide(pictures, columns));
  }

  /** Mark where a picture was encoded to; null takes the mark away. @param {Point | null} point */
  function mark(point) {
    found.hidden = point === null;
    if (point) position(found, extent, point);
  }

  /** Show the encodings of another model. @param {number[]} others @param {string} name of the map */
  function setPoints(others, name) {
    points = others;
    field.setAttribute("aria-label", name);
    draw();
  }
  return { root, field, show, mark, setPoints, showDigit, showBehind };
}

/** @param {HTMLElement} node @param {Extent} extent @param {Point} point */
function position(node, extent, point) {
  const [x, y] = toFraction(extent, point).map((share) => clamp(share, 0, 1));
  node.style.setProperty("--x", String(x));
  node.style.setProperty("--y", String(y));
  return [x, y];
}

/** Labels below and at the left. @param {Extent} extent */
function axes(extent) {
  const [left, right, bottom, top] = extent;
  const across = ticks(left, right).map((value) => tick("x", value, extent, [value, bottom]));
  const up = ticks(bottom, top).map((value) => tick("y", value, extent, [left, value]));
  return [...across, ...up];
}

/** @param {"x" | "y"} axis @param {number} value @param {Extent} extent @param {Point} place */
function tick(axis, value, extent, place) {
  const node = element("span", { class: `gl-tick gl-tick-${axis}`, "aria-hidden": "true" });
  node.textContent = String(value);
  position(node, extent, place);
  return node;
}

/**
 * @param {HTMLElement} root @param {Extent} extent @param {() => Point} getPoint
 * @param {(point: Point) => void} onMove @param {AbortSignal} signal
 */
function followKeys(root, extent, getPoint, onMove, signal) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = moveByKey(extent, getPoint(), event.key, event.shiftKey);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab moves between cells on arrow keys
    onMove(moved);
  }, { signal });
}

/**
 * Each point as its digit in the digit's colour: the class is readable without seeing colours.
 * @param {HTMLCanvasElement} canvas @param {Extent} extent
 * @param {number[]} points @param {string} labels
 */
function drawNumerals(canvas, extent, points, labels) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const density = window.devicePixelRatio || 1;
  canvas.width = width * density;
  canvas.height = height * density;
  const style = getComputedStyle(canvas);
  const context = context2d(canvas);
  context.scale(density, density);
  context.font = `600 ${clamp(width / 32, 9, 12)}px ${style.fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < labels.length; i++) {
    const [x, y] = toFraction(extent, [points[2 * i], points[2 * i + 1]]);
    context.fillStyle = style.getPropertyValue(`--gl-digit-${labels[i]}`);
    context.fillText(labels[i], x * width, y * height);
  }
}
