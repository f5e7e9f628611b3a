import assert from "node:assert/strict";
import test from "node:test";
import { whenWanted } from "../../src/genlab/widgets/site/surroundings.mjs";

/** @import { WidgetRoot } from "../../src/genlab/widgets/lib/types.mjs" */

const root = /** @type {WidgetRoot} */ ({});

/** A page of nothing but what is looked at: an address, events, what comes near. @param {string} search */
function page(search) {
  const events = new EventTarget();
  /** @type {((entries: object[]) => void)[]} */
  const nears = [];
  Object.assign(globalThis, {
    location: { search },
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    IntersectionObserver: class {
      /** @param {(entries: object[]) => void} tell */
      constructor(tell) {
        nears.push(tell);
      }
      observe() {}
      unobserve() {}
    },
  });
  let begun = 0;
  whenWanted(root, () => void (begun += 1));
  return {
    begun: () => begun,
    does: (/** @type {string} */ sign) => events.dispatchEvent(new Event(sign)),
    comesNear: (isIntersecting = true) => nears.forEach((tell) => tell([{ isIntersecting, target: root }])),
  };
}

test("a widget waits until it is near, and begins once", () => {
  const { begun, does, comesNear } = page("");
  comesNear(false);
  assert.equal(begun(), 0);
  comesNear();
  does("keydown");
  comesNear();
  assert.equal(begun(), 1);
});

test("or until the reader does anything", () => {
  for (const sign of ["scroll", "pointermove", "keydown", "focusin", "resize"]) {
    const { begun, does } = page("");
    does("load");
    assert.equal(begun(), 0);
    does(sign);
    does(sign);
    assert.equal(begun(), 1, sign);
  }
});

test("a link that says where widgets stand has them at once", () => {
  assert.equal(page("?beta-slider-1=beta:2").begun(), 1);
});
