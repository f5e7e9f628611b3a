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
  ".gl-figure",
  ".gl-scroller", // of a widget
].join(", ");

/** Boxes that have to be looked at. @type {Set<HTMLElement>} */
const unseen = new Set();
/** How many of them at once: a look after a change lays the page out anew. */
const AT_ONCE = 8;
/** Has the reader done anything? Until then nothing far from the screen is laid out or looked at. */
let stirred = false;
/** Is a look at some boxes to come? */
let waiting = false;

/** All again, and those that have come with a widget: what is near the screen at once, the rest soon. */
function findScrollers() {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(SCROLLERS))) {
    if (box.closest("details:not([open])")) continue; // opened, it makes the page higher
    unseen.add(box);
    near.observe(box);
  }
  lookSoon();
}

/** Tells of each box once: whoever observes it again hears of it again. */
const near = new IntersectionObserver(
  (entries) => {
    const seen = entries.filter(({ isIntersecting }) => isIntersecting);
    for (const { target } of seen) near.unobserve(target);
    mark(seen.map(({ target }) => /** @type {HTMLElement} */ (target)));
  },
  { rootMargin: "50% 0px" },
);

/** Once all is laid out: a look before would lay it out at once. */
function lookSoon() {
  const far = document.querySelector(".gl-far");
  document.documentElement.toggleAttribute("data-gl-looking", stirred && !!(far || unseen.size)); // for who waits for the end
  if (waiting || far || !stirred || !unseen.size) return;
  waiting = true;
  whenIdle(markSome);
}

/** No more of them than there is time for. @param {() => boolean} hurry */
function markSome(hurry) {
  do mark([...unseen].slice(0, AT_ONCE));
  while (unseen.size && !hurry());
  waiting = false;
  lookSoon();
}

/** @param {(hurry: () => boolean) => void} action */
function whenIdle(action) {
  // Safari has no idle moments.
  if (!("requestIdleCallback" in window)) setTimeout(() => action(() => false), 200);
  else requestIdleCallback((deadline) => action(() => deadline.timeRemaining() < 5), { timeout: 2000 });
}

/** What a reader does first. A box that scrolls in itself, as the list of pages does by itself, is none of it. */
const SIGNS = ["scroll", "wheel", "pointermove", "pointerdown", "keydown", "focusin", "resize"];

/** The reader is there: the page is laid out to its end, a section in each idle moment, and looked at. */
function stir() {
  for (const sign of SIGNS) removeEventListener(sign, stir);
  stirred = true;
  const sections = [...document.querySelectorAll(".gl-far")];
  const next = () => {
    sections.shift()?.classList.remove("gl-far");
    if (sections.length) whenIdle(next);
    lookSoon();
  };
  next();
}

/** Gives a keyboard stop and a name to what scrolls, and takes them from what does not. @param {HTMLElement[]} boxes */
function mark(boxes) {
  for (const box of boxes) unseen.delete(box);
  // First all looks, then all changes: a look after a change lays the page out anew.
  for (const box of boxes.filter((one) => scrolls(one) !== one.hasAttribute("data-gl-more"))) {
    if (!box.hasAttribute("data-gl-more")) {
      box.tabIndex = 0;
      if (!box.matches("figure")) box.setAttribute("role", "group");
      box.setAttribute("aria-label", nameOf(box));
      box.addEventListener("scroll", markEdge, { passive: true });
      markEdge({ currentTarget: box });
    } else {
      for (const name of ["tabindex", "role", "aria-label", "data-gl-more"]) box.removeAttribute(name);
      box.removeEventListener("scroll", markEdge);
    }
  }
}

/** @param {HTMLElement} box */
function scrolls(box) {
  return box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
}

/** Says on which sides a box goes on; style/site.css fades it there. @param {{currentTarget: EventTarget?}} event */
function markEdge({ currentTarget }) {
  const box = /** @type {HTMLElement} */ (currentTarget);
  const rest = box.scrollWidth - box.clientWidth - box.scrollLeft;
  const more = [box.scrollLeft > 1 && "left", rest > 1 && "right"].filter((side) => side);
  box.setAttribute("data-gl-more", more.join(" "));
}

/** @param {HTMLElement} box */
function nameOf(box) {
  const texts = JSON.parse(document.getElementById("gl-texts")?.textContent || "{}");
  if (box.matches("figure, .gl-figure")) return texts.scrolls_figure;
  if (box.querySelector("table")) return texts.scrolls_table;
  if (box.closest("div.math")) return texts.scrolls_formula;
  return box.closest(".cell_output") ? texts.scrolls_output : texts.scrolls_code;
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

new ResizeObserver(findScrollers).observe(document.body);
for (const sign of SIGNS) addEventListener(sign, stir, { passive: true });
addEventListener("hashchange", openTarget);
addEventListener("pointerdown", closeMenus);
addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(event);
});
if (location.hash) stir(); // what stands above it has its height before one reads on
openTarget();
