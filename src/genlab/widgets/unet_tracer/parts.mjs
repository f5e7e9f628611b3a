/** The parts of the UNet tracer: the drawing of the network, the sheet of maps, the row of pictures. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
/** @import { StageInfo } from "./math.mjs" */
import { captioned, digitPicture } from "../lib/digit.mjs";
import { element, freshId, radio } from "../lib/dom.mjs";
import { followPointer } from "../lib/pointer.mjs";
import { drawSigned, signedPicture } from "../lib/signed.mjs";
import { fill } from "../lib/strings.mjs";
import { COLUMNS, layout, mapAt, mapValues, moveMap, sheet, skipRows } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ texts: Texts, signal: AbortSignal }} Home the view that a part is in */

/**
 * The network as a U of blocks, of which one is chosen: radio buttons, so arrow keys go along the run.
 * @param {Home} home @param {StageInfo[]} stages @param {string} skips
 * @param {(stage: number) => void} onStage
 */
export function diagram({ texts, signal }, stages, skips, onStage) {
  const name = freshId();
  const root = element("div", { class: "gl-u", role: "radiogroup", "aria-label": texts.blocks });
  const places = layout(stages);
  const inputs = stages.map((stage, index) => {
    const [channels, side] = stage.shape;
    const text = fill(channels === 1 ? texts.blockOne : texts.block, { name: stage.name, channels, side });
    const input = radio({ name, value: index, "aria-label": text }, () => onStage(index), signal);
    const { column, row } = places[index];
    // How many rows the line to the next block climbs; a block that follows beside has none.
    const climb = index > 0 && column === "up" ? Math.abs(places[index - 1].row - row) : 0;
    const block = element(
      "label",
      { class: "gl-block", "data-column": column, style: `--row: ${row}; --climb: ${climb}` },
      input,
      element("span", { class: "gl-block-name", "aria-hidden": "true" }, stage.name),
      element("span", { class: "gl-block-shape", "aria-hidden": "true" }, `${channels} × ${side} × ${side}`),
    );
    root.append(block);
    return input;
  });
  const turn = places.find(({ column }) => column === "up");
  root.append(element("div", { class: "gl-turn", "aria-hidden": "true", style: `--row: ${turn?.row}` }));
  if (skips !== "none")
    for (const row of skipRows(stages)) {
      const word = skips === "added" ? texts.added : skips === "stacked" ? texts.stacked : "";
      const attributes = { class: "gl-skip", "aria-hidden": "true", style: `--row: ${row}` };
      root.append(element("div", attributes, element("span", {}, word)));
    }

  /** @param {number} stage */
  function show(stage) {
    inputs[stage].checked = true;
  }
  return { root, show };
}

/**
 * All maps of a stage side by side, with a cursor on one of them, and that one enlarged.
 * @param {Home} home @param {() => number} getMap @param {(map: number) => void} onMap
 */
export function mapSheet({ texts, signal }, getMap, onMap) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const id = freshId();
  const cursor = element("div", { class: "gl-map-cursor", role: "gridcell", id, "aria-selected": "true" });
  const line = element("div", { role: "row" }, cursor);
  const grid = element(
    "div",
    { class: "gl-maps", role: "grid", tabindex: 0, "aria-activedescendant": id },
    canvas,
    line,
  );
  const large = signedPicture("");
  const scale = element("p", { class: "gl-caption" });
  const beside = element("div", { class: "gl-large" }, large.root, scale);
  const root = element("div", { class: "gl-sheet" }, grid);
  let count = 1;
  followPointer(grid, (x, y) => onMap(mapAt(x, y, count)), signal);
  grid.addEventListener("keydown", (event) => {
    if (event.metaKey || event.altKey || event.ctrlKey) return;
    const moved = moveMap(getMap(), event.key, count);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab moves between cells on arrow keys
    onMap(moved);
  }, { signal });

  /** @param {StageInfo} stage @param {number} map */
  function point(stage, map) {
    count = stage.shape[0];
    const [columns, rows] = [Math.min(count, COLUMNS), Math.ceil(count / COLUMNS)];
    const [row, column] = [Math.floor((map - 1) / COLUMNS) + 1, ((map - 1) % COLUMNS) + 1];
    for (const [key, value] of Object.entries({ columns, rows, row, column }))
      grid.style.setProperty(`--${key}`, String(value));
    grid.setAttribute("aria-rowcount", String(rows));
    grid.setAttribute("aria-colcount", String(columns));
    grid.setAttribute("aria-label", fill(texts.mapsLabel, { name: stage.name }));
    line.setAttribute("aria-rowindex", String(row));
    cursor.setAttribute("aria-colindex", String(column));
    cursor.setAttribute("aria-label", fill(texts.map, { map }));
    large.root.setAttribute("aria-label", fill(texts.large, { map, name: stage.name }));
  }

  /** @param {Float32Array} values of the stage @param {StageInfo} stage @param {number} limit */
  function show(values, stage, limit) {
    const { width, height, levels } = sheet(values, stage);
    [canvas.width, canvas.height] = [width, height];
    drawSigned(canvas, levels, limit);
    const [low, high] = [(-limit).toFixed(2), limit.toFixed(2)];
    scale.textContent = fill(texts.scale, { low, high });
  }

  /** @param {Float32Array} values @param {StageInfo} stage @param {number} map @param {number} limit */
  const enlarge = (values, stage, map, limit) => large.show(mapValues(values, stage, map), limit);

  /** What stands there is about to be replaced. @param {boolean} busy */
  const wait = (busy) => grid.setAttribute("aria-busy", String(busy));
  return { root, large: beside, point, show, enlarge, wait };
}

/** Digit, noisy digit, the network's answer and what it means. @param {Texts} texts */
export function traceRow(texts) {
  const digit = digitPicture(texts.digit);
  const input = digitPicture(texts.input);
  const output = signedPicture(texts.output);
  const guess = digitPicture(texts.guess);
  const root = element("div", { class: "gl-trace" });
  root.append(
    captioned(digit.root, texts.digitCaption),
    captioned(input.root, texts.inputCaption),
    captioned(output.root, texts.outputCaption),
    captioned(guess.root, texts.guessCaption),
  );
  return { root, digit, input, output, guess };
}
