// Prices of a position on one line, to scale: liquidation, stop, entry, mark, take-profit.
import { h } from "./dom.js";
import { plain } from "./numbers.js";
import { say } from "./words.js";

const PADDING = 0.07; // of the width, left and right
const GAP = 10; // pixels between two labels
const SIDES = ["above", "below"];

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
  const rail = h(
    "div",
    { class: "price-rail", role: "img", "aria-label": spoken },
    h("span", { class: "track" }),
    spans(position, at),
    rows.map((row) => tick(row, at[row.name])),
    labels(rows, at),
  );
  layout.observe(rail);
  return rail;
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

/** Centred on its place; `spread` moves it where another stands. */
function label(row, where, side) {
  return h("span", { class: `name ${side}`, "data-place": where }, h("span", {}, say(row.name)), plain(row.price));
}

const isAbove = (row) => row.name === "entry" || row.name === "mark";
const labels = (rows, at) => rows.map((row) => label(row, at[row.name], isAbove(row) ? "above" : "below"));

const layout = new ResizeObserver((entries) => entries.forEach(({ target }) => SIDES.forEach((side) => spread(target, side))));

/** Labels of one side in a row: none over another, none beyond an end. */
function spread(rail, side) {
  const room = rail.clientWidth;
  const found = [...rail.querySelectorAll(`.name.${side}`)].map((element) => ({ element, width: element.offsetWidth, centre: Number(element.dataset.place) * room }));
  found.sort((a, b) => a.centre - b.centre);
  let end = 0;
  for (const each of found) {
    each.left = Math.max(each.centre - each.width / 2, end);
    end = each.left + each.width + GAP;
  }
  end = room;
  for (const each of found.reverse()) {
    each.left = Math.max(0, Math.min(each.left, end - each.width));
    end = each.left - GAP;
    each.element.style.left = `${each.left}px`;
  }
}
