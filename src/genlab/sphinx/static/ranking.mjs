// Which pages answer a query, and where in them: arithmetic without DOM. A page that says a term
// often, and in its headings, is about it; sections of a page compete only for being its place.

/**
 * @typedef {{ url: string, title: string, weight: number }} IndexedPage
 * @typedef {[page: number, anchor: string, title: string, text: string]} Section
 * @typedef {{ pages: IndexedPage[], sections: Section[] }} Index
 * @typedef {{ section: Section, counts: Map<string, number>, heading: Set<string>, length: number }} Read
 * @typedef {{ page: IndexedPage, score: number, places: Section[] }} Found
 */

const WORD = /[\p{L}\p{N}]+(?:[-_'’.][\p{L}\p{N}]+)*/gu;
const PLACES = 3; // of one page

// Two spellings of one word, whichever the reader writes and whichever the page. The endings are
// changed in all words alike (noise, too), in the query as in the pages.
/** @type {[RegExp, string][]} */
const SPELLINGS = [
  [/is(e|ed|er|ers|es|ing|ation|ations)$/, "iz$1"],
  [/ys(e|ed|er|es|ing)$/, "yz$1"],
  [/^(behavi|col|fav|harb|hon|hum|lab|neighb|rum|vap)our/, "$1or"],
  [/^(cancel|label|level|model|signal|total|travel)l(ed|er|ers|ing)$/, "$1$2"],
  [/^(cent|fib|lit|met|theat)re(s?)$/, "$1er$2"],
  [/^(dis|ana|cata|dia)logue/, "$1log"],
  [/^grey/, "gray"],
  [/^artefact/, "artifact"],
  [/^(def|off|lic|pret)ence/, "$1ense"],
  [/^programme/, "program"],
];

/** One form for the spellings and endings of a word. @param {string} word */
export function canonical(word) {
  let form = word;
  for (const [old, better] of SPELLINGS) form = form.replace(old, better);
  if (form.length > 4) form = form.replace(/ies$/, "y").replace(/([^sui])s$/, "$1");
  if (form.length > 5) form = form.replace(/(ing|ed)$/, "").replace(/([^aeiouls])\1$/, "$1");
  return form.length > 4 ? form.replace(/e$/, "") : form;
}

/** The terms of a text: of `auto-encoder` autoencoder, auto and encoder. @param {string} text */
export function terms(text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return (plain.match(WORD) ?? []).flatMap((word) => {
    const parts = word.split(/[-_'’.]/u);
    const joined = word.includes("_") ? word : parts.join("");
    return (parts.length > 1 ? [joined, ...parts] : [joined]).map(canonical);
  });
}

/** What a query asks for: `auto-encoder` for one thing, not three. @param {string} query */
export function asked(query) {
  const wanted = (query.match(WORD) ?? []).flatMap((word) => terms(word).slice(0, 1));
  return [...new Set(wanted)];
}

/** Reads an index once. @param {Index} index @returns {Read[]} */
export function read(index) {
  return index.sections.map((section) => {
    const counts = /** @type {Map<string, number>} */ (new Map());
    const heading = terms(section[2]);
    const all = [...heading, ...terms(section[3])];
    for (const term of all) counts.set(term, (counts.get(term) ?? 0) + 1);
    return { section, counts, heading: new Set(heading), length: all.length };
  });
}

/** How often a section says a term; one that only begins with it counts less. @param {Read} one @param {string} term */
function frequency(one, term) {
  const exact = one.counts.get(term) ?? 0;
  if (exact || term.length < 3) return exact;
  let begun = 0;
  for (const [other, count] of one.counts) if (other.startsWith(term)) begun += count;
  return 0.3 * begun;
}

/** Is it in a heading? @param {Read} one @param {string} term */
const headed = (one, term) => (one.heading.has(term) ? 1 : 0);

/**
 * The pages that have all the words, or if there is none those that have some; the best first.
 *
 * @param {Index} index @param {Read[]} sections what `read` made of it @param {string} query
 * @returns {Found[]}
 */
export function search(index, sections, query) {
  const wanted = asked(query);
  const pages = index.pages.map((page, number) => ({
    page,
    parts: sections.filter((one) => one.section[0] === number),
  }));
  const said = pages.map(({ parts }) =>
    wanted.map((term) => parts.reduce((sum, one) => sum + frequency(one, term), 0)));
  const rarity = wanted.map((_, n) => {
    const having = said.filter((counts) => counts[n] > 0).length;
    return Math.log(1 + (pages.length + 1) / (having + 0.5));
  });
  const complete = said.some((counts) => counts.every((count) => count > 0));
  const found = pages.map(({ page, parts }, number) => {
    const counts = said[number];
    const hit = wanted.length > 0 && (complete ? counts.every((c) => c > 0) : counts.some((c) => c > 0));
    return hit ? [pageFound(page, parts, wanted, counts, rarity)] : [];
  });
  return found.flat().sort((a, b) => b.score - a.score);
}

/** @param {IndexedPage} page @param {Read[]} parts @param {string[]} wanted @param {number[]} counts @param {number[]} rarity */
function pageFound(page, parts, wanted, counts, rarity) {
  const length = parts.reduce((sum, one) => sum + one.length, 0);
  const title = terms(page.title);
  let score = 0;
  wanted.forEach((term, n) => {
    const often = counts[n] / (counts[n] + 4 + length / 1000);
    const heads = parts.filter((one) => headed(one, term)).length;
    score += rarity[n] * (often + 0.25 * Math.min(heads, 3) + (title.includes(term) ? 1 + 2 / title.length : 0));
  });
  return { page, score: score * page.weight, places: places(parts, wanted, rarity) };
}

/** The sections to open, the best first. @param {Read[]} parts @param {string[]} wanted @param {number[]} rarity */
function places(parts, wanted, rarity) {
  // Of two that say it alike the earlier: exercises and the summary come back to what was said.
  const rated = parts.map((one, order) => {
    const each = wanted.map((term, n) => {
      const often = frequency(one, term);
      return often ? rarity[n] * (often / (often + 1 + one.length / 300) + 1.5 * headed(one, term) + 1) : 0;
    });
    return { section: one.section, score: each.reduce((a, b) => a + b, 0) * (1 - (0.4 * order) / parts.length) };
  });
  const best = rated.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  return best.slice(0, PLACES).map(({ section }) => section);
}

/**
 * The words around the first place where a text says what was asked for, cut where that stands out.
 *
 * @param {string} text @param {string} query @param {number} length
 * @returns {{ text: string, hit: boolean }[]}
 */
export function excerpt(text, query, length = 220) {
  const wanted = asked(query);
  const hits = [...text.matchAll(WORD)].filter(([word]) =>
    terms(word).some((term) => wanted.some((one) => one === term || (one.length > 2 && term.startsWith(one)))));
  const from = Math.max(0, (hits[0]?.index ?? 0) - length / 3);
  const start = from ? text.indexOf(" ", from) + 1 : 0;
  const end = Math.min(text.length, start + length);
  const pieces = [{ text: start ? "… " : "", hit: false }];
  let at = start;
  for (const { 0: word, index } of hits) {
    if (index < at || index + word.length > end) continue;
    pieces.push({ text: text.slice(at, index), hit: false }, { text: word, hit: true });
    at = index + word.length;
  }
  pieces.push({ text: text.slice(at, end) + (end < text.length ? " …" : ""), hit: false });
  return pieces.filter((piece) => piece.text);
}
