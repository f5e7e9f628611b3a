import assert from "node:assert/strict";
import test from "node:test";
import { InferClient } from "../../src/genlab/widgets/lib/infer.mjs";
import { PageModel } from "../../src/genlab/widgets/site/page_model.mjs";
import { InferenceService } from "../../src/genlab/widgets/site/service.mjs";
import { strings } from "../../src/genlab/widgets/site/strings.mjs";

/** @import { WorkerLike, WorkerReply, WorkerRequest } from "../../src/genlab/widgets/site/service.mjs" */

/** @implements {WorkerLike} */
class FakeWorker {
  /** @type {WorkerRequest[]} */
  asked = [];
  ended = false;
  /** @type {WorkerLike["onmessage"]} */
  onmessage = null;
  /** @type {WorkerLike["onerror"]} */
  onerror = null;
  /** @param {WorkerRequest} request */
  postMessage(request) {
    this.asked.push(request);
  }
  terminate() {
    this.ended = true;
  }
  /** @param {WorkerReply} data */
  reply(data) {
    const event = /** @type {MessageEvent} */ ({ data });
    this.onmessage?.call(/** @type {Worker} */ (/** @type {unknown} */ (this)), event);
  }
}

/** @param {Partial<import("../../src/genlab/widgets/site/service.mjs").Surroundings>} [others] */
function startService(others = {}) {
  /** @type {FakeWorker[]} */
  const workers = [];
  /** @type {import("../../src/genlab/widgets/site/service.mjs").Surroundings} */
  const page = {
    startWorker() {
      workers.push(new FakeWorker());
      return workers[workers.length - 1];
    },
    whyNot: async () => ({ problem: "notServed", values: { file: "worker.mjs", status: 404 } }),
    lacking: () => "",
    program: "ort.wasm",
    sizes: { "ort.wasm": 10 },
  };
  return { workers, service: new InferenceService({ ...page, ...others }, strings.en) };
}

const buffer = () => new ArrayBuffer(4);

test("the worker starts at the first request and serves all", async () => {
  const { workers, service } = startService();
  assert.equal(workers.length, 0);
  const answers = [service.run("a", [[1]], [buffer()]), service.run("b", [[1]], [buffer()])];
  const [worker] = workers;
  worker.reply({ id: 2, shape: [2], buffer: buffer(), milliseconds: 1 });
  worker.reply({ id: 1, shape: [1], buffer: buffer(), milliseconds: 1 });
  assert.deepEqual((await Promise.all(answers)).map(({ shape }) => shape), [[1], [2]]);
  assert.equal(workers.length, 1);
});

test("one failed request leaves the others alone", async () => {
  const { workers, service } = startService();
  const failing = service.run("a", [[1]], [buffer()]);
  const working = service.run("b", [[1]], [buffer()]);
  workers[0].reply({
    ...{ id: 1, problem: "notServed", values: { file: "a.onnx", status: 404 }, fatal: false },
  });
  workers[0].reply({ id: 2, shape: [1], buffer: buffer(), milliseconds: 1 });
  await assert.rejects(failing, /^Error: the file a\.onnx could not be loaded \(the server says 404\)$/);
  await working;
  assert.equal(workers[0].ended, false);
});

test("after the runtime has failed the next request starts afresh", async () => {
  const { workers, service } = startService();
  const failing = [service.run("a", [[1]], [buffer()]), service.run("b", [[1]], [buffer()])];
  workers[0].reply({ id: 1, problem: "noMemory", values: {}, fatal: true });
  for (const answer of failing) await assert.rejects(answer, /gave no memory/);
  assert.equal(workers[0].ended, true);
  const again = service.run("a", [[1]], [buffer()]);
  workers[1].reply({ id: 3, shape: [1], buffer: buffer(), milliseconds: 1 });
  await again;
});

test("what is expected starts the worker, and a touch uses the same one", async () => {
  const { workers, service } = startService();
  service.expect();
  service.expect(["a"]);
  const answer = service.run("a", [[1]], [buffer()]);
  assert.deepEqual(workers.map(({ asked }) => asked.slice(0, 3)), [
    [{ sizes: { "ort.wasm": 10 } }, { expect: [] }, { expect: ["a"] }],
  ]);
  workers[0].reply({ id: 1, shape: [1], buffer: buffer(), milliseconds: 1 });
  await answer;
});

test("what is expected and fails is tried again by whoever needs it", async () => {
  const { workers, service } = startService();
  service.expect(["a"]);
  workers[0].reply({ id: 0, problem: "noConnection", values: { file: "x" }, fatal: true });
  assert.equal(workers[0].ended, true);
  const answer = service.run("a", [[1]], [buffer()]);
  workers[1].reply({ id: 1, shape: [1], buffer: buffer(), milliseconds: 1 });
  await answer;
});

test("a browser that cannot is told so before anything is fetched", async () => {
  for (const lacking of /** @type {const} */ (["noWasm", "noSimd"])) {
    const { workers, service } = startService({ lacking: () => lacking });
    service.expect(["a"]);
    await assert.rejects(service.run("a", [[1]], [buffer()]), { message: strings.en[lacking] });
    assert.equal(workers.length, 0);
  }
});

test("a worker that does not start says why, and the next request tries again", async () => {
  const { workers, service } = startService();
  const failing = service.run("a", [[1]], [buffer()]);
  workers[0].onerror?.call(/** @type {any} */ (workers[0]), /** @type {any} */ (new Event("error")));
  await assert.rejects(failing, /worker\.mjs could not be loaded \(the server says 404\)/);
  const again = service.run("a", [[1]], [buffer()]);
  workers[1].reply({ id: 2, shape: [1], buffer: buffer(), milliseconds: 1 });
  await again;
});

test("a worker that is refused outright says why too", async () => {
  const { service } = startService({
    startWorker() {
      throw new DOMException("refused", "SecurityError");
    },
    whyNot: async () => ({ problem: "forbidden", values: {} }),
  });
  await assert.rejects(service.run("a", [[1]], [buffer()]), /a content security policy/);
});

test("progress is told when the sizes of all that is waited for are known", async () => {
  const { workers, service } = startService();
  /** @type {number[][]} */
  const told = [];
  const answer = service.run("a", [[1]], [buffer()], (...bytes) => told.push(bytes));
  const [worker] = workers;
  worker.reply({ file: "ort.wasm", loaded: 3, total: 10 });
  worker.reply({ file: "other", loaded: 1, total: 100 });
  assert.deepEqual(told, []);
  worker.reply({ file: "a", loaded: 1, total: 2 });
  worker.reply({ file: "ort.wasm", loaded: 10, total: 10 });
  assert.deepEqual(told, [[4, 12], [11, 12]]);
  worker.reply({ id: 1, shape: [1], buffer: buffer(), milliseconds: 1 });
  await answer;
});

test("a page's model tells of changes, once, to those who still listen", () => {
  const model = new PageModel({ z0: 1, z1: 1 }, () => Promise.reject(new Error("unused")));
  let heard = 0;
  const listener = () => {
    heard += 1;
  };
  model.on("change:z0", listener);
  model.set("z0", 2);
  model.set("z0", 2);
  model.set("z1", 2);
  assert.equal(heard, 1);
  assert.equal(model.get("z0"), 2);
  model.off("change:z0", listener);
  model.set("z0", 3);
  assert.equal(heard, 1);
});

test("a page's model answers what would be messages to a kernel", async () => {
  const model = new PageModel({}, async (network, shapes, buffers) => {
    if (network !== "decoder-0") throw new Error(`no network ${network}`);
    return { shape: shapes[0], buffer: buffers[0], milliseconds: 0.5 };
  });
  const client = new InferClient(model);
  const { data, milliseconds } = await client.run("decoder-0", [1.5, 2], [1, 2]);
  assert.deepEqual([...data], [1.5, 2]);
  assert.equal(milliseconds, 0.5);
  await assert.rejects(client.run("x", [1], [1]), /no network x/);
});

test("a client hears how much has come, while it waits", async () => {
  /** @type {(output: any) => void} */
  let finish = () => {};
  /** @type {(loaded: number, total: number) => void} */
  let come = () => {};
  const model = new PageModel({}, (_network, _shapes, _buffers, onProgress) => {
    come = onProgress;
    return new Promise((resolve) => (finish = resolve));
  });
  const client = new InferClient(model);
  /** @type {unknown[]} */
  const told = [];
  client.onProgress = () => told.push(client.progress);
  const answer = client.run("decoder-0", [1], [1]);
  come(1, 4);
  come(4, 4);
  finish({ shape: [1], buffer: new ArrayBuffer(4), milliseconds: 1 });
  await answer;
  come(5, 4);
  assert.deepEqual(told, [{ loaded: 1, total: 4 }, { loaded: 4, total: 4 }]);
  assert.equal(client.progress, null);
});

test("a network's inputs arrive in their order, each with its shape", async () => {
  const model = new PageModel({}, async (_network, shapes, buffers) => {
    const [xt, t] = buffers.map((buffer) => new Float32Array(buffer));
    assert.deepEqual(shapes, [[1, 2], [1]]);
    return { shape: shapes[0], buffer: xt.map((value) => value * t[0]).buffer, milliseconds: 1 };
  });
  const answer = new InferClient(model).run("denoiser", [1, 2], [1, 2], { data: [7], shape: [1] });
  assert.deepEqual([...(await answer).data], [7, 14]);
});
