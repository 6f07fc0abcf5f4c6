// The overview page: shows what it was born with, then what the socket brings.
import { setClock, startTicking } from "./clock.js";
import { addEvents, markCase } from "./feed.js";
import { showFigures } from "./figures.js";
import { showLight } from "./light.js";
import { LiveSocket } from "./live.js";
import { showPositions, showWorstNaked, tickNaked } from "./positions.js";
import { showScan, tickScan } from "./scan.js";
import { showSignals, showTrades } from "./tables.js";
import { showTopbar } from "./topbar.js";
import { say, start } from "./words.js";

const state = { ...start.states };
const connection = { isOffline: false, lostAt: null, retryAt: null };

const show = {
  status() {
    setClock(state.status.market_time, state.status.speed);
    showTopbar(state.status);
    showFigures(state.status);
    showScan(state.status);
    showWorstNaked(state.status);
    showLight(state.status.protection, connection.isOffline);
    if (!state.positions.length) show.positions();
    if (!state.signals.length) show.signals();
  },
  positions: () => showPositions(state.positions, state.status),
  signals: () => showSignals(state.signals, state.status),
  trades: () => showTrades(state.trades),
};

function receive({ type, data }) {
  if (type === "log") addEvents([data]);
  else if (type === "clock") setClock(data?.market_time, data?.speed);
  else if (type in show) {
    state[type] = data;
    show[type]();
  } else if (type === "error") console.error(data.message);
  if (type !== "clock") markCase();
}

function showConnection() {
  const bar = document.getElementById("offline");
  document.body.classList.toggle("is-offline", connection.isOffline);
  bar.hidden = !connection.isOffline;
  if (!connection.isOffline) return;
  const seconds = Math.ceil((connection.retryAt - Date.now()) / 1000);
  const time = new Date(connection.lostAt).toLocaleTimeString([], { hour12: false });
  bar.lastChild.textContent = say(seconds > 0 ? "offline" : "connecting", { time, seconds });
}

function tick() {
  showLight(state.status.protection, connection.isOffline);
  showWorstNaked(state.status);
  tickNaked();
  tickScan();
  showConnection();
}

async function copy(button) {
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.title = say("copied");
  button.classList.add("flash");
}

setClock(state.status.market_time, state.status.speed);
Object.values(show).forEach((draw) => draw());
addEvents(start.events);
markCase();
startTicking(tick);
addEventListener("hashchange", markCase);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

new LiveSocket({
  types: [...Object.keys(show), "log"],
  seq: start.seq,
  language: document.documentElement.lang,
  onMessage: receive,
  onOnline() {
    connection.isOffline = false;
    showConnection();
  },
  onOffline(retryAt) {
    if (!connection.isOffline) connection.lostAt = Date.now();
    Object.assign(connection, { isOffline: true, retryAt });
    showConnection();
  },
});
