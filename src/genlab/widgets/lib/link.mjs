/** A widget's values in the page's address, so that what it shows can be linked and assigned. */

/** @import { HostState, Model } from "./types.mjs" */
/** @import { Nonsense, Range, Ranges } from "./math/query.mjs" */
/** @import { SharedTexts } from "./strings.mjs" */
import { dropQuery, readQuery, traitOf, writeQuery } from "./math/query.mjs";
import { fill } from "./strings.mjs";

/** A model of which any value may be asked. @typedef {Model<HostState & Record<string, any>>} AnyModel */

/**
 * Put into the model what the page's address says of it. In a notebook there is no address.
 * @param {AnyModel} model @param {SharedTexts} texts
 * @returns {{ linked: boolean, complaint: string }} whether it says anything, and of what is not
 *   understood a sentence
 */
export function takeLink(model, texts) {
  const instance = model.get("_instance");
  if (!instance) return { linked: false, complaint: "" };
  const ranges = model.get("ranges");
  const { values, nonsense } = readQuery(location.search, instance, ranges);
  for (const [key, value] of Object.entries(values ?? {})) model.set(traitOf(key, ranges), value);
  const complaint = nonsense ? complain(nonsense, ranges, texts) : "";
  return { linked: values !== null, complaint };
}

/** @param {AnyModel} model */
export function writeLink(model) {
  const [instance, ranges] = [model.get("_instance"), model.get("ranges")];
  if (!instance) return;
  const values = Object.fromEntries(
    Object.keys(ranges).map((key) => [key, asWritten(model.get(traitOf(key, ranges)))]),
  );
  const search = writeQuery(location.search, instance, values);
  history.replaceState(history.state, "", search + location.hash);
}

/** Say nothing of a widget in the address any more. @param {AnyModel} model */
export function dropLink(model) {
  const instance = model.get("_instance");
  if (!instance) return;
  const search = dropQuery(location.search, instance);
  history.replaceState(history.state, "", location.pathname + search + location.hash);
}

/**
 * The address of what a widget shows now; it opens at the section that the widget is in.
 * @param {HTMLElement} el
 */
export function addressOf(el) {
  const address = new URL(location.href);
  const section = el.closest("section[id]");
  if (section) address.hash = section.id;
  return address.href;
}

/** @param {unknown} value */
const asWritten = (value) => (typeof value === "string" ? value : Number(value));

/**
 * One sentence on what is not understood.
 * @param {Nonsense} nonsense @param {Ranges} ranges @param {SharedTexts} texts
 */
export function complain({ entry, range }, ranges, texts) {
  const expected = range
    ? describe(range, texts)
    : fill(texts.expectedKey, { keys: Object.keys(ranges).join(texts.comma) });
  return fill(texts.nonsense, { entry: shortened(entry), expected });
}

/** As much of a text as a sentence can carry: an address may be thousands of letters long. @param {string} text */
const shortened = (text) => (text.length > 40 ? `${text.slice(0, 40)}...` : text);

/** @param {Range} range @param {SharedTexts} texts */
function describe(range, texts) {
  if ("letters" in range) return fill(texts.expectedLetters, range);
  const few = "oneOf" in range ? range.oneOf : "words" in range ? range.words : null;
  if (few) return fill(texts.expectedOneOf, { values: few.join(texts.comma) });
  const [low, high] = "whole" in range ? range.whole : /** @type {[number, number]} */ (range);
  return fill("whole" in range ? texts.expectedWhole : texts.expectedNumber, { low, high });
}
