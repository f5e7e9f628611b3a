/** The texts of the bottleneck slider, by language; lib/strings.mjs has what it shares with others. */

export const strings = {
  en: {
    title: "Bottleneck slider",
    task: "Widen the bottleneck and see how much of a digit comes through.",
    sizeName: "numbers in the bottleneck",
    pixelsTo: "784 → {size}",
    pixelsToName: "pixels to numbers",
    errorName: "mean squared error",
    size: "Latent size: how many numbers the bottleneck has",
    number: "1 number",
    numbers: "{count} numbers",
    legend: "Above: test digits. Between: their numbers in the bottleneck, as shades of grey. Below: the reconstructions.",
    original: "Test digit, a {digit}",
    rebuilt: "Reconstruction of the {digit}",
    seen: "Your drawing as the encoder sees it",
    seenCaption: "encoder sees",
    own: "Reconstruction of your drawing",
    ownCaption: "decoder rebuilds",
    next: "Next digits",
    loadingPage: "Loading the networks of this latent size (with the first ones about 4 MB).",
    at: "Latent size {size}: 784 pixels become {numbers}, {ratio} times fewer. Mean squared error of the digits shown: {error}.",
    ofDrawing: "Of your drawing: {error}.",
    expectedOneOf: "there are networks of size {values}",
    failed: "Not reconstructed: {message}.",
  },
};
