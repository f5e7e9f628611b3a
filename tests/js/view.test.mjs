import assert from "node:assert/strict";
import test from "node:test";
import { element } from "../../src/genlab/widgets/lib/dom.mjs";
import { View } from "../../src/genlab/widgets/lib/view.mjs";
import { widget } from "../../src/genlab/widgets/lib/widget.mjs";
import { PageModel } from "../../src/genlab/widgets/site/page_model.mjs";
import { fakePage } from "./fixtures/page.mjs";

/** @import { HostState } from "../../src/genlab/widgets/lib/types.mjs" */
/** @import { SharedTexts } from "../../src/genlab/widgets/lib/strings.mjs" */

/** @typedef {HostState & { t: number, latent_size: number, fail: boolean, stored: object }} State */

const strings = {
  en: { title: "Doubled", task: "Move t.", shown: "t is", loadingPage: "Loading.", failed: "Not doubled: {message}." },
  de: { title: "Verdoppelt", task: "Bewege t.", shown: "t ist", loadingPage: "Lädt.", failed: "Nicht verdoppelt: {message}." },
};

/** A view of a number and of what a network makes of it. @extends {View<State, SharedTexts & typeof strings.en>} */
class Doubled extends View {
  /** @type {string[]} */
  said = [];
  /** @type {number | null} */
  doubled = null;
  t = this.slider("t", { name: "t", label: "t" });
  size = this.slider("size", { name: "size", label: "size" });

  arrange() {
    views.push(this);
    return element("div", {}, this.t.root, this.size.root, this.status.root);
  }

  show() {
    this.t.show(this.model.get("t"));
    this.size.show(this.model.get("latent_size"));
  }

  showStored() {
    if (this.isStored) this.doubled = 0;
  }

  async ask() {
    const answer = await this.answer("double", [this.model.get("t")], [1]);
    if (answer) this.doubled = answer[0];
    if (answer) this.say();
  }

  describe() {
    return `${this.texts.shown} ${this.model.get("t")}, ${this.doubled}`;
  }
}

/** @type {Doubled[]} */
const views = [];
const doubled = widget("doubled", Doubled, strings);

/** @type {number[]} */
let asked = [];

/** @param {Partial<State>} values */
function createModel(values = {}) {
  asked = [];
  /** @type {State} */
  const state = {
    ...{ _instance: "doubled-1", t: 1, latent_size: 2, fail: false, language: "" },
    stored: { t: 1, size: 2 },
    ranges: { t: { whole: [0, 9] }, size: { oneOf: [2, 8], trait: "latent_size" } },
    ...values,
  };
  /** @type {PageModel<State>} */
  const model = new PageModel(state, async (_, __, [buffer]) => {
    const [t] = new Float32Array(buffer);
    asked.push(t);
    await wait(5);
    if (model.get("fail")) throw new Error("the network is gone");
    return { shape: [1], buffer: Float32Array.of(2 * t).buffer, milliseconds: 1 };
  });
  return model;
}

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** Longer than a view waits before it says and links what has changed. */
const quiet = () => wait(400);

/** @param {Doubled} view */
const wordsOf = (view) => String(view.status.root.children[0].textContent);

/** @param {{ after: (action: () => void) => void }} context @param {{ search?: string, language?: string } & Partial<State>} start */
function onPage(context, { search, language, ...values } = {}) {
  const { el, location } = fakePage(context, { search, language });
  const model = createModel(values);
  const end = doubled.render({ model, el });
  const view = /** @type {Doubled} */ (views.at(-1));
  return { el, location, model, end, view, said: () => wordsOf(view) };
}

test("the start comes from the state, at once and without a question", async (t) => {
  const { el, end, said, location } = onPage(t);
  assert.equal(said(), "t is 1, 0");
  assert.equal(el.dataset.genlabWidget, "doubled");
  assert.equal(el.dataset.state, "idle");
  await quiet();
  assert.deepEqual(asked, []);
  assert.equal(location.search, "", "what the reader has not moved is not in the address");
  end();
});

test("another start than the stored one is asked for", async (t) => {
  const { el, end, said, view } = onPage(t, { t: 3 });
  assert.equal(view.doubled, null);
  await quiet();
  assert.deepEqual([asked, said(), el.dataset.state], [[3], "t is 3, 6", "ready"]);
  end();
});

test("a link goes before the state, under its own keys", async (t) => {
  const { end, model, said } = onPage(t, { search: "?a=1&doubled-1=t:4,size:8" });
  assert.deepEqual([model.get("t"), model.get("latent_size")], [4, 8]);
  await quiet();
  assert.deepEqual([asked, said()], [[4], "t is 4, 8"]);
  end();
});

test("what a link says wrongly is named, and the start is shown", (t) => {
  for (const [link, expected] of [
    ["t:10", "expected a whole number from 0 to 9"],
    ["size:3", "expected one of 2, 8"],
    ["latent_size:8", "expected t, size"],
  ]) {
    const { end, said, model } = onPage(t, { search: `?doubled-1=${link}` });
    assert.match(said(), new RegExp(`^The link says "${link}", .* ${expected}\\. .* t is 1, 0$`));
    assert.deepEqual([model.get("t"), model.get("latent_size")], [1, 2]);
    end();
  }
});

test("a link of the start's own values is asked for as well", async (t) => {
  const { end } = onPage(t, { search: "?doubled-1=t:1" });
  await quiet();
  assert.deepEqual(asked, [1]);
  end();
});

test("a change from anywhere is shown, asked for, said and linked", async (t) => {
  const { end, location, model, said, view } = onPage(t, { search: "?a=1" });
  model.set("t", 5);
  assert.equal(view.t.input.value, "5");
  await quiet();
  assert.deepEqual([asked, said()], [[5], "t is 5, 10"]);
  assert.equal(location.search, "?a=1&doubled-1=t:5,size:2");
  model.set("latent_size", 8);
  assert.equal(view.size.input.value, "1", "the second of its stops");
  await quiet();
  assert.equal(location.search, "?a=1&doubled-1=t:5,size:8");
  end();
});

test("a slider has the ends of its range, or its few values as stops", async (t) => {
  const { end, model, view } = onPage(t);
  const attributes = (/** @type {any} */ { attributes: { min, max, step } }) => [min, max, step];
  assert.deepEqual(attributes(view.t.input), ["0", "9", "1"]);
  assert.deepEqual(attributes(view.size.input), ["0", "1", "1"]);
  view.size.input.value = "1";
  view.size.input.dispatchEvent(new Event("input"));
  assert.equal(model.get("latent_size"), 8);
  await quiet();
  assert.equal(asked.length, 1, "one question a frame");
  end();
});

test("the first touch asks, also where all stays as it was", async (t) => {
  const { end, view } = onPage(t);
  view.choose({ t: 1 });
  await quiet();
  assert.deepEqual(asked, [1]);
  view.set({ t: 1 });
  await quiet();
  assert.deepEqual(asked, [1], "setting alone asks for nothing");
  end();
});

test("the newest answer wins, and what was passed over is not asked for", async (t) => {
  const { end, model, view } = onPage(t);
  for (const value of [2, 3, 4]) model.set("t", value); // in one frame
  await quiet();
  assert.deepEqual([asked, view.doubled], [[4], 8]);
  for (const value of [5, 6, 7]) {
    model.set("t", value);
    view.ask(); // without waiting for the frame or an answer
  }
  await quiet();
  assert.deepEqual([...new Set(asked)], [4, 5, 7]);
  assert.equal(view.doubled, 14);
  end();
});

test("an error is said, and can be tried again", async (t) => {
  const { el, end, model, said, view } = onPage(t);
  model.set("fail", true);
  view.choose({ t: 2 });
  await quiet();
  assert.deepEqual([el.dataset.state, said()], ["error", "Not doubled: the network is gone."]);
  model.set("fail", false);
  view.again();
  await quiet();
  assert.deepEqual([el.dataset.state, said()], ["ready", "t is 2, 4"]);
  end();
});

test("a remark goes before what is shown until the reader sets something", async (t) => {
  const { end, said, view } = onPage(t);
  view.remark("Pen down.");
  await quiet();
  assert.equal(said(), "Pen down. t is 1, 0");
  view.set({ t: 1 });
  await quiet();
  assert.equal(said(), "t is 1, 0");
  end();
});

test("after the last value comes the first", (t) => {
  const { end, model, view } = onPage(t, { t: 8 });
  view.advance("t");
  assert.equal(model.get("t"), 9);
  view.advance("t");
  assert.equal(model.get("t"), 0);
  assert.throws(() => view.advance("size"), /expected whole numbers/);
  end();
});

test("the language is the widget's own or else the page's, and can change", (t) => {
  const { end, said, model } = onPage(t, { language: "de-AT" });
  assert.equal(said(), "t ist 1, 0");
  const count = views.length;
  model.set("language", "en");
  assert.equal(views.length, count + 1);
  assert.equal(wordsOf(views[count]), "t is 1, 0");
  end();
});

test("nothing is left behind, and nothing comes after the end", async (t) => {
  const { el, end, location, model, view } = onPage(t);
  assert.equal(el.children.length, 1);
  assert.ok(el.genlab.run);
  view.choose({ t: 2 });
  await wait(3); // the question is on its way
  model.set("t", 3);
  end();
  model.set("t", 4);
  await quiet();
  assert.deepEqual([el.children.length, el.genlab, view.doubled], [0, undefined, 0]);
  assert.equal(location.search, "");
  assert.ok(asked.length <= 1 && !asked.includes(4));
});

test("a view that is made anew leaves one root", (t) => {
  const { el, end, model } = onPage(t);
  model.set("stored", { t: 1, size: 2 });
  assert.equal(el.children.length, 1);
  end();
});
