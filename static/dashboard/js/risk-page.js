// Risk: the breaker and its reset, the use of every limit, the emergency stop, the settings behind them.
import { get, post } from "./api.js";
import { showVersions } from "./change-sets.js";
import { timeElement } from "./clock.js";
import { ask, rows, toast } from "./dialog.js";
import { chip, empty, h, icon, replace } from "./dom.js";
import { fixed, trimmed } from "./numbers.js";
import { settingsForm, shownValue } from "./settings-form.js";
import { startDesk } from "./shell.js";
import { say, start, word } from "./words.js";

const TIERS = ["active", "reduced", "close_only", "halted"];
const TOLD = /^(breaker_|emergency_stop|risk_settings_changed|position_|entry_|exit_)/;
const form = document.getElementById("risk-settings");
let risk = start.page.risk;
const address = (path) => `${path}?account=${risk.account}`;

// --- The breaker --------------------------------------------------------------------------------------------------

function showCircuit() {
  const tiers = TIERS.map((tier) => h("li", { "data-tier": tier, "aria-current": tier === risk.tier ? "true" : null }, word("tier", tier)));
  replace(document.getElementById("tiers"), ...tiers);
  replace(document.getElementById("trips"), ...risk.trips.map(tripRow));
  document.getElementById("counters").replaceChildren(...rows(counters()));
  replace(document.getElementById("circuit-actions"), ...actions());
}

function tripRow(trip) {
  const end = trip.until ? [say("risk_until"), timeElement(trip.until)] : [say(trip.ends === "person" ? "risk_until_reset" : "risk_until_gone")];
  return h("li", {}, icon("shield-alert"), h("b", {}, trip.cause_label), h("span", { class: "number" }, trip.limit ? say("risk_of", { value: trip.value, limit: trip.limit }) : trip.value), chip(word("tier", trip.tier)), h("span", { class: "aside" }, ...end));
}

function counters() {
  const percent = (text) => (text === null ? "–" : `${trimmed(text)} %`);
  return [
    [say("risk_losses_in_a_row"), String(risk.losses_in_a_row)],
    [say("risk_api_failures"), String(risk.api_failures)],
    [say("risk_ai_failures"), String(risk.ai_failures)],
    [say("risk_day_loss"), percent(risk.day_loss_pct)],
    [say("risk_week_loss"), percent(risk.week_loss_pct)],
    [say("risk_drawdown"), percent(risk.drawdown_pct)],
  ];
}

function actions() {
  const offered = [];
  if (start.may.decide && risk.trips.length) offered.push(button("risk_reset", { id: "reset", onClick: reset }));
  if (start.may.trade) offered.push(button("risk_stop", { id: "emergency-stop", tone: "danger", onClick: stop }));
  return offered;
}

function button(name, { id, tone = null, onClick }) {
  const element = h("button", { type: "button", class: "button", id, "data-tone": tone }, say(name));
  element.addEventListener("click", onClick);
  return element;
}

async function reset() {
  const { version } = risk;
  const answer = await ask({
    title: say("risk_reset_title"),
    input: { label: say("risk_reason"), value: "", unit: "", facts: () => risk.trips.map((trip) => [trip.cause_label, trip.value]) },
    note: say("risk_reset_note"),
    action: say("risk_reset"),
    send: ({ value, trading_password }) => post(address("circuit/reset"), { reason: value, version, confirm: true, trading_password }),
  });
  if (answer) toast(word("tier", answer.data.tier));
  await refresh();
}

async function stop() {
  const answer = await ask({
    title: say("risk_stop_title"),
    input: { label: say("risk_reason"), value: "", unit: "", facts: () => [] },
    note: say("risk_stop_note"),
    action: say("risk_stop"),
    isDangerous: true,
    send: ({ value, trading_password }) => post(address("emergency-stop"), { reason: value, confirm: true, trading_password }),
  });
  if (answer) toast(word("tier", answer.data.tier));
  await refresh();
}

function showLastStop() {
  const stopped = risk.last_stop;
  document.getElementById("last-stop-panel").hidden = !stopped;
  if (!stopped) return;
  const head = h("li", {}, timeElement(stopped.at), h("span", {}, stopped.author), h("span", { class: "aside" }, stopped.reason));
  replace(document.getElementById("last-stop"), head, ...stopped.results.map(resultRow));
}

function resultRow(result) {
  const state = result.is_closed ? chip(say("risk_closed"), { tone: "ok" }) : chip(say(result.is_protected ? "risk_left_protected" : "risk_left_naked"), { tone: "danger" });
  return h("li", {}, h("b", {}, result.symbol), state, result.refusal ? h("span", { class: "aside" }, result.refusal) : null);
}

// --- Limits -------------------------------------------------------------------------------------------------------

function showLimits() {
  const list = document.getElementById("limits");
  replace(list, ...(risk.limits.length ? risk.limits.map(limitRow) : [h("li", {}, empty(say("no_bots")))]));
}

/** Counts have no unit; money and shares are told to the hundredth. */
const amount = (text, unit) => trimmed(unit ? fixed(text, 2) : text);

function limitRow(use) {
  const numbers = say("risk_of", { value: amount(use.value, use.unit), limit: `${amount(use.limit, use.unit)} ${use.unit}`.trim() });
  const name = use.bot ? `${word("limit_name", use.code)} · ${use.bot}` : word("limit_name", use.code);
  return h("li", { class: Number(use.used_pct) >= 100 ? "is-full" : "" }, h("span", {}, name), h("span", { class: "number" }, numbers), h("progress", { max: "100", value: use.used_pct, "aria-label": name }));
}

// --- Settings -----------------------------------------------------------------------------------------------------

const owner = () => ({
  path: "risk",
  query: `account=${risk.account}`,
  version: risk.settings_version,
  settings: risk.settings,
  label: (setting) => setting.label,
  shown: shownValue,
});

const showForm = settingsForm(form, {
  owner,
  prefix: "risk",
  saving: () => ({ title: say("risk_settings"), note: say("risk_settings_note") }),
  onSaved: take,
});

function showHistory() {
  return showVersions(owner(), document.getElementById("risk-versions"), { onBack: take });
}

function take(answer) {
  risk = answer;
  showAll();
}

// --- The page -----------------------------------------------------------------------------------------------------

function showState() {
  showCircuit();
  showLimits();
  showLastStop();
}

function showAll() {
  showState();
  showForm();
  showHistory();
}

async function refresh() {
  const answer = await get(address("risk"));
  if (!answer.ok) return;
  risk = answer.data;
  showState();
}

if (risk) {
  let isBorn = false;
  startDesk({
    onEvents(events) {
      if (isBorn && events.some((event) => TOLD.test(event.kind))) refresh();
      isBorn = true;
    },
  });
  const tabs = start.page.accounts.map((row) => h("a", { href: `?account=${row.id}`, "aria-current": row.id === risk.account ? "true" : null }, row.name));
  replace(document.getElementById("risk-accounts"), ...(tabs.length > 1 ? tabs : []));
  showAll();
} else {
  startDesk();
  form.hidden = true;
  document.getElementById("tiers").replaceChildren(empty(say("no_bots"), say("no_bots_why")));
}
