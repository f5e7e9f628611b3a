/** From a view to a widget as anywidget and the site's host know it: `{ render }`. */

/** @import { HostState, Model, Widget, WidgetRoot } from "./types.mjs" */
/** @import { SharedTexts } from "./strings.mjs" */
/** @import { Context, View } from "./view.mjs" */
import { pickStrings } from "./strings.mjs";

/**
 * A widget that shows a view of its model, makes it anew when the kernel's model or the language has
 * changed, and takes all of it away again.
 * @template {HostState} State @template {{ loadingPage: string, failed: string }} Table
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
  function render({ model, el }) {
    el.classList.add("genlab-widget");
    el.dataset.genlabWidget = name;
    let life = new AbortController();
    const rebuild = () => {
      life.abort();
      life = new AbortController();
      const texts = pickStrings(strings, model.get("language") || document.documentElement.lang);
      new Kind({ model, el, texts, signal: life.signal }).start();
    };
    rebuild();
    for (const event of events) model.on(event, rebuild);
    return () => {
      for (const event of events) model.off(event, rebuild);
      life.abort();
    };
  }
  return { render };
}
