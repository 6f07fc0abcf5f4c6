// Signals and finished trades.
import { span, timeElement } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { fixed, plain, signed, toneOf } from "./numbers.js";
import { say, word } from "./words.js";

/** Cells carry their column's name for the narrow layout. */
export function fillTable(id, rows, nothing) {
  const table = document.getElementById(id);
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  for (const row of rows) [...row.cells].forEach((cell, index) => (cell.dataset.label = names[index]));
  const filler = () => h("tr", {}, h("td", { class: "filler", colspan: names.length }, nothing()));
  table.tHead.hidden = rows.length === 0;
  replace(table.tBodies[0], ...(rows.length ? rows : [filler()]));
}

export const cell = (className, ...children) => h("td", { class: className }, ...children);

export function showTrades(trades) {
  fillTable("trade-table", trades.map(tradeRow), () => empty(say("no_trades"), say("no_trades_why")));
}

export function tradeRow(trade) {
  const fees = say("fees", { amount: plain(trade.commission) });
  const held = span(Date.parse(trade.exit_time) - Date.parse(trade.entry_time));
  const percent = trade.return_pct === null ? "–" : `${signed(trade.return_pct, 2)} %`;
  return h(
    "tr",
    { "data-case": trade.case },
    cell("lead", h("a", { class: "symbol", href: `/case/${trade.case}` }, trade.symbol), h("span", { class: "direction" }, `${word("direction", trade.side)} ${trade.leverage}×`)),
    h("td", { class: `number ${toneOf(trade.result)}`, title: fees }, signed(trade.result, 4), second(percent)),
    cell("", chip(word("exit_reason", trade.exit_reason), { tone: exitTone(trade.exit_reason) })),
    cell("number", price(trade.exit_price), second(price(trade.entry_price))),
    cell("number", plain(trade.quantity)),
    cell("", timeElement(trade.exit_time), second(say("held", { age: held }))),
    cell("", timeElement(trade.entry_time)),
  );
}

const price = (text) => (text === null ? "–" : plain(text));
export const second = (...children) => h("div", { class: "second" }, ...children);

const ALARMING = new Set(["unprotected_flatten", "liquidation", "adl", "external", "reconcile", "breaker_flatten"]);
const exitTone = (reason) => (ALARMING.has(reason) ? "danger" : "");

export function showSignals(signals, status) {
  fillTable("signal-table", signals.map(signalRow), () => nothingFound(status));
}

function nothingFound(status) {
  const scan = status.last_scan;
  const highest = scan?.highest[0];
  const last = highest
    ? say("no_signals_last", { symbols: scan.symbols, symbol: highest.symbol, ratio: fixed(highest.ratio, 1) })
    : null;
  const time = status.next_scan_at ? timeElement(status.next_scan_at).textContent : "–";
  return empty(say("no_signals"), last, say("no_signals_why", { time }));
}

const SIGNAL_TONES = { pending: "warn", entered: "ok", refused: "" };
const OUTCOMES = {
  pass: { tone: "safe", iconName: "check" },
  reject: { tone: "danger", iconName: "x" },
  unavailable: { tone: "warn", iconName: "circle-help" },
};

export function signalRow(signal) {
  return h(
    "tr",
    { "data-case": signal.case },
    cell("lead", h("a", { class: "symbol", href: `/case/${signal.case}` }, signal.symbol)),
    cell("number", `×${fixed(signal.surge_ratio, 2)}`),
    cell("number", plain(signal.price)),
    cell("", timeElement(signal.candle_open)),
    cell(
      "",
      chip(word("signal_status", signal.status), { tone: SIGNAL_TONES[signal.status] }),
      signal.reason ? h("div", { class: "reason" }, signal.reason) : null,
    ),
    cell("whole", h("div", { class: "chips" }, signal.verdicts.length ? signal.verdicts.map(verdict) : h("span", { class: "faint" }, "–"))),
  );
}

function verdict(row) {
  const numbers = Object.entries(row.metrics).map(([name, value]) => `${word("metric", name)} ${value}`);
  const title = [word("outcome", row.outcome), row.reason, ...numbers].filter(Boolean).join("\n");
  return chip(word("filter", row.name), { ...OUTCOMES[row.outcome], title });
}
