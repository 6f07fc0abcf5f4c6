// Open positions: one row each, with the price rail and what protects them.
import { ageElement, timeElement } from "./clock.js";
import { changeRow } from "./change-row.js";
import { chip, copyable, empty, flashing, h, replace } from "./dom.js";
import { lightIcon, lightText, nakedSeconds, protectionTone } from "./light.js";
import { fixed, plain, signed, toneOf } from "./numbers.js";
import { priceRail } from "./rail.js";
import { spark } from "./sparks.js";
import { say, word } from "./words.js";

/** `more(position)` adds to each row. */
export function showPositions(positions, status, more = () => null) {
  const rows = document.getElementById("position-rows");
  const why = status.auto_trade ? say("no_positions_why") : say("no_positions_off");
  replace(rows, ...(positions.length ? positions.map((position) => positionRow(position, more(position))) : [empty(say("no_positions"), why)]));
}

/** Seconds without a stop: now, today's worst, and what 99 of 100 trades stay within. One that is without now counts on. */
export function showWorstNaked({ today, protection, p99_naked_seconds: usual }) {
  const now = nakedSeconds(protection);
  const worst = Math.max(today?.worst_naked_seconds ?? 0, now);
  const parts = { now: now.toFixed(1), worst: worst.toFixed(1), usual: usual === null ? "–" : usual.toFixed(1) };
  const text = today ? say("naked_figures", parts) : "";
  document.getElementById("positions-aside").textContent = text;
}

export function positionRow(position, more = null) {
  return h(
    "article",
    { class: "position", "data-protection": position.protection.state, "data-case": position.case, id: `position-${position.id}` },
    head(position),
    priceRail(position),
    facts(position),
    legs(position),
    changeRow(position),
    more,
  );
}

function head(position) {
  const arrow = position.side === "SHORT" ? "↓" : "↑";
  return h(
    "div",
    { class: "head" },
    h("a", { class: "symbol", href: `/case/${position.case}`, id: `symbol-${position.id}` }, position.symbol),
    chip(`${arrow} ${word("direction", position.side)} ${position.leverage}×`),
    protectionChip(position),
    position.status === "open" ? null : chip(word("position_status", position.status), { tone: "warn" }),
    spark(position),
    result(position),
  );
}

function protectionChip(position) {
  const { state } = position.protection;
  if (state === "nothing_open") return null;
  const since = position.naked_since ?? "";
  const text = lightText(state, nakedSeconds(position.protection, position.naked_since));
  const element = chip(text, { tone: protectionTone(state), iconName: lightIcon(state) });
  if (state !== "protected" && since) Object.assign(element.dataset, { nakedSince: since, state });
  return element;
}

/** Carries the seconds without a stop on between two messages. */
export function tickNaked() {
  document.querySelectorAll("[data-naked-since]").forEach((element) => {
    const seconds = nakedSeconds({}, element.dataset.nakedSince);
    element.lastChild.textContent = lightText(element.dataset.state, seconds);
  });
}

function result(position) {
  if (position.unrealized_pnl === null) return null;
  const ofMargin = (Number(position.unrealized_pnl) / (Number(position.notional) / position.leverage || 1)) * 100;
  return flashing(
    `pnl-${position.id}`,
    h(
      "span",
      { class: `result ${toneOf(position.unrealized_pnl)}` },
      signed(position.unrealized_pnl, 4),
      h("span", { class: "unit" }, "USDT"),
      h("small", {}, `${ofMargin < 0 ? "−" : "+"}${Math.abs(ofMargin).toFixed(2)} %`),
    ),
  );
}

function facts(position) {
  const began = position.entry_time ?? position.created_at;
  const base = position.symbol.replace(/USDT$/, "");
  return h(
    "div",
    { class: "facts" },
    fact(say("quantity"), plain(position.quantity), base),
    fact(say("notional"), fixed(position.notional, 2), "USDT"),
    fact(say("margin"), fixed(position.margin, 2), "USDT"),
    h("span", {}, `${say(position.entry_time ? "entered_at" : "waiting_since")} `, h("b", {}, timeElement(began)), " · ", ageElement(began)),
    h("span", {}, position.bot),
  );
}

const fact = (label, value, unit) => h("span", {}, `${label} `, h("b", {}, value), h("span", { class: "unit" }, unit));

function legs(position) {
  const { stop, take_profit: takeProfit } = position.protection;
  const isHeld = position.protection.state !== "nothing_open";
  return h(
    "div",
    { class: "legs" },
    stop ? leg("stop", stop) : isHeld ? h("span", { class: "leg missing" }, say("no_stop")) : null,
    takeProfit ? leg("take_profit", takeProfit) : isHeld ? h("span", { class: "leg" }, say("no_take_profit")) : null,
  );
}

function leg(name, order) {
  const isWorking = order.status === "NEW";
  return h(
    "span",
    { class: "leg" },
    `${say(name)} `,
    h("b", {}, order.trigger_price === null ? "–" : plain(order.trigger_price)),
    isWorking ? null : chip(word("order_status", order.status), { tone: "warn" }),
    copyable(order.client_order_id, say("copy")),
  );
}
