import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { InferClient } from "../../src/genlab/widgets/lib/infer.mjs";

/** @import { Answer, Listener, Model, RunMessage } from "../../src/genlab/widgets/lib/types.mjs" */

/** A host that answers when it is told to. @implements {Model<{}>} */
class SlowHost {
  /** @type {{ message: RunMessage, buffers: ArrayBuffer[] }[]} */
  asked = [];
  /** @type {Set<Listener>} */
  listeners = new Set();

  /** @returns {never} */
  get() {
    throw new Error("no state");
  }
  set() {}
  save_changes() {}
  /** @param {string} _event @param {Listener} listener */
  on(_event, listener) {
    this.listeners.add(listener);
  }
  /** @param {string} _event @param {Listener} listener */
  off(_event, listener) {
    this.listeners.delete(listener);
  }
  /** @param {RunMessage} message @param {undefined} _callbacks @param {ArrayBuffer[]} buffers */
  send(message, _callbacks, buffers = []) {
    this.asked.push({ message, buffers });
  }
  /** @param {Answer} answer @param {(ArrayBuffer | DataView)[]} buffers */
  answer(answer, buffers = []) {
    for (const listener of this.listeners)
      /** @type {(...values: unknown[]) => void} */ (listener)(answer, buffers);
  }
  /** Answer a request with its input doubled. @param {number} index */
  double(index) {
    const { message, buffers } = this.asked[index];
    const values = new Float32Array(buffers[0]).map((value) => 2 * value);
    const outputs = [{ shape: message.inputs[0].shape }];
    this.answer({ kind: "result", id: message.id, outputs, milliseconds: 1 }, [values.buffer]);
  }
  /** @param {number} index @param {string} message */
  refuse(index, message) {
    this.answer({ kind: "error", id: this.asked[index].message.id, message });
  }
}

function start() {
  const host = new SlowHost();
  /** @type {string[]} */
  const told = [];
  const client = new InferClient(host, (life, message) => told.push([life, message].join(" ").trim()));
  return { host, told, client };
}

/** What waits for promises gets its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a forward pass there and back", async () => {
  const { host, told, client } = start();
  const answer = client.run("f", [1, -2], [1, 2]);
  host.double(0);
  const { data, shape } = await answer;
  assert.deepEqual([...data], [2, -4]);
  assert.deepEqual(shape, [1, 2]);
  assert.deepEqual(told, ["loading", "ready"]);
});

test("the newest request wins, the ones between are dropped, all are answered", async () => {
  const { host, client } = start();
  const answers = [1, 2, 3, 4].map((value) => client.latest("f", [value], [1]));
  assert.equal(host.asked.length, 1);
  host.double(0);
  await turn();
  assert.equal(host.asked.length, 2);
  host.double(1);
  const values = (await Promise.all(answers)).map((tensor) => tensor && tensor.data[0]);
  assert.deepEqual(values, [2, null, null, 8]);
});

test("the newest request keeps all its inputs", async () => {
  const { host, client } = start();
  const answers = [1, 2].map((t) => client.latest("f", [t], [1], { data: [10 * t], shape: [1] }));
  host.double(0);
  await turn();
  host.double(1);
  await Promise.all(answers);
  assert.deepEqual(host.asked[1].message.inputs, [{ shape: [1] }, { shape: [1] }]);
  assert.deepEqual(host.asked.map(({ buffers }) => new Float32Array(buffers[1])[0]), [10, 20]);
});

test("networks do not wait for each other", () => {
  const { host, client } = start();
  client.latest("f", [1], [1]);
  client.latest("g", [1], [1]);
  assert.deepEqual(host.asked.map(({ message }) => message.network), ["f", "g"]);
});

test("every plain run is answered, whatever the order", async () => {
  const { host, client } = start();
  const answers = [client.run("f", [1], [1]), client.run("f", [2], [1])];
  host.double(1);
  host.double(0);
  assert.deepEqual((await Promise.all(answers)).map(({ data }) => data[0]), [2, 4]);
});

test("an error reaches the caller and the life; a later answer ends it", async () => {
  const { host, told, client } = start();
  const failing = client.latest("f", [1], [1]);
  host.refuse(0, "no such network");
  await assert.rejects(failing, /no such network/);
  const working = client.latest("f", [2], [1]);
  host.double(1);
  assert.equal((await working)?.data[0], 4);
  assert.deepEqual(told, ["loading", "error no such network", "loading", "ready"]);
});

test("the answer of one network does not hide the error of another", async () => {
  const { host, told, client } = start();
  const failing = client.run("f", [1], [1]);
  const working = client.run("g", [1], [1]);
  host.refuse(0, "broken");
  host.double(1);
  await assert.rejects(failing, /broken/);
  await working;
  assert.deepEqual(told, ["loading", "error broken"]);
});

test("after an error the waiting request still has its turn", async () => {
  const { host, client } = start();
  const first = client.latest("f", [1], [1]);
  const second = client.latest("f", [2], [1]);
  host.refuse(0, "once");
  await assert.rejects(first);
  await turn();
  host.double(1);
  assert.equal((await second)?.data[0], 4);
});

test("a host that cannot be reached is an error, not an exception", async () => {
  const { host, told, client } = start();
  host.send = () => {
    throw new Error("the kernel is gone");
  };
  await assert.rejects(client.run("f", [1], [1]), /the kernel is gone/);
  assert.deepEqual(told, ["loading", "error the kernel is gone"]);
});

test("an answer of the wrong size is refused", async () => {
  const { host, client } = start();
  const answer = client.run("f", [1], [1]);
  const { id } = host.asked[0].message;
  const outputs = [{ shape: [2, 3] }];
  host.answer({ kind: "result", id, outputs, milliseconds: 0 }, [new ArrayBuffer(4)]);
  await assert.rejects(answer, /got 4 bytes for the shape \[2,3\], expected 24/);
});

test("a kernel's buffer may start anywhere", async () => {
  const { host, client } = start();
  const answer = client.run("f", [1], [1]);
  const { id } = host.asked[0].message;
  const view = new DataView(new ArrayBuffer(9), 3, 4);
  view.setFloat32(0, 1.5, true);
  host.answer({ kind: "result", id, outputs: [{ shape: [1] }], milliseconds: 0 }, [view]);
  assert.equal((await answer).data[0], 1.5);
});

test("answers to another view and after closing are not heard", async () => {
  const { host, told, client } = start();
  const other = new InferClient(host);
  const answer = other.run("f", [1], [1]);
  host.double(0);
  assert.equal((await answer).data[0], 2);
  assert.deepEqual(told, []);
  client.run("f", [1], [1]);
  client.close();
  host.double(1);
  assert.deepEqual(told, ["loading"]);
  assert.equal(host.listeners.size, 1);
});

test("the caller's numbers may change after the call", () => {
  const { host, client } = start();
  const data = Float32Array.from([1]);
  client.run("f", data, [1]);
  data[0] = 9;
  assert.equal(new Float32Array(host.asked[0].buffers[0])[0], 1);
});

test("a slow answer is said to be waited for", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { host, told, client } = start();
  client.run("f", [1], [1]);
  host.double(0);
  client.run("f", [1], [1]);
  mock.timers.tick(1600);
  host.double(1);
  mock.timers.reset();
  assert.deepEqual(told, ["loading", "ready", "loading", "ready"]);
});

test("a slow answer does not hide the error of another network", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { host, told, client } = start();
  const failing = client.run("f", [1], [1]);
  const working = client.run("g", [1], [1]);
  host.refuse(0, "broken");
  mock.timers.tick(1600);
  host.double(1);
  mock.timers.reset();
  await assert.rejects(failing, /broken/);
  await working;
  assert.deepEqual(told, ["loading", "error broken"]);
});
