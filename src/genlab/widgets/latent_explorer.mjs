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
import { nearest, round3 } from "./lib/geometry.mjs";
import { createClient } from "./lib/infer.mjs";
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
 * @property {{ z: Point[], pixels: string }} stored decodings of the first position, packed
 * @typedef {Values & HostState} State
 * @typedef {"z0" | "z1" | "right_z0" | "right_z1"} Key
 * @typedef {Model<State>} Explorer
 * @typedef {ReturnType<typeof createClient>} Client
 * @typedef {ReturnType<typeof createPanel>} Panel
 */

/** The values of each map's point. @type {[Key, Key][]} */
const KEYS = [
  ["z0", "z1"],
  ["right_z0", "right_z1"],
];

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
      step: 0.001,
      format: twoDecimals,
      onInput: (value) => onMove(index, /** @type {Point} */ (getPoint().with(at, value))),
      signal,
    }),
  );
  const decode = oncePerFrame(() => {
    client.latest(`decoder-${index}`, getPoint(), [1, 2]).then(
      (image) => image && picture.show(image.data),
      () => {}, // the client has told it
    );
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
  const figure = element("figure", { class: "gl-seen" }, seen.root, caption);
  const buttons = element("div", { class: "gl-buttons" });
  buttons.append(button(texts.next, next, signal), button(texts.clear, pad.clear, signal));
  const root = element("div", { class: "gl-source" }, pad.root, figure, buttons);
  seen.show(samples[at]);
  return { root, figure };
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
    const { key, value, low, high } = nonsense;
    const known = { keys: Object.keys(ranges).join(", "), low: low ?? "", high: high ?? "" };
    const expected = fill(low === undefined ? texts.expectedKey : texts.expectedNumber, known);
    return { found: false, complaint: fill(texts.nonsense, { key, value, expected }) };
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

/**
 * Build the view and keep it in step with the model until `signal` ends.
 * @param {Explorer} model @param {WidgetRoot} el @param {AbortSignal} signal
 */
function build(model, el, signal) {
  const texts = pickStrings(strings);
  const client = createClient(model, onLife);
  let failure = "";
  let note = "";
  /** Counts the reader's own moves: an encoding that comes after one is not wanted any more. */
  let moves = 0;

  const panels = model.get("names").map((_, index) =>
    createPanel({ model, client, index, texts, onMove, signal }),
  );
  const source = createSource({ model, texts, signal, onDigit, onNote: remark });
  const status = statusLine({ retry: texts.retry, onRetry: decodeAll, signal });
  const say = whenQuiet(() => status.say(sentence(), el.dataset.state === "error"), 120, signal);
  const link = whenQuiet(() => writeLink(model), 250, signal);

  /** @param {Life} life @param {string} message */
  function onLife(life, message) {
    el.dataset.state = life;
    failure = message;
    say();
  }

  function sentence() {
    if (el.dataset.state === "error") return fill(texts.failed, { message: failure });
    if (el.dataset.state === "loading")
      return model.get("_instance") ? texts.loadingPage : texts.loadingKernel;
    return [note, ...panels.map((panel) => panel.describe())].join(" ").trim();
  }

  /** @param {string} text */
  function remark(text) {
    note = text;
    say();
  }

  function decodeAll() {
    for (const panel of panels) panel.decode();
  }

  /** @param {number} index @param {Point} point */
  function onMove(index, point) {
    moves += 1;
    source.figure.dataset.current = "false";
    remark("");
    setPoint(model, index, point);
    panels[index].decode(); // also where the point was there already: the first press asks
  }

  /** @param {Float32Array} pixels @param {string} text */
  function onDigit(pixels, text) {
    const before = moves;
    source.figure.dataset.current = "true";
    panels.forEach(({ map }, index) => {
      client.latest(`encoder-${index}`, pixels, [1, 1, 28, 28]).then(
        (code) => {
          if (!code || moves !== before) return;
          const [z0, z1] = code.data;
          map.mark([z0, z1]);
          setPoint(model, index, [z0, z1]);
          remark(text);
        },
        () => {}, // the client has told it
      );
    });
  }

  /** @param {Panel} panel @param {number} index */
  function follow(panel, index) {
    const changed = () => {
      panel.show();
      panel.decode();
      say();
      link();
    };
    for (const key of KEYS[index]) listen(model, `change:${key}`, changed, signal);
  }

  const root = element("div", { class: "gl-body", "data-count": panels.length });
  root.append(...panels.map((panel) => panel.root), source.root, status.root);
  el.append(root);
  el.genlab = { run: client.run };
  signal.addEventListener("abort", () => {
    client.close();
    root.remove();
    delete el.genlab;
  });
  onLife("idle", "");
  open();

  /** Show the first position from the state, or ask for it where it is another one. */
  function open() {
    const { found, complaint } = takeLink(model, texts);
    const { z, pixels } = model.get("stored");
    unpackPictures(pixels).forEach((picture, index) => panels[index].picture.show(picture));
    panels.forEach((panel, index) => {
      const point = pointOf(model, index);
      const same = point.every((value, axis) => value === z[index][axis]);
      if (found || !same) panel.decode();
      source.figure.dataset.current = String(!found && same);
      panel.show();
      follow(panel, index);
    });
    if (complaint) remark(complaint);
  }
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
    build(model, el, view.signal);
  };
  rebuild();
  model.on("change:points", rebuild); // the encodings were made anew
  return () => {
    model.off("change:points", rebuild);
    view.abort();
  };
}

export default { render };
