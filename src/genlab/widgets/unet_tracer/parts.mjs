/** The parts of the UNet tracer: the drawing of the network, the sheet of maps, the row of pictures. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
/** @import { Place, StageInfo } from "./math.mjs" */
import { captioned, digitPicture } from "../lib/digit.mjs";
import { element, freshId, radio } from "../lib/dom.mjs";
import { followPointer } from "../lib/pointer.mjs";
import { drawSigned, signedPicture } from "../lib/signed.mjs";
import { fill } from "../lib/strings.mjs";
import { COLUMNS, layout, limitOf, mapAt, mapValues, moveMap, run, sheet, skips } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ texts: Texts, signal: AbortSignal }} Home the view that a part is in */

/**
 * The network as a U of blocks, of which one is chosen: radio buttons, so arrow keys go along the run.
 * @param {Home} home @param {StageInfo[]} stages @param {string} skipKind
 * @param {(stage: number) => void} onStage
 */
export function diagram({ texts, signal }, stages, skipKind, onStage) {
  const name = freshId();
  const root = element("div", { class: "gl-u", role: "radiogroup", "aria-label": texts.blocks });
  const [places, wide] = [layout(stages), run(stages)];
  const largest = Math.max(...stages.map(({ shape }) => shape[1]));
  const blocks = stages.map((stage, index) => {
    const [channels, side] = stage.shape;
    const text = fill(channels === 1 ? texts.blockOne : texts.block, { name: stage.name, channels, side });
    const input = radio({ name, value: index, "aria-label": text }, () => onStage(index), signal);
    const map = element("canvas", { class: "gl-block-map", width: side, height: side, "aria-hidden": "true" });
    const size = `${channels}×${side}×${side}`;
    const block = element(
      "label",
      { class: "gl-block", "data-column": places[index].column, "data-from": cameFrom(wide, index) },
      ...[input, map],
      element("span", { class: "gl-block-name", "aria-hidden": "true" }, stage.name),
      element("span", { class: "gl-block-shape", "aria-hidden": "true" }, size),
    );
    const climb = climbTo(places, index);
    place(block, { row: places[index].row, climb, ...wide[index], size: side / largest });
    root.append(block);
    return { input, map };
  });
  const count = Math.max(...wide.map((one) => one.place));
  root.dataset.fits = String(count <= MOST_ABREAST);
  root.style.setProperty("--places", String(count));
  const turn = places.find(({ column }) => column === "up");
  const bend = element("div", { class: "gl-turn", "aria-hidden": "true" });
  place(bend, { row: turn?.row ?? 1 });
  root.append(bend);
  if (skipKind !== "none")
    for (const { from, to, row } of skips(stages)) {
      const word = skipKind === "added" ? texts.added : skipKind === "stacked" ? texts.stacked : "";
      const line = element("div", { class: "gl-skip", "aria-hidden": "true" }, element("span", {}, word));
      const ends = { from: wide[from].place + 1, to: wide[to].place };
      place(line, { row, level: wide[to].level, ...ends, size: stages[to].shape[1] / largest });
      root.append(line);
    }

  /** @param {number} stage */
  function show(stage) {
    blocks[stage].input.checked = true;
  }

  /** @param {number} stage @param {Float32Array} values of one of its maps */
  function showMap(stage, values) {
    drawSigned(blocks[stage].map, values, limitOf(values));
  }
  return { root, show, showMap };
}

/** More blocks beside each other have no room for their words. */
const MOST_ABREAST = 7;

/** @param {HTMLElement} node @param {Record<string, number>} values of its variables */
function place(node, values) {
  for (const [key, value] of Object.entries(values)) node.style.setProperty(`--${key}`, String(value));
}

/** How many rows the line to the next block climbs; a block that follows beside has none. @param {Place[]} places @param {number} index */
const climbTo = (places, index) =>
  index > 0 && places[index].column === "up" ? Math.abs(places[index - 1].row - places[index].row) : 0;

/** @param {{ level: number, place: number }[]} wide @param {number} index */
function cameFrom(wide, index) {
  if (index === 0) return "";
  const rise = wide[index].level - wide[index - 1].level;
  return rise === 0 ? "left" : rise > 0 ? "above" : "below";
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
  const caption = element("div", { class: "gl-caption", "aria-hidden": "true" });
  const beside = element("div", { class: "gl-large" }, large.root, caption);
  const root = element("div", { class: "gl-sheet" }, grid, scale);
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
    caption.textContent = fill(texts.largeCaption, { map, name: stage.name });
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

/**
 * A pad at the input, the digit, the noisy digit, the network's answer and what it means.
 * @param {HTMLElement} source pad and digit @param {Texts} texts
 */
export function traceRow(source, texts) {
  const input = digitPicture(texts.input);
  const output = signedPicture(texts.output);
  const guess = digitPicture(texts.guess);
  const root = element("div", { class: "gl-trace" }, source);
  root.append(
    captioned(input.root, texts.inputCaption),
    captioned(output.root, texts.outputCaption),
    captioned(guess.root, texts.guessCaption),
  );
  return { root, input, output, guess };
}
