/** Each widget has one table of texts by language; this picks from it. */

/**
 * The table of the page's language, or the English one.
 * @template Table
 * @param {{ en: Table } & Record<string, Table>} tables
 */
export function pickStrings(tables, language = document.documentElement.lang) {
  const known = [language, language.split("-")[0]].find((name) => Object.hasOwn(tables, name));
  return tables[known ?? "en"];
}

/**
 * Put values into a text: fill("at {z0}", { z0: 1 }) is "at 1".
 * @param {string} text @param {Record<string, string | number>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
