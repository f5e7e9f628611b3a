/** Runs networks with onnxruntime-web (WebAssembly, one thread), away from the page's own thread. */

/** @import { WorkerReply, WorkerRequest } from "./service.mjs" */
/** @typedef {typeof import("onnxruntime-web")} Runtime */
/** @typedef {import("onnxruntime-web").InferenceSession} Session */
/** @typedef {{ name: string, onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null,
 *   postMessage(reply: WorkerReply, transfer: Transferable[]): void }} Scope */
import { fill, pickStrings } from "../lib/strings.mjs";
import { strings } from "./strings.mjs";

const RUNTIME = new URL("../../ort/", import.meta.url);
const scope = /** @type {Scope} */ (/** @type {unknown} */ (self));
const texts = pickStrings(strings, scope.name);

/** An error after which the runtime cannot be used any more. */
class RuntimeFailure extends Error {}

/** @type {Promise<Runtime> | null} */
let runtime = null;
/** @type {Map<string, Session>} */
const sessions = new Map();
/** One forward pass at a time: a session refuses a second one. @type {Promise<void>} */
let line = Promise.resolve();

scope.onmessage = (/** @type {MessageEvent<WorkerRequest>} */ { data }) => {
  line = line.then(() => answer(data));
};

/** @param {WorkerRequest} request */
async function answer({ id, url, shapes, buffers }) {
  try {
    const output = await run(url, shapes, buffers);
    scope.postMessage({ id, ...output }, [output.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ id, message, fatal: error instanceof RuntimeFailure }, []);
  }
}

/** @param {string} url @param {number[][]} shapes @param {ArrayBuffer[]} buffers */
async function run(url, shapes, buffers) {
  const { Tensor } = await (runtime ??= loadRuntime());
  const session = sessions.get(url) ?? (await loadSession(url));
  const inputs = session.inputNames.map((name, i) => {
    const expected = session.inputNames.length;
    if (!buffers[i]) throw new Error(fill(texts.inputs, { expected, got: i }));
    return [name, new Tensor("float32", new Float32Array(buffers[i]), shapes[i])];
  });
  const start = performance.now();
  const results = await session.run(Object.fromEntries(inputs));
  const milliseconds = performance.now() - start;
  const output = results[session.outputNames[0]];
  // A copy: the result lives in the runtime's own memory.
  const data = Float32Array.from(/** @type {Float32Array} */ (output.data));
  return { shape: [...output.dims], buffer: data.buffer, milliseconds };
}

/** @returns {Promise<Runtime>} */
async function loadRuntime() {
  try {
    const loaded = await import(new URL("ort.wasm.bundle.min.mjs", RUNTIME).href);
    loaded.env.wasm.numThreads = 1; // more need headers that static hosts cannot send
    // The file itself, not its folder: with a folder the runtime looks for its script there too.
    loaded.env.wasm.wasmPaths = { wasm: new URL("ort-wasm-simd-threaded.wasm", RUNTIME).href };
    return loaded;
  } catch (error) {
    throw failure(error);
  }
}

/** @param {string} url @returns {Promise<Session>} */
async function loadSession(url) {
  const { InferenceSession } = await (runtime ??= loadRuntime());
  const bytes = await load(url);
  try {
    const session = await InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    sessions.set(url, session);
    return session;
  } catch (error) {
    throw failure(error);
  }
}

/** @param {string} url */
async function load(url) {
  const response = await fetch(url).catch(() => null);
  if (response?.ok) return new Uint8Array(await response.arrayBuffer());
  const { server, noConnection, notLoaded } = texts;
  const reason = response ? fill(server, { status: response.status }) : noConnection;
  throw new Error(fill(notLoaded, { file: String(url.split("/").at(-1)), reason }));
}

/** One sentence for the reader; the runtime's own words go to the console. @param {unknown} error */
function failure(error) {
  console.warn(error);
  return new RuntimeFailure(texts.noRuntime);
}
