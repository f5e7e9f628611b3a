/** What the browser has to do with the page's worker: whether it can, why it did not, when it may. */

/** @import { WidgetRoot } from "../lib/types.mjs" */
/** @import { Trouble } from "./service.mjs" */
import { Problem, request } from "./downloads.mjs";

/** Screens below and above what is seen within which a widget's networks are fetched. */
const SCREENS = 2;

/** The least program that uses SIMD: one function with a constant of 128 bits. */
const SIMD = [
  ...[0, 97, 115, 109, 1, 0, 0, 0], // magic number and version
  ...[1, 4, 1, 96, 0, 0, 3, 2, 1, 0], // one function, from nothing to nothing
  ...[10, 23, 1, 21, 0, 253, 12, ...Array(16).fill(0), 26, 11], // v128.const 0, drop, end
];

/** What this browser lacks for running networks; empty if nothing. */
export function lacking() {
  if (typeof WebAssembly === "undefined") return "noWasm";
  return WebAssembly.validate(Uint8Array.from(SIMD)) ? "" : "noSimd";
}

/** Does the reader ask for as few bytes as possible? */
export function savesData() {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  return connection?.saveData === true;
}

/** In a moment in which there is nothing else to do, or when it has waited. @param {() => void} action */
export function soon(action, { timeout = 500 } = {}) {
  if ("requestIdleCallback" in window) requestIdleCallback(action, { timeout });
  else setTimeout(action, 0);
}

/** Once the page has loaded and has nothing to do. @param {() => void} action */
export function whenIdle(action) {
  const now = () => soon(action, { timeout: 2000 });
  if (document.readyState === "complete") now();
  else addEventListener("load", now, { once: true });
}

/**
 * Once for each element, when it comes near to what is seen.
 * @param {WidgetRoot[]} roots @param {(root: WidgetRoot) => void} action
 */
export function whenNear(roots, action) {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        action(/** @type {WidgetRoot} */ (target));
      }
    },
    { rootMargin: `${100 * SCREENS}% 0px` },
  );
  for (const root of roots) observer.observe(root);
}

/** What a reader does first. */
const SIGNS = ["scroll", "wheel", "pointermove", "pointerdown", "keydown", "focusin", "resize"];

/** Once, when the reader does anything. @param {() => void} action */
export function whenStirred(action) {
  const once = () => {
    for (const sign of SIGNS) removeEventListener(sign, once);
    action();
  };
  for (const sign of SIGNS) addEventListener(sign, once, { passive: true });
}

/**
 * Once, when something comes near to what is seen, when the reader does anything, or at once where
 * the address says something about the page: until then a page owes its time to what is read first.
 * @param {WidgetRoot} root @param {() => void} action
 */
export function whenWanted(root, action) {
  if (location.search) return action();
  let done = false;
  const once = () => {
    if (!done) action();
    done = true;
  };
  whenStirred(once);
  whenNear([root], once);
}

/** How the page's worker is started, and how to find out why it was not. @param {URL} url */
export function workerOf(url) {
  let forbidden = false;
  document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    forbidden ||= blockedURI.startsWith(url.href);
  });
  return {
    startWorker: () => new Worker(url, { type: "module" }),
    /** @returns {Promise<Trouble>} */
    async whyNot() {
      try {
        await request(url.href);
      } catch (error) {
        if (error instanceof Problem && !forbidden) return { problem: error.text, values: error.values };
      }
      return { problem: forbidden ? "forbidden" : "noWorker", values: {} };
    },
  };
}
