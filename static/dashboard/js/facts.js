// The facts of a case as people read them.
import { span, timeElement } from "./clock.js";
import { plain } from "./numbers.js";

const MOMENTS = new Set(["candle_open"]);
const SPANS = new Set(["held_seconds"]);
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A node or text for one fact; what is no number stays as it is. */
export function factText({ name, value }) {
  if (MOMENTS.has(name)) return timeElement(value);
  if (SPANS.has(name)) return span(Number(value) * 1000);
  return NUMBER.test(value) ? plain(value) : value;
}
