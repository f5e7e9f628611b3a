/** The first page's picture comes to life: a lens walks over the map and decodes what is below it. */

/** @import { Extent, Place } from "./walk.mjs" */
/** @import { Layer } from "./decoder.mjs" */
import { clamp } from "../../lib/math/geometry.mjs";
import { savesData, whenIdle, whenStirred } from "../surroundings.mjs";
import { SIDE, decode, readLayers } from "./decoder.mjs";
import { byKey, latents, towards, walk, within } from "./walk.mjs";

const FRAME = 1000 / 12; // milliseconds
const SHARE = 0.12; // of the way to the walk's place, a frame: the lens never jumps
const REST = 4000; // milliseconds after the reader's last move until the walk goes on
const QUIET = 5000; // milliseconds after loading until the walk begins, for a reader who only looks

/** @param {HTMLElement} figure */
function bringToLife(figure) {
  const find = (/** @type {string} */ name) =>
    /** @type {HTMLElement} */ (figure.querySelector(`.gl-living-${name}`));
  const [field, lens, readout, status, button] = ["field", "lens", "readout", "status", "button"].map(find);
  const { weights = "", play = "", pause = "", near = "", lost = "" } = figure.dataset;
  const extent = /** @type {Extent} */ (JSON.parse(figure.dataset.extent ?? "[]"));
  const tiles = (figure.dataset.tiles ?? "").split(" ");
  const aspect = Number(figure.dataset.aspect);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const pen = penOn(lens);

  let place = /** @type {Place} */ ([Number(figure.dataset.u), Number(figure.dataset.v)]);
  let paused = still.matches;
  let held = false;
  let seen = false;
  let ready = false; // a phone that still draws the page has no time for a walk
  let seconds = 0;
  let resting = 0; // until when the walk waits
  let timer = 0;
  let frame = 0;
  /** @type {Promise<Layer[]> | null} */
  let loading = null;
  /** @type {Layer[] | null} */
  let layers = null;

  /** The share of the picture's width that is seen: a narrow screen shows its middle. */
  const width = () => clamp(field.clientWidth / (field.clientHeight * aspect), 0, 1);

  /** Fetches the weights once; after a failure, again. */
  function load() {
    loading ??= fetch(weights)
      .then((answer) => {
        if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
        return answer.arrayBuffer();
      })
      .then((buffer) => (layers = readLayers(buffer)))
      .catch((error) => {
        loading = null;
        status.textContent = lost;
        throw error;
      });
    return loading;
  }

  /** Shows the place: the lens there, and in it what the network makes of the two numbers. */
  function show() {
    const [z0, z1] = latents(place, extent);
    lens.style.setProperty("--u", String(place[0]));
    lens.style.setProperty("--v", String(place[1]));
    readout.textContent = `z = (${number(z0)}, ${number(z1)})`;
    if (!layers) return;
    pen(decode(layers, z0, z1));
    figure.dataset.state = "ready";
  }

  /** @param {Place} next */
  function moveTo(next) {
    place = within(next, width());
    resting = performance.now() + REST;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      show();
    });
    if (!layers) load().then(show, () => {});
  }

  function say() {
    const row = clamp(Math.floor(place[1] * tiles.length), 0, tiles.length - 1);
    const column = clamp(Math.floor(place[0] * tiles[row].length), 0, tiles[row].length - 1);
    status.textContent = near.replace("{digit}", tiles[row][column]).replace("{z}", String(readout.textContent));
  }

  function step() {
    if (held || performance.now() < resting) return;
    seconds += FRAME / 1000;
    place = towards(place, walk(seconds, width()), SHARE);
    show();
  }

  /** Walks if it may: loaded, not paused, on the screen, in a page that is drawn and looked at. */
  function arrange() {
    clearInterval(timer);
    const walks = layers && !paused && seen && ready && !document.hidden;
    if (walks) timer = window.setInterval(step, FRAME);
    figure.dataset.walking = String(Boolean(walks));
    button.textContent = paused ? play : pause;
  }

  /** @param {boolean} value */
  function setPaused(value) {
    paused = value;
    arrange();
    if (!paused) load().then(arrange, () => setPaused(true));
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    held = true;
    const box = field.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width - 0.5;
    moveTo([0.5 + across * width(), (event.clientY - box.top) / box.height]);
  }

  field.setAttribute("role", "application");
  field.setAttribute("aria-label", figure.dataset.label ?? "");
  field.tabIndex = 0;
  for (const node of [readout, button]) node.hidden = false;
  for (const name of /** @type {const} */ (["pointermove", "pointerdown"]))
    field.addEventListener(name, follow);
  for (const name of ["pointerleave", "pointercancel", "pointerup"])
    field.addEventListener(name, () => (held = false));
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = byKey(place, event.key, event.shiftKey, aspect);
    if (!next) return;
    event.preventDefault();
    moveTo(next);
    show();
    say();
  });
  button.addEventListener("click", () => setPaused(!paused));
  still.addEventListener("change", () => setPaused(still.matches));
  document.addEventListener("visibilitychange", arrange);
  new IntersectionObserver(([entry]) => {
    seen = entry.isIntersecting;
    arrange();
  }).observe(field);
  const begin = () => {
    ready = true;
    arrange();
  };
  whenStirred(begin);
  whenIdle(() => setTimeout(begin, QUIET));
  show();
  arrange();
  whenIdle(() => {
    if (!paused && !savesData()) load().then(arrange, () => setPaused(true));
    else if (!paused) setPaused(true);
  });
}

/** A canvas in the lens: it takes the place of the built picture with the first image. @param {HTMLElement} lens */
function penOn(lens) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(SIDE, SIDE);
  return (/** @type {Float32Array} */ ink) => {
    // Ink as transparency: its colour is the style sheet's.
    ink.forEach((value, i) => image.data.set([20, 23, 26, 255 * value], 4 * i));
    context.putImageData(image, 0, 0);
    if (!canvas.isConnected) lens.replaceChildren(canvas);
  };
}

/** @param {number} value */
const number = (value) => value.toFixed(2).replace("-", "\u2212");

for (const figure of document.querySelectorAll("figure.gl-living")) bringToLife(/** @type {HTMLElement} */ (figure));
