// Market time between two messages, and everything on the page that ticks.
import { h } from "./dom.js";
import { say } from "./words.js";

let reading = null;

/** Market time as the server knew it just now; null while the venue's clock cannot be read. */
export function setClock(marketTime, speed) {
  reading = marketTime ? { at: Date.parse(marketTime), speed: Number(speed), taken: performance.now() } : null;
}

export function marketNow() {
  return reading ? reading.at + (performance.now() - reading.taken) * reading.speed : null;
}

export function marketSpeed() {
  return reading ? reading.speed : null;
}

const two = (number) => String(number).padStart(2, "0");

function clockText(date) {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const dayText = (date) => `${two(date.getMonth() + 1)}-${two(date.getDate())}`;

export function utcText(iso) {
  return `${new Date(iso).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

/** Local HH:MM:SS, with the day in front when it is another one; full UTC on hover. */
export function timeElement(iso) {
  if (!iso) return h("span", { class: "faint" }, "–");
  const date = new Date(iso);
  const isToday = dayText(date) === dayText(new Date(marketNow() ?? Date.now()));
  return h("time", { datetime: iso, title: utcText(iso) }, isToday ? clockText(date) : `${dayText(date)} ${clockText(date)}`);
}

/** "12 s", "4 min", "2 h 5 min", "3 d 4 h", in the reader's language. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return say("seconds", { seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say("minutes", { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say("hours", { hours, minutes: minutes % 60 });
  return say("days", { days: Math.floor(hours / 24), hours: hours % 24 });
}

/** "02:05", with hours in front where there are any. */
export function countdownText(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** An age that ticks by itself; `phrase` has {age}. Older than `limit` ms it says so. */
export function ageElement(iso, { phrase = "ago", limit = Infinity } = {}) {
  const element = h("span", { "data-age-of": iso, "data-phrase": phrase, "data-limit": limit });
  tickAge(element);
  return element;
}

function tickAge(element) {
  const now = marketNow();
  if (now === null) return;
  const age = now - Date.parse(element.dataset.ageOf);
  const isStale = age > Number(element.dataset.limit) * Math.max(1, marketSpeed());
  element.classList.toggle("stale", isStale);
  element.textContent = say(isStale ? "stale" : element.dataset.phrase, { age: span(age) });
}

function showClock(element) {
  const now = marketNow();
  if (now === null) {
    element.replaceChildren(h("span", { class: "label" }, say("market_unknown")));
    return;
  }
  const date = new Date(now);
  const speed = marketSpeed();
  const pace = speed === 1 ? null : h("span", { class: "speed" }, speed ? `×${speed}` : "❚❚");
  const label = speed ? say("in_market") : say("market_held");
  element.title = utcText(now);
  element.replaceChildren(
    h("span", { class: "label" }, `${label} · ${date.getFullYear()}-${dayText(date)}`),
    h("span", {}, clockText(date), pace),
  );
}

/** Calls `tick` and refreshes every age and the clock four times a second. */
export function startTicking(tick) {
  const clock = document.getElementById("clock");
  const once = () => {
    showClock(clock);
    document.querySelectorAll("[data-age-of]").forEach(tickAge);
    tick();
  };
  once();
  setInterval(once, 250);
}
