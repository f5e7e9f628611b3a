/** The few DOM helpers that every widget needs. */

let labels = 0;

/** A new id, for a label that must point at its control. */
export const freshId = () => `genlab-label-${++labels}`;

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * @param {string} tag of SVG @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * A part of a widget below its title.
 * @param {string} name of its class @param {string} title @param {Node[]} content
 */
export const titled = (name, title, ...content) =>
  element("div", { class: name }, element("div", { class: "gl-title" }, title), ...content);

/**
 * One of several buttons of which one is chosen.
 * @param {Record<string, string | number>} attributes @param {() => void} onChoose
 * @param {AbortSignal} signal
 */
export function radio(attributes, onChoose, signal) {
  const input = element("input", { type: "radio", ...attributes });
  input.addEventListener("change", onChoose, { signal });
  return input;
}

/**
 * At most one call a frame, however often it is asked for; none after `signal` has ended.
 * @param {() => void} action @param {AbortSignal} signal
 */
export function oncePerFrame(action, signal) {
  let frame = 0;
  signal.addEventListener("abort", () => cancelAnimationFrame(frame));
  return () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      action();
    });
  };
}

/**
 * One call, when nothing was asked for during `wait` milliseconds; none after `signal` has ended.
 * @param {() => void} action @param {number} wait @param {AbortSignal} signal
 */
export function whenQuiet(action, wait, signal) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };
}

/** What is read out and not seen. @param {Record<string, string>} attributes */
export const unseen = (attributes) => element("span", { class: "gl-hidden", ...attributes });

/** The 2-D context of a canvas. @param {HTMLCanvasElement} canvas */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no 2-D canvas");
  return context;
}

/**
 * Where a pointer is, as fractions of an element's width and height.
 * @param {{ clientX: number, clientY: number }} event @param {Element} target
 * @returns {[x: number, y: number]}
 */
export function fractionOf(event, target) {
  const box = target.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}
