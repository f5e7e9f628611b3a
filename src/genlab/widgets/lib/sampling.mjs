/** What the views have in common that lead images from noise on, one step of a sampler at a time. */

/** @import { HostState, Life } from "./types.mjs" */
/** @import { ViewTexts } from "./view.mjs" */
import { oncePerFrame } from "./dom.mjs";
import { stepAt } from "./math/samplers.mjs";
import { fill } from "./strings.mjs";
import { View } from "./view.mjs";
import { Work } from "./work.mjs";

/** @typedef {HostState & { progress: number, steps: number }} Sampled  progress: in percent of the steps */
/** @typedef {{ way: string, wayLabel: string, wayAt: string }} WayTexts what the scrubber is called */

/**
 * A view of how far sampling has come. Steps are made one after the other, as far as is asked for; a
 * reader who asks for something else is followed at the next step.
 *
 * A widget adds what the next step is (`nextBit`), and what is shown of all that were made
 * (`showPaths`).
 * @template {Sampled} State @template {ViewTexts & WayTexts} Texts
 * @extends {View<State, Texts>}
 */
export class SamplingView extends View {
  #showSoon = oncePerFrame(() => {
    this.showPaths();
    this.say();
  }, this.signal);
  #work = new Work({
    next: () => this.nextBit(),
    onBit: () => this.#showSoon(),
    onTurn: () => this.update(),
    signal: this.signal,
  });
  way = this.#createWay();

  #createWay() {
    const { texts } = this;
    const format = (/** @type {number} */ progress) => {
      const steps = this.model.get("steps");
      return fill(texts.wayAt, { step: stepAt(progress, steps), steps });
    };
    return this.scrubber("progress", { name: texts.way, label: texts.wayLabel, format });
  }

  // -- what a widget adds ------------------------------------------------------------------------

  /** The step that is to be made next; null where all is there. @returns {(() => Promise<boolean>) | null} */
  nextBit() {
    return null;
  }

  /** Show the images of now, or how far they have come. */
  showPaths() {}

  /** What is said while steps are made. */
  working() {
    return "";
  }

  // -- what all do alike -------------------------------------------------------------------------

  /** How many steps are to be seen. */
  get step() {
    return stepAt(this.model.get("progress"), this.model.get("steps"));
  }

  show() {
    this.way.input.step = String(100 / this.model.get("steps"));
    this.way.show(this.model.get("progress"));
    this.showPaths();
  }

  ask() {
    this.#work.go();
  }

  /** While steps are made, this is not ready. @returns {Life} */
  get state() {
    const life = super.state;
    return life !== "error" && this.#work.busy ? "loading" : life;
  }

  waiting() {
    return super.state === "loading" ? super.waiting() : this.working();
  }
}
