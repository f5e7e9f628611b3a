/** The frame that all widgets have in common: title and task, tools, the large readout, the words. */

/** @import { SharedTexts } from "./strings.mjs" */
import { element, freshId } from "./dom.mjs";
import { icon } from "./icons.mjs";

/**
 * @typedef {{ name: string, value: string, large?: boolean }} Fact  one thing to read off, with its
 *   name; the first is large anyway
 */
/**
 * @typedef {object} FrameOptions
 * @property {HTMLElement} el what fills the screen
 * @property {SharedTexts & { title: string, task: string }} texts
 * @property {HTMLElement} content the widget's own parts @property {HTMLElement} words the status line
 * @property {() => void} onReset
 * @property {(() => void) | null} onCopy null where there is no address, as in a kernel
 * @property {AbortSignal} signal
 */

/** @param {FrameOptions} options */
export function frame(options) {
  const { texts, content, words, onCopy } = options;
  const id = freshId();
  const title = element("div", { class: "gl-frame-title", id }, texts.title);
  const task = element("div", { class: "gl-frame-task" }, texts.task);
  const facts = readout();
  const root = element("div", { class: "gl-frame", role: "group", "aria-labelledby": id });
  root.dataset.host = onCopy ? "page" : "kernel";
  root.append(
    element("div", { class: "gl-frame-head" }, title, task, toolbar(options)),
    content,
    element("div", { class: "gl-frame-foot" }, facts.root, words),
  );
  return { root, readout: facts.show };
}

/** What is read off at a glance: the first large. The status line says it in words. */
function readout() {
  const root = element("div", { class: "gl-facts", "aria-hidden": "true" });
  let shown = "";

  /** @param {Fact[]} facts */
  function show(facts) {
    if (shown === (shown = JSON.stringify(facts))) return;
    const nodes = facts.map(({ name, value, large }, i) => {
      const number = element("span", { class: "gl-fact-value" }, value);
      const size = { "data-large": String(i === 0 || Boolean(large)) };
      return element("div", { class: "gl-fact", ...size }, number, element("span", {}, name));
    });
    root.replaceChildren(...nodes);
    root.hidden = !nodes.length;
  }
  return { root, show };
}

/** @param {FrameOptions} options */
function toolbar({ el, texts, onReset, onCopy, signal }) {
  const root = element("div", { class: "gl-toolbar", role: "group", "aria-label": texts.tools });
  if (onCopy) root.append(tool("copy", texts.copy, onCopy, signal));
  root.append(tool("reset", texts.reset, onReset, signal));
  if (document.fullscreenEnabled) root.append(fullScreen(el, texts, signal));
  return root;
}

/**
 * @param {"copy" | "reset" | "full"} name @param {string} text
 * @param {() => void} onClick @param {AbortSignal} signal
 */
function tool(name, text, onClick, signal) {
  const attributes = { type: "button", class: `gl-tool gl-tool-${name}`, title: text, "aria-label": text };
  const root = element("button", attributes, icon(name));
  root.addEventListener("click", onClick, { signal });
  return root;
}

/** @param {HTMLElement} el @param {SharedTexts} texts @param {AbortSignal} signal */
function fullScreen(el, texts, signal) {
  const isFull = () => document.fullscreenElement === el;
  // A browser may refuse what it has offered; then all stays as it is.
  const turn = () => (isFull() ? document.exitFullscreen() : el.requestFullscreen()).catch(() => {});
  const root = tool("full", texts.fullScreen, turn, signal);
  const show = () => root.setAttribute("aria-pressed", String(isFull()));
  document.addEventListener("fullscreenchange", show, { signal });
  show();
  return root;
}

/**
 * Put a text where it can be pasted from; false where the browser lets neither way.
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // an older browser, or a page that is not served securely
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const field = element("textarea", { class: "gl-hidden", readonly: "", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  return copied;
}
