// The equity curve: the first reading of each market day, and what it is worth now.
import { empty, h, replace } from "./dom.js";
import { curve, toneBetween } from "./curve.js";
import { fixed, signed, toneOf, estimate } from "./numbers.js";
import { say, start } from "./words.js";

const WIDTH = 640;
const HEIGHT = 120;
const LEAST_SHARE = 0.02; // of the first day's equity, from the bottom of the box to its top
let drawn = "";

export function showEquityCurve(status) {
  const days = start.page.equity;
  const key = `${status.equity} ${days.length}`;
  if (key === drawn) return;
  drawn = key;
  const body = document.getElementById("equity-body");
  if (!days.length || status.equity === null) return replace(body, empty(say("no_curve"), say("no_curve_why")));
  const values = [...days.map((row) => Number(row.equity)), Number(status.equity)];
  const first = values[0];
  const gone = estimate(values.at(-1) - first, 2);
  const label = say("curve_label", { day: days[0].day, from: fixed(days[0].equity, 2), to: fixed(status.equity, 2) });
  document.getElementById("equity-aside").replaceChildren(h("span", { class: toneOf(gone) }, `${signed(gone, 2)} USDT`));
  return replace(
    body,
    h("div", { class: "equity-curve" }, curve(values, { width: WIDTH, height: HEIGHT, label, tone: toneBetween(first, values.at(-1)), least: first * LEAST_SHARE })),
    h("p", { class: "equity-ends" }, h("span", {}, `${days[0].day} · ${fixed(days[0].equity, 2)}`), h("span", {}, `${say("now")} · ${fixed(status.equity, 2)}`)),
  );
}
