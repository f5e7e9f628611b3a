/**
 * The latent explorer: maps of one or two 2-D latent spaces, a point to move on each, what the
 * decoder makes of it, and a digit of one's own to encode.
 *
 * The values live in the model (z0, z1, right_z0, right_z1); everything on show follows them, so a
 * point moved by Python, by a link between widgets or by a finger takes the same way.
 */

/** @import { Extent, HostState, Life, Model, Point, WidgetRoot } from "./lib/types.mjs" */
import { button, sliderRow, statusLine } from "./lib/controls.mjs";
import { digitPicture } from "./lib/digit.mjs";
import { element, oncePerFrame, whenQuiet } from "./lib/dom.mjs";
import { nearest, round3, roundStep } from "./lib/geometry.mjs";
import { InferClient } from "./lib/infer.mjs";
import { GRID } from "./lib/ink.mjs";
import { digitMap } from "./lib/map.mjs";
import { toMnist } from "./lib/mnist.mjs";
import { drawPad } from "./lib/pad.mjs";
import { unpackPictures } from "./lib/pixels.mjs";
import { readQuery, writeQuery } from "./lib/query.mjs";
import { fill, pickStrings } from "./lib/strings.mjs";
import { strings } from "./latent_explorer_strings.mjs";

/**
 * @typedef {object} Values
 * @property {number} z0 @property {number} z1 the point on the first map
 * @property {number} right_z0 @property {number} right_z1 the point on the second map
 * @property {string[]} names of the models
 * @property {number[][]} points a model's encodings, coordinates in turn
 * @property {string} labels one digit an encoding
 * @property {Extent[]} extents of the maps
 * @property {string} samples a few test digits, packed
 * @property {string} sample_labels
 * @property {boolean} sample_shown whether the first position is the first sample's encoding
 * @property {{ z: Point[], pixels: string }} stored decodings of the first position, packed
 * @typedef {Values & HostState} State
 * @typedef {"z0" | "z1" | "right_z0" | "right_z1"} Key
 * @typedef {Model<State>} Explorer
 * @typedef {InferClient<State>} Client
 * @typedef {ReturnType<typeof createPanel>} Panel
 */

/** The values of each map's point. @type {[Key, Key][]} */
const KEYS = [
  ["z0", "z1"],
  ["right_z0", "right_z1"],
];

const IMAGE = [1, 1, 28, 28];

/** @param {number} value */
const twoDecimals = (value) => value.toFixed(2);

/** @param {Explorer} model @param {number} index @returns {Point} */
const pointOf = (model, index) => [model.get(KEYS[index][0]), model.get(KEYS[index][1])];

/** @param {Explorer} model @param {number} index @param {Point} point */
function setPoint(model, index, point) {
  point.forEach((value, axis) => model.set(KEYS[index][axis], round3(value)));
  model.save_changes();
}

/**
 * One model: its map, its point's sliders, its decoder's picture.
 * @param {{ model: Explorer, client: Client, index: number, texts: typeof strings.en,
 *   onMove: (index: number, point: Point) => void, signal: AbortSignal }} options
 */
function createPanel({ model, client, index, texts, onMove, signal }) {
  const name = model.get("names")[index];
  const extent = model.get("extents")[index];
  const getPoint = () => pointOf(model, index);
  const map = digitMap({
    label: fill(texts.map, { name }),
    extent,
    points: model.get("points")[index],
    labels: model.get("labels"),
    getPoint,
    onMove: (point) => onMove(index, point),
    signal,
  });
  const picture = digitPicture(fill(texts.decoded, { name }));
  const sliders = KEYS[0].map((axis, at) =>
    sliderRow({
      name: axis,
      label: fill(texts.slider, { name, axis }),
      min: extent[2 * at],
      max: extent[2 * at + 1],
      step: roundStep((extent[2 * at + 1] - extent[2 * at]) / 200),
      format: twoDecimals,
      onInput: (value) => onMove(index, /** @type {Point} */ (getPoint().with(at, value))),
      signal,
    }),
  );
  const decode = oncePerFrame(async () => {
    // Of an error the client tells itself.
    const image = await client.latest(`decoder-${index}`, getPoint(), [1, 2]).catch(() => null);
    if (image) picture.show(image.data);
  }, signal);

  function show() {
    const point = getPoint();
    map.show(point);
    sliders.forEach((slider, at) => slider.show(point[at]));
  }

  function describe() {
    const point = getPoint();
    const found = nearest(model.get("points")[index], point);
    const [z0, z1, distance] = [...point, found.distance].map(twoDecimals);
    return fill(texts.at, { name, z0, z1, distance, digit: model.get("labels")[found.index] });
  }
  const controls = element("div", { class: "gl-sliders" }, ...sliders.map(({ root }) => root));
  const readout = element("div", { class: "gl-readout" }, picture.root, controls);
  const title = element("div", { class: "gl-title" }, name);
  const root = element("div", { class: "gl-panel", role: "group", "aria-label": name });
  root.append(title, map.root, readout);
  return { root, map, picture, decode, show, describe };
}

/**
 * A digit to encode: drawn by hand, or the next of a few test digits.
 * @param {{ model: Explorer, texts: typeof strings.en, signal: AbortSignal,
 *   onDigit: (pixels: Float32Array, note: string) => void, onNote: (note: string) => void }} options
 */
function createSource({ model, texts, signal, onDigit, onNote }) {
  const samples = unpackPictures(model.get("samples"));
  const labels = model.get("sample_labels");
  const seen = digitPicture(texts.seen);
  let at = 0;

  /** @param {Float32Array} pixels @param {string} note */
  function give(pixels, note) {
    seen.show(pixels);
    onDigit(pixels, note);
  }
  const pad = drawPad({
    label: texts.pad,
    hint: texts.hint,
    keysHint: texts.keysHint,
    onInk(ink) {
      const digit = toMnist(ink, GRID);
      if (digit) give(digit, texts.encodedDrawing);
    },
    onPen: (down) => onNote(down ? texts.penDown : texts.penUp),
    signal,
  });

  function next() {
    at = (at + 1) % samples.length;
    pad.clear();
    give(samples[at], fill(texts.encodedSample, { digit: labels[at] }));
  }
  const caption = element("figcaption", {}, texts.seenCaption);
  const paper = element("div", { class: "gl-paper" }, seen.root);
  const figure = element("figure", { class: "gl-seen" }, paper, caption);
  const buttons = element("div", { class: "gl-buttons" });
  buttons.append(button(texts.next, next, signal), button(texts.clear, pad.clear, signal));
  const root = element("div", { class: "gl-source" }, pad.root, figure);
  seen.show(samples[at]);

  /** Is this digit what the points show? @param {boolean} current */
  const setCurrent = (current) => {
    figure.dataset.current = String(current);
  };
  return { root, buttons, setCurrent };
}

/**
 * What a link to this page says about the points: put it into the model.
 * @param {Explorer} model @param {typeof strings.en} texts
 * @returns {{ found: boolean, complaint: string }}
 */
function takeLink(model, texts) {
  const instance = model.get("_instance");
  if (!instance) return { found: false, complaint: "" };
  /** @type {Record<string, [number, number]>} */
  const ranges = {};
  model.get("extents").forEach(([left, right, bottom, top], index) => {
    ranges[KEYS[index][0]] = [left, right];
    ranges[KEYS[index][1]] = [bottom, top];
  });
  const { values, nonsense } = readQuery(location.search, instance, ranges);
  if (nonsense) {
    const { entry, range } = nonsense;
    const keys = Object.keys(ranges).join(", ");
    const expected = range
      ? fill(texts.expectedNumber, { low: range[0], high: range[1] })
      : fill(texts.expectedKey, { keys });
    return { found: false, complaint: fill(texts.nonsense, { entry, expected }) };
  }
  for (const [key, value] of Object.entries(values ?? {})) model.set(/** @type {Key} */ (key), value);
  return { found: values !== null, complaint: "" };
}

/** Mirror the points in the address, so that a position can be linked. @param {Explorer} model */
function writeLink(model) {
  const instance = model.get("_instance");
  if (!instance) return;
  const keys = KEYS.slice(0, model.get("names").length).flat();
  const values = Object.fromEntries(keys.map((key) => [key, model.get(key)]));
  const search = writeQuery(location.search, instance, values);
  history.replaceState(history.state, "", search + location.hash);
}

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
    this.link = whenQuiet(() => writeLink(model), 250, signal);
    const { client } = this;
    this.panels = model.get("names").map((_, index) =>
      createPanel({ model, client, index, texts, onMove: this.#onMove, signal }),
    );
    const [onDigit, onNote] = [this.#onDigit, this.#remark];
    this.source = createSource({ model, texts, signal, onDigit, onNote });
    this.status = statusLine({ retry: texts.retry, onRetry: () => this.#again(), signal });
    this.#open();
    this.#mount(signal);
    this.panels.forEach((panel, index) => this.#follow(panel, index, signal));
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

  /** Show the first position from the state, or ask for it where it is another one. */
  #open() {
    this.el.dataset.state = "idle";
    const { found, complaint } = takeLink(this.model, this.#texts);
    const { z, pixels } = this.model.get("stored");
    const pictures = unpackPictures(pixels);
    const points = this.panels.map((_, index) => pointOf(this.model, index));
    const same = points.flat().every((value, i) => value === z.flat()[i]);
    this.panels.forEach((panel, index) => {
      panel.picture.show(pictures[index]);
      panel.show();
    });
    if (found || !same) this.#decodeAll();
    this.source.setCurrent(!found && same && this.model.get("sample_shown"));
    this.#note = complaint;
    // At once, not when quiet: what is there from the start is not read out unasked.
    this.status.say(this.#sentence());
  }

  /** @param {Panel} panel @param {number} index @param {AbortSignal} signal */
  #follow(panel, index, signal) {
    const changed = () => {
      panel.show();
      panel.decode();
      this.say();
      this.link();
    };
    for (const key of KEYS[index]) listen(this.model, `change:${key}`, changed, signal);
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
    setPoint(this.model, index, point);
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
      const [z0, z1] = code.data;
      panel.map.mark([z0, z1]);
      setPoint(this.model, index, [z0, z1]);
      this.#remark(note);
    });
  };
}

/**
 * @param {Explorer} model @param {string} event @param {() => void} action
 * @param {AbortSignal} signal
 */
function listen(model, event, action, signal) {
  model.on(event, action);
  signal.addEventListener("abort", () => model.off(event, action));
}

/** @param {{ model: Explorer, el: WidgetRoot }} context */
function render({ model, el }) {
  el.classList.add("genlab-widget");
  el.dataset.genlabWidget = "latent-explorer";
  let view = new AbortController();
  const rebuild = () => {
    view.abort();
    view = new AbortController();
    new View(model, el, view.signal);
  };
  rebuild();
  model.on("change:points", rebuild); // the encodings were made anew
  return () => {
    model.off("change:points", rebuild);
    view.abort();
  };
}

export default { render };
