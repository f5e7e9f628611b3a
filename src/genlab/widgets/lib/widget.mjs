/** From a view to a widget as anywidget and the site's host know it: `{ render }`. */

/** @import { Model, Widget, WidgetRoot } from "./types.mjs" */

/**
 * A widget that shows a view of its model, makes it anew when the kernel's model has changed, and
 * takes all of it away again.
 * @template State
 * @param {string} name of the widget, in kebab case
 * @param {new (model: Model<State>, el: WidgetRoot, signal: AbortSignal) => unknown} View adds itself
 *   to `el`, and leaves nothing behind when `signal` ends
 * @param {string | null} [remade] the event that says that what is stored was computed anew; null
 *   for a view that follows all changes by itself
 * @returns {Widget<State>}
 */
export function widget(name, View, remade = "change:stored") {
  /** @param {{ model: Model<State>, el: WidgetRoot }} context */
  function render({ model, el }) {
    el.classList.add("genlab-widget");
    el.dataset.genlabWidget = name;
    let view = new AbortController();
    const rebuild = () => {
      view.abort();
      view = new AbortController();
      new View(model, el, view.signal);
    };
    rebuild();
    if (remade) model.on(remade, rebuild);
    return () => {
      if (remade) model.off(remade, rebuild);
      view.abort();
    };
  }
  return { render };
}
