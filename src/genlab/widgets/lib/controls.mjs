/** Labelled native controls: what they are called and do is up to the widget. */

/** @import { Range } from "./math/query.mjs" */
import { element, freshId, radio } from "./dom.mjs";
import { shareOf } from "./math/stops.mjs";

/**
 * A slider below its name and its value. `show` only displays; `onInput` hears the reader.
 * @param {{ name: string, label: string, min: number, max: number, step: number, ticks?: number[],
 *   format: (value: number) => string, onInput: (value: number) => void, signal: AbortSignal }} options
 */
export function sliderRow({ name, label, min, max, step, ticks = [], format, onInput, signal }) {
  const input = element("input", { type: "range", min, max, step, "aria-label": label });
  // Not an <output>: that would be a second live region, read out at each step beside the status.
  const value = element("span", { class: "gl-value", "aria-hidden": "true" });
  const title = element("span", { class: "gl-name", "aria-hidden": "true" }, name);
  const root = element("div", { class: "gl-slider" }, title, value, input);
  if (ticks.length) root.append(tickRow(ticks, min, max, format));
  input.addEventListener("input", () => onInput(Number(input.value)), { signal });
  keepKeys(input, signal);

  /** @param {number} number */
  function show(number) {
    input.value = String(number);
    input.setAttribute("aria-valuetext", format(number));
    value.textContent = format(number);
    input.style.setProperty("--fill", String(shareOf(number, min, max)));
  }
  return { root, input, show };
}

/**
 * Numbers below the track, each where the middle of the thumb would be.
 * @param {number[]} ticks @param {number} min @param {number} max
 * @param {(value: number) => string} format
 */
function tickRow(ticks, min, max, format) {
  const root = element("div", { class: "gl-ticks", "aria-hidden": "true" });
  for (const tick of ticks)
    root.append(element("span", { style: `--at: ${shareOf(tick, min, max)}` }, format(tick)));
  return root;
}

/**
 * @typedef {object} RangeOptions
 * @property {string} name @property {string} label @property {number} [step]
 * @property {number} [min] where the slider is to begin further up than the range
 * @property {(value: number) => string} [format]
 * @property {number[]} [ticks] values to be written below the track
 */

/**
 * A slider for a value: it goes from end to end of the value's range, or along its few numbers.
 * @param {Range} range
 * @param {RangeOptions & { onInput: (value: number) => void, signal: AbortSignal }} options
 */
export function rangeSlider(range, { step = 1, format = String, onInput, ...options }) {
  if ("words" in range || "letters" in range)
    throw new Error(`a slider got ${JSON.stringify(range)}; expected a range of numbers`);
  if (!("oneOf" in range)) {
    const [min, max] = "whole" in range ? range.whole : range;
    return sliderRow({ min, max, step, format, onInput, ...options });
  }
  const numbers = range.oneOf;
  const row = sliderRow({
    ...options,
    ...{ min: 0, max: numbers.length - 1, step: 1, ticks: [...numbers.keys()] },
    format: (index) => format(numbers[index]),
    onInput: (index) => onInput(numbers[index]),
  });
  return { ...row, show: (/** @type {number} */ value) => row.show(numbers.indexOf(value)) };
}

/**
 * Keys that a native control answers to stay there: JupyterLab would take arrow keys for moves
 * between cells and headings, and the control would not move.
 * @param {HTMLElement} control @param {AbortSignal} signal
 */
export function keepKeys(control, signal) {
  control.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(Arrow|Page|Home$|End$)/.test(event.key)) event.stopPropagation();
  }, { signal });
}

/** @param {string} text @param {() => void} onClick @param {AbortSignal} signal */
export function button(text, onClick, signal) {
  const root = element("button", { type: "button", class: "gl-button" }, text);
  root.addEventListener("click", onClick, { signal });
  return root;
}

/**
 * A button that is on or off.
 * @param {string} text @param {(on: boolean) => void} onTurn @param {AbortSignal} signal
 */
export function toggle(text, onTurn, signal) {
  const root = button(text, () => onTurn(root.getAttribute("aria-pressed") !== "true"), signal);
  root.classList.add("gl-toggle");
  /** @param {boolean} on */
  const show = (on) => root.setAttribute("aria-pressed", String(on));
  return { root, show };
}

/**
 * A few words, of which one is chosen.
 * @param {{ signal: AbortSignal }} home @param {string} legend
 * @param {{ value: string, text: string }[]} choices @param {(value: string) => void} onChoose
 */
export function choiceOf({ signal }, legend, choices, onChoose) {
  const name = freshId();
  const inputs = choices.map(({ value }) => radio({ name, value }, () => onChoose(value), signal));
  const chips = choices.map(({ text }, i) =>
    element("label", { class: "gl-chip" }, inputs[i], element("span", {}, text)),
  );
  const root = element("fieldset", { class: "gl-chips" }, element("legend", {}, legend));
  root.append(element("div", { class: "gl-chip-row" }, ...chips));
  keepKeys(root, signal);
  /** @param {string} value */
  const show = (value) => inputs.forEach((input) => (input.checked = input.value === value));
  return { root, show };
}

/**
 * One line that says in words what is shown, and where something went wrong, a way to try again.
 * @param {{ retry: string, onRetry: () => void, signal: AbortSignal }} options
 */
export function statusLine({ retry, onRetry, signal }) {
  const line = element("p", { class: "gl-status", role: "status" });
  const again = button(retry, onRetry, signal);
  again.hidden = true;
  const root = element("div", { class: "gl-status-row" }, line, again);

  /** @param {string} text @param {boolean} failed */
  function say(text, failed = false) {
    // Screen readers repeat what is set again: set it only when it differs.
    if (line.textContent !== text) line.textContent = text;
    again.hidden = !failed;
  }

  /** Is it read out as it changes? Not while something plays. @param {boolean} heard */
  const hear = (heard) => line.setAttribute("aria-live", heard ? "polite" : "off");
  return { root, say, hear };
}
