/** Files on their way to the worker: each fetched once, its bytes counted, its failure with a cause. */

/** @import { SiteTexts } from "./strings.mjs" */

/** How often the progress of a file is told, at most. */
const EVERY = 800; // ms: words that change faster are not read
/** @typedef {Record<string, string | number>} Values */
/** @typedef {(file: string, loaded: number, total: number) => void} OnProgress both in bytes */

/** Something that is said to the reader: a text of the page's table, and what goes into its gaps. */
export class Problem extends Error {
  /** @param {keyof SiteTexts} text @param {Values} [values] */
  constructor(text, values = {}) {
    super(text);
    this.text = text;
    this.values = values;
  }
}

/** The runtime's program: the largest of the files, whichever network is asked. */
export const PROGRAM = new URL("../../ort/ort-wasm-simd-threaded.wasm", import.meta.url).href;

/** The end of an address. @param {string} url */
export const nameOf = (url) => url.split("?")[0].split("/").at(-1) ?? url;

export class Downloads {
  /** @type {Map<string, Promise<Uint8Array>>} */
  #files = new Map();
  #onProgress;
  /** Bytes of each file as it is once unpacked, by its name: no answer says that of a packed one. */
  sizes = /** @type {Record<string, number>} */ ({});

  /** @param {OnProgress} onProgress */
  constructor(onProgress) {
    this.#onProgress = onProgress;
  }

  /**
   * A file's bytes. Whoever asks while it is on its way shares it; one that did not arrive is asked
   * for again.
   * @param {string} url @param {RequestPriority} [priority]
   */
  get(url, priority = "auto") {
    const known = this.#files.get(url);
    if (known) return known;
    const file = this.#read(url, priority);
    this.#files.set(url, file);
    file.catch(() => this.#files.delete(url));
    return file;
  }

  /** Its bytes are not needed any more. @param {string} url */
  forget(url) {
    this.#files.delete(url);
  }

  /** @param {string} url @param {RequestPriority} priority */
  async #read(url, priority) {
    const response = await request(url, priority);
    const told = this.#teller(url, response);
    /** @type {Uint8Array[]} */
    const chunks = [];
    let length = 0;
    try {
      for (const reader = bodyOf(response).getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        chunks.push(value);
        told((length += value.byteLength), false);
      }
    } catch {
      throw new Problem("brokenOff", { file: nameOf(url) });
    }
    told(length, true);
    return joined(chunks, length);
  }

  /** Tells how much has come, in bytes on the wire. @param {string} url @param {Response} response */
  #teller(url, response) {
    const { headers } = response;
    let next = 0;
    return (/** @type {number} */ length, /** @type {boolean} */ done) => {
      const whole = this.sizes[nameOf(url)];
      const packed = headers.has("content-encoding");
      const total = Number(headers.get("content-length")) || (packed ? 0 : whole);
      if (!total || !whole || (!done && performance.now() < next)) return;
      next = performance.now() + EVERY;
      this.#onProgress(url, done ? total : Math.min(total, (total * length) / whole), total);
    };
  }
}

/** @param {string} url @param {RequestPriority} [priority] @returns {Promise<Response>} a good one */
export async function request(url, priority = "auto") {
  const file = nameOf(url);
  const response = await fetch(url, { priority }).catch(() => null);
  if (!response) throw new Problem("noConnection", { file });
  if (!response.ok) throw new Problem("notServed", { file, status: response.status });
  return response;
}

/** @param {Response} response */
function bodyOf({ body }) {
  if (!body) throw new Error("an answer without a body");
  return body;
}

/** @param {Uint8Array[]} chunks @param {number} length */
function joined(chunks, length) {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
