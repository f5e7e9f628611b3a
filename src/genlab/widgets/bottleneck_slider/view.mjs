/**
 * The bottleneck slider: a row of test digits, below them what autoencoders of more and more latent
 * numbers rebuild, and a digit of one's own.
 *
 * Size and row live in the model; everything on show follows them. Only the networks of the chosen
 * size are asked for, so only they are loaded.
 */

/** @import { HostState, Life, Model, WidgetRoot } from "../lib/types.mjs" */
/** @import { Ranges } from "../lib/math/query.mjs" */
import { button, statusLine } from "../lib/controls.mjs";
import { element, whenQuiet } from "../lib/dom.mjs";
import { InferClient } from "../lib/infer.mjs";
import { complain, readLink, writeLink } from "../lib/link.mjs";
import { unpackPictures } from "../lib/math/pixels.mjs";
import { fill, pickStrings } from "../lib/strings.mjs";
import { widget } from "../lib/widget.mjs";
import { compressionRatio, join, meanSquaredError, PIXELS, rowSpan, split } from "./math.mjs";
import { DigitRow, numbers, OwnDigit, sizeSlider } from "./parts.mjs";
import { strings } from "./strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} latent_size how many numbers the bottleneck has
 * @property {number} row which digits are shown, from 1
 * @property {number[]} sizes for which there is a model
 * @property {number[]} rows how many digits each row has
 * @property {string} samples the digits of all rows, packed @property {string} sample_labels
 * @property {{ size: number, row: number, codes: number[], pixels: string }} stored what the first
 *   size makes of the first row, the pictures packed
 * @typedef {Values & HostState} State
 * @typedef {Model<State>} Slider
 *
 * @typedef {object} Pass what one pass through the networks takes
 * @property {number} size @property {number} row
 * @property {Float32Array[]} inputs the digits of the row, then the drawing if there is one
 */

class View {
  #texts = pickStrings(strings);
  #note = "";
  #failure = "";
  /** @type {Life} */
  #life = "idle";
  /** Counts the passes; one that ends after a later one is not shown. */
  #asked = 0;
  #ended = 0;
  /** What is shown, for the status line. */
  #shown = { size: 0, row: 0, error: 0, ofDrawing: NaN };

  /** @param {Slider} model @param {WidgetRoot} el @param {AbortSignal} signal */
  constructor(model, el, signal) {
    const texts = this.#texts;
    this.model = model;
    this.el = el;
    this.samples = unpackPictures(model.get("samples"));
    this.client = new InferClient(model, this.#onLife);
    this.say = whenQuiet(() => this.status.say(this.#sentence(), this.#failed), 120, signal);
    this.link = whenQuiet(() => this.#writeLink(), 250, signal);
    this.digits = new DigitRow(texts);
    this.own = new OwnDigit({ texts, onDraw: this.#drawn, onPen: this.#pen, signal });
    this.slider = sizeSlider({
      ...{ sizes: model.get("sizes"), texts, signal },
      onSize: (size) => this.#choose("latent_size", size),
    });
    this.status = statusLine({ retry: texts.retry, onRetry: this.#rebuild, signal });
    this.#mount(signal); // before anything is drawn: ink has the colour that the page gives it
    this.#open();
    this.#follow(signal);
  }

  /** Show what is stored, or ask for what else is to be seen. */
  #open() {
    const linked = this.#takeLink();
    const { size, row, codes, pixels } = this.model.get("stored");
    this.#showSetting();
    if (!linked && size === this.#size && row === this.#row) {
      const pass = { size, row, inputs: this.#digitsOfRow() };
      this.#show(pass, Float32Array.from(codes), join(unpackPictures(pixels)));
    } else this.#rebuild();
    this.#update();
    // At once, not when quiet: what is there from the start is not read out unasked.
    this.status.say(this.#sentence());
  }

  get #size() {
    return this.model.get("latent_size");
  }

  get #row() {
    return this.model.get("row");
  }

  #digitsOfRow() {
    return this.samples.slice(...rowSpan(this.model.get("rows"), this.#row));
  }

  /** @param {AbortSignal} signal */
  #mount(signal) {
    const { el, own, texts } = { el: this.el, own: this.own, texts: this.#texts };
    const buttons = element("div", { class: "gl-buttons" });
    if (this.model.get("rows").length > 1) buttons.append(button(texts.next, this.#next, signal));
    buttons.append(button(texts.clear, own.clear, signal));
    const words = element("div", { class: "gl-words" }, buttons, this.status.root);
    const foot = element("div", { class: "gl-bench" }, own.root, words);
    const legend = element("p", { class: "gl-legend" }, texts.legend);
    const root = element("div", { class: "gl-body" });
    root.append(this.slider.root, this.digits.root, legend, foot);
    el.append(root);
    el.genlab = { run: this.client.run };
    signal.addEventListener("abort", () => {
      this.client.close();
      root.remove();
      delete el.genlab;
    });
  }

  /** @param {AbortSignal} signal */
  #follow(signal) {
    const changed = () => {
      this.#showSetting();
      this.#rebuild();
      this.link();
    };
    for (const key of /** @type {const} */ (["latent_size", "row"])) {
      this.model.on(`change:${key}`, changed);
      signal.addEventListener("abort", () => this.model.off(`change:${key}`, changed));
    }
  }

  /** Slider and digits at once; their reconstructions come when they are computed. */
  #showSetting() {
    this.slider.show(this.#size);
    if (this.#row === this.#shown.row) return;
    const labels = this.model.get("sample_labels");
    this.digits.setDigits(this.#digitsOfRow(), labels.slice(...rowSpan(this.model.get("rows"), this.#row)));
  }

  /** The reader sets a value. @param {"latent_size" | "row"} key @param {number} value */
  #choose(key, value) {
    this.#note = "";
    this.model.set(key, value);
    this.model.save_changes();
  }

  #next = () => this.#choose("row", (this.#row % this.model.get("rows").length) + 1);

  /** Send what is to be seen through the networks, and show it. */
  #rebuild = async () => {
    const pass = { size: this.#size, row: this.#row, inputs: this.#digitsOfRow() };
    if (this.own.pixels) pass.inputs.push(this.own.pixels);
    const turn = ++this.#asked;
    this.#update();
    // Of an error the client tells itself; null means that a newer pass came first.
    const codes = await this.#ask("encoder", join(pass.inputs), [pass.inputs.length, 1, 28, 28]);
    if (!codes || !this.#isWanted(pass)) return;
    const rebuilt = await this.#ask("decoder", codes, [pass.inputs.length, pass.size]);
    if (!rebuilt || !this.#isWanted(pass) || turn < this.#ended) return;
    this.#ended = turn;
    this.#show(pass, codes, rebuilt);
    this.#update();
  };

  /** @param {string} part @param {Float32Array} data @param {number[]} shape */
  async #ask(part, data, shape) {
    const answer = await this.client.latest(`${part}-${this.#size}`, data, shape).catch(() => null);
    return answer?.data ?? null;
  }

  /** @param {Pass} pass */
  #isWanted = ({ size, row }) => size === this.#size && row === this.#row;

  /** @param {Pass} pass @param {Float32Array} codes @param {Float32Array} rebuilt */
  #show({ size, row, inputs }, codes, rebuilt) {
    const pictures = split(rebuilt, PIXELS);
    const count = this.model.get("rows")[row - 1];
    this.digits.show(split(codes, size).slice(0, count), pictures);
    const error = meanSquaredError(inputs.slice(0, count), pictures);
    const drawn = inputs.length > count && this.own.pixels;
    if (drawn) this.own.show(pictures[count]);
    const ofDrawing = drawn ? meanSquaredError([inputs[count]], [pictures[count]]) : NaN;
    this.#shown = { size, row, error, ofDrawing };
  }

  #drawn = () => {
    this.#note = "";
    if (!this.own.pixels) this.#shown.ofDrawing = NaN;
    else this.#rebuild();
    this.say();
  };

  /** @param {boolean} down */
  #pen = (down) => {
    this.#note = down ? this.#texts.penDown : this.#texts.penUp;
    this.say();
  };

  /** @param {Life} life @param {string} message */
  #onLife = (life, message) => {
    this.#life = life;
    this.#failure = message;
    this.#update();
  };

  /** Say where things stand. What is shown counts, so "ready" waits for the decoder too. */
  #update() {
    const current = this.#shown.size === this.#size && this.#shown.row === this.#row;
    this.el.dataset.state = this.#life === "ready" && !current ? "loading" : this.#life;
    this.digits.root.dataset.current = String(current);
    this.say();
  }

  get #failed() {
    return this.#life === "error";
  }

  /** What is shown now, or what is the matter, in words. */
  #sentence() {
    const texts = this.#texts;
    if (this.#failed) return fill(texts.failed, { message: this.#failure });
    if (this.el.dataset.state === "loading")
      return this.model.get("_instance") ? texts.loadingPage : texts.loadingKernel;
    const { size, error, ofDrawing } = this.#shown;
    const at = fill(texts.at, {
      ...{ size, numbers: numbers(size, texts), ratio: compressionRatio(size) },
      error: error.toFixed(4),
    });
    const own = ofDrawing >= 0 ? fill(texts.ofDrawing, { error: ofDrawing.toFixed(4) }) : "";
    return [this.#note, at, own].join(" ").trim();
  }

  /** Put into the model what the page's address says; true if it says anything. */
  #takeLink() {
    /** @type {Ranges} */
    const ranges = {
      size: { oneOf: this.model.get("sizes") },
      row: { whole: [1, this.model.get("rows").length] },
    };
    const { values, nonsense } = readLink(this.model.get("_instance"), ranges);
    if (nonsense) this.#note = complain(nonsense, ranges, this.#texts);
    if (values?.size) this.model.set("latent_size", Number(values.size));
    if (values?.row) this.model.set("row", Number(values.row));
    return values !== null;
  }

  #writeLink() {
    writeLink(this.model.get("_instance"), { size: this.#size, row: this.#row });
  }
}

export default widget("bottleneck-slider", View);
