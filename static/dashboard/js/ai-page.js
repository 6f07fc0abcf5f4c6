// The AI bot: prices, figures, every decision as it is made, what it looks at, what it earned.
import { showClosed, showHeld, showSwitch } from "./ai-bot.js";
import { get } from "./api.js";
import { timeElement } from "./clock.js";
import { curve, toneBetween } from "./curve.js";
import { actionChip, costText, decisionRow, waitingRow } from "./decision-row.js";
import { chip, empty, flashing, h, icon, replace } from "./dom.js";
import { fillFilters } from "./filters.js";
import { fixed, percentOf, plain, signed, toneOf, trimmed } from "./numbers.js";
import { tickNaked } from "./positions.js";
import { startDesk, state } from "./shell.js";
import { Timeline } from "./timeline.js";
import { VirtualList } from "./virtual-list.js";
import { say, start, word } from "./words.js";

const COSTS_AFTER = 3000; // ms after a decision: its call is settled by then
const EXECUTIONS = 40;
const { bot, curve: points, filters, timeline: part } = start.page;
const narrow = matchMedia("(max-width: 720px)");
const executions = new Map();
let { costs } = start.page;
let costsTimer = 0;

// --- The timeline -------------------------------------------------------------------------------------------------

const frame = document.getElementById("timeline");
const timeline = new Timeline({ part, filters, onChange: (inserted) => showTimeline(inserted) });
const list = new VirtualList(frame, {
  label: say("ai_list_label"),
  rowHeight: () => (narrow.matches ? 128 : 68),
  draw: (place) => (timeline.at(place) ? decisionRow(timeline.at(place)) : waitingRow(timeline.hasFailed(place), () => timeline.retry())),
  need: (first, last) => timeline.need(first, last),
});

function showTimeline(inserted = 0) {
  document.getElementById("timeline-aside").textContent = say("ai_decisions_count", { count: timeline.count });
  const filler = document.getElementById("timeline-empty");
  filler.hidden = timeline.count > 0;
  frame.hidden = timeline.count === 0;
  filler.replaceChildren(...(timeline.count ? [] : [nothing()]));
  list.refresh({ count: timeline.count, inserted });
}

function nothing() {
  if (Object.keys(filters).length) return empty(say("no_match"), say("no_match_why"));
  return bot ? empty(say("ai_no_decisions"), say("ai_no_decisions_why")) : empty(say("ai_no_bot"), say("ai_no_bot_why"));
}

function hear() {
  const row = state.decision;
  if (!row) return;
  timeline.tell(row);
  clearTimeout(costsTimer);
  if (Number(row.cost)) costsTimer = setTimeout(readCosts, COSTS_AFTER);
}

// --- Figures ------------------------------------------------------------------------------------------------------

const ours = () => state.bots.find((row) => row.bot.id === bot?.id);
const usdt = () => h("span", { class: "unit" }, "USDT");

function figure(name, value, facts) {
  const panel = document.querySelector(`[data-figure="${name}"]`);
  panel.replaceChildren(panel.querySelector("h2"), flashing(name, value), h("p", { class: "facts" }, ...facts.filter(Boolean).map((text) => h("span", {}, text))));
}

const money = (text) => h("p", { class: `value ${text === null ? "" : toneOf(text)}` }, text === null ? "–" : signed(text, 2), text === null ? null : usdt());

function showFigures() {
  const row = ours();
  figure("ai-today", money(row?.today ?? null), [ofEquity(row?.today ?? null), row?.max_daily_loss ? `${word("limit_name", "daily_loss")} ${trimmed(row.max_daily_loss)} USDT` : null]);
  figure("ai-total", money(row?.total ?? null), row?.trades ? [say("ai_all_time", { count: row.trades }), say("won_share", { percent: percentOf(row.wins, row.trades) })] : []);
  figure("ai-open", money(row?.unrealized ?? null), row ? openFacts(row) : []);
  showCosts();
  showCurve(row);
}

/** A day's result beside what the account is worth. */
function ofEquity(amount) {
  const { equity } = state.status;
  if (amount === null || !equity || !Number(equity)) return null;
  const share = ((Number(amount) / Number(equity)) * 100).toFixed(2);
  return say("of_equity", { percent: share.replace("-", "−") });
}

function openFacts(row) {
  const { available_balance: available } = state.status;
  const margin = fixed(row.margin, 2);
  const held = row.max_positions === null ? say("positions_open", { count: row.open_positions }) : say("ai_open_of", { count: row.open_positions, limit: row.max_positions });
  return [held, row.max_margin === null ? say("ai_margin", { margin }) : say("ai_margin_of", { margin, limit: fixed(row.max_margin, 2) }), available === null ? null : `${say("available")} ${fixed(available, 2)}`];
}

function showCosts() {
  const [hour, day, month] = costs.windows;
  const value = h("p", { class: "value" }, fixed(day.committed, 3), h("span", { class: "unit" }, "USD"));
  figure("ai-cost", value, [say("ai_of_cap", { cap: trimmed(day.cap) }), say("ai_this_hour", { spent: fixed(hour.committed, 3) }), say("ai_this_month", { spent: fixed(month.committed, 2) }), costs.rung === "full" ? null : word("ai_rung", costs.rung)]);
}

async function readCosts() {
  const answer = await get("costs");
  if (!answer.ok) return;
  costs = answer.data;
  showCosts();
}

function showCurve(row) {
  const body = document.getElementById("curve-body");
  if (!points.length && !row?.trades) return replace(body, empty(say("ai_no_result"), say("ai_no_result_why")));
  const totals = [0, ...points.map((point) => Number(point.total)), Number(row?.total ?? 0)];
  const label = say("ai_curve", { to: fixed(row?.total ?? "0", 2), count: row?.trades ?? 0 });
  const from = points.length ? timeElement(points[0].at) : "";
  document.getElementById("curve-aside").replaceChildren(h("span", { class: toneOf(row?.total ?? "0") }, `${signed(row?.total ?? "0", 2)} USDT`));
  return replace(
    body,
    h("div", { class: "equity-curve" }, curve(totals, { width: 360, height: 96, label, tone: toneBetween(0, totals.at(-1)), least: 1 })),
    h("p", { class: "equity-ends" }, h("span", {}, from), h("span", {}, say("now"))),
  );
}

/** The worst tier of all accounts, as a way to the breaker. */
function showCircuit() {
  const tiers = Object.keys(start.words.tier);
  const worst = state.circuit.map((row) => row.tier).sort((a, b) => tiers.indexOf(b) - tiers.indexOf(a))[0];
  const link = document.getElementById("circuit");
  link.hidden = worst === undefined;
  link.dataset.tone = { active: "ok", reduced: "warn" }[worst] ?? "danger";
  link.replaceChildren(icon("shield-check"), say("ai_breaker", { tier: word("tier", worst) }));
}

// --- Prices, pairs, executions ------------------------------------------------------------------------------------

function showTickers() {
  const rows = state.tickers.map((ticker) => {
    const change = ticker.change_pct === null ? null : h("span", { class: toneOf(ticker.change_pct) }, `${signed(ticker.change_pct, 2)} %`);
    return h("li", {}, h("a", { href: `/chart/${ticker.symbol}` }, h("b", { class: "symbol" }, ticker.symbol), flashing(`ticker-${ticker.symbol}`, h("span", { class: "number" }, plain(trimmed(ticker.price)))), change));
  });
  replace(document.getElementById("tickers"), ...(rows.length ? rows : [h("li", { class: "faint" }, say("ai_no_prices"))]));
}

function showPairs() {
  const own = state.pairs.filter((pair) => pair.bot === bot?.name);
  replace(document.getElementById("pairs"), ...(own.length ? own.map(pairRow) : [h("li", {}, empty(say("ai_no_bot"), say("ai_no_bot_why")))]));
}

function pairRow(pair) {
  const last = pair.decision_id ? h("a", { href: `/ai/decision/${pair.decision_id}`, id: `pair-${pair.symbol}` }, actionChip(pair.action), " ", timeElement(pair.decided_at)) : h("span", { class: "faint" }, say("ai_never_looked"));
  return h(
    "li",
    {},
    h("span", {}, h("b", { class: "symbol" }, pair.symbol), pair.is_held ? chip(say("ai_held"), { tone: "ok" }) : null, pair.failures ? chip(say("ai_failures", { count: pair.failures }), { tone: "warn" }) : null),
    last,
    pair.due_at ? h("span", { class: "second" }, `${say("ai_due")} `, timeElement(pair.due_at)) : null,
  );
}

function showExecutions() {
  const row = state.trade;
  if (row?.bot && row.bot === bot?.name) executions.set(row.id, row);
  const newest = [...executions.values()].sort((a, b) => b.id - a.id).slice(0, EXECUTIONS);
  replace(document.getElementById("executions"), ...(newest.length ? newest.map(executionRow) : [h("li", {}, empty(say("ai_no_executions"), say("ai_no_executions_why")))]));
}

function executionRow(row) {
  return h(
    "li",
    {},
    h("a", { href: `/case/${row.case}`, id: `execution-${row.id}` }, h("b", { class: "symbol" }, row.symbol), " ", h("span", {}, `${word("purpose", row.purpose)} · ${word("side", row.side)} ${plain(trimmed(row.quantity))} @ ${plain(trimmed(row.price))}`)),
    Number(row.realized_pnl) ? h("span", { class: `number ${toneOf(row.realized_pnl)}` }, signed(row.realized_pnl, 2)) : h("span", {}),
    timeElement(row.at),
  );
}

fillFilters(filters);
const tabs = start.page.bots.map((row) => h("a", { href: `?bot=${row.id}`, "aria-current": row.id === bot?.id ? "true" : null }, row.name));
replace(document.getElementById("ai-bots"), ...(tabs.length > 1 ? tabs : []));
showTimeline();
startDesk({
  show: {
    status() {
      showSwitch();
      showFigures();
    },
    positions: showHeld,
    trades: showClosed,
    bots: showFigures,
    tickers: showTickers,
    pairs: showPairs,
    circuit: showCircuit,
    decision: hear,
    trade: showExecutions,
  },
  tick: tickNaked,
});
