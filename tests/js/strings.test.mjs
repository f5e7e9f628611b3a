import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { fill, pickStrings, shared } from "../../src/genlab/widgets/lib/strings.mjs";

/** @typedef {{ [key: string]: string | Table }} Table */
/** @typedef {Record<string, Table>} Tables  by language */

const WIDGETS = new URL("../../src/genlab/widgets/", import.meta.url);

/** The tables of all widgets, by the folder that they are in. @returns {Promise<Record<string, Tables>>} */
async function allTables() {
  const files = readdirSync(WIDGETS, { recursive: true, encoding: "utf8" });
  const folders = files.filter((file) => /^(?!lib\/).*strings\.mjs$/.test(file));
  const modules = await Promise.all(folders.map((file) => import(new URL(file, WIDGETS).href)));
  return Object.fromEntries(folders.map((file, i) => [file, modules[i].strings]));
}

/** The texts of a table, and of the tables in it, by their key. @param {Table} table @returns {Record<string, string>} */
const flat = (table) =>
  Object.fromEntries(
    Object.entries(table).flatMap(([key, value]) =>
      typeof value === "string"
        ? [[key, value]]
        : Object.entries(flat(value)).map(([inner, text]) => [`${key}.${inner}`, text]),
    ),
  );

/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w*\}/g))].sort().join(" ");

/**
 * What is wrong with the texts of a language, held against the English ones.
 * @param {string} name @param {Record<string, string>} texts @param {Record<string, string>} english
 */
function faults(name, texts, english) {
  const keys = [...new Set([...Object.keys(english), ...Object.keys(texts)])];
  return keys.flatMap((key) => {
    const [text, other] = [texts[key], english[key]];
    if (text === undefined) return [`${name} has no text ${key}`];
    if (other === undefined) return [`${name} has the text ${key}, which English has not`];
    if (!text.trim() && other.trim()) return [`${name}: ${key} is empty`];
    if (placeholders(text) === placeholders(other)) return [];
    return [`${name}: ${key} takes "${placeholders(text)}", in English "${placeholders(other)}"`];
  });
}

/** What is wrong with some tables. @param {Record<string, Tables>} all @param {Tables} common */
function allFaults(all, common) {
  const languages = Object.keys(common);
  return Object.entries({ ...all, shared: common }).flatMap(([name, tables]) => {
    const missing = languages.filter((language) => !(language in tables));
    return [
      ...missing.map((language) => `${name} has no ${language}`),
      ...Object.entries(tables).flatMap(([language, table]) =>
        faults(`${name}, ${language}`, flat(table), flat(tables.en)),
      ),
      ...(tables === common ? [] : sharedFaults(name, flat(tables.en), flat(common.en))),
    ];
  });
}

/**
 * A text of a widget's own that goes before the shared one takes the same values, and differs.
 * @param {string} name @param {Record<string, string>} own @param {Record<string, string>} common
 */
const sharedFaults = (name, own, common) =>
  Object.keys(own).filter((key) => key in common).flatMap((key) => {
    if (own[key] === common[key]) return [`${name}: ${key} is the shared text once more`];
    return faults(name, { [key]: own[key] }, { [key]: common[key] });
  });

test("values go where their names stand", () => {
  assert.equal(fill("{a} and {b}, {a}", { a: 1, b: "$&" }), "1 and $&, 1");
});

test("the page's language, its parent, or English", () => {
  const tables = { en: { hello: "hello" }, "zh-TW": { hello: "你好" }, de: { hello: "hallo" } };
  assert.equal(pickStrings(tables, "zh-TW").hello, "你好");
  assert.equal(pickStrings(tables, "de-AT").hello, "hallo");
  assert.equal(pickStrings(tables, "fr").hello, "hello");
  assert.equal(pickStrings(tables, "").hello, "hello");
  assert.equal(pickStrings(tables, "constructor").hello, "hello");
});

test("a widget's own text goes before the shared one", () => {
  assert.equal(pickStrings({ en: {} }, "en").retry, shared.en.retry);
  assert.equal(pickStrings({ en: { retry: "Once more" } }, "en").retry, "Once more");
});

test("every table has every text with its placeholders in every language", async () => {
  const all = await allTables();
  assert.ok(Object.keys(all).length >= 8, Object.keys(all).join());
  assert.deepEqual(allFaults(all, shared), []);
});

test("planted faults are found", () => {
  const en = { at: "at {t} of {all}", asks: { sample: "predicts x0" }, none: "", retry: "Again" };
  const sound = { at: "{all}: {t}", asks: { sample: "sagt x0 voraus" }, none: "", retry: "Nochmal" };
  const common = { en: { retry: "Try again" }, de: { retry: "Nochmal versuchen" } };
  assert.deepEqual(allFaults({ w: { en, de: sound } }, common), []);
  /** @type {[Table, string][]} */
  const planted = [
    [{ ...sound, at: "bei {t}" }, 'w, de: at takes "{t}", in English "{all} {t}"'],
    [{ ...sound, at: "{all}: {T}" }, 'w, de: at takes "{T} {all}", in English "{all} {t}"'],
    [{ ...sound, asks: {} }, "w, de has no text asks.sample"],
    [{ ...sound, asks: { sample: " " } }, "w, de: asks.sample is empty"],
    [{ ...sound, more: "mehr" }, "w, de has the text more, which English has not"],
  ];
  for (const [de, fault] of planted) assert.deepEqual(allFaults({ w: { en, de } }, common), [fault]);
  assert.deepEqual(allFaults({ w: { en } }, common), ["w has no de"]);
  const again = { en: { retry: "Try again" }, de: { retry: "Nochmal versuchen" } };
  assert.deepEqual(allFaults({ w: again }, common), ["w: retry is the shared text once more"]);
  const filled = { en: { retry: "Try {t}" }, de: { retry: "Nochmal {t}" } };
  assert.deepEqual(allFaults({ w: filled }, common), ['w: retry takes "{t}", in English ""']);
});
