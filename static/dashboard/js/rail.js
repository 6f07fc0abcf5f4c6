// Prices of a position on one line, to scale: liquidation, stop, entry, mark, take-profit.
import { h } from "./dom.js";
import { plain } from "./numbers.js";
import { say } from "./words.js";

const PADDING = 0.07; // of the width, left and right
const NARROW = 0.22; // labels nearer to each other than this give way to left and right
const EDGE = 0.12; // labels nearer to an end than this are written from that end

const pricesOf = (position) =>
  [
    { name: "liquidation", price: position.liquidation_price },
    { name: "stop", price: position.protection.stop?.trigger_price ?? position.stop_price, planned: !isStanding(position) },
    { name: "entry", price: position.entry_price ?? position.worst_entry_price, planned: position.entry_price === null },
    { name: "mark", price: position.mark_price },
    { name: "take_profit", price: position.protection.take_profit?.trigger_price ?? position.take_profit_price },
  ].filter((row) => row.price !== null);

const isStanding = (position) => position.protection.state === "protected";

/** Function from a price text to its place, 0 to 1. Floats are good enough for pixels. */
function scaleOf(rows) {
  const prices = rows.map((row) => Number(row.price));
  const low = Math.min(...prices);
  const width = Math.max(...prices) - low || 1;
  return (price) => PADDING + ((Number(price) - low) / width) * (1 - 2 * PADDING);
}

export function priceRail(position) {
  const rows = pricesOf(position);
  const place = scaleOf(rows);
  const at = Object.fromEntries(rows.map((row) => [row.name, place(row.price)]));
  const spoken = rows.map((row) => `${say(row.name)} ${plain(row.price)}`).join(", ");
  return h(
    "div",
    { class: "price-rail", role: "img", "aria-label": spoken },
    h("span", { class: "track" }),
    spans(position, at),
    rows.map((row) => tick(row, at[row.name])),
    labelsAbove(rows, at),
    labelsBelow(rows, at),
  );
}

function spans(position, at) {
  const isShort = position.side === "SHORT";
  const isWon = at.mark !== undefined && at.mark < at.entry === isShort;
  return [
    between(at.entry, at.stop, "loss"),
    between(at.entry, at.take_profit, "gain"),
    position.entry_price === null ? null : between(at.entry, at.mark, isWon ? "won" : "lost"),
  ];
}

function between(from, to, tone) {
  if (from === undefined || to === undefined) return null;
  const element = h("span", { class: "span", "data-tone": tone });
  element.style.left = `${Math.min(from, to) * 100}%`;
  element.style.width = `${Math.abs(from - to) * 100}%`;
  return element;
}

function tick(row, where) {
  const title = `${say(row.name)} ${plain(row.price)}`;
  const element = h("span", { class: row.planned ? "tick planned" : "tick", "data-mark": row.name, title });
  element.style.left = `${where * 100}%`;
  return element;
}

function label(row, where, className) {
  const element = h("span", { class: `name ${className}` }, h("span", {}, say(row.name)), plain(row.price));
  element.style.left = `${where * 100}%`;
  return element;
}

/** Entry and mark may be close: the lower one is written to the left of its place, the higher one to the right. */
function labelsAbove(rows, at) {
  const pair = rows.filter((row) => row.name === "entry" || row.name === "mark").sort((a, b) => at[a.name] - at[b.name]);
  if (pair.length === 2 && at[pair[1].name] - at[pair[0].name] < NARROW) {
    return [label(pair[0], at[pair[0].name], "above end"), label(pair[1], at[pair[1].name], "above")];
  }
  return pair.map((row) => label(row, at[row.name], "above middle"));
}

function labelsBelow(rows, at) {
  const below = rows.filter((row) => row.name !== "entry" && row.name !== "mark").sort((a, b) => at[a.name] - at[b.name]);
  return below.map((row, index) => {
    const where = at[row.name];
    if (where > 1 - EDGE) return label(row, 1, "below end");
    if (where < EDGE) return label(row, 0, "below");
    const before = index ? at[below[index - 1].name] : -1;
    const after = index + 1 < below.length ? at[below[index + 1].name] : 2;
    if (after - where < NARROW && where - before >= NARROW) return label(row, where, "below end");
    if (where - before < NARROW && after - where >= NARROW) return label(row, where, "below");
    return label(row, where, "below middle");
  });
}
