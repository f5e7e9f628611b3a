import assert from "node:assert/strict";
import { test } from "node:test";

import { asked, canonical, excerpt, read, search, terms } from "../../src/genlab/sphinx/static/ranking.mjs";

const PAIRS = [
  ["colours", "color"], ["normalised", "normalizes"], ["labelled", "labels"], ["analyse", "analyzing"],
  ["centre", "center"], ["greyish", "grayish"], ["behaviour", "behaviors"], ["modelling", "modeling"],
  ["sampling", "samples"], ["artefact", "artifacts"], ["tokeniser", "tokenizers"], ["entropies", "entropy"],
];

test("two spellings and endings of a word have one form", () => {
  for (const [one, other] of PAIRS) assert.equal(canonical(one), canonical(other), `${one}, ${other}`);
  for (const [one, other] of [["noise", "nose"], ["loss", "lose"], ["bias", "bia"]]) {
    assert.notEqual(canonical(one), canonical(other), `${one}, ${other}`);
  }
});

test("a hyphen and an accent make no other word", () => {
  assert.deepEqual(asked("auto-encoder"), asked("Autoencoder"));
  assert.deepEqual(terms("Fréchet"), terms("frechet"));
  assert.deepEqual(asked("v_prediction"), ["v_prediction"]);
  assert.ok(terms("v_prediction").includes(canonical("prediction")));
});

/** @type {import("../../src/genlab/sphinx/static/ranking.mjs").Index} */
const INDEX = {
  pages: [
    { url: "a.html", title: "Noise", weight: 1 },
    { url: "b.html", title: "Digits", weight: 1 },
    { url: "c.html", title: "Glossary", weight: 0.4 },
  ],
  sections: [
    [0, "", "Noise", "how noise is added to a digit"],
    [0, "schedule", "The schedule", "a schedule says how much noise there is"],
    [1, "", "Digits", "a digit has ink and noise"],
    [2, "term-noise", "Noise", "what is added"],
    [2, "term-digit", "Digit", "0 to 9"],
  ],
};
const SECTIONS = read(INDEX);

test("the page about a word is first, each page once, at its place", () => {
  const found = search(INDEX, SECTIONS, "noise");
  assert.deepEqual(found.map(({ page }) => page.title), ["Noise", "Digits", "Glossary"]);
  assert.equal(found[2].places[0][1], "term-noise");
  assert.equal(search(INDEX, SECTIONS, "schedule")[0].places[0][1], "schedule");
});

test("all words are wanted, and some if no page has all", () => {
  assert.deepEqual(search(INDEX, SECTIONS, "ink noise").map(({ page }) => page.title), ["Digits"]);
  assert.equal(search(INDEX, SECTIONS, "noise zyzzyva").length, 3);
  assert.deepEqual(search(INDEX, SECTIONS, "zyzzyva"), []);
  assert.deepEqual(search(INDEX, SECTIONS, "  % "), []);
});

test("an excerpt shows the word where it stands", () => {
  const text = `${"before ".repeat(60)}the colour of noise ${"after ".repeat(60)}`;
  const pieces = excerpt(text, "color");
  assert.deepEqual(pieces.filter(({ hit }) => hit).map((piece) => piece.text), ["colour"]);
  const whole = pieces.map((piece) => piece.text).join("");
  assert.ok(whole.length < 240 && whole.startsWith("… ") && whole.endsWith(" …"), whole);
});
