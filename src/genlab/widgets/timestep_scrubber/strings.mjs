/** The texts of the timestep scrubber, by language; lib/strings.mjs has what it shares with others. */

export const strings = {
  en: {
    slider: "Timestep t, from 0 to 999. Arrow keys move it by one, Page Up and Page Down by a hundred.",
    schedules: "Schedule of the noise",
    linear: "linear",
    scaled_linear: "scaled_linear",
    squaredcos_cap_v2: "squaredcos_cap_v2, the cosine",
    chart: "Alpha-bar, the share of the mean square that is signal, against t. It falls from 1 to 0 along three curves, one a schedule; the cosine falls most evenly, linear first. A line marks the timestep.",
    chartTitle: "alpha-bar over t",
    noisy: "Noisy digit xt",
    noisyCaption: "xt, the noisy digit",
    guess: "The network's guess of x0",
    guessCaption: "the guess of x0",
    seen: "The digit x0",
    seenCaption: "x0, the digit",
    givenSample: "A test digit, a {digit}.",
    givenDrawing: "Your drawing.",
    loadingPage: "Loading the network (about 5 MB, once). The guess is still the one from before.",
    at: "t = {t}, schedule {schedule}: SNR {snr}, {share} of the mean square is signal.",
    error: "Mean squared error of the guess: {error}; of the mean training digit: {mean}.",
    asked: "The network was trained with {trained}: it is asked at its t = {asked}, where the SNR is the same.",
    waiting: "The guess is being made.",
    percent: "{value} %",
    lessThan: "less than {value} %",
    failed: "No guess: {message}.",
  },
};
