/** The browser's side of inference: a promise for each forward pass, whoever answers it. */

/** @import { SharedTexts } from "./strings.mjs" */
/** @import { Answer, Input, Life, Model, Run, RunMessage, Tensor } from "./types.mjs" */
import { fill, shared } from "./strings.mjs";

/** An answer that takes longer than this is said to be waited for. */
const SLOW = 1500;

/** @typedef {{ resolve(tensor: Tensor): void, reject(error: Error): void, slow: ReturnType<typeof setTimeout> }} Pending */

/**
 * Sends forward passes through a widget's model and hears the answers.
 * @template State
 */
export class InferClient {
  // Several views of one model hear every answer: each knows its own by this prefix.
  #prefix = Math.random().toString(36).slice(2);
  #count = 0;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  /** @type {Life} */
  #life = "idle";
  #model;
  #onLife;
  #texts;
  /** Bytes of what is waited for, where they are known. @type {{ loaded: number, total: number } | null} */
  progress = null;
  /** Called when more of them have come. */
  onProgress = () => {};

  /**
   * @param {Model<State>} model
   * @param {(life: Life, message: string) => void} onLife told of each change, and of each error
   */
  constructor(model, onLife = () => {}, texts = shared.en) {
    this.#model = model;
    this.#texts = texts;
    this.#onLife = onLife;
    model.on("msg:custom", this.#receive);
  }

  /**
   * One forward pass; every call is answered. A network with several inputs takes the further ones
   * behind the first: `run("denoiser", xt, [1, 1, 28, 28], { data: [t], shape: [1] })`.
   * @type {Run}
   */
  run = (network, data, shape, ...more) =>
    new Promise((resolve, reject) => {
      const id = `${this.#prefix}-${++this.#count}`;
      const slow = setTimeout(this.#onSlow, SLOW);
      this.#pending.set(id, { resolve, reject, slow });
      if (this.#life !== "ready") this.#enter("loading");
      const inputs = [{ data, shape }, ...more];
      const message = { id, network, inputs: inputs.map(({ shape }) => ({ shape })) };
      this.#send({ kind: "run", ...message }, inputs.map(copied));
    });

  /** Like `run`, for a picture that follows a hand: see `newestWins`. */
  latest = newestWins(this.run);

  /** No answer is heard any more. */
  close() {
    this.#model.off("msg:custom", this.#receive);
    for (const { slow } of this.#pending.values()) clearTimeout(slow);
    this.#pending.clear();
  }

  /** @param {RunMessage} message @param {ArrayBuffer[]} buffers */
  #send(message, buffers) {
    try {
      this.#model.send(message, undefined, buffers);
    } catch (error) {
      this.#settle(message.id, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** @param {Answer} answer @param {(ArrayBuffer | ArrayBufferView)[]} buffers */
  #receive = (answer, buffers) => {
    if (answer.kind === "progress") return this.#come(answer);
    const outcome =
      answer.kind === "result" ? toTensor(answer, buffers[0], this.#texts) : new Error(answer.message);
    this.#settle(answer.id, outcome);
  };

  /** @param {{ id: string, loaded: number, total: number }} answer */
  #come({ id, loaded, total }) {
    if (!this.#pending.has(id) || this.#life !== "loading") return;
    this.progress = { loaded, total };
    this.onProgress();
  }

  /** @param {string} id @param {Tensor | Error} outcome */
  #settle(id, outcome) {
    const request = this.#pending.get(id);
    if (!request) return;
    this.#pending.delete(id);
    clearTimeout(request.slow);
    if (outcome instanceof Error) {
      this.#enter("error", outcome.message);
      request.reject(outcome);
    } else {
      // An error stays on show until something is asked anew.
      if (this.#pending.size === 0 && this.#life === "loading") this.#enter("ready");
      request.resolve(outcome);
    }
  }

  /** An answer is late. An error of another request stays on show meanwhile. */
  #onSlow = () => {
    if (this.#life === "ready") this.#enter("loading");
  };

  /** @param {Life} next */
  #enter(next, message = "") {
    if (next === this.#life && next !== "error") return;
    this.#life = next;
    this.progress = null;
    this.#onLife(next, message);
  }
}

/**
 * Keep one request a network on its way and one waiting; a newer one takes the waiting one's place,
 * which is then answered with null. So a slow host is never flooded, and the last request is always
 * answered.
 * @param {Run} run
 */
export function newestWins(run) {
  /** @type {Set<string>} */
  const busy = new Set();
  /** @type {Map<string, (turn: boolean) => void>} */
  const waiting = new Map();

  /** @type {Run} */
  function start(network, ...inputs) {
    busy.add(network);
    return run(network, ...inputs).finally(() => {
      busy.delete(network);
      const next = waiting.get(network);
      waiting.delete(network);
      next?.(true);
    });
  }

  /**
   * @param {Parameters<Run>} request
   * @returns {Promise<Tensor | null>} null where a newer request came first
   */
  return function latest(...request) {
    const [network] = request;
    waiting.get(network)?.(false);
    if (!busy.has(network)) return start(...request);
    return new Promise((resolve) => {
      waiting.set(network, (turn) => resolve(turn ? start(...request) : null));
    });
  };
}

/** The caller may change its numbers after the call. @param {Input} input */
const copied = ({ data }) => Float32Array.from(data).buffer;

/**
 * @param {{ outputs: { shape: number[] }[], milliseconds: number }} answer
 * @param {ArrayBuffer | ArrayBufferView} buffer a kernel's buffer may start at any byte
 * @param {SharedTexts} texts
 * @returns {Tensor | Error}
 */
function toTensor({ outputs, milliseconds }, buffer, texts) {
  const bytes = ArrayBuffer.isView(buffer)
    ? buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)
    : buffer;
  const { shape } = outputs[0];
  const expected = shape.reduce((product, length) => product * length, 4);
  const got = String(bytes?.byteLength);
  if (bytes?.byteLength !== expected)
    return new Error(fill(texts.wrongBytes, { got, shape: String(shape), expected }));
  return { data: new Float32Array(/** @type {ArrayBuffer} */ (bytes)), shape, milliseconds };
}
