/** Each widget has a table of texts by language, and all share one; this picks from both. */

/** What widgets say in the same words. A widget that says it in others has that text itself. */
export const shared = {
  en: {
    retry: "Try again",
    tools: "Tools",
    copy: "Copy link",
    copied: "Link copied: it leads to what is shown now.",
    notCopied: "This browser does not let the link be copied; it stands in the address line.",
    reset: "Reset",
    isReset: "Back at the start.",
    fullScreen: "Full screen",
    play: "Play: {name}",
    loadingKernel: "Waiting for the kernel.",
    progress: "{loaded} of {total} MB have come.",
    pad: "Draw a digit. Arrow keys move the pen, Space lowers and lifts it, Delete clears the drawing.",
    hint: "Draw a digit here",
    touchHint: "Tap here, then draw a digit",
    keysHint: "Arrows move, Space draws, Delete clears",
    penDown: "Pen down.",
    penUp: "Pen up.",
    penAt: "{pen} Column {column}, row {row} of {side}.",
    next: "Next digit",
    noise: "New noise",
    clear: "Clear drawing",
    comma: ", ",
    quoted: "\"{text}\"",
    wrongBytes: "got {got} bytes for the shape [{shape}], expected {expected}",
    nonsense: "The link says \"{entry}\", which is not understood: {expected}. This is the start instead.",
    expectedKey: "expected {keys}",
    expectedNumber: "expected a number from {low} to {high}",
    expectedWhole: "expected a whole number from {low} to {high}",
    expectedOneOf: "expected one of {values}",
    expectedLetters: "expected up to {most} letters of {letters}",
  },
};

/** @typedef {typeof shared.en} SharedTexts */

/**
 * The texts of a widget in a language or, where they are not in it, in English.
 * @template Table
 * @param {{ en: Table } & Record<string, Table>} tables @param {string} language
 * @returns {SharedTexts & Table}
 */
export const pickStrings = (tables, language) => ({
  ...inLanguage(shared, language),
  ...inLanguage(tables, language),
});

/**
 * @template Table
 * @param {{ en: Table } & Record<string, Table>} tables @param {string} language
 */
function inLanguage(tables, language) {
  const known = [language, language.split("-")[0]].find((name) => Object.hasOwn(tables, name));
  return tables[known ?? "en"];
}

/**
 * Put values into a text: fill("at {z0}", { z0: 1 }) is "at 1".
 * @param {string} text @param {Record<string, string | number>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
