// The overview page.
import { showBlocks } from "./blocks.js";
import { showBots } from "./bots.js";
import { showEquityCurve } from "./equity.js";
import { addEvents } from "./feed.js";
import { showFigures } from "./figures.js";
import { showPositions, showWorstNaked, tickNaked } from "./positions.js";
import { showScan, tickScan } from "./scan.js";
import { startDesk, state } from "./shell.js";
import { followPrices } from "./sparks.js";
import { showSignals, showTrades } from "./tables.js";

let readMissing = null;
const symbols = () => [...new Set(state.positions.map((position) => position.symbol))];
const drawPositions = () => showPositions(state.positions, state.status);

const show = {
  status() {
    showFigures(state.status);
    showEquityCurve(state.status);
    showScan(state.status);
    showBlocks(state.status);
    showWorstNaked(state.status);
    if (!state.positions.length) show.positions();
    if (!state.signals.length) show.signals();
  },
  positions() {
    drawPositions();
    readMissing?.();
  },
  signals: () => showSignals(state.signals, state.status),
  trades: () => showTrades(state.trades),
  bots: () => showBots(state.bots),
};

startDesk({
  show,
  onEvents: addEvents,
  tick() {
    showWorstNaked(state.status);
    tickNaked();
    tickScan();
  },
});

readMissing = followPrices(symbols, drawPositions);
