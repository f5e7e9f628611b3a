/** What the networks of a page have to say, by language. Widgets say it as the reason of a failure. */

export const strings = {
  en: {
    noNetwork: "this widget has no network \"{network}\", only {known}",
    noWasm: "this browser has no WebAssembly, or it is switched off, and the networks run in it",
    noSimd: "this browser's WebAssembly is too old (it lacks SIMD): a browser of 2023 or later runs the networks",
    forbidden: "a content security policy, of the site or of a browser extension, forbids the inference worker or its runtime",
    noWorker: "the inference worker could not be started",
    noRuntime: "the runtime could not be started; the browser's console says more",
    noMemory: "the browser gave no memory for the networks: close other tabs, or other programs, and try again",
    noConnection: "the file {file} could not be loaded (no connection, or something in the browser blocks it)",
    notServed: "the file {file} could not be loaded (the server says {status})",
    brokenOff: "the download of {file} broke off in the middle",
    noNetworkFile: "the file {file} came, but the runtime cannot read it as a network",
    noAnswer: "the network {file} gave no answer; the browser's console says more",
    inputs: "the network takes {expected} inputs, got {got}",
  },
};

/** @typedef {typeof strings.en} SiteTexts */
