/** A picture of 28 x 28 pixels: dark ink on white paper. */

import { context2d, element } from "./dom.mjs";
import { SIDE } from "./math/mnist.mjs";

/** @param {string} label what the picture is, for those who do not see it */
export function digitPicture(label) {
  const root = element("canvas", {
    class: "gl-digit",
    width: SIDE,
    height: SIDE,
    role: "img",
    "aria-label": label,
  });
  /** @param {ArrayLike<number>} pixels 784 values in [0, 1]; 1 is ink */
  const show = (pixels) => drawInk(root, pixels);
  return { root, show };
}

/**
 * Fill a square canvas with ink, as dark as each value; the paper is the canvas's background.
 * @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} values in [0, 1], row by row
 */
export function drawInk(canvas, values) {
  const context = context2d(canvas);
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < values.length; i++) image.data[4 * i + 3] = values[i] * 255;
  context.putImageData(image, 0, 0);
  // The alpha is right now; give it the colour of ink.
  context.globalCompositeOperation = "source-in";
  context.fillStyle = getComputedStyle(canvas).getPropertyValue("--gl-ink") || "black";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
}

/**
 * A picture with a caption, which is not read out: the picture has a name of its own.
 * @param {HTMLElement} picture @param {string} text
 */
export function captioned(picture, text) {
  const caption = element("div", { class: "gl-caption", "aria-hidden": "true" }, text);
  return element("div", { class: "gl-seen" }, picture, caption);
}
