/** Sampling in the tracer: a button, the image as it forms, and a way to stop at any time. */

/** @import { View } from "../lib/view.mjs" */
/** @import { Texts } from "./parts.mjs" */
import { blindDdim } from "../lib/math/blind.mjs";
import { button } from "../lib/controls.mjs";
import { gaussianNoise, toInk } from "../lib/math/diffusion.mjs";
import { captioned, digitPicture } from "../lib/digit.mjs";
import { element, oncePerFrame } from "../lib/dom.mjs";
import { IMAGE, PIXELS } from "../lib/math/mnist.mjs";
import { fill } from "../lib/strings.mjs";

export const STEPS = 50;

export class Sampler {
  #home;
  #getSeed;
  #picture;
  #button;
  /** The image as far as it is. @type {Float32Array} */
  #image = new Float32Array(PIXELS);
  /** The run on its way; another one or none means that it was stopped. @type {{ done: number } | null} */
  #running = null;
  #warm = false;
  #draw;

  /** @param {View<any, Texts>} home @param {() => number} getSeed */
  constructor(home, getSeed) {
    const { texts, signal } = home;
    this.#home = home;
    this.#getSeed = getSeed;
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
    this.#end(fill(this.#home.texts.stopped, { done, steps: STEPS }));
  };

  #press = () => (this.#running ? this.stop() : this.run());

  /** Sample; of an error the client tells itself. */
  run = async () => {
    this.#home.again = this.run;
    const running = (this.#running = { done: 0 });
    const { texts, remark } = this.#home;
    const [seed, steps] = [this.#getSeed(), STEPS];
    this.#button.textContent = texts.stop;
    remark(fill(texts.sampling, { seed, steps }));
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
    if (this.#running !== running) return null; // stopped before the first step
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
  #predict = async (xt) => (await this.#home.client.run("denoiser", xt, IMAGE)).data;

  /** @param {Float32Array} xt */
  #show(xt) {
    this.#image = toInk(xt);
    this.#draw();
  }

  /** @param {string} note */
  #end(note) {
    this.#running = null;
    this.#button.textContent = this.#home.texts.start;
    this.#home.remark(note);
  }
}
