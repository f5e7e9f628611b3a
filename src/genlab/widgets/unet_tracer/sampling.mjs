/** Sampling in the tracer: a button, the image as it forms, and a way to stop at any time. */

/** @import { Run } from "../lib/types.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { blindDdim } from "../lib/math/blind.mjs";
import { button } from "../lib/controls.mjs";
import { gaussianNoise, toInk } from "../lib/math/diffusion.mjs";
import { digitPicture } from "../lib/digit.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { fill } from "../lib/strings.mjs";
import { PIXELS } from "./math.mjs";
import { captioned } from "./parts.mjs";

export const STEPS = 50;
const IMAGE = [1, 1, 28, 28];

export class Sampler {
  #options;
  #picture;
  #button;
  /** The image as far as it is. @type {Float32Array} */
  #image = new Float32Array(PIXELS);
  /** The run on its way; another one or none means that it was stopped. @type {{ done: number } | null} */
  #running = null;
  #warm = false;
  #draw;

  /**
   * @param {{ texts: Texts, run: Run, getSeed: () => number, onNote: (note: string) => void,
   *   onStart: () => void, signal: AbortSignal }} options
   */
  constructor(options) {
    const { texts, signal } = options;
    this.#options = options;
    this.#picture = digitPicture(texts.sample);
    this.#button = button(texts.start, this.#press, signal);
    // Steps are quicker than frames: drawing each of them would cost more than computing it.
    this.#draw = oncePerFrame(() => this.#picture.show(this.#image), signal);
    const picture = captioned(this.#picture.root, texts.sampleCaption);
    this.root = element("div", { class: "gl-sampler" }, picture, this.#button);
    signal.addEventListener("abort", () => (this.#running = null));
  }

  /** Stop, if there is something to stop. */
  stop = () => {
    if (!this.#running) return;
    const { done } = this.#running;
    this.#end(fill(this.#options.texts.stopped, { done, steps: STEPS }));
  };

  #press = () => (this.#running ? this.stop() : this.run());

  /** Sample; of an error the client tells itself. */
  run = async () => {
    this.#options.onStart();
    const running = (this.#running = { done: 0 });
    const { texts, onNote, getSeed } = this.#options;
    const [seed, steps] = [getSeed(), STEPS];
    this.#button.textContent = texts.stop;
    onNote(fill(texts.sampling, { seed, steps }));
    try {
      const seconds = await this.#loop(gaussianNoise(seed, PIXELS), running);
      if (seconds === null) return;
      this.#end(fill(texts.sampled, { seed, steps, seconds: seconds.toFixed(2) }));
    } catch {
      if (this.#running === running) this.#end("");
    }
  };

  /**
   * All steps; how many seconds they took, or null where they were stopped.
   * @param {Float32Array} noise @param {{ done: number }} running
   */
  async #loop(noise, running) {
    if (!this.#warm) await this.#predict(noise); // the network's way here is no part of the time
    this.#warm = true;
    this.#show(noise);
    const start = performance.now();
    const options = { noise, steps: STEPS, predict: this.#predict };
    for await (const { sample } of blindDdim({ ...options, schedule: "linear" })) {
      if (this.#running !== running) return null;
      running.done += 1;
      this.#show(sample);
    }
    return (performance.now() - start) / 1000;
  }

  /** @param {Float32Array} xt */
  #predict = async (xt) => (await this.#options.run("denoiser", xt, IMAGE)).data;

  /** @param {Float32Array} xt */
  #show(xt) {
    this.#image = toInk(xt);
    this.#draw();
  }

  /** @param {string} note */
  #end(note) {
    this.#running = null;
    this.#button.textContent = this.#options.texts.start;
    this.#options.onNote(note);
  }
}
