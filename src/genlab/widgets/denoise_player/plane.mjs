/** The path of one image, drawn in the plane of its first noise and of what is not of it. */

/** @import { Texts } from "./parts.mjs" */
import { clamp } from "../lib/math/geometry.mjs";
import { element, svg } from "../lib/dom.mjs";

/** @typedef {[share: number, rest: number]} Place */

const [WIDTH, HEIGHT] = [220, 200];
/** What the plane shows: paths end above 1 where guidance goes too far. */
const [LEFT, RIGHT, LOW, HIGH] = [-0.25, 1.1, -0.05, 1.3];

/** @param {Place} place @returns {[x: number, y: number]} */
const pointOf = ([share, rest]) => [
  (WIDTH * (clamp(share, LEFT, RIGHT) - LEFT)) / (RIGHT - LEFT),
  (HIGH - clamp(rest, LOW, HIGH)) * (HEIGHT / (HIGH - LOW)),
];
/** @param {Place[]} places */
const pointsOf = (places) => places.map((place) => pointOf(place).map((one) => one.toFixed(1)).join(",")).join(" ");

export class Plane {
  #path = svg("polyline", { class: "gl-path" });
  #guesses = svg("polyline", { class: "gl-guesses" });
  #steps = svg("g", { class: "gl-steps" });
  #now = svg("circle", { class: "gl-now", r: 6 });
  #guess = svg("circle", { class: "gl-now-guess", r: 4.5 });

  /** @param {Texts} texts */
  constructor(texts) {
    const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": texts.plane });
    drawing.append(...axes(), this.#guesses, this.#path, this.#steps, this.#guess, this.#now);
    const words = (/** @type {string} */ name, /** @type {string} */ text) =>
      element("div", { class: `gl-axis-name gl-axis-${name}`, "aria-hidden": "true" }, text);
    const title = element("div", { class: "gl-title", "aria-hidden": "true" }, texts.planeTitle);
    this.root = element("div", { class: "gl-plane" }, title);
    this.root.append(words("up", texts.up), drawing, words("across", texts.across));
  }

  /**
   * @param {Place[]} path of the image, from its noise on @param {Place[]} guesses of x0
   * @param {number} now which of them are on show
   */
  show(path, guesses, now) {
    this.#path.setAttribute("points", pointsOf(path));
    this.#guesses.setAttribute("points", pointsOf(guesses));
    this.#steps.replaceChildren(...path.map((place) => dot(place, svg("circle", { r: 1.8 }))));
    dot(path[now] ?? path[path.length - 1], this.#now);
    const guess = guesses[Math.min(now, guesses.length - 1)];
    this.#guess.setAttribute("visibility", guess ? "visible" : "hidden");
    if (guess) dot(guess, this.#guess);
  }
}

/** @param {Place} place @param {SVGElement} circle */
function dot(place, circle) {
  const [x, y] = pointOf(place);
  circle.setAttribute("cx", x.toFixed(1));
  circle.setAttribute("cy", y.toFixed(1));
  return circle;
}

/** Nothing is at the left below, the first noise at the right below. */
function axes() {
  const [[zero, ground], [one], [, top]] = [[0, 0], [1, 0], [0, 1]].map((at) => pointOf(/** @type {Place} */ (at)));
  return [
    svg("path", { class: "gl-axis", d: `M0 ${ground}H${WIDTH}M${zero} 0V${HEIGHT}` }),
    svg("path", { class: "gl-axis gl-axis-unit", d: `M${one} ${ground - 4}v8M${zero - 4} ${top}h8` }),
  ];
}
