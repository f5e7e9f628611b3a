/** The texts of the beta slider, by language; lib/strings.mjs has what it shares with others. */

export const strings = {
  en: {
    title: "Beta slider",
    task: "Weigh the KL term more and see the map tighten and the decodings blur.",
    sliderName: "weight of the KL term, β",
    betaFact: "β = {beta}",
    betaName: "weight of the KL term",
    mseName: "reconstruction error",
    klName: "KL, nats an image",
    fidName: "digit-FID",
    slider: "beta, the weight of the KL term",
    map: "Encodings",
    mapLabel: "Map of the encodings of {count} digits by the VAE with beta {beta}; the ring is at the cursor's z.",
    grid: "Decodings, each cell equally probable",
    gridLabel: "Decodings of the VAE with beta {beta}. Arrow keys move the cursor, with Shift in larger steps; Home and End go along the row.",
    cell: "z = ({z0}, {z1})",
    decoded: "Picture that the decoder makes at the cursor",
    caption: "at the cursor",
    loadingPage: "Loading the network (about 4 MB, once).",
    shown: "Beta {beta}: reconstruction error {mse} a pixel, KL {kl} nats an image, digit-FID {fid} ± {fidError}. Row {row}, column {column}: z = ({z0}, {z1}).",
    expectedOneOf: "expected one of the trained values, {values}",
    failed: "Not decoded: {message}.",
  },
};
