// One path a widget in Firefox, which speaks WebDriver BiDi: the page opens, a control is moved by
// the keyboard, the answer comes. Writes a line of JSON for each: {widget, faults}.
//
//     node tests/site/firefox.mjs ADDRESS FIREFOX '[{"widget": "...", "page": "book/...", "key": "n"}]'
import puppeteer from "puppeteer-core";

const [address, executablePath, table] = process.argv.slice(2);
const PATIENCE = 90_000; // against hanging; no measure of speed
// Where the arrow is pressed; a letter goes into the field for a text.
const SLIDERS = "input[type=range], [role=slider], [role=grid][tabindex='0'], [role=grid] [tabindex='0']";
const FIELDS = "input[type=text]";

/** @param {{ widget: string, page: string, key: string }} row */
async function walk({ widget, page, key }) {
  const controls = key.startsWith("Arrow") ? SLIDERS : FIELDS;
  const faults = /** @type {string[]} */ ([]);
  const tab = await browser.newPage();
  tab.setDefaultTimeout(PATIENCE);
  tab.on("console", (said) => void (said.type() === "error" && faults.push(`console: ${said.text()}`)));
  tab.on("pageerror", (error) => faults.push(`uncaught: ${error}`));
  const root = `[data-genlab-widget="${widget}"]`;
  try {
    await tab.goto(`${address}${page}.html`);
    await tab.evaluate(() => void dispatchEvent(new Event("pointermove"))); // widgets wait for a reader
    await tab.waitForSelector(`${root} [role=status]`);
    await tab.waitForFunction((one, those) => document.querySelector(one)?.querySelector(those), {}, root, controls);
    const before = await tab.$eval(`${root} [role=status]`, (node) => node.textContent);
    await tab.$eval(root, (node, those) => {
      node.scrollIntoView();
      /** @type {HTMLElement?} */ (node.querySelector(those))?.focus();
    }, controls);
    await tab.keyboard.press(/** @type {import("puppeteer-core").KeyInput} */ (key));
    await tab.waitForFunction((one, old) => {
      const node = document.querySelector(one);
      const said = node?.querySelector("[role=status]")?.textContent;
      return node?.getAttribute("data-state") === "ready" && said && said !== old;
    }, {}, root, before);
  } catch (error) {
    const said = await tab.$eval(root, (node) => `${node.getAttribute("data-state")}: ${node.querySelector("[role=status]")?.textContent}`).catch(String);
    faults.push(`${error} (${said})`);
  }
  await tab.close();
  return faults;
}

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
try {
  for (const row of JSON.parse(table)) {
    console.log(JSON.stringify({ widget: row.widget, faults: await walk(row) }));
  }
} finally {
  await browser.close();
}
