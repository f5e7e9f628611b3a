import assert from "node:assert/strict";
import test from "node:test";
import { strings } from "../../src/genlab/widgets/latent_explorer/strings.mjs";
import { fill, pickStrings } from "../../src/genlab/widgets/lib/strings.mjs";

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

test("every language has every text", () => {
  for (const [language, table] of Object.entries(strings))
    assert.deepEqual(Object.keys(table), Object.keys(strings.en), language);
});
