/** The prefix of the next-token explorer: locale, text field, buttons, and what is wrong with a text. */

/** @import { Home } from "./parts.mjs" */
import { button } from "../lib/controls.mjs";
import { element } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { lower, unknownIn } from "./math.mjs";

/**
 * @typedef {object} PrefixOptions
 * @property {string} letters those that a model of names knows
 * @property {(text: string) => void} onText @property {(locale: string) => void} onLocale
 * @property {() => void} onDraw @property {() => void} onFinish @property {() => void} onClear
 */

export class Prefix {
  #home;
  #isNames;
  #options;
  #input;
  #select;

  /** @param {Home} home @param {PrefixOptions} options */
  constructor(home, options) {
    const [{ texts, signal }, { onDraw, onFinish, onClear }] = [home, options];
    const names = home.model.get("kind") === "names"; // with a locale; else any text
    this.#home = home;
    this.#isNames = names;
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
  read = (typed) => (this.#isNames ? lower(typed) : typed);

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
    const { model, texts } = this.#home;
    const [{ letters }, longest] = [this.#options, model.get("longest")];
    const unknown = this.#isNames ? unknownIn(text, letters) : [];
    if (unknown.length) {
      const quoted = unknown.map((text) => fill(texts.quoted, { text })).join(texts.comma);
      return fill(texts.unknown, { letters: quoted, known: letters });
    }
    const count = [...text].length;
    if (count > longest) return fill(texts.tooLong, { count, longest });
    return count || this.#isNames ? "" : texts.empty;
  }

  #createInput() {
    const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
    const input = element("input", { type: "text", class: "gl-text", ...plain });
    input.addEventListener("input", () => this.#options.onText(this.read(input.value)), {
      signal: this.#home.signal,
    });
    return input;
  }

  #createSelect() {
    const { model, texts, signal } = this.#home;
    const select = element("select", { class: "gl-select" });
    for (const [locale, country] of Object.entries(model.get("locales"))) {
      const name = fill(texts.localeOption, { country, locale });
      select.append(element("option", { value: locale }, name));
    }
    select.addEventListener("change", () => this.#options.onLocale(select.value), { signal });
    return select;
  }
}

/** @param {string} text @param {HTMLElement} control */
const field = (text, control) =>
  element("label", { class: "gl-field" }, element("span", {}, text), control);
