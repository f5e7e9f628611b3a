/** Types that the widgets share. Read by the type checker alone; never shipped to a browser. */

import type { Ranges } from "./math/query.mjs";

export type Listener = (...values: never[]) => void;

/** What a widget's `render` is given: anywidget's model, or the page's own (page_model.mjs). */
export interface Model<State> {
  get<Key extends keyof State>(name: Key): State[Key];
  set<Key extends keyof State>(name: Key, value: State[Key]): void;
  save_changes(): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
  send(content: RunMessage, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
}

/** Ask for one forward pass. The float32 inputs travel beside the message, one buffer each. */
export interface RunMessage {
  kind: "run";
  id: string;
  network: string;
  inputs: { shape: number[] }[];
}

/** The answer: outputs with float32 buffers, or one sentence on what went wrong; and what has come
 * of it so far, in bytes, where it has to be loaded. */
export type Answer =
  | { kind: "progress"; id: string; loaded: number; total: number }
  | { kind: "result"; id: string; outputs: { shape: number[] }[]; milliseconds: number }
  | { kind: "error"; id: string; message: string };

/** One input of a network, all of float32. */
export interface Input {
  data: ArrayLike<number>;
  shape: number[];
}

export type Run = (
  network: string,
  data: ArrayLike<number>,
  shape: number[],
  ...more: Input[]
) => Promise<Tensor>;

export interface Tensor {
  data: Float32Array;
  shape: number[];
  /** Time of the forward pass itself, without the way there and back. */
  milliseconds: number;
}

export type Life = "idle" | "loading" | "ready" | "error";

/** Left, right, bottom and top edge of a map, in latent units. */
export type Extent = [left: number, right: number, bottom: number, top: number];

/** A point of a two-dimensional latent space. */
export type Point = [z0: number, z1: number];

/** A widget's root element, with the handle that browser tests use. */
export interface WidgetRoot extends HTMLElement {
  genlab?: { run: Run };
}

export interface Widget<State> {
  render(context: { model: Model<State>; el: WidgetRoot }): () => void;
}

/** What every state holds beside the widget's own values. */
export interface HostState {
  /** The instance's name in the query string; absent in a live kernel. */
  _instance?: string;
  /** What the values that a reader can set may be, in the order of a link. */
  ranges: Ranges;
  /** The language of the widget; empty for the page's. */
  language: string;
  /** What there is to see at the start. */
  stored?: object;
}
