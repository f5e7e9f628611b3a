/** The prefix of the next-token explorer: locale, text field, buttons, and what is wrong with a text. */

/** @import { Texts } from "./parts.mjs" */
import { button } from "../lib/controls.mjs";
import { element } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { lower, unknownIn } from "./math.mjs";

/**
 * @typedef {object} PrefixOptions
 * @property {Texts} texts @property {AbortSignal} signal
 * @property {boolean} names a name with a locale, or any text
 * @property {string} letters those that a model of names knows @property {number} longest letters
 * @property {Record<string, string>} locales countries by locale
 * @property {(text: string) => void} onText @property {(locale: string) => void} onLocale
 * @property {() => void} onDraw @property {() => void} onFinish @property {() => void} onClear
 */

export class Prefix {
  #options;
  #input;
  #select;

  /** @param {PrefixOptions} options */
  constructor(options) {
    const { texts, names, onDraw, onFinish, onClear, signal } = options;
    this.#options = options;
    this.#input = this.#createInput();
    this.#select = this.#createSelect();
    const buttons = element("div", { class: "gl-buttons" });
    buttons.append(
      button(texts.draw, onDraw, signal),
      button(names ? texts.finishName : texts.finishText, onFinish, signal),
      button(texts.clear, onClear, signal),
    );
    this.root = element("div", { class: "gl-prefix" });
    if (names) this.root.append(field(texts.locale, this.#select));
    this.root.append(field(names ? texts.nameLabel : texts.textLabel, this.#input), buttons);
  }

  /** What a typed text is as a prefix. @param {string} typed */
  read = (typed) => (this.#options.names ? lower(typed) : typed);

  /** What is typed already stays: a capital, say, is the same prefix. @param {string} text @param {string} locale */
  show(text, locale) {
    if (this.read(this.#input.value) !== text) this.#input.value = text;
    this.#select.value = locale;
  }

  /** Leave the field empty, ready to be typed in. */
  empty() {
    this.#input.value = "";
    this.#input.focus();
  }

  /** What is wrong with a prefix, in words; empty if nothing. @param {string} text */
  problem(text) {
    const { texts, names, letters, longest } = this.#options;
    const unknown = names ? unknownIn(text, letters) : [];
    if (unknown.length) {
      const quoted = unknown.map((one) => `"${one}"`).join(", ");
      return fill(texts.unknown, { letters: quoted, known: letters });
    }
    const count = [...text].length;
    if (count > longest) return fill(texts.tooLong, { count, longest });
    return count || names ? "" : texts.empty;
  }

  #createInput() {
    const { onText, signal } = this.#options;
    const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
    const input = element("input", { type: "text", class: "gl-text", ...plain });
    input.addEventListener("input", () => onText(this.read(input.value)), { signal });
    return input;
  }

  #createSelect() {
    const { texts, locales, onLocale, signal } = this.#options;
    const select = element("select", { class: "gl-select" });
    for (const [locale, country] of Object.entries(locales)) {
      const name = fill(texts.localeOption, { country, locale });
      select.append(element("option", { value: locale }, name));
    }
    select.addEventListener("change", () => onLocale(select.value), { signal });
    return select;
  }
}

/** @param {string} text @param {HTMLElement} control */
const field = (text, control) =>
  element("label", { class: "gl-field" }, element("span", {}, text), control);
