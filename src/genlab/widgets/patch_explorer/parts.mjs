/** The parts of the patch explorer: the digit in patches, and the bars of the classes. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { Cell } from "../lib/math/cells.mjs" */
/** @import { strings } from "./strings.mjs" */
import { drawInk } from "../lib/digit.mjs";
import { element, fractionOf, freshId, titled } from "../lib/dom.mjs";
import { cellAt, moveCell } from "../lib/math/cells.mjs";
import { SIDE } from "../lib/math/mnist.mjs";
import { fill } from "../lib/strings.mjs";
import { CLASSES, largest, scaled } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ texts: Texts, signal: AbortSignal }} Home the view that a part is in */

const blank = (/** @type {string} */ name) => element("canvas", { class: name, "aria-hidden": "true" });

/** A digit under a grid of patches, which are pointed at, covered and uncovered. */
export class PatchGrid {
  #texts;
  #onTurn;
  #onPoint;
  #across = 1;
  /** Where the keyboard's cursor is. @type {Cell} */
  #cell = [1, 1];
  #ink = blank("gl-patch-ink");
  #shade = blank("gl-patch-shade");
  #most = element("div", { class: "gl-patch-most", hidden: "" });
  #covers = element("div", { class: "gl-patch-covers", "aria-hidden": "true" });
  // Of the many patches only the cursor's is in the document: the grid says how many there are.
  #cursor = element("div", { class: "gl-patch-cursor", role: "gridcell", id: freshId() });
  #line = element("div", { role: "row" }, this.#cursor);
  root = element("div", {
    ...{ class: "gl-patches", role: "grid", tabindex: 0 },
    ...{ "aria-multiselectable": "true", "aria-activedescendant": this.#cursor.id },
  });
  /** The patch that is pointed at, by mouse or by keyboard, from 1; 0 where there is none. */
  pointed = 0;

  /**
   * @param {Home} home @param {(patch: number) => void} onTurn hears which patch is covered or uncovered
   * @param {() => void} onPoint hears that another patch is pointed at, or none
   */
  constructor({ texts, signal }, onTurn, onPoint) {
    this.#texts = texts;
    this.#onTurn = onTurn;
    this.#onPoint = onPoint;
    this.#ink.width = this.#ink.height = SIDE;
    this.root.append(this.#ink, this.#shade, this.#covers, this.#most, this.#line);
    this.#listen(signal);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { root } = this;
    const under = (/** @type {MouseEvent} */ event) => cellAt(...fractionOf(event, root), this.#across);
    root.addEventListener("keydown", this.#press, { signal });
    root.addEventListener("click", (event) => {
      this.#go(under(event));
      this.#onTurn(this.pointed);
    }, { signal });
    root.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#go(under(event));
    }, { signal });
    for (const left of ["pointerleave", "blur"])
      root.addEventListener(left, () => this.#point(0), { signal });
    root.addEventListener("focus", () => {
      if (root.matches(":focus-visible")) this.#go(this.#cell);
    }, { signal });
  }

  /** @param {KeyboardEvent} event */
  #press = (event) => {
    if (event.metaKey || event.altKey) return;
    const turns = !event.ctrlKey && (event.key === "Enter" || event.key === " ");
    const moved = turns ? this.#cell : moveCell(this.#cell, event, this.#across);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab has shortcuts on these keys
    this.#go(moved);
    if (turns) this.#onTurn(this.pointed);
  };

  /** @param {Cell} cell */
  #go([row, column]) {
    this.#cell = [row, column];
    this.#point((row - 1) * this.#across + column);
  }

  /** @param {number} patch */
  #point(patch) {
    if (patch === this.pointed) return;
    this.pointed = patch;
    this.#onPoint();
  }

  /**
   * @param {Float32Array} pixels of the digit, but for what is covered @param {number} across patches along one side
   * @param {number[]} covered
   */
  showDigit(pixels, across, covered) {
    if (this.#across !== (this.#across = across)) [this.#cell, this.pointed] = [[1, 1], 0];
    this.root.style.setProperty("--across", String(across));
    for (const count of ["aria-rowcount", "aria-colcount"]) this.root.setAttribute(count, String(across));
    this.root.setAttribute("aria-label", fill(this.#texts.grid, { across }));
    drawInk(this.#ink, pixels);
    this.#covers.replaceChildren(...covered.map((patch) => this.#at(element("span"), patch)));
  }

  /**
   * Shade the patches, as shares of the largest, and say what the cursor is on.
   * @param {Float32Array | null} weights null where they are not known yet @param {number[]} covered
   */
  showWeights(weights, covered) {
    this.#shade.width = this.#shade.height = this.#across;
    if (weights) drawInk(this.#shade, scaled(weights));
    this.#most.hidden = !weights;
    if (weights) this.#at(this.#most, largest(weights) + 1);
    this.#showCursor(weights, covered);
  }

  /** @param {Float32Array | null} weights @param {number[]} covered */
  #showCursor(weights, covered) {
    const [row, column] = this.#cell;
    const patch = (row - 1) * this.#across + column;
    const isCovered = covered.includes(patch);
    const { cell, cellCovered, weight, unknown } = this.#texts;
    const told = weights ? fill(weight, { share: weights[patch - 1].toFixed(2) }) : unknown;
    const name = fill(isCovered ? cellCovered : cell, { row, column, weight: told });
    this.#at(this.#cursor, patch).setAttribute("aria-label", name);
    this.#line.setAttribute("aria-rowindex", String(row));
    this.#cursor.setAttribute("aria-colindex", String(column));
    this.#cursor.setAttribute("aria-selected", String(isCovered));
    this.root.dataset.pointed = String(this.pointed > 0);
  }

  /** Put a mark on a patch. @param {HTMLElement} mark @param {number} patch */
  #at(mark, patch) {
    mark.style.setProperty("--row", String(Math.floor((patch - 1) / this.#across)));
    mark.style.setProperty("--column", String((patch - 1) % this.#across));
    return mark;
  }

  /** What is shaded is about to be replaced. @param {boolean} busy */
  wait(busy) {
    this.root.setAttribute("aria-busy", String(busy));
  }
}

/** A bar for each class: filled as it is now, an outline as it is with nothing covered. */
export class ClassBars {
  #rows;

  /** @param {Texts} texts */
  constructor(texts) {
    this.#rows = Array.from({ length: CLASSES }, (_, digit) => {
      const colour = `--gl-class: var(--gl-digit-${digit})`;
      const share = element("span", { class: "gl-class-share" });
      const bar = element("span", { class: "gl-class-bar", "aria-hidden": "true" });
      const name = element("span", { class: "gl-class-name" }, String(digit));
      return { row: element("li", { class: "gl-class", style: colour }, name, bar, share), share };
    });
    const list = element("ol", { class: "gl-class-list", "aria-label": texts.classes });
    list.append(...this.#rows.map(({ row }) => row));
    const legend = element("p", { class: "gl-legend" }, texts.classesLegend);
    this.root = titled("gl-classes", texts.classes, list, legend);
  }

  /** @param {number[]} shares @param {number[]} whole with nothing covered */
  show(shares, whole) {
    const first = largest(shares);
    this.#rows.forEach(({ row, share }, digit) => {
      row.style.setProperty("--share", String(shares[digit]));
      row.style.setProperty("--whole", String(whole[digit]));
      row.dataset.first = String(digit === first);
      share.textContent = shares[digit].toFixed(2);
    });
  }
}
