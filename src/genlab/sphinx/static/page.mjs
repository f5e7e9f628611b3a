// What a reading page needs besides the theme's script: nothing here is needed to read it.

/** What scrolls sideways in itself. @type {string} */
const SCROLLERS = [
  "pre",
  ".cell_output .output",
  ".gl-scroll",
  ".pst-scrollable-table-container",
  "div.math > .katex-display",
  ".cell_output > .output.text_html",
  "figure",
].join(", ");

/** Gives a keyboard stop and a name to what scrolls, and takes it from what does not. */
function markScrollers() {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(SCROLLERS))) {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

/** Opens the <details> around the address's target, so that a link to a solution shows it. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let box = target?.closest("details"); box; box = box.parentElement?.closest("details")) {
    box.open = true;
  }
}

/** Menus close when something else is pressed, and by Escape. @param {Event} event */
function closeMenus(event) {
  for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.gl-menu[open]"))) {
    const escape = event instanceof KeyboardEvent && event.key === "Escape";
    if (escape || !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
    if (escape) menu.querySelector("summary")?.focus();
  }
}

/** The search page's excerpts without the second copy of each formula (its MathML). */
function cleanExcerpts() {
  // @ts-ignore: Sphinx's own script, on the search page alone
  const search = typeof Search === "undefined" ? null : Search;
  if (!search) return;
  const toText = search.htmlToText;
  const mathml = /<span class="katex-mathml">.*?<\/math><\/span>/gs;
  search.htmlToText = (/** @type {string} */ html, /** @type {string} */ anchor) =>
    toText(html.replace(mathml, ""), anchor);
}

const observer = new ResizeObserver(markScrollers);
observer.observe(document.body);
addEventListener("load", markScrollers);
addEventListener("hashchange", openTarget);
addEventListener("pointerdown", closeMenus);
addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(event);
});
// A printed page shows the solutions: nobody can press on paper.
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((box) => {
    if (!box.classList.contains("gl-menu")) box.open = true;
  });
});
openTarget();
cleanExcerpts();
