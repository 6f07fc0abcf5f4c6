// Champion and challengers, and the change between them, which a person makes.
import { refreshing } from "./ai-refresh.js";
import { pageData, post } from "./api.js";
import { actionChip, costText } from "./decision-row.js";
import { ask, toast } from "./dialog.js";
import { chip, empty, h, replace } from "./dom.js";
import { estimate } from "./numbers.js";
import { startDesk } from "./shell.js";
import { say, start, word } from "./words.js";

const HEADS = ["ai_decider", "ai_decisions_short", "ai_confidence_label", "ai_latency", "ai_cost"];
let { comparisons } = start.page;

const percent = (share) => (Number(share) * 100).toFixed(0);
const perDecision = (record) => (record.decisions && Number(record.cost) ? say("ai_per_decision", { cost: (Number(record.cost) / record.decisions).toFixed(5) }) : "");

function draw() {
  const found = comparisons.filter((row) => row.records.length);
  replace(document.getElementById("comparisons"), ...(found.length ? found.map(table) : [h("div", { class: "panel" }, empty(say("ai_no_variants"), say("ai_no_variants_why")))]));
}

function table(comparison) {
  const head = h("thead", {}, h("tr", {}, ...HEADS.map((name, place) => h("th", { class: place ? "number" : "" }, say(name))), h("th", {})));
  return h("section", { class: "panel comparison" }, h("header", {}, h("h2", {}, comparison.bot)), h("div", { class: "table-frame tall" }, h("table", {}, head, h("tbody", {}, comparison.records.map(row)))));
}

function row(record) {
  const { variant } = record;
  const name = variant ? variant.name : say("ai_settings_variant");
  const how = variant ? [variant.provider, variant.prompt_version, variant.language].filter(Boolean).join(" · ") : "";
  const answers = Object.entries(record.actions).map(([action, count]) => h("span", {}, actionChip(action), ` ${count}`));
  const facts = [
    record.shared && !record.is_champion ? say("ai_agrees", { percent: percent(record.agreement_ratio) }) : null,
    record.shared && !record.is_champion ? say("ai_shared", { count: record.shared }) : null,
    record.refused_ratio === null ? null : say("ai_refused_share", { percent: percent(record.refused_ratio) }),
  ].filter(Boolean);
  return h(
    "tr",
    { "data-champion": record.is_champion ? "true" : null },
    h("td", { class: "lead" }, h("b", {}, name), " ", roleChip(record), how ? h("div", { class: "second" }, how) : null, h("div", { class: "chips" }, answers), h("div", { class: "second" }, facts.join(" · ")), imagined(record.measured)),
    h("td", { class: "number", "data-label": say("ai_decisions_short") }, String(record.decisions)),
    h("td", { class: "number", "data-label": say("ai_confidence_label") }, record.mean_confidence === null ? "–" : `${percent(record.mean_confidence)} %`),
    h("td", { class: "number", "data-label": say("ai_latency") }, record.mean_latency_ms === null ? "–" : `${record.mean_latency_ms} ms`),
    h("td", { class: "number", "data-label": say("ai_cost") }, costText(record.cost), h("div", { class: "second" }, perDecision(record))),
    h("td", { class: "number" }, start.may.decide && variant?.role === "challenger" ? promoteButton(variant) : ""),
  );
}

const ratio = (text) => estimate(Number(text) * 100, 2);
const between = ({ low, high }) => say("ai_interval", { low: ratio(low), high: ratio(high) });

/** What its answers would have earned, each trade of one unit, after fees. */
function imagined(measured) {
  if (!measured?.trades) return null;
  const { trades, wins, mean, interval, over_rules: over, over_rules_interval: overInterval } = measured;
  const result = say("ai_imagined", { count: trades, percent: ((wins / trades) * 100).toFixed(0), mean: ratio(mean) });
  const parts = [result, interval ? between(interval) : say("ai_too_few")];
  if (over !== null) parts.push(say("ai_over_rules", { mean: ratio(over) }), overInterval ? between(overInterval) : null);
  return h("div", { class: "second" }, parts.filter(Boolean).join(" · "), measured.is_better_than_rules ? h("span", {}, " ", chip(say("ai_better"), { tone: "ok" })) : null);
}

function roleChip({ is_champion: isChampion, variant }) {
  if (isChampion) return chip(say("ai_trades_now"), { tone: "ok" });
  return variant ? chip(word("ai_role", variant.role)) : null;
}

function promoteButton(variant) {
  const button = h("button", { type: "button", class: "button", id: `promote-${variant.id}` }, say("ai_promote"));
  button.addEventListener("click", () => promote(variant));
  return button;
}

async function promote(variant) {
  const answer = await ask({
    title: say("ai_promote_title", { name: variant.name }),
    input: { label: say("ai_promote_reason"), value: "", unit: "", facts: () => [] },
    note: say("ai_promote_note"),
    action: say("ai_promote"),
    send: ({ value, trading_password }) => post(`variants/${variant.id}/promote`, { reason: value, confirm: true, trading_password }),
  });
  if (!answer) return;
  toast(say("ai_promoted", { name: variant.name }));
  const found = await pageData();
  if (found) drawAgain(found);
}

function drawAgain(found) {
  ({ comparisons } = found);
  draw();
}

draw();
startDesk(refreshing(drawAgain, { kinds: ["variant_promoted", "position_closed"] }));
