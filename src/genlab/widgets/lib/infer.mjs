/** The browser's side of inference: a promise for each forward pass, whoever answers it. */

/** @import { Answer, Life, Model, Tensor } from "./types.mjs" */

/** An answer that takes longer than this is said to be waited for. */
const SLOW = 1500;

/** @typedef {{ resolve(tensor: Tensor): void, reject(error: Error): void, slow: ReturnType<typeof setTimeout> }} Pending */

/**
 * @template State
 * @param {Model<State>} model
 * @param {(life: Life, message: string) => void} onLife told of each change, and of each error
 */
export function createClient(model, onLife = () => {}) {
  // Several views of one model hear every answer: each knows its own by this prefix.
  const prefix = Math.random().toString(36).slice(2);
  /** @type {Map<string, Pending>} */
  const pending = new Map();
  /** @type {Life} */
  let life = "idle";
  let count = 0;

  /** @param {Life} next */
  function enter(next, message = "") {
    if (next === life && next !== "error") return;
    life = next;
    onLife(next, message);
  }

  /** @param {string} id @param {Tensor | Error} outcome */
  function settle(id, outcome) {
    const request = pending.get(id);
    if (!request) return;
    pending.delete(id);
    clearTimeout(request.slow);
    if (outcome instanceof Error) {
      enter("error", outcome.message);
      request.reject(outcome);
    } else {
      // An error stays on show until something is asked anew.
      if (pending.size === 0 && life === "loading") enter("ready");
      request.resolve(outcome);
    }
  }

  /** @param {Answer} answer @param {(ArrayBuffer | ArrayBufferView)[]} buffers */
  function receive(answer, buffers) {
    settle(answer.id, answer.kind === "result" ? toTensor(answer, buffers[0]) : new Error(answer.message));
  }
  model.on("msg:custom", receive);

  /**
   * One forward pass; every call is answered.
   * @param {string} network @param {Float32Array | number[]} data @param {number[]} shape
   * @returns {Promise<Tensor>}
   */
  function run(network, data, shape) {
    return new Promise((resolve, reject) => {
      const id = `${prefix}-${++count}`;
      const slow = setTimeout(enter, SLOW, "loading");
      pending.set(id, { resolve, reject, slow });
      if (life !== "ready") enter("loading");
      try {
        const message = { kind: /** @type {const} */ ("run"), id, network, inputs: [{ shape }] };
        model.send(message, undefined, [Float32Array.from(data).buffer]);
      } catch (error) {
        settle(id, error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  function close() {
    model.off("msg:custom", receive);
    for (const { slow } of pending.values()) clearTimeout(slow);
    pending.clear();
  }

  return { run, latest: newestWins(run), close };
}

/**
 * Keep one request a network on its way and one waiting; a newer one takes the waiting one's place,
 * which is then answered with null. So a slow host is never flooded, and the last request is always
 * answered.
 * @param {(network: string, data: Float32Array | number[], shape: number[]) => Promise<Tensor>} run
 */
export function newestWins(run) {
  /** @type {Set<string>} */
  const busy = new Set();
  /** @type {Map<string, (turn: boolean) => void>} */
  const waiting = new Map();

  /** @type {typeof run} */
  function start(network, data, shape) {
    busy.add(network);
    return run(network, data, shape).finally(() => {
      busy.delete(network);
      const next = waiting.get(network);
      waiting.delete(network);
      next?.(true);
    });
  }

  /**
   * @param {string} network @param {Float32Array | number[]} data @param {number[]} shape
   * @returns {Promise<Tensor | null>} null where a newer request came first
   */
  return function latest(network, data, shape) {
    waiting.get(network)?.(false);
    if (!busy.has(network)) return start(network, data, shape);
    return new Promise((resolve) => {
      waiting.set(network, (turn) => resolve(turn ? start(network, data, shape) : null));
    });
  };
}

/**
 * @param {{ outputs: { shape: number[] }[], milliseconds: number }} answer
 * @param {ArrayBuffer | ArrayBufferView} buffer a kernel's buffer may start at any byte
 * @returns {Tensor | Error}
 */
function toTensor({ outputs, milliseconds }, buffer) {
  const bytes = ArrayBuffer.isView(buffer)
    ? buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)
    : buffer;
  const { shape } = outputs[0];
  const expected = shape.reduce((product, length) => product * length, 4);
  if (bytes?.byteLength !== expected)
    return new Error(`got ${bytes?.byteLength} bytes for the shape [${shape}], expected ${expected}`);
  return { data: new Float32Array(/** @type {ArrayBuffer} */ (bytes)), shape, milliseconds };
}
