/** The model of a widget on a page without a kernel: the stored state, and networks in the page. */

/** @import { Answer, Listener, Model, RunMessage } from "../lib/types.mjs" */

/** @typedef {{ shape: number[], buffer: ArrayBuffer, milliseconds: number }} Output */
/** @typedef {(loaded: number, total: number) => void} OnProgress bytes of what is waited for */
/** @typedef {(network: string, shapes: number[][], buffers: ArrayBuffer[], onProgress: OnProgress) => Promise<Output>} Runner */

/**
 * @template {object} State
 * @implements {Model<State>}
 */
export class PageModel {
  #values;
  #runner;
  /** @type {Map<string, Set<Listener>>} */
  #listeners = new Map();

  /** @param {State} state @param {Runner} runner answers what would be a message to the kernel */
  constructor(state, runner) {
    this.#values = { ...state };
    this.#runner = runner;
  }

  /** @template {keyof State} Key @param {Key} name @returns {State[Key]} */
  get(name) {
    return this.#values[name];
  }

  /** @template {keyof State} Key @param {Key} name @param {State[Key]} value */
  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    this.#emit(`change:${String(name)}`);
  }

  save_changes() {} // nobody else holds this state

  /** @param {string} event @param {Listener} listener */
  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event)?.add(listener);
  }

  /** @param {string} event @param {Listener} listener */
  off(event, listener) {
    this.#listeners.get(event)?.delete(listener);
  }

  /** @param {RunMessage} message @param {undefined} _callbacks @param {ArrayBuffer[]} buffers */
  send(message, _callbacks, buffers = []) {
    const { id, network, inputs } = message;
    const onProgress = (/** @type {number} */ loaded, /** @type {number} */ total) =>
      this.#answer({ kind: "progress", id, loaded, total }, []);
    this.#runner(network, inputs.map(({ shape }) => shape), buffers, onProgress).then(
      ({ shape, milliseconds, buffer }) =>
        this.#answer({ kind: "result", id, outputs: [{ shape }], milliseconds }, [buffer]),
      (error) => this.#answer({ kind: "error", id, message: error.message }, []),
    );
  }

  /** @param {Answer} answer @param {ArrayBuffer[]} buffers */
  #answer(answer, buffers) {
    this.#emit("msg:custom", answer, buffers);
  }

  /** @param {string} event @param {unknown[]} details */
  #emit(event, ...details) {
    for (const listener of [...(this.#listeners.get(event) ?? [])])
      /** @type {(...values: unknown[]) => void} */ (listener)(...details);
  }
}
