/** The page's one inference worker, started when it is first needed, shared by all widgets. */

/** @import { Output, OnProgress } from "./page_model.mjs" */
/** @import { Values } from "./downloads.mjs" */
/** @import { SiteTexts } from "./strings.mjs" */
import { fill } from "../lib/strings.mjs";

/** @typedef {{ problem: keyof SiteTexts, values: Values }} Trouble */
/** @typedef {{ id: number, url: string, shapes: number[][], buffers: ArrayBuffer[] }} Question */
/** @typedef {Question | { expect: string[] } | { sizes: Record<string, number> }} WorkerRequest */
/** @typedef {{ file: string, loaded: number, total: number }} Arrived bytes of a file */
/** @typedef {{ id: number } & (Output | Trouble & { fatal: boolean })} WorkerAnswer 0 for no question */
/** @typedef {WorkerAnswer | Arrived} WorkerReply */
/** @typedef {Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">} WorkerLike */

/**
 * @typedef {object} Surroundings what the page has for its worker
 * @property {() => WorkerLike} startWorker
 * @property {() => Promise<Trouble>} whyNot why the worker could not be started
 * @property {() => keyof SiteTexts | ""} lacking what the browser lacks for it
 * @property {string} program the address of the runtime's program
 * @property {Record<string, number>} sizes of files, once unpacked, by name
 */
/**
 * @typedef {object} Pending
 * @property {string} url @property {(output: Output) => void} resolve
 * @property {(error: Error) => void} reject @property {OnProgress} onProgress
 */

export class InferenceService {
  #page;
  #texts;
  /** @type {WorkerLike | null} */
  #worker = null;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {Map<string, Arrived>} */
  #arrived = new Map();
  #count = 0;

  /** @param {Surroundings} page @param {SiteTexts} texts */
  constructor(page, texts) {
    this.#page = page;
    this.#texts = texts;
  }

  /**
   * Have the runtime ready, and these networks, before they are needed. What fails, fails in silence.
   * @param {string[]} [urls]
   */
  expect(urls = []) {
    if (!this.#page.lacking()) this.#post({ expect: urls });
  }

  /**
   * One forward pass of the network at `url`.
   * @param {string} url @param {number[][]} shapes of its inputs
   * @param {ArrayBuffer[]} buffers their float32 values; given away
   * @param {OnProgress} [onProgress]
   * @returns {Promise<Output>}
   */
  run(url, shapes, buffers, onProgress = () => {}) {
    const lacking = this.#page.lacking();
    if (lacking) return Promise.reject(new Error(this.#texts[lacking]));
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#pending.set(id, { url, resolve, reject, onProgress });
      this.#post({ id, url, shapes, buffers }, buffers);
      this.#tellProgress();
    });
  }

  /** @param {WorkerRequest} request @param {Transferable[]} [given] */
  #post(request, given = []) {
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage(request, given);
    } catch (error) {
      console.warn(error);
      this.#explain();
    }
  }

  #start() {
    const worker = this.#page.startWorker();
    worker.onmessage = this.#receive;
    worker.onerror = () => this.#explain();
    worker.postMessage({ sizes: this.#page.sizes });
    return worker;
  }

  /** @param {MessageEvent<WorkerReply>} event */
  #receive = ({ data }) => {
    if ("file" in data) {
      this.#arrived.set(data.file, data);
      return this.#tellProgress();
    }
    const pending = this.#pending.get(data.id);
    if ("problem" in data) {
      if (data.fatal) return this.#fail(data);
      pending?.reject(this.#error(data));
    } else pending?.resolve(data);
    this.#pending.delete(data.id);
  };

  /** Of what is waited for, as far as all of its sizes are known. */
  #tellProgress() {
    for (const { url, onProgress } of this.#pending.values()) {
      const files = [this.#page.program, url].map((file) => this.#arrived.get(file));
      if (files.every((file) => file !== undefined))
        onProgress(sum(files, ({ loaded }) => loaded), sum(files, ({ total }) => total));
    }
  }

  /** The worker did not start: find out why. */
  async #explain() {
    this.#end();
    const waiting = this.#take();
    const error = this.#error(await this.#page.whyNot());
    for (const { reject } of waiting) reject(error);
  }

  /** Everyone who waits is told; the next request starts a worker afresh. @param {Trouble} trouble */
  #fail(trouble) {
    this.#end();
    for (const { reject } of this.#take()) reject(this.#error(trouble));
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#arrived.clear();
  }

  #take() {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    return waiting;
  }

  /** @param {Trouble} trouble */
  #error = ({ problem, values }) => new Error(fill(this.#texts[problem], values));
}

/** @template Item @param {Item[]} items @param {(item: Item) => number} value */
const sum = (items, value) => items.reduce((total, item) => total + value(item), 0);
