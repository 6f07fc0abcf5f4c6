// The overview page.
import { addEvents } from "./feed.js";
import { showFigures } from "./figures.js";
import { showPositions, showWorstNaked, tickNaked } from "./positions.js";
import { showScan, tickScan } from "./scan.js";
import { startDesk, state } from "./shell.js";
import { showSignals, showTrades } from "./tables.js";

const show = {
  status() {
    showFigures(state.status);
    showScan(state.status);
    showWorstNaked(state.status);
    if (!state.positions.length) show.positions();
    if (!state.signals.length) show.signals();
  },
  positions: () => showPositions(state.positions, state.status),
  signals: () => showSignals(state.signals, state.status),
  trades: () => showTrades(state.trades),
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
