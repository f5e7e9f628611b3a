/** The texts of the attention viewer, by language; lib/strings.mjs has what it shares with others. */

export const strings = {
  en: {
    sentence: "Sentence",
    ownLabel: "A text of your own",
    ownShow: "Show",
    ownOnPage: "In a notebook you can write a text of your own here, and show a model of your own.",
    layer: "layer",
    layerLabel: "Layer",
    heads: "Heads of this layer",
    head: "Head {head}",
    tokens: "The token that looks",
    tokenLabel: "{text}, token {number}",
    legend: "Point at a token, or choose it by the arrow keys: the bars show where it looks. It cannot look at later tokens.",
    matrix: "All rows of the head",
    matrixLabel: "The weights of layer {layer}, head {head}: each row is a token, the darker a cell, the more it looks there. A frame around row {token}.",
    shown: "Layer {layer}, head {head}: {name} (token {token} of {count}) looks most at {places}.",
    place: "{name} ({share})",
    then: ", then at ",
    quoted: "\u201c{text}\u201d",
    repeated: "\u201c{text}\u201d, token {token}",
    itself: "itself",
    loadingPage: "Loading.",
    empty: "the text is empty; write a few words",
    failed: "Not shown: {message}.",
  },
};
