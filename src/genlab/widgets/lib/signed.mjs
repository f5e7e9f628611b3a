/** Pictures of signed values on white paper: one colour above zero, another below. */

import { context2d, element } from "./dom.mjs";

/** @param {HTMLElement} node @param {string} name of a colour in tokens.css, as #rrggbb */
function channels(node, name) {
  const colour = getComputedStyle(node).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) || 0);
}

/**
 * Fill a canvas: full colour at `limit` and beyond, paper at zero; where there is NaN it stays clear.
 * @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} values row by row @param {number} limit
 */
export function drawSigned(canvas, values, limit) {
  const context = context2d(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  const colours = ["--gl-plus", "--gl-minus", "--gl-paper"].map((name) => channels(canvas, name));
  const [plus, minus, paper] = colours;
  for (let i = 0; i < values.length; i++) {
    const [full, share] = [values[i] < 0 ? minus : plus, Math.min(Math.abs(values[i]) / limit, 1)];
    for (const c of [0, 1, 2]) image.data[4 * i + c] = paper[c] + share * (full[c] - paper[c]);
    image.data[4 * i + 3] = Number.isNaN(values[i]) ? 0 : 255;
  }
  context.putImageData(image, 0, 0);
}

/** A square picture of signed values. @param {string} label for those who do not see it */
export function signedPicture(label) {
  const root = element("canvas", { class: "gl-digit", role: "img", "aria-label": label });
  /** @param {ArrayLike<number>} values of a square picture @param {number} limit */
  function show(values, limit) {
    root.width = root.height = Math.sqrt(values.length);
    drawSigned(root, values, limit);
  }
  return { root, show };
}
