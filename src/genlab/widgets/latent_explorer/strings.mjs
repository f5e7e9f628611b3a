/** The texts of the latent explorer, by language. */

export const strings = {
  en: {
    map: "Map of the latent space: {name}. Arrow keys move the point, with Shift in larger steps; Home goes to the centre.",
    slider: "{name}, {axis}",
    decoded: "Picture that the decoder makes: {name}",
    pad: "Draw a digit. Arrow keys move the pen, Space lowers and lifts it, Delete clears the drawing.",
    hint: "Draw a digit here",
    keysHint: "Arrows move, Space draws, Delete clears",
    seen: "What the encoder sees",
    seenCaption: "what the encoder sees",
    clear: "Clear",
    next: "Next test digit",
    retry: "Try again",
    loadingPage: "Loading the networks (about 4 MB, once).",
    loadingKernel: "Waiting for the kernel.",
    at: "{name} at z = ({z0}, {z1}): nearest encoding is a {digit}, at distance {distance}.",
    givenSample: "Encoded: a test digit, a {digit}.",
    givenDrawing: "Encoded: your drawing.",
    penDown: "Pen down.",
    penUp: "Pen up.",
    nonsense: "The link says \"{entry}\", which is not understood: {expected}. This is the start instead.",
    expectedKey: "expected {keys}",
    expectedNumber: "expected a number from {low} to {high}",
    failed: "Not decoded: {message}.",
  },
};
