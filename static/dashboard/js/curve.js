// Small lines without axes: prices in a row, equity over days.
import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/**
 * A line through `values` (numbers, at least two); `tone` is gain, loss or nothing.
 * The box is at least `least` high, in units of the values, so that a trifle does not look like a fall.
 */
export function curve(values, { width, height, label, tone = "", least = 0 }) {
  const [bottom, top] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(top - bottom, least) || 1;
  const low = (top + bottom - span) / 2;
  const x = (place) => (place / (values.length - 1)) * width;
  const y = (value) => height - 2 - ((value - low) / span) * (height - 4);
  const points = values.map((value, place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const svg = node("svg", { class: `curve ${tone}`, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label });
  svg.append(node("polygon", { points: `0,${height} ${points} ${width},${height}` }), node("polyline", { points }));
  return svg;
}

/** Gain, loss or nothing, of the last against the first; money, so for equity only. */
export const toneBetween = (first, last) => (last === first ? "" : last > first ? "gain" : "loss");

/** The prices of the last hours in words, for those who do not see the line. */
export const priceLabel = (symbol) => say("spark_label", { symbol });
