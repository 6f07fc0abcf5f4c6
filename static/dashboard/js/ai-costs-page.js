// Money for models, window by window, and how the providers are.
import { refreshing } from "./ai-refresh.js";
import { pageData } from "./api.js";
import { timeElement } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { fixed, trimmed } from "./numbers.js";
import { startDesk } from "./shell.js";
import { cell, fillTable } from "./tables.js";
import { say, start, word } from "./words.js";

const EVERY = 30_000;
const TONES = { ready: "ok", resting: "warn", no_key: "" };
let { costs, report } = start.page;
const usd = (text) => `${fixed(text, 4)}`;

function draw() {
  replace(document.getElementById("rung"), chip(word("ai_rung", costs.rung), { tone: costs.rung === "full" ? "ok" : "warn" }));
  replace(document.getElementById("windows"), ...costs.windows.map(windowRow));
  showDays();
  showProviders();
  fillTable("paid-table", costs.models.map(paidRow), () => empty(say("ai_no_calls"), say("ai_no_calls_why")));
}

function windowRow(row) {
  const name = word("ai_period", row.period);
  return h("li", { class: Number(row.used_pct) >= 100 ? "is-full" : "" }, h("span", {}, name), h("span", { class: "number" }, say("ai_spent_of", { spent: usd(row.committed), cap: trimmed(row.cap) })), h("progress", { max: "100", value: Math.min(100, Number(row.used_pct)), "aria-label": name }));
}

function showDays() {
  const most = Math.max(...costs.days.map((row) => Number(row.spent)));
  const total = costs.days.reduce((sum, row) => sum + Number(row.spent), 0);
  const bars = costs.days.map((row) => {
    const bar = h("span", { title: `${row.day} · ${usd(row.spent)} USD` });
    bar.style.height = `${most ? Math.max(2, (Number(row.spent) / most) * 100) : 2}%`;
    return bar;
  });
  replace(
    document.getElementById("days"),
    h("div", { class: "bars", role: "img", "aria-label": say("ai_days_label", { total: total.toFixed(2) }) }, bars),
    h("p", { class: "equity-ends" }, h("span", {}, costs.days[0].day), h("span", {}, costs.days.at(-1).day)),
  );
}

function showProviders() {
  const mode = report.preferred === "rules" ? say("ai_rules_mode") : "";
  const byRules = report.rules_decided ? say("ai_rules_decided", { count: report.rules_decided }) : "";
  replace(document.getElementById("providers-aside"), h("span", {}, [mode, byRules].filter(Boolean).join(" ")));
  replace(document.getElementById("providers"), ...report.providers.map(providerRow));
}

function providerRow(row) {
  const isRecent = row.last_failure_at && (!row.last_success_at || row.last_failure_at > row.last_success_at);
  const facts = [
    row.turn ? say("ai_turn", { number: row.turn }) : null,
    row.calls ? say("ai_calls", { count: row.calls }) : say("ai_never"),
    row.failed_calls ? say("ai_failed_calls", { count: row.failed_calls }) : null,
    row.mean_latency_ms ? say("ai_mean_latency", { ms: row.mean_latency_ms }) : null,
  ].filter(Boolean);
  return h(
    "li",
    { "data-provider": row.name },
    h("span", {}, h("b", {}, row.name), h("div", { class: "second" }, row.model)),
    h("span", {}, chip(word("ai_standing", row.standing), { tone: TONES[row.standing] })),
    h("span", { class: "facts" },
      ...facts.map((text) => h("span", {}, text)),
      row.standing === "resting" ? h("span", { class: "alarm" }, `${say("ai_rests_until")} `, timeElement(row.cools_until)) : null,
      row.last_success_at ? h("span", {}, `${say("ai_last_success")} `, timeElement(row.last_success_at)) : null,
      row.last_error_label && isRecent ? h("span", { class: "alarm" }, `${say("ai_last_error")}: ${row.last_error_label} · `, timeElement(row.last_failure_at)) : null),
  );
}

const paidRow = (row) => h("tr", {}, cell("lead", h("b", {}, row.model), h("span", { class: "direction" }, row.provider)), cell("number", String(row.calls)), cell("number", `${usd(row.spent)} USD`), cell("number", `${usd(row.promised)} USD`));

function drawAgain(found) {
  ({ costs, report } = found);
  draw();
}

/** Windows begin and rests end by themselves. */
async function refresh() {
  if (document.hidden) return;
  const found = await pageData();
  if (found) drawAgain(found);
}

draw();
startDesk(refreshing(drawAgain));
setInterval(refresh, EVERY);
