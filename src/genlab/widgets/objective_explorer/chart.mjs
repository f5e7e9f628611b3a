/** A small chart of values of the networks against the timestep, with a mark at one of them. */

/** @import { Axis } from "./math.mjs" */
import { clamp } from "../lib/math/geometry.mjs";
import { element, svg } from "../lib/dom.mjs";
import { TIMESTEPS } from "../lib/math/diffusion.mjs";

const [WIDTH, HEIGHT] = [600, 130];
const [LEFT, RIGHT, TOP, BELOW] = [38, 10, 8, 20];
const LAST = TIMESTEPS - 1;

/** @param {number} t */
const across = (t) => (t / LAST) * WIDTH;

export class ErrorChart {
  #axis;
  #mark;
  #dots;

  /**
   * @param {{ title: string, label: string, t: number[][], values: number[][], axis: Axis,
   *   legend: string }} options  values: a line a network
   */
  constructor({ title, label, t, values, axis, legend }) {
    this.#axis = axis;
    this.#mark = svg("line", { class: "gl-mark", y1: 0, y2: HEIGHT });
    this.#dots = values.map((_, index) => svg("circle", { class: `gl-dot gl-line-${index}`, r: 4 }));
    // A nested drawing cuts off what leaves it, and needs no id for that.
    const field = svg("svg", { x: LEFT, y: TOP, width: WIDTH, height: HEIGHT });
    const lines = values.map((line, index) => this.#line(t[index], line, index));
    field.append(this.#mark, ...lines);
    const dots = svg("g", { transform: `translate(${LEFT} ${TOP})` }, ...this.#dots);
    const box = `0 0 ${LEFT + WIDTH + RIGHT} ${TOP + HEIGHT + BELOW}`;
    const drawing = svg("svg", { viewBox: box, role: "img", "aria-label": label });
    drawing.append(...this.#grid(), field, dots);
    const heading = element("div", { class: "gl-title", "aria-hidden": "true" }, title);
    const below = element("p", { class: "gl-legend" }, legend);
    this.root = element("div", { class: "gl-curves" }, heading, drawing, below);
  }

  /** @param {number} t @param {number[]} values one a network */
  show(t, values) {
    for (const end of ["x1", "x2"]) this.#mark.setAttribute(end, String(across(t)));
    values.forEach((value, index) => {
      this.#dots[index].setAttribute("cx", String(across(t)));
      this.#dots[index].setAttribute("cy", String(clamp(this.#down(value), 0, HEIGHT)));
    });
  }

  /** @param {number} value */
  #down = (value) => this.#axis.heightOf(value) * HEIGHT;

  /** @param {number[]} t @param {number[]} values @param {number} index */
  #line(t, values, index) {
    const points = values.map((value, i) => `${across(t[i]).toFixed(1)},${this.#down(value).toFixed(1)}`);
    return svg("polyline", { class: `gl-line gl-line-${index}`, points: points.join(" ") });
  }

  /** Frame, ticks at the left, timesteps below. */
  #grid() {
    const frame = svg("path", { class: "gl-axis", d: `M${LEFT} ${TOP}v${HEIGHT}h${WIDTH}` });
    const left = this.#axis.ticks.map((tick) => {
      const y = TOP + this.#down(tick);
      return svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, String(Number(tick.toPrecision(3))));
    });
    const below = [0, 250, 500, 750, LAST].map((t) => {
      const place = { x: LEFT + across(t), y: TOP + HEIGHT + 16 };
      return svg("text", { ...place, "text-anchor": t === LAST ? "end" : "middle" }, String(t));
    });
    return [frame, ...left, ...below];
  }
}
