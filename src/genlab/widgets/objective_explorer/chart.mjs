/** A small chart of the networks' mean errors against the timestep, with a mark at one of them. */

import { clamp } from "../lib/math/geometry.mjs";
import { element, svg } from "../lib/dom.mjs";
import { TIMESTEPS } from "../lib/math/diffusion.mjs";
import { decades, heightOf } from "./math.mjs";

const [WIDTH, HEIGHT] = [280, 110];
const [LEFT, RIGHT, TOP, BELOW] = [38, 8, 6, 18];
const LAST = TIMESTEPS - 1;
/** Lines may leave the chart at the top: the error of x0 read from a wrong eps grows without end. */
const MOST = 1;

/** @param {number} t */
const across = (t) => (t / LAST) * WIDTH;

export class ErrorChart {
  #decades;
  #mark;
  #dots;

  /** @param {{ title: string, label: string, t: number[][], errors: number[][] }} options */
  constructor({ title, label, t, errors }) {
    this.#decades = decades(errors, MOST);
    this.#mark = svg("line", { class: "gl-mark", y1: 0, y2: HEIGHT });
    this.#dots = errors.map((_, index) => svg("circle", { class: `gl-dot gl-line-${index}`, r: 3.5 }));
    // A nested drawing cuts off what leaves it, and needs no id for that.
    const field = svg("svg", { x: LEFT, y: TOP, width: WIDTH, height: HEIGHT });
    const lines = errors.map((line, index) => this.#line(t[index], line, index));
    field.append(this.#mark, ...lines);
    const dots = svg("g", { transform: `translate(${LEFT} ${TOP})` }, ...this.#dots);
    const box = `0 0 ${LEFT + WIDTH + RIGHT} ${TOP + HEIGHT + BELOW}`;
    const drawing = svg("svg", { viewBox: box, role: "img", "aria-label": label });
    drawing.append(...this.#grid(), field, dots);
    const heading = element("div", { class: "gl-title", "aria-hidden": "true" }, title);
    this.root = element("div", { class: "gl-curves" }, heading, drawing);
  }

  /** @param {number} t @param {number[]} errors one a network */
  show(t, errors) {
    for (const end of ["x1", "x2"]) this.#mark.setAttribute(end, String(across(t)));
    errors.forEach((error, index) => {
      this.#dots[index].setAttribute("cx", String(across(t)));
      this.#dots[index].setAttribute("cy", String(clamp(this.#down(error), 0, HEIGHT)));
    });
  }

  /** @param {number} error */
  #down = (error) => heightOf(error, this.#decades) * HEIGHT;

  /** @param {number[]} t @param {number[]} errors @param {number} index */
  #line(t, errors, index) {
    const points = errors.map((error, i) => `${across(t[i]).toFixed(1)},${this.#down(error).toFixed(1)}`);
    return svg("polyline", { class: `gl-line gl-line-${index}`, points: points.join(" ") });
  }

  /** Frame, powers of ten at the left, timesteps below. */
  #grid() {
    const [low, high] = this.#decades;
    const powers = Array.from({ length: high - low + 1 }, (_, i) => low + i);
    const frame = svg("path", { class: "gl-axis", d: `M${LEFT} ${TOP}v${HEIGHT}h${WIDTH}` });
    const step = powers.length > 4 ? 2 : 1;
    const left = powers.filter((power) => (high - power) % step === 0).map((power) => {
      const y = TOP + this.#down(10 ** power);
      return svg("text", { x: LEFT - 5, y: y + 4, "text-anchor": "end" }, String(Number((10 ** power).toPrecision(1))));
    });
    const below = [0, 500, LAST].map((t) => {
      const place = { x: LEFT + across(t), y: TOP + HEIGHT + 14 };
      return svg("text", { ...place, "text-anchor": t === LAST ? "end" : "middle" }, String(t));
    });
    return [frame, ...left, ...below];
  }
}
