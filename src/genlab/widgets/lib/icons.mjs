/** The few signs on buttons, drawn as lines in the colour of the text. */

import { svg } from "./dom.mjs";

const PATHS = {
  copy: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  reset: "M4 5v5h5M4.6 10a8 8 0 1 1-.4 4",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
};

/** @param {keyof typeof PATHS} name */
export const icon = (name) =>
  svg(
    "svg",
    { viewBox: "0 0 24 24", class: `gl-sign gl-sign-${name}`, "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );
