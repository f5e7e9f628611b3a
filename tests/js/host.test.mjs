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

function startService() {
  /** @type {FakeWorker[]} */
  const workers = [];
  const service = new InferenceService(() => {
    workers.push(new FakeWorker());
    return workers[workers.length - 1];
  }, strings.en);
  return { workers, service };
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
  workers[0].reply({ id: 1, message: "404", fatal: false });
  workers[0].reply({ id: 2, shape: [1], buffer: buffer(), milliseconds: 1 });
  await assert.rejects(failing, /404/);
  await working;
  assert.equal(workers[0].ended, false);
});

test("after the runtime has failed the next request starts afresh", async () => {
  const { workers, service } = startService();
  const failing = [service.run("a", [[1]], [buffer()]), service.run("b", [[1]], [buffer()])];
  workers[0].reply({ id: 1, message: "no runtime", fatal: true });
  for (const answer of failing) await assert.rejects(answer, /no runtime/);
  assert.equal(workers[0].ended, true);
  const again = service.run("a", [[1]], [buffer()]);
  workers[1].reply({ id: 3, shape: [1], buffer: buffer(), milliseconds: 1 });
  await again;
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

test("a network's inputs arrive in their order, each with its shape", async () => {
  const model = new PageModel({}, async (_network, shapes, buffers) => {
    const [xt, t] = buffers.map((buffer) => new Float32Array(buffer));
    assert.deepEqual(shapes, [[1, 2], [1]]);
    return { shape: shapes[0], buffer: xt.map((value) => value * t[0]).buffer, milliseconds: 1 };
  });
  const answer = new InferClient(model).run("denoiser", [1, 2], [1, 2], { data: [7], shape: [1] });
  assert.deepEqual([...(await answer).data], [7, 14]);
});
