// The protection light: top bar, title and favicon say the same.
import { icon } from "./dom.js";
import { fill, say, word } from "./words.js";

const ICONS = {
  nothing_open: "shield",
  protected: "shield-check",
  protecting: "shield",
  unprotected: "shield-alert",
  unknown: "shield-off",
};
const FAVICONS = new URL("../icons/", import.meta.url).pathname;
const PAGE_TITLE = document.title;

/** Wall seconds without a stop, ticking from what the server said. */
export function nakedSeconds(protection, naked_since) {
  const since = naked_since ?? protection.naked_since;
  return since ? Math.max(0, (Date.now() - Date.parse(since)) / 1000) : protection.naked_seconds;
}

export function lightText(state, seconds) {
  return fill(word("light", state), { seconds: seconds.toFixed(1) });
}

export function lightIcon(state) {
  return ICONS[state] ?? ICONS.unknown;
}

let shownState = null;

export function showLight(protection, isOffline) {
  const element = document.getElementById("light");
  const state = isOffline ? "unknown" : protection.state;
  const text = state === "protected" ? word("light", "all_protected") : lightText(state, nakedSeconds(protection));
  if (element.textContent !== text || shownState !== state) {
    element.dataset.state = state;
    element.replaceChildren(icon(lightIcon(state)), text);
  }
  const isAlarm = state === "unprotected" || state === "protecting";
  document.title = isAlarm ? `${state === "unprotected" ? "▲" : "●"} ${text} · Duo-Live` : PAGE_TITLE;
  if (shownState !== state) showMark(state);
  shownState = state;
}

function showMark(state) {
  const name = state === "nothing_open" || state === "protected" ? "protected" : state;
  const address = `${FAVICONS}${name}.svg`;
  document.querySelector("link[rel=icon]").href = address;
  document.querySelector("[data-mark]").src = address;
}

/** The chip of one position. */
export function protectionTone(state) {
  return { protected: "safe", protecting: "warn", unprotected: "danger" }[state] ?? "";
}

export const noStop = () => say("no_stop");
