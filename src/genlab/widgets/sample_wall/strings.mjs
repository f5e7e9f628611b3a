/** The texts of the sample wall, by language; lib/strings.mjs has what it shares with others. */

export const strings = {
  en: {
    title: "Sample wall",
    task: "Let several networks make digits of the same noise, and compare the rows.",
    way: "sampling",
    wayLabel: "How far sampling has come, from pure noise to digits",
    wayAt: "step {step} of {steps}",
    seed: "noise",
    seedLabel: "Seed of the noise that all rows start from",
    steps: "steps in all",
    stepsLabel: "How many steps the sampler takes",
    guesses: "Show the guesses of x0",
    row: "{count} samples of {name}, after {step} of {steps} steps",
    rowGuesses: "What {name} takes its {count} samples for, after {step} of {steps} steps",
    cost: "{milliseconds} ms a step",
    made: "of {steps} steps made",
    level: "noise level t that is left",
    clean: "0",
    shown: "After {step} of {steps} steps, at t = {t}: {what}. All rows start from noise {seed}.",
    done: "After all {steps} steps: {what}. All rows start from noise {seed}.",
    whatSamples: "{rows} x {count} samples",
    whatGuesses: "guesses of x0 for {rows} x {count} samples",
    working: "Sampling from noise {seed}: {least} of the {step} steps are made in all rows.",
    loadingPage: "Loading the networks (about {megabytes} MB, once).",
    failed: "Not sampled: {message}.",
  },
};
