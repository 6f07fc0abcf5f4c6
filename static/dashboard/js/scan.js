// When the next scan comes and what the last one saw.
import { countdownText, marketNow, marketSpeed, span, timeElement } from "./clock.js";
import { empty, h, replace } from "./dom.js";
import { fixed } from "./numbers.js";
import { say } from "./words.js";

const HOUR = 3_600_000;
const REAL_TIME = 1;

let nextScanAt = null;

export function showScan(status) {
  nextScanAt = status.next_scan_at ? Date.parse(status.next_scan_at) : null;
  const body = document.getElementById("scan-body");
  replace(body, countdown(status), status.last_scan ? lastScan(status.last_scan) : empty(say("no_scan")));
  tickScan();
}

function countdown(status) {
  return h(
    "div",
    { class: "countdown" },
    h("div", { class: "value" }, h("span", { id: "scan-left" }, "–"), h("small", { id: "scan-note" }, timeElement(status.next_scan_at))),
    h("progress", { id: "scan-progress", max: HOUR, value: 0, "aria-label": say("in_market") }),
  );
}

/** Moves the countdown on by market time; a fast market also says the wall's time. */
export function tickScan() {
  const now = marketNow();
  const left = document.getElementById("scan-left");
  if (!left || now === null || nextScanAt === null) return;
  // Past the hour the status of the next one is on its way.
  const remaining = Math.max(0, nextScanAt - now);
  const speed = marketSpeed();
  left.textContent = countdownText(remaining);
  document.getElementById("scan-progress").value = HOUR - Math.min(HOUR, remaining);
  const time = timeElement(new Date(nextScanAt).toISOString());
  const wall = speed && speed !== REAL_TIME ? ` · ${say("in_wall", { age: span(remaining / speed) })}` : "";
  document.getElementById("scan-note").replaceChildren(time, wall);
}

function lastScan(scan) {
  const highest = Math.max(...scan.highest.map((row) => Number(row.ratio)), 1);
  return h(
    "div",
    { class: "last-scan" },
    h("p", {}, timeElement(scan.finished_at), " · ", say("scan_line", { symbols: scan.symbols, signals: scan.signals, seconds: scan.seconds.toFixed(2) })),
    scan.failed ? h("p", { class: "stale" }, say("scan_failed", { count: scan.failed })) : null,
    h("ul", { class: "readings" }, scan.highest.map((row) => reading(row, highest))),
  );
}

function reading(row, highest) {
  const bar = h("span", { class: "bar" });
  bar.style.width = `${(Number(row.ratio) / highest) * 100}%`;
  return h("li", {}, h("span", {}, row.symbol), h("span", {}, bar), h("span", { class: "number" }, `×${fixed(row.ratio, 1)}`));
}
