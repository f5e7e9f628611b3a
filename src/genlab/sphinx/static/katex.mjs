// Sets formulas by KaTeX: a line of JSON {latex, options} in, a line of JSON {html} or {error} out.
// It ends when its input does.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: katex } = await import(pathToFileURL(process.argv[2]).href);

/** @param {string} latex @param {object} options */
function answer(latex, options) {
  try {
    return { html: katex.renderToString(latex, options) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { latex, options } = JSON.parse(line);
  process.stdout.write(JSON.stringify(answer(latex, options)) + "\n");
}
