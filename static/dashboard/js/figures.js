// The four figures.
import { ageElement } from "./clock.js";
import { flashing, h } from "./dom.js";
import { fixed, percentOf, signed, toneOf } from "./numbers.js";
import { say } from "./words.js";

const STALE_AFTER = 120_000; // ms of wall time; balances are read every 30 s

const usdt = () => h("span", { class: "unit" }, "USDT");
const fact = (label, value, tone = "") => h("span", {}, `${label} `, h("b", { class: tone }, value));

function show(name, value, facts) {
  const panel = document.querySelector(`[data-figure="${name}"]`);
  panel.replaceChildren(panel.querySelector("h2"), flashing(name, value), h("p", { class: "facts" }, ...facts));
}

const figure = (text, tone = "") => h("p", { class: `value ${tone}` }, text, text === "–" ? null : usdt());

export function showFigures(status) {
  showEquity(status);
  showToday(status);
  const share = status.equity ? percentOf(status.exposure, status.equity) : null;
  show("exposure", figure(fixed(status.exposure, 2)), [
    h("span", {}, say("positions_open", { count: status.open_positions })),
    share && Number(status.exposure) ? h("span", {}, say("of_equity", { percent: share })) : null,
  ]);
  showRisk(status);
}

function showEquity(status) {
  const facts =
    status.wallet_balance === null
      ? [h("span", {}, say("no_balances"))]
      : [
          fact(say("wallet"), fixed(status.wallet_balance, 2)),
          fact(say("available"), status.available_balance === null ? "–" : fixed(status.available_balance, 2)),
        ];
  if (status.balances_at) facts.push(ageElement(status.balances_at, { phrase: "read_ago", limit: STALE_AFTER }));
  show("equity", figure(status.equity === null ? "–" : fixed(status.equity, 2)), facts);
}

function showToday(status) {
  const { today, unrealized_pnl: open } = status;
  const value = today ? figure(signed(today.result, 2), toneOf(today.result)) : figure("–");
  show("today", value, [
    today ? h("span", {}, say("closed_trades", { count: today.trades })) : null,
    open === null ? null : fact(say("unrealised"), signed(open, 2), toneOf(open)),
  ]);
}

function showRisk(status) {
  const facts = [];
  if (!status.open_risk_is_bounded) facts.push(h("span", { class: "alarm" }, say("unbounded")));
  else if (!status.open_positions) facts.push(h("span", {}, say("no_risk")));
  else if (status.equity) facts.push(h("span", {}, say("of_equity", { percent: percentOf(status.open_risk, status.equity) })));
  show("risk", figure(fixed(status.open_risk, 2)), facts);
}
