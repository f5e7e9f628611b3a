/**
 * The latent explorer: maps of one or two 2-D latent spaces, a point to move on each, what the
 * decoder makes of it, and a digit of one's own to encode.
 *
 * The values live in the model (z0, z1, right_z0, right_z1); everything on show follows them, so a
 * point moved by Python, by a link between widgets or by a finger takes the same way.
 */

/** @import { Life, Point, WidgetRoot } from "../lib/types.mjs" */
/** @import { Ranges } from "../lib/math/query.mjs" */
/** @import { Explorer } from "./panel.mjs" */
import { statusLine } from "../lib/controls.mjs";
import { DigitSource } from "../lib/digit_source.mjs";
import { element, whenQuiet } from "../lib/dom.mjs";
import { InferClient } from "../lib/infer.mjs";
import { complain, readLink, writeLink } from "../lib/link.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { KEYS, Panel } from "./panel.mjs";
import { strings } from "./strings.mjs";

const IMAGE = [1, 1, 28, 28];

/** The widget on show; it follows the model until `signal` ends. */
class View {
  #texts = pickStrings(strings);
  #note = "";
  #failure = "";
  /** Counts the reader's own moves: an encoding that comes after one is not wanted any more. */
  #moves = 0;
  /** What to do once more after an error. */
  #again = () => this.#decodeAll();

  /** @param {Explorer} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    const texts = this.#texts;
    this.model = model;
    this.el = el;
    this.client = new InferClient(model, this.#onLife);
    this.say = whenQuiet(() => this.status.say(this.#sentence(), this.#failed), 120, signal);
    this.link = whenQuiet(() => this.#writeLink(), 250, signal);
    const common = { model, client: this.client, texts, onMove: this.#onMove, signal };
    this.panels = model.get("names").map((_, index) => new Panel({ ...common, index }));
    this.source = new DigitSource({
      samples: model.get("samples"),
      labels: model.get("sample_labels"),
      texts,
      signal,
      onDigit: this.#onDigit,
      onNote: this.#remark,
    });
    this.status = statusLine({ retry: texts.retry, onRetry: () => this.#again(), signal });
    this.#open();
    this.#mount(signal);
    this.panels.forEach((panel, index) => this.#follow(panel, index, signal));
  }

  /** Show the first position from the state, or ask for it where it is another one. */
  #open() {
    this.el.dataset.state = "idle";
    const linked = this.#takeLink();
    const { z, pixels } = this.model.get("stored");
    const pictures = unpackPictures(pixels);
    const same = this.panels.flatMap(({ point }) => point).every((value, i) => value === z.flat()[i]);
    this.panels.forEach((panel, index) => {
      panel.showPicture(pictures[index]);
      panel.show();
    });
    if (linked || !same) this.#decodeAll();
    this.source.setCurrent(!linked && same && this.model.get("sample_shown"));
    // At once, not when quiet: what is there from the start is not read out unasked.
    this.status.say(this.#sentence());
  }

  /** @param {AbortSignal} signal */
  #mount(signal) {
    const { el, client, panels, source, status } = this;
    const words = element("div", { class: "gl-words" }, source.buttons, status.root);
    const foot = element("div", { class: "gl-foot" }, source.root, words);
    const root = element("div", { class: "gl-body", "data-count": panels.length });
    root.append(...panels.map((panel) => panel.root), foot);
    el.append(root);
    el.genlab = { run: client.run };
    signal.addEventListener("abort", () => {
      client.close();
      root.remove();
      delete el.genlab;
    });
  }

  /** @param {Panel} panel @param {number} index @param {AbortSignal} signal */
  #follow(panel, index, signal) {
    const changed = () => {
      panel.show();
      panel.decode();
      this.say();
      this.link();
    };
    for (const key of KEYS[index]) {
      this.model.on(`change:${key}`, changed);
      signal.addEventListener("abort", () => this.model.off(`change:${key}`, changed));
    }
  }

  /** Put into the model what the page's address says about the points; true if it says anything. */
  #takeLink() {
    const ranges = this.#ranges();
    const { values, nonsense } = readLink(this.model.get("_instance"), ranges);
    if (nonsense) this.#note = complain(nonsense, ranges, this.#texts);
    for (const key of KEYS.flat()) {
      const value = values?.[key];
      if (value !== undefined) this.model.set(key, Number(value));
    }
    return values !== null;
  }

  #writeLink() {
    const keys = KEYS.slice(0, this.panels.length).flat();
    const values = Object.fromEntries(keys.map((key) => [key, this.model.get(key)]));
    writeLink(this.model.get("_instance"), values);
  }

  /** Where the points can be. */
  #ranges() {
    /** @type {Ranges} */
    const ranges = {};
    this.model.get("extents").forEach(([left, right, bottom, top], index) => {
      ranges[KEYS[index][0]] = [left, right];
      ranges[KEYS[index][1]] = [bottom, top];
    });
    return ranges;
  }

  /** @param {Life} life @param {string} message */
  #onLife = (life, message) => {
    this.el.dataset.state = life;
    this.#failure = message;
    this.say();
  };

  get #failed() {
    return this.el.dataset.state === "error";
  }

  /** What is shown now, or what is the matter, in words. */
  #sentence() {
    const texts = this.#texts;
    if (this.#failed) return fill(texts.failed, { message: this.#failure });
    if (this.el.dataset.state === "loading")
      return this.model.get("_instance") ? texts.loadingPage : texts.loadingKernel;
    return [this.#note, ...this.panels.map((panel) => panel.describe())].join(" ").trim();
  }

  /** Say something before what is shown. @param {string} note */
  #remark = (note) => {
    this.#note = note;
    this.say();
  };

  #decodeAll = () => this.panels.forEach((panel) => panel.decode());

  /** The reader moves a point. @param {number} index @param {Point} point */
  #onMove = (index, point) => {
    this.#moves += 1;
    this.#again = this.#decodeAll;
    this.source.setCurrent(false);
    this.#remark("");
    this.panels[index].point = point;
    this.panels[index].decode(); // also where the point was there already: the first press asks
  };

  /** The reader gives a digit. @param {Float32Array} pixels @param {string} note */
  #onDigit = (pixels, note) => {
    const before = this.#moves;
    this.#again = () => this.#onDigit(pixels, note);
    this.source.setCurrent(true);
    this.panels.forEach(async (panel, index) => {
      const code = await this.client.latest(`encoder-${index}`, pixels, IMAGE).catch(() => null);
      if (!code || this.#moves !== before) return;
      panel.goTo([code.data[0], code.data[1]]);
      this.#remark(note);
    });
  };
}

export default widget("latent-explorer", View, "change:points");
