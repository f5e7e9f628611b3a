/** The parts of the attention viewer: choice of sentence, of head, of token, and the matrix. */

/** @import { SharedTexts } from "../lib/strings.mjs" */
/** @import { strings } from "./strings.mjs" */
/** @import { Weights } from "./math.mjs" */
import { button } from "../lib/controls.mjs";
import { drawInk } from "../lib/digit.mjs";
import { element, fractionOf, freshId, radio } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { darkness, marked, rowAt, visible } from "./math.mjs";

/** @typedef {SharedTexts & typeof strings.en} Texts */
/** @typedef {{ texts: Texts, signal: AbortSignal }} Home the view that a part is in */
/** @typedef {{ layer: number, head: number, token: number }} Place all from 1 */

/** A list of the sentences. @param {Home} home @param {(sentence: number) => void} onChoose */
export function sentenceList({ texts, signal }, onChoose) {
  const list = element("select", { class: "gl-select", "aria-label": texts.sentence });
  list.addEventListener("change", () => onChoose(list.selectedIndex + 1), { signal });
  let filled = "";

  /** @param {string[]} sentences @param {number} sentence */
  function show(sentences, sentence) {
    if (filled !== (filled = JSON.stringify(sentences)))
      list.replaceChildren(...sentences.map((text) => element("option", {}, text)));
    list.selectedIndex = sentence - 1;
  }
  return { root: list, show };
}

/**
 * A line to write a text into, where there is a kernel that reads it.
 * @param {Home} home @param {(text: string) => void} onText
 */
export function ownText({ texts, signal }, onText) {
  const input = element("input", {
    ...{ type: "text", class: "gl-text", autocomplete: "off", spellcheck: "false" },
    ...{ "aria-label": texts.ownLabel, placeholder: texts.ownLabel },
  });
  const root = element("div", { class: "gl-own-text" });
  const send = () => onText(input.value);
  root.append(input, button(texts.ownShow, send, signal));
  // A notebook has keys of its own: what is written here stays here.
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") send();
  }, { signal });
  return { root, send };
}

/**
 * Small pictures of all heads of a layer, one of which is chosen.
 * @param {Home} home @param {number} heads @param {(head: number) => void} onChoose
 */
export function headPicker({ texts, signal }, heads, onChoose) {
  const name = freshId();
  const root = element("div", { class: "gl-heads", role: "radiogroup", "aria-label": texts.heads });
  const all = Array.from({ length: heads }, (_, i) => {
    const said = fill(texts.head, { head: i + 1 });
    const input = radio({ name, "aria-label": said }, () => onChoose(i + 1), signal);
    const picture = element("canvas", { class: "gl-matrix", "aria-hidden": "true" });
    const number = element("span", { "aria-hidden": "true" }, String(i + 1));
    root.append(element("label", { class: "gl-head" }, input, picture, number));
    return { input, picture };
  });

  /** @param {Weights} weights @param {Place} place */
  function show(weights, { layer, head }) {
    all.forEach(({ input, picture }, i) => {
      input.checked = i === head - 1;
      drawMatrix(picture, weights, layer, i + 1);
    });
  }
  return { root, show };
}

/**
 * The tokens in their order, each below a bar as high as its share; one of them looks.
 * @param {Home} home @param {(token: number) => void} onChoose
 * @param {(token: number) => void} onPoint a mouse is over a token, or, with 0, over none
 */
export function tokenStrip({ texts, signal }, onChoose, onPoint) {
  const root = element("div", { class: "gl-tokens", role: "radiogroup", "aria-label": texts.tokens });
  /** @type {{ label: HTMLElement, input: HTMLInputElement, share: HTMLElement }[]} */
  let all = [];
  let filled = "";
  root.addEventListener("pointerleave", () => onPoint(0), { signal });

  /** @param {string} text @param {number} i @param {string} name */
  function one(text, i, name) {
    const said = fill(texts.tokenLabel, { text: visible(text), number: i + 1 });
    const input = radio({ name, "aria-label": said }, () => onChoose(i + 1), signal);
    const share = element("span", { class: "gl-share", "aria-hidden": "true" });
    const label = element("label", { class: "gl-token" }, input);
    label.append(
      element("span", { class: "gl-column", "aria-hidden": "true" }),
      element("span", { class: "gl-letters", "aria-hidden": "true" }, marked(text)),
      share,
    );
    label.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") onPoint(i + 1);
    }, { signal });
    return { label, input, share };
  }

  /** @param {string[]} tokens @param {number} chosen the one that stays @param {number} looking @param {Float32Array} row */
  function show(tokens, chosen, looking, row) {
    if (filled !== (filled = JSON.stringify(tokens))) {
      const name = freshId();
      all = tokens.map((text, i) => one(text, i, name));
      root.replaceChildren(...all.map(({ label }) => label));
    }
    all.forEach(({ label, input, share }, i) => {
      input.checked = i === chosen - 1;
      label.dataset.looks = String(i === looking - 1);
      label.dataset.later = String(i >= looking);
      label.style.setProperty("--share", String(row[i]));
      share.textContent = i < looking ? row[i].toFixed(2) : "";
    });
  }
  return { root, show };
}

/**
 * All rows of a head; a frame marks the token that looks.
 * @param {Home} home @param {(token: number) => void} onChoose
 */
export function headMatrix({ texts, signal }, onChoose) {
  const picture = element("canvas", { class: "gl-matrix", role: "img" });
  const frame = element("div", { class: "gl-row" });
  const root = element("div", { class: "gl-rows" }, picture, frame);
  root.addEventListener("click", (event) => {
    onChoose(rowAt(fractionOf(event, root)[1], picture.height));
  }, { signal });

  /** @param {Weights} weights @param {Place} place */
  function show(weights, { layer, head, token }) {
    drawMatrix(picture, weights, layer, head);
    picture.setAttribute("aria-label", fill(texts.matrixLabel, { layer, head, token }));
    frame.style.setProperty("--row", String(token));
    frame.style.setProperty("--count", String(weights.count));
  }
  return { root, show };
}

/** @param {HTMLCanvasElement} canvas @param {Weights} weights @param {number} layer @param {number} head */
function drawMatrix(canvas, weights, layer, head) {
  if (canvas.width !== weights.count) canvas.width = canvas.height = weights.count;
  drawInk(canvas, darkness(weights.matrix(layer, head)));
}
