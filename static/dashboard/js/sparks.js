// A line of the last prices in each position's row, read now and then and kept between two drawings.
import { get } from "./api.js";
import { curve, priceLabel } from "./curve.js";

const EVERY = 20_000; // ms of wall time
const BARS = 72;
const SIZE = { width: 120, height: 28 };
const closes = new Map();

/** The line for `position`, or nothing until its prices were read. */
export function spark(position) {
  const values = closes.get(position.symbol);
  return values ? curve(values, { ...SIZE, label: priceLabel(position.symbol) }) : null;
}

async function read(symbol) {
  const answer = await get(`klines/${symbol}?interval=5m&limit=${BARS}`);
  if (answer.ok && answer.data.length > 1) closes.set(symbol, answer.data.map((bar) => Number(bar.close)));
}

/** `symbols()` are those in sight; `redraw` is called when their prices were read. */
export function followPrices(symbols, redraw) {
  const once = async (wanted) => {
    if (document.hidden || !wanted.length) return;
    await Promise.all(wanted.map(read));
    redraw();
  };
  setInterval(() => once(symbols()), EVERY);
  once(symbols());
  return () => once(symbols().filter((symbol) => !closes.has(symbol)));
}
