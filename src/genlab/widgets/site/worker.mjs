/**
 * Runs networks with onnxruntime-web (WebAssembly, one thread), away from the page's own thread.
 *
 * The runtime and the networks are on their way side by side. What is fetched ahead is made ready
 * down to its first pass; what the reader waits for goes before what is only expected.
 */

/** @import { WorkerReply, WorkerRequest } from "./service.mjs" */
/** @typedef {typeof import("onnxruntime-web")} Runtime */
/** @typedef {import("onnxruntime-web").InferenceSession} Session */
/** @typedef {{ onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null,
 *   postMessage(reply: WorkerReply, transfer?: Transferable[]): void }} Scope */
import { Downloads, PROGRAM, Problem, nameOf, request } from "./downloads.mjs";

const SCRIPT = new URL("ort.wasm.bundle.min.mjs", PROGRAM).href;
/** y = x, one number: the least of a network, with which the runtime starts. */
const LEAST = "CAo6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBQ=";
/** Networks that are fetched ahead at the same time. */
const AHEAD = 3;

/** How browsers and the runtime say that there is no memory left, and that a policy forbids it. */
const REFUSED = /out of memory|(could not|cannot|failed to) allocate|allocation failed|bad_alloc|\bOOM\b/i;
const FORBIDDEN = /content.security.policy|unsafe-eval|blocked by CSP/i;

const scope = /** @type {Scope} */ (/** @type {unknown} */ (self));
const downloads = new Downloads((file, loaded, total) => scope.postMessage({ file, loaded, total }));

/** After this the runtime cannot be used any more. */
class RuntimeProblem extends Problem {}

/** @type {Promise<Runtime> | null} */
let runtime = null;
/** @type {Map<string, Promise<Session>>} */
const sessions = new Map();
/** One thing at a time: a session refuses a second pass. @type {Promise<unknown>} */
let line = Promise.resolve();
/** Networks that are expected to be needed. @type {string[]} */
const expected = [];
let [ahead, asked] = [0, 0];

scope.onmessage = (/** @type {MessageEvent<WorkerRequest>} */ { data }) => {
  if ("sizes" in data) downloads.sizes = data.sizes;
  else if ("expect" in data) expect(data.expect);
  else answer(data);
};

/** @template Result @param {() => Promise<Result>} action */
function inLine(action) {
  const result = line.then(action);
  line = result.catch(() => {});
  return result;
}

// -- what is fetched ahead -------------------------------------------------------------------------

/** @param {string[]} urls of networks; the runtime comes with them, and alone where there are none */
function expect(urls) {
  start("low").catch(complain);
  expected.push(...urls.filter((url) => !expected.includes(url)));
  goOn();
}

/** Nothing is fetched ahead while the reader waits. */
function goOn() {
  while (!asked && ahead < AHEAD && expected.length) {
    ahead += 1;
    const url = String(expected.shift());
    sessionOf(url, "low")
      .then((session) => inLine(() => warm(session)))
      .catch(complain)
      .finally(() => {
        ahead -= 1;
        goOn();
      });
  }
}

/** The first pass of a network takes longer: its program is translated on the way. @param {Session} session */
async function warm(session) {
  const { Tensor } = await start("low");
  const inputs = session.inputMetadata.map((input) => {
    const shape = input.isTensor ? input.shape.map((size) => Number(size) || 1) : [1];
    const count = shape.reduce((product, size) => product * size, 1);
    return [input.name, new Tensor("float32", new Float32Array(count), shape)];
  });
  await session.run(Object.fromEntries(inputs));
}

/** What was only expected fails in silence: whoever needs it asks again. @param {unknown} error */
function complain(error) {
  if (error instanceof RuntimeProblem) scope.postMessage(told(error));
}

// -- what the reader waits for -------------------------------------------------------------------

/** @param {{ id: number, url: string, shapes: number[][], buffers: ArrayBuffer[] }} request */
async function answer({ id, url, shapes, buffers }) {
  asked += 1;
  try {
    const session = await sessionOf(url);
    const output = await inLine(() => run(session, shapes, buffers));
    scope.postMessage({ id, ...output }, [output.buffer]);
  } catch (error) {
    scope.postMessage({ ...told(failure(error, "noAnswer", { file: nameOf(url) })), id });
  } finally {
    asked -= 1;
    goOn();
  }
}

/** @param {Session} session @param {number[][]} shapes @param {ArrayBuffer[]} buffers */
async function run(session, shapes, buffers) {
  const { Tensor } = await start();
  const inputs = session.inputNames.map((name, i) => {
    const expected = session.inputNames.length;
    if (!buffers[i]) throw new Problem("inputs", { expected, got: i });
    return [name, new Tensor("float32", new Float32Array(buffers[i]), shapes[i])];
  });
  const begun = performance.now();
  const results = await session.run(Object.fromEntries(inputs));
  const milliseconds = performance.now() - begun;
  const output = results[session.outputNames[0]];
  // A copy: the result lives in the runtime's own memory.
  const data = Float32Array.from(/** @type {Float32Array} */ (output.data));
  return { shape: [...output.dims], buffer: data.buffer, milliseconds };
}

// -- the runtime and its networks ------------------------------------------------------------------

/** @param {string} url @param {RequestPriority} [priority] @returns {Promise<Session>} */
function sessionOf(url, priority) {
  const known = sessions.get(url);
  if (known) return known;
  const session = open(url, priority);
  sessions.set(url, session);
  session.catch(() => sessions.delete(url));
  return session;
}

/** @param {string} url @param {RequestPriority} [priority] */
async function open(url, priority) {
  const [bytes, { InferenceSession }] = await Promise.all([
    downloads.get(url, priority),
    start(priority),
  ]);
  downloads.forget(url); // the session has its own
  return inLine(() => InferenceSession.create(bytes, { executionProviders: ["wasm"] })).catch((error) => {
    throw failure(error, "noNetworkFile", { file: nameOf(url) });
  });
}

/** @param {RequestPriority} [priority] */
const start = (priority) => (runtime ??= startRuntime(priority));

/** @param {RequestPriority} [priority] @returns {Promise<Runtime>} */
async function startRuntime(priority) {
  try {
    const [loaded, program] = await Promise.all([loadScript(), downloads.get(PROGRAM, priority)]);
    loaded.env.wasm.numThreads = 1; // more need headers that static hosts cannot send
    loaded.env.wasm.wasmBinary = program.buffer;
    const least = Uint8Array.from(atob(LEAST), (letter) => letter.charCodeAt(0));
    await loaded.InferenceSession.create(least, { executionProviders: ["wasm"] });
    downloads.forget(PROGRAM);
    return loaded;
  } catch (error) {
    const { text, values } = failure(error, "noRuntime");
    throw new RuntimeProblem(text, values);
  }
}

/** @returns {Promise<Runtime>} */
const loadScript = () =>
  import(SCRIPT).catch(async (error) => {
    await request(SCRIPT); // an import does not say why it failed
    throw error;
  });

/**
 * What is said to the reader; the runtime's own words go to the console.
 * @param {unknown} error @param {Problem["text"]} otherwise @param {Problem["values"]} [values]
 */
function failure(error, otherwise, values) {
  if (error instanceof Problem) return error;
  console.warn(error);
  if (REFUSED.test(String(error))) return new RuntimeProblem("noMemory");
  return FORBIDDEN.test(String(error)) ? new RuntimeProblem("forbidden") : new Problem(otherwise, values);
}

/** @param {Problem} problem */
function told(problem) {
  const { text, values } = problem;
  return { id: 0, problem: text, values, fatal: problem instanceof RuntimeProblem };
}
