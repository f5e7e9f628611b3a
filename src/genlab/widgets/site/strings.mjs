/** What the networks of a page have to say, by language. Widgets say it as the reason of a failure. */

export const strings = {
  en: {
    noNetwork: "this widget has no network \"{network}\", only {known}",
    noWorker: "the inference worker could not be started",
    noRuntime: "the runtime could not be loaded or started (is there a connection?)",
    notLoaded: "the network {file} could not be loaded ({reason})",
    server: "the server says {status}",
    noConnection: "no connection",
    inputs: "the network takes {expected} inputs, got {got}",
  },
};

/** @typedef {typeof strings.en} SiteTexts */
