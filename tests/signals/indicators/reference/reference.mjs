// Adds the values of the npm package technicalindicators to the extracts, from a folder where it is installed:
//   npm install technicalindicators@3.1.0 && node /path/to/reference.mjs
import { createRequire } from "node:module";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ti = createRequire(join(process.cwd(), "package.json"))("technicalindicators");
const here = dirname(fileURLToPath(import.meta.url));
const KEPT = 40; // values at the end of the extract

function values({ open, high, low, close, volume }) {
  const bars = { open, high, low, close };
  return {
    sma_20: ti.SMA.calculate({ period: 20, values: close }),
    ema_7: ti.EMA.calculate({ period: 7, values: close }),
    ema_21: ti.EMA.calculate({ period: 21, values: close }),
    ema_50: ti.EMA.calculate({ period: 50, values: close }),
    psar: ti.PSAR.calculate({ high, low, step: 0.02, max: 0.2 }),
    rsi: ti.RSI.calculate({ period: 14, values: close }),
    macd: ti.MACD.calculate({
      values: close, fastPeriod: 12, slowPeriod: 26, signalPeriod: 9,
      SimpleMAOscillator: false, SimpleMASignal: false,
    }),
    stochastic: ti.Stochastic.calculate({ ...bars, period: 14, signalPeriod: 3 }),
    williams_r: ti.WilliamsR.calculate({ ...bars, period: 14 }),
    cci: ti.CCI.calculate({ ...bars, period: 20 }),
    bands: ti.BollingerBands.calculate({ period: 20, stdDev: 2, values: close }),
    atr: ti.ATR.calculate({ ...bars, period: 14 }),
    adx: ti.ADX.calculate({ ...bars, period: 14 }),
    obv: ti.OBV.calculate({ close, volume }),
    mfi: ti.MFI.calculate({ ...bars, volume, period: 14 }),
    vwap: ti.VWAP.calculate({ ...bars, volume }),
    ichimoku: ti.IchimokuCloud.calculate({
      ...bars, conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26,
    }),
  };
}

for (const name of readdirSync(here).filter((file) => file.endsWith(".json"))) {
  const path = join(here, name);
  const extract = JSON.parse(readFileSync(path, "utf8"));
  const all = values(extract.candles);
  extract.technicalindicators = Object.fromEntries(
    Object.entries(all).map(([key, list]) => [key, columns(list.slice(-KEPT))]),
  );
  writeFileSync(path, JSON.stringify(extract));
}

// Rows of several values become one list per value.
function columns(rows) {
  if (typeof rows[0] === "number") return rows;
  return Object.fromEntries(Object.keys(rows[0]).map((key) => [key, rows.map((row) => row[key])]));
}
