/** A square grid of decodings with a cursor on one of its cells, for pointer and keyboard. */

/** @import { Cell } from "./math/cells.mjs" */
import { cellAt, moveCell, sideBySide } from "./math/cells.mjs";
import { drawInk } from "./digit.mjs";
import { context2d, element, freshId } from "./dom.mjs";
import { SIDE } from "./math/mnist.mjs";
import { followPointer } from "./pointer.mjs";

/**
 * @param {{ cells: number, getCell: () => Cell, onMove: (cell: Cell) => void, signal: AbortSignal }} options
 *   cells: along one side
 */
export function decodingGrid({ cells, getCell, onMove, signal }) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const id = freshId();
  // Of the many cells only the cursor's is in the document: the grid says how many there are.
  const cursor = element("div", { class: "gl-cell", role: "gridcell", id, "aria-selected": "true" });
  const line = element("div", { role: "row" }, cursor);
  const root = element(
    "div",
    {
      ...{ class: "gl-grid", role: "grid", tabindex: 0, "aria-activedescendant": id },
      ...{ "aria-rowcount": cells, "aria-colcount": cells, style: `--cells: ${cells}` },
    },
    canvas,
    line,
  );
  followPointer(root, (x, y) => onMove(cellAt(x, y, cells)), signal);
  root.addEventListener("keydown", (event) => {
    if (event.metaKey || event.altKey) return;
    const moved = moveCell(getCell(), event, cells);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab moves between cells on arrow keys
    onMove(moved);
  }, { signal });

  /** Put the cursor on a cell. @param {Cell} cell @param {string} name of it */
  function show([row, column], name) {
    root.style.setProperty("--row", String(row));
    root.style.setProperty("--column", String(column));
    line.setAttribute("aria-rowindex", String(row));
    cursor.setAttribute("aria-colindex", String(column));
    cursor.setAttribute("aria-label", name);
  }

  /** What all of it shows. @param {string} name */
  const call = (name) => root.setAttribute("aria-label", name);

  /** @param {ArrayLike<number>} pictures of 784 values, row by row @param {number} columns */
  function showPictures(pictures, columns) {
    canvas.width = canvas.height = columns * SIDE;
    drawInk(canvas, sideBySide(pictures, columns));
    wait(false);
  }

  /** @param {string} url of a picture of the whole */
  async function showStored(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    if (canvas.dataset.live) return;
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    context2d(canvas).drawImage(image, 0, 0);
  }

  /** What stands there is about to be replaced. @param {boolean} busy */
  function wait(busy) {
    canvas.dataset.live = "true";
    root.setAttribute("aria-busy", String(busy));
  }
  return { root, show, call, showPictures, showStored, wait };
}
