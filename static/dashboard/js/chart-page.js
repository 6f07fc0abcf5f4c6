// The chart of one contract: candles, the position's prices, entries and exits.
import { actions } from "./actions.js";
import { get } from "./api.js";
import { Chart } from "./chart.js";
import { empty, flashing, h, replace } from "./dom.js";
import { estimate, plain, signed, toneOf, trimmed } from "./numbers.js";
import { positionRow } from "./positions.js";
import { startDesk, state } from "./shell.js";
import { fillTable, tradeRow } from "./tables.js";
import { say, start, word } from "./words.js";

const BARS = 500;
const BARS_EVERY = 3000;
const { symbol, intervals, trades } = start.page;
const chart = new Chart(document.getElementById("chart"));
const wanted = new URLSearchParams(location.search).get("interval");
const interval = intervals.includes(wanted) ? wanted : "15m";
let isFirst = true;

const position = () => state.positions.find((row) => row.symbol === symbol);

async function readBars() {
  if (document.hidden && !isFirst) return;
  const answer = await get(`klines/${symbol}?interval=${interval}&limit=${BARS}`);
  if (!answer.ok) {
    if (isFirst) replace(document.getElementById("chart"), empty(say("no_bars", { symbol }), answer.message));
    return;
  }
  chart.showBars(answer.data);
  chart.showMarks(marks());
  showPrice(answer.data);
  if (isFirst) showLines();
  isFirst = false;
}

function showPrice(bars) {
  if (!bars.length) return;
  const [first, last] = [bars[0], bars.at(-1)];
  const change = estimate((Number(last.close) / Number(first.open) - 1) * 100, 2);
  const figure = h("b", {}, plain(trimmed(last.close)));
  replace(document.getElementById("chart-price"), flashing("chart-price", figure), h("span", { class: `second ${toneOf(change)}` }, `${signed(change, 2)} %`));
}

function marks() {
  const open = position();
  const entries = [...trades, ...(open?.entry_time ? [open] : [])].map((row) => ({
    at: row.entry_time,
    kind: row.side === "SHORT" ? "sell" : "buy",
    text: say("entry"),
  }));
  const exits = trades.map((row) => ({ at: row.exit_time, kind: row.side === "SHORT" ? "buy" : "sell", text: word("exit_reason", row.exit_reason) }));
  return [...entries, ...exits];
}

function showLines() {
  const open = position();
  document.getElementById("chart-position").hidden = !open;
  replace(document.getElementById("position-rows"), ...(open ? [positionRow(open, actions(open))] : []));
  chart.showLines(
    open
      ? [
          { name: "entry", price: open.entry_price, title: say("entry") },
          { name: "stop", price: open.protection.stop?.trigger_price, title: say("stop") },
          { name: "take_profit", price: open.protection.take_profit?.trigger_price, title: say("take_profit") },
          { name: "liquidation", price: open.liquidation_price, title: say("liquidation") },
        ]
      : [],
  );
}

function showFrame() {
  document.getElementById("chart-title").textContent = symbol;
  const why = document.getElementById("why-link");
  Object.assign(why, { href: `/why/${symbol}`, textContent: say("why_link", { symbol }) });
  const tabs = intervals.map((name) => h("a", { href: `?interval=${name}`, "aria-current": name === interval ? "true" : null }, name));
  document.getElementById("intervals").replaceChildren(...tabs);
  fillTable("trade-table", trades.map(tradeRow), () => empty(say("no_trades_here", { symbol }), say("no_trades_why")));
}

async function listSymbols() {
  const answer = await get("tickers");
  if (!answer.ok) return;
  document.getElementById("symbols").replaceChildren(...answer.data.map((row) => h("option", { value: row.symbol })));
}

document.getElementById("symbol-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const next = event.target.elements.symbol.value.trim().toUpperCase();
  if (next) location.assign(`/chart/${encodeURIComponent(next)}?interval=${interval}`);
});
showFrame();
startDesk({ show: { positions: showLines } });
readBars();
listSymbols();
setInterval(readBars, BARS_EVERY);
