/** The page's one inference worker, started when it is first needed, shared by all widgets. */

/** @import { Output } from "./page_model.mjs" */
/** @import { SiteTexts } from "./strings.mjs" */

/** @typedef {{ id: number, url: string, shapes: number[][], buffers: ArrayBuffer[] }} WorkerRequest */
/** @typedef {{ id: number } & (Output | { message: string, fatal: boolean })} WorkerReply */
/** @typedef {Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">} WorkerLike */

/** @typedef {{ resolve(output: Output): void, reject(error: Error): void }} Pending */

export class InferenceService {
  #startWorker;
  #texts;
  /** @type {WorkerLike | null} */
  #worker = null;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #count = 0;

  /** @param {() => WorkerLike} startWorker @param {SiteTexts} texts */
  constructor(startWorker, texts) {
    this.#startWorker = startWorker;
    this.#texts = texts;
  }

  /**
   * One forward pass of the network at `url`.
   * @param {string} url @param {number[][]} shapes of its inputs
   * @param {ArrayBuffer[]} buffers their float32 values; given away
   * @returns {Promise<Output>}
   */
  run(url, shapes, buffers) {
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#pending.set(id, { resolve, reject });
      const worker = this.#worker ?? this.#start();
      worker.postMessage({ id, url, shapes, buffers }, buffers);
    });
  }

  #start() {
    const worker = this.#startWorker();
    worker.onmessage = this.#receive;
    worker.onerror = () => this.#fail(this.#texts.noWorker);
    this.#worker = worker;
    return worker;
  }

  /** @param {MessageEvent<WorkerReply>} event */
  #receive = ({ data }) => {
    if ("message" in data) {
      if (data.fatal) return this.#fail(data.message);
      this.#pending.get(data.id)?.reject(new Error(data.message));
    } else this.#pending.get(data.id)?.resolve(data);
    this.#pending.delete(data.id);
  };

  /** Everyone who waits is told; the next request starts a worker afresh. @param {string} message */
  #fail(message) {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#pending.values()) reject(new Error(message));
    this.#pending.clear();
  }
}
