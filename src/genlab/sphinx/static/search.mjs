// The search page: asks the index that genlab.sphinx.search has written, and lists what it finds.
import { excerpt, read, search } from "./ranking.mjs";

/** @typedef {import("./ranking.mjs").Found} Found @typedef {import("./ranking.mjs").Section} Section */

const texts = JSON.parse(document.getElementById("gl-texts")?.textContent || "{}");
const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);

/** @param {string} name @param {string | Node[]} inner @param {Record<string, string>} attributes */
function element(name, inner, attributes = {}) {
  const node = document.createElement(name);
  node.append(...(typeof inner === "string" ? [inner] : inner));
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** @param {Found} found @param {Section} section */
function address({ page }, [, anchor]) {
  return new URL(page.url + (anchor ? `#${anchor}` : ""), root).href;
}

/** @param {Found} found @param {string} query */
function entry(found, query) {
  const [best, ...others] = found.places;
  const place = best[2] === found.page.title ? [] : [` › ${best[2]}`];
  const link = element("a", found.page.title, { href: address(found, best) });
  link.append(...place);
  const shown = excerpt(best[3], query).map(({ text, hit }) =>
    hit ? element("mark", text) : document.createTextNode(text));
  const more = others.map((one) =>
    element("li", [element("a", one[2], { href: address(found, one) })]));
  return element("li", [link, element("p", shown, { class: "context" }), ...(more.length ? [element("ul", more)] : [])]);
}

/** @param {HTMLElement} into @param {string} query */
async function show(into, query) {
  const status = element("p", "", { role: "status" });
  into.replaceChildren(status);
  try {
    const answer = await fetch(new URL("_genlab/search.json", root), { cache: "no-cache" });
    if (!answer.ok) throw new Error(String(answer.status));
    const index = await answer.json();
    const found = search(index, read(index), query);
    const said = found.length ? texts.search_found : texts.search_none;
    status.textContent = said.replace("{count}", found.length).replace("{query}", query);
    into.append(element("ol", found.map((one) => entry(one, query)), { class: "gl-found" }));
  } catch (error) {
    status.textContent = texts.search_failed;
    console.warn(error);
  }
}

const query = (new URLSearchParams(location.search).get("q") ?? "").trim();
const results = document.getElementById("search-results");
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[name=q]"))) {
  field.value = query;
}
if (query && results) show(results, query);
else /** @type {HTMLElement?} */ (document.querySelector("#gl-text input[name=q]"))?.focus();
