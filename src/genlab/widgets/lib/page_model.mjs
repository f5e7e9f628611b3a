/** The model of a widget on a page without a kernel: the stored state, and networks in the page. */

/** @import { Answer, Listener, Model, RunMessage } from "./types.mjs" */

/** @typedef {{ shape: number[], buffer: ArrayBuffer, milliseconds: number }} Output */
/** @typedef {(network: string, shape: number[], buffer: ArrayBuffer) => Promise<Output>} Runner */

/**
 * @template {object} State
 * @param {State} state @param {Runner} runner answers what would be a message to the kernel
 * @returns {Model<State>}
 */
export function createPageModel(state, runner) {
  const values = { ...state };
  /** @type {Map<string, Set<Listener>>} */
  const listeners = new Map();

  /** @param {string} event @param {unknown[]} details */
  function emit(event, ...details) {
    for (const listener of [...(listeners.get(event) ?? [])])
      /** @type {(...values: unknown[]) => void} */ (listener)(...details);
  }

  /** @param {RunMessage} message @param {ArrayBuffer} buffer */
  async function answer({ id, network, inputs }, buffer) {
    try {
      const output = await runner(network, inputs[0].shape, buffer);
      const { shape, milliseconds } = output;
      /** @type {Answer} */
      const content = { kind: "result", id, outputs: [{ shape }], milliseconds };
      emit("msg:custom", content, [output.buffer]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      emit("msg:custom", { kind: "error", id, message }, []);
    }
  }

  return {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      emit(`change:${String(name)}`);
    },
    save_changes() {}, // nobody else holds this state
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)?.add(listener);
    },
    off: (event, listener) => void listeners.get(event)?.delete(listener),
    send: (message, _callbacks, buffers = []) => void answer(message, buffers[0]),
  };
}
