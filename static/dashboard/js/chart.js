// Candles with the moments and prices of a trade, drawn by TradingView's Lightweight Charts.
import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  LineStyle,
} from "../../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { h } from "./dom.js";
import { trimmed } from "./numbers.js";
import { say } from "./words.js";

const two = (number) => String(number).padStart(2, "0");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seconds = (iso) => Math.floor(Date.parse(iso) / 1000);

const clock = (time) => {
  const date = new Date(time * 1000);
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

/** Times are the reader's own, as everywhere on the desk. */
const tickMark = (time, type) => {
  const date = new Date(time * 1000);
  if (type < 2) return `${date.getFullYear()}-${two(date.getMonth() + 1)}`;
  return type === 2 ? `${two(date.getMonth() + 1)}-${two(date.getDate())}` : `${two(date.getHours())}:${two(date.getMinutes())}`;
};

const colours = () => ({
  layout: { background: { color: "transparent" }, textColor: colour("--muted"), attributionLogo: false, fontSize: 11 },
  grid: { vertLines: { color: colour("--line") }, horzLines: { color: colour("--line") } },
  rightPriceScale: { borderColor: colour("--line") },
  timeScale: { borderColor: colour("--line") },
});

const candleColours = () => ({
  upColor: colour("--gain"),
  downColor: colour("--loss"),
  wickUpColor: colour("--gain"),
  wickDownColor: colour("--loss"),
  borderVisible: false,
});

const MOST_STRETCH = 6; // times the candles' own height; prices farther away would flatten them
const LINES = { stop: "--loss", take_profit: "--gain", entry: "--text", liquidation: "--danger", exit: "--accent" };

export class Chart {
  constructor(container) {
    this.chart = createChart(container, {
      autoSize: true,
      ...colours(),
      localization: { timeFormatter: clock },
      timeScale: { ...colours().timeScale, timeVisible: true, tickMarkFormatter: tickMark, rightOffset: 4 },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, candleColours());
    this.volume = this.chart.addSeries(HistogramSeries, { priceScaleId: "", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.marks = createSeriesMarkers(this.candles, []);
    this.lines = [];
    this.bars = [];
    this.shownPrices = [];
    this.candles.applyOptions({ autoscaleInfoProvider: (original) => this.scale(original()) });
    container.append(attribution());
    new MutationObserver(() => this.recolour()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  recolour() {
    this.chart.applyOptions(colours());
    this.candles.applyOptions(candleColours());
    this.showBars(this.bars);
  }

  /** Bars as the API gives them; floats are good enough for pixels. */
  showBars(bars) {
    this.bars = bars;
    const decimals = bars.reduce((most, bar) => Math.max(most, (trimmed(bar.close).split(".")[1] ?? "").length), 0);
    this.candles.applyOptions({ priceFormat: { type: "price", precision: decimals, minMove: 10 ** -decimals } });
    this.candles.setData(bars.map((bar) => ({ time: bar.time, open: +bar.open, high: +bar.high, low: +bar.low, close: +bar.close })));
    const tint = (bar) => colour(+bar.close >= +bar.open ? "--gain-tint" : "--loss-tint");
    this.volume.setData(bars.map((bar) => ({ time: bar.time, value: +bar.volume, color: tint(bar) })));
  }

  /** The candles in sight, and the prices of the position where they are not too far away. */
  scale(info) {
    if (info === null) return null;
    const { minValue, maxValue } = info.priceRange;
    const wide = { minValue: Math.min(minValue, ...this.shownPrices), maxValue: Math.max(maxValue, ...this.shownPrices) };
    const isFlat = wide.maxValue - wide.minValue > MOST_STRETCH * (maxValue - minValue);
    return isFlat ? info : { ...info, priceRange: wide };
  }

  /** `lines`: {name, price, title}. */
  showLines(lines) {
    const shown = lines.filter((line) => line.name !== "liquidation" && line.price);
    this.shownPrices = shown.map((line) => Number(line.price));
    this.lines.forEach((line) => this.candles.removePriceLine(line));
    this.lines = lines
      .filter((line) => line.price !== null && line.price !== undefined)
      .map((line) => this.candles.createPriceLine(priceLine(line)));
  }

  /** `marks`: {at, kind, text}; a mark stands on the bar that holds its moment. */
  showMarks(marks) {
    const times = this.bars.map((bar) => bar.time);
    const placed = marks
      .map((mark) => ({ ...mark, time: barOf(seconds(mark.at), times) }))
      .filter((mark) => mark.time !== null)
      .sort((a, b) => a.time - b.time);
    this.marks.setMarkers(placed.map(marker));
  }

  /** Shows `from` to `to` (ISO) with some room, where the bars reach that far. */
  showPeriod(from, to) {
    const room = Math.max(3600, (seconds(to) - seconds(from)) * 0.35);
    const [first, last] = [this.bars[0]?.time, this.bars.at(-1)?.time];
    if (first === undefined || seconds(to) < first) return this.chart.timeScale().fitContent();
    return this.chart.timeScale().setVisibleRange({ from: Math.max(first, seconds(from) - room), to: Math.min(last, seconds(to) + room) });
  }
}

const priceLine = ({ name, price, title }) => ({
  price: Number(price),
  color: colour(LINES[name] ?? "--muted"),
  lineWidth: 1,
  lineStyle: name === "entry" ? LineStyle.Solid : LineStyle.Dashed,
  axisLabelVisible: true,
  title,
});

/** Open time of the last bar that began before `moment`; null before the first. */
function barOf(moment, times) {
  if (!times.length || moment < times[0]) return null;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (times[middle] <= moment) low = middle;
    else high = middle - 1;
  }
  return times[low];
}

const SHAPES = {
  signal: { position: "aboveBar", shape: "circle", colour: "--accent" },
  sell: { position: "aboveBar", shape: "arrowDown", colour: "--loss" },
  buy: { position: "belowBar", shape: "arrowUp", colour: "--gain" },
  note: { position: "aboveBar", shape: "square", colour: "--muted" },
};

function marker({ time, kind, text }) {
  const { position, shape, colour: name } = SHAPES[kind] ?? SHAPES.note;
  return { time, position, shape, color: colour(name), text };
}

function attribution() {
  return h("a", { class: "attribution", href: "https://www.tradingview.com/", target: "_blank", rel: "noopener noreferrer" }, say("charts_by"));
}
