/**
 * The sample wall: the same noise, made into digits by several networks, a row each. The way from
 * noise to digits is scrubbed.
 *
 * How far it has come, seed and number of steps live in the model; `RowsView` leads the rows on.
 */

/** @import { RowsState } from "../lib/rows.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { element } from "../lib/dom.mjs";
import { RowsView } from "../lib/rows.mjs";
import { fill } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { Row } from "./parts.mjs";
import { strings } from "./strings.mjs";

/** The runtime and one network, in megabytes as they are sent. */
const [RUNTIME, NETWORK] = [4, 0.8];

/** @extends {RowsView<RowsState, Texts>} */
class SampleWall extends RowsView {
  /** @param {string} name @returns {Row} */
  createRow(name) {
    return new Row(name, this.model.get("count"), this.texts);
  }

  arrange() {
    this.tellRows();
    const rows = element("div", { class: "gl-rows" }, ...this.rows.map(({ root }) => root));
    const settings = element("div", { class: "gl-settings" });
    settings.append(this.seed.root, this.steps.root, this.guess.root);
    return element("div", { class: "gl-wall" }, this.way.root, rows, settings);
  }

  // -- words -----------------------------------------------------------------------------------------

  waiting() {
    return fill(super.waiting(), { megabytes: Math.round(RUNTIME + NETWORK * this.names.length) });
  }

  working() {
    const [seed, least] = [this.model.get("seed"), this.least];
    return fill(this.texts.working, { seed, least, step: this.step });
  }

  describe() {
    const [{ texts, step }, steps] = [this, this.model.get("steps")];
    const what = this.wanted.guess ? texts.whatGuesses : texts.whatSamples;
    return fill(step === steps ? texts.done : texts.shown, {
      ...{ step, steps, t: this.level, seed: this.model.get("seed") },
      what: fill(what, { count: this.model.get("count"), rows: this.names.length }),
    });
  }
}

export default widget("sample-wall", SampleWall, strings);
