// The signals page, with the present price beside the signal's.
import { get } from "./api.js";
import { empty, h, replace } from "./dom.js";
import { startList } from "./list.js";
import { estimate, plain, signed, trimmed } from "./numbers.js";
import { startDesk } from "./shell.js";
import { fillTable, second, signalRow } from "./tables.js";
import { say } from "./words.js";

const PRICES_EVERY = 5000;
const OF_SIGNALS = new Set(["signal_found", "signal_refused", "entry_intended"]);
const prices = new Map();
let rows = [];

function draw(page) {
  const isFiltered = Object.keys(page.filters).length > 0;
  const nothing = isFiltered ? [say("no_match"), say("no_match_why")] : [say("no_signals"), say("no_signals_page")];
  rows = page.rows;
  fillTable("signal-table", rows.map(signalRow), () => empty(...nothing));
  replace(document.getElementById("sums"), h("span", {}, say("signals_count", { count: page.count })));
  showPrices();
}

/** How far the price has gone since the signal; a fall is what a short wants. */
function showPrices() {
  const body = document.getElementById("signal-table").tBodies[0];
  rows.forEach((signal, place) => {
    const ticker = prices.get(signal.symbol);
    const cell = body.rows[place]?.cells[2];
    if (ticker === undefined || !cell) return;
    const { price, change_pct: day } = ticker;
    const change = estimate((Number(price) / Number(signal.price) - 1) * 100, 2);
    cell.replaceChildren(plain(signal.price), second(say("price_now", { price: plain(trimmed(price)) }), " ", `${signed(change, 2)} %`), day === null ? "" : second(say("change_24h", { change: `${signed(day, 2)} %` })));
  });
}

async function readPrices() {
  if (document.hidden || !rows.length) return;
  const answer = await get("tickers");
  if (!answer.ok) return;
  answer.data.forEach((ticker) => prices.set(ticker.symbol, ticker));
  showPrices();
}

const refresh = startList(draw);
readPrices();
setInterval(readPrices, PRICES_EVERY);
startDesk({
  onEvents(events) {
    if (events.length === 1 && OF_SIGNALS.has(events[0].kind)) refresh();
  },
});
