// What every page of the desk has: top bar, clock, light and the socket that keeps its states up.
import { setClock, startTicking } from "./clock.js";
import { showLight } from "./light.js";
import { LiveSocket } from "./live.js";
import { showTopbar } from "./topbar.js";
import { say, start } from "./words.js";

export const state = { ...start.states };
const connection = { isOffline: false, lostAt: null, retryAt: null };
const nothing = () => {};
setClock(state.status.market_time, state.status.speed);

/** `show`: state type → function that draws it. `onEvents(events)` gets those of the start, then each new one. */
export function startDesk({ show = {}, onEvents = null, tick = nothing } = {}) {
  const draw = { ...show, status: () => showStatus(show.status ?? nothing) };
  Object.values(draw).forEach((each) => each());
  onEvents?.(start.events);
  startTicking(() => {
    showLight(state.status.protection, connection.isOffline);
    tick();
    showConnection();
  });
  document.addEventListener("click", copyOnClick);
  connect(draw, onEvents);
}

function showStatus(more) {
  setClock(state.status.market_time, state.status.speed);
  showTopbar(state.status);
  showLight(state.status.protection, connection.isOffline);
  more();
}

function connect(draw, onEvents) {
  new LiveSocket({
    types: [...Object.keys(draw), ...(onEvents ? ["log"] : [])],
    seq: start.seq,
    language: document.documentElement.lang,
    onMessage({ type, data }) {
      if (type === "log") onEvents([data]);
      else if (type === "clock") setClock(data?.market_time, data?.speed);
      else if (type === "error") console.error(data.message);
      else if (type in draw) {
        state[type] = data;
        draw[type]();
      }
    },
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

async function copyOnClick(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.title = say("copied");
  button.classList.add("flash");
}
