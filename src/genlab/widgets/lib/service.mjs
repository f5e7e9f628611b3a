/** The page's one inference worker, started when it is first needed, shared by all widgets. */

/** @import { Output } from "./page_model.mjs" */

/** @typedef {{ id: number, url: string, shape: number[], buffer: ArrayBuffer }} WorkerRequest */
/** @typedef {{ id: number } & (Output | { message: string, fatal: boolean })} WorkerReply */
/** @typedef {Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">} WorkerLike */

/** @param {() => WorkerLike} startWorker */
export function createService(startWorker) {
  /** @type {WorkerLike | null} */
  let worker = null;
  /** @type {Map<number, { resolve(output: Output): void, reject(error: Error): void }>} */
  const pending = new Map();
  let count = 0;

  /** The next request starts afresh. @param {string} message */
  function fail(message) {
    worker?.terminate();
    worker = null;
    for (const { reject } of pending.values()) reject(new Error(message));
    pending.clear();
  }

  /** @param {MessageEvent<WorkerReply>} event */
  function receive({ data }) {
    if ("message" in data) {
      if (data.fatal) return fail(data.message);
      pending.get(data.id)?.reject(new Error(data.message));
    } else pending.get(data.id)?.resolve(data);
    pending.delete(data.id);
  }

  function start() {
    worker = startWorker();
    worker.onmessage = receive;
    worker.onerror = () => fail("the inference worker could not be started");
    return worker;
  }

  /**
   * One forward pass of the network at `url`.
   * @param {string} url @param {number[]} shape @param {ArrayBuffer} buffer float32; given away
   * @returns {Promise<Output>}
   */
  function run(url, shape, buffer) {
    return new Promise((resolve, reject) => {
      const id = ++count;
      pending.set(id, { resolve, reject });
      (worker ?? start()).postMessage({ id, url, shape, buffer }, [buffer]);
    });
  }
  return { run };
}
