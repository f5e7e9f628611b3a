/** The texts of the latent explorer, by language; lib/strings.mjs has what it shares with others. */

export const strings = {
  en: {
    title: "Latent explorer",
    task: "Move a point over the map and see what the decoder makes of it.",
    legend: "Each numeral is an encoded digit, the ring the point that is decoded. A digit that you give is encoded to a point of its own, which stays marked by a dot.",
    nearest: "nearest: {name}",
    map: "Map of the latent space: {name}. Arrow keys move the point, with Shift in larger steps; Home goes to the centre.",
    slider: "{name}, {axis}",
    decoded: "Picture that the decoder makes: {name}",
    seen: "What the encoder sees",
    seenCaption: "what the encoder sees",
    clear: "Clear",
    next: "Next test digit",
    loadingPage: "Loading the networks (about 4 MB, once).",
    at: "{name} at z = ({z0}, {z1}): nearest encoding is a {digit}, at distance {distance}.",
    givenSample: "Encoded: a test digit, a {digit}.",
    givenDrawing: "Encoded: your drawing.",
    failed: "Not decoded: {message}.",
  },
};
