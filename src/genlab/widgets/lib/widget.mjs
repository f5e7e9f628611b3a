/** From a view to a widget as anywidget and the site's host know it: `{ render }`. */

/** @import { HostState, Model, Widget, WidgetRoot } from "./types.mjs" */
/** @import { SharedTexts } from "./strings.mjs" */
/** @import { AnyModel } from "./link.mjs" */
/** @import { Context, View } from "./view.mjs" */
import { dropLink } from "./link.mjs";
import { traitOf } from "./math/query.mjs";
import { pickStrings } from "./strings.mjs";

/**
 * A widget that shows a view of its model, makes it anew when the kernel's model or the language has
 * changed, and takes all of it away again.
 * @template {HostState} State @template {{ title: string, task: string, loadingPage: string, failed: string }} Table
 * @param {string} name of the widget, in kebab case
 * @param {new (context: Context<State, SharedTexts & Table>) => View<State, SharedTexts & Table>} Kind
 * @param {{ en: Table } & Record<string, Table>} strings
 * @param {string | null} [remade] the event that says that what is stored was computed anew; null
 *   for a view that follows all changes by itself
 * @returns {Widget<State>}
 */
export function widget(name, Kind, strings, remade = "change:stored") {
  const events = ["change:language", ...(remade ? [remade] : [])];

  /** @param {{ model: Model<State>, el: WidgetRoot }} context */
  function render({ model: own, el }) {
    const model = /** @type {AnyModel & Model<State>} */ (/** @type {unknown} */ (own));
    el.classList.add("genlab-widget");
    el.dataset.genlabWidget = name;
    let life = new AbortController();
    let start = valuesOf(model);
    const build = () => {
      life = new AbortController();
      const texts = pickStrings(strings, model.get("language") || document.documentElement.lang);
      const view = new Kind({ model, el, texts, signal: life.signal, reset });
      view.start();
      return view;
    };
    const rebuild = () => {
      life.abort();
      start = valuesOf(model);
      build();
    };
    /** Everything as at the start: a drawing, what was played, what was asked for. */
    const reset = () => {
      life.abort(); // what is set now is no move of the reader's
      dropLink(model);
      for (const [trait, value] of Object.entries(start)) model.set(trait, value);
      model.save_changes();
      build().wasReset();
    };
    build();
    for (const event of events) model.on(event, rebuild);
    return () => {
      for (const event of events) model.off(event, rebuild);
      life.abort();
    };
  }
  return { render };
}

/** The values that a reader can set, as they are now. @param {AnyModel} model */
function valuesOf(model) {
  const ranges = model.get("ranges");
  const traits = Object.keys(ranges).map((key) => traitOf(key, ranges));
  return Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
}
