// One decision as a story: shown, asked, answered, bounded, judged, sent, and what came of it.
import { get, pageData } from "./api.js";
import { Chart } from "./chart.js";
import { marketNow, span, timeElement } from "./clock.js";
import { actionChip, confidenceText, costText, outcomeChip, providerText } from "./decision-row.js";
import { rows } from "./dialog.js";
import { chip, copyable, empty, h, icon, replace } from "./dom.js";
import { intervalFor, MOST_BARS } from "./intervals.js";
import { showMarket } from "./key-levels.js";
import { plain, trimmed } from "./numbers.js";
import { startDesk, state } from "./shell.js";
import { say, start, word } from "./words.js";

const AROUND = 8 * 3600_000; // ms of market time shown on either side of the decision
const NUMBER = /^-?\d+(\.\d+)?$/;
let decision = start.page.decision;
let chart = null;

const CODED = { regime: "ai_regime", side: "direction", direction: "direction", bias: "ai_bias", status: "ai_plan_status" };
const SHOWN = ["price", "mark_price", "change_24h_pct", "funding_rate", "regime"]; // of the market; the rest is folded away

const text = (value) => (NUMBER.test(String(value)) ? plain(trimmed(String(value))) : Array.isArray(value) ? value.join(", ") : String(value));
const valueOf = (name, value) => (CODED[name] ? word(CODED[name], value) : text(value));
const isShown = ([, value]) => value !== null && value !== "" && (typeof value !== "object" || (Array.isArray(value) && typeof value[0] !== "object"));
const fact = ([name, value]) => h("div", {}, h("dt", {}, word("ai_fact", name)), h("dd", { class: name === "thesis" ? "reasoning" : "" }, valueOf(name, value)));
const pairs = (facts) => h("dl", {}, Object.entries(facts).filter(isShown).map(fact));
const confident = (element) => (Number(decision.confidence) ? element : "");
const part = (title, body) => h("section", { class: "part" }, h("h3", {}, title), body);
const folded = (title, body, id) => h("details", { id }, h("summary", {}, title), body);
const quoted = (words) => h("pre", { class: "quoted", tabindex: "0" }, words);

// --- The story ----------------------------------------------------------------------------------------------------

function showHead() {
  replace(
    document.getElementById("decision-head"),
    h("h1", {}, decision.symbol),
    actionChip(decision.action),
    outcomeChip(decision.outcome),
    h("span", { class: "aside" }, h("span", {}, `${decision.bot} · `, timeElement(decision.at)), confident(h("span", {}, confidenceText(decision.confidence)))),
    h("span", { class: "spacer" }),
    h("a", { class: "button", href: `/ai?symbol=${decision.symbol}` }, icon("list"), say("ai_all_of", { symbol: decision.symbol })),
    decision.intents.length ? h("a", { class: "button", href: `/case/${decision.case}` }, icon("file-text"), say("case")) : "",
    decision.reason ? h("p", { class: "reason whole" }, decision.reason) : "",
  );
}

function step(kind, [iconName, tone], title, ...content) {
  return h("li", { class: "step", "data-kind": kind, "data-tone": tone }, h("span", { class: "dot" }, icon(iconName)), h("article", {}, h("header", {}, h("h2", {}, say(title))), ...content.filter(Boolean)));
}

function showStory() {
  const isOpen = new Set([...document.querySelectorAll("#story details[open]")].map((element) => element.id));
  replace(document.getElementById("story"), seen(), asked(), ...decision.attempts.map(failed), answered(), bounds(), decided(), verdicts(), sent(), result());
  isOpen.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
}

function seen() {
  const { market = [], ...rest } = decision.inputs;
  const isEmpty = !market.length && !Object.keys(rest).length;
  return step("seen", ["scan-search", ""], "ai_step_seen",
    isEmpty ? h("p", { class: "muted" }, say("ai_nothing_kept")) : null,
    market.length ? part(word("ai_block", "market"), pairs(summary(market))) : null,
    ...Object.entries(rest).map(([name, facts]) => part(word("ai_block", name), name === "context" ? context(facts) : block(facts))),
    market.length ? folded(say("ai_seen_note"), quoted(market.map((row) => JSON.stringify(row)).join("\n")), "seen-all") : null);
}

function block(facts) {
  if (Array.isArray(facts)) return h("div", {}, facts.map(pairs));
  return facts !== null && typeof facts === "object" ? pairs(facts) : h("p", {}, text(facts));
}

/** What outside sources said then, each with its age, and those that said nothing. */
function context({ readings = [], absent = [] }) {
  const said = (row) => [row.value === undefined ? "" : `${text(row.value)} ${row.unit ?? ""}`.trim(), row.text].filter(Boolean).join(" · ");
  const told = (row) => h("div", {}, h("dt", {}, `${row.source} · ${word("ai_reading", row.name)}`), h("dd", { class: row.text ? "reasoning" : "" }, `${said(row)} (${span(row.minutes_old * 60_000)})`));
  const missing = (row) => h("div", {}, h("dt", {}, row.source), h("dd", {}, `${say("ai_context_absent")}: ${word("ai_freshness", row.why)}`));
  return h("dl", {}, readings.map(told), absent.map(missing));
}

function summary(market) {
  const whole = market.find((row) => row.part === "market") ?? {};
  const agreed = market.find((row) => row.part === "confluence");
  return { ...Object.fromEntries(SHOWN.filter((name) => whole[name] !== undefined).map((name) => [name, whole[name]])), ...(agreed ? { confluence: agreed.score } : {}) };
}

function asked() {
  const { terms, prompt } = decision;
  const open = (terms.allowed ?? []).map((action) => actionChip(action));
  const how = decision.provider === "none" ? say("ai_skipped") : prompt ? null : say("ai_no_prompt");
  return step("asked", ["send", ""], "ai_step_asked",
    how ? h("p", {}, how) : null,
    open.length ? part(say("ai_allowed"), h("div", { class: "chips" }, open)) : null,
    prompt ? folded(say("ai_prompt", { count: prompt.length }), quoted(prompt), "prompt") : null);
}

function failed(attempt) {
  return step("failed", ["circle-alert", "warn"], "ai_step_failed",
    h("p", {}, h("b", {}, attempt.provider), ` · ${attempt.told} · `, attempt.cost === null ? say("ai_cost_unknown") : costText(attempt.cost)),
    attempt.said ? quoted(attempt.said) : null);
}

function answered() {
  const took = [decision.latency_ms ? `${decision.latency_ms} ms` : null, Number(decision.cost) ? costText(decision.cost) : null].filter(Boolean).join(" · ");
  return step("answered", ["bot", "accent"], "ai_step_answered",
    h("p", {}, h("b", {}, providerText(decision)), took ? ` · ${took}` : ""),
    decision.reasoning ? h("p", { class: "words reasoning", title: say("ai_reasoning_by") }, decision.reasoning) : null,
    decision.repairs.length ? h("div", { class: "chips" }, decision.repairs.map((repair) => chip(repair.label, { tone: "warn" }))) : null,
    decision.raw_answer ? folded(say("ai_raw"), quoted(decision.raw_answer), "raw") : null);
}

function bounds() {
  if (!decision.raw_answer) return "";
  const lines = decision.clamps.map((clamp) => h("li", {}, h("b", {}, clamp.label), " ", say(clamp.asked === null ? "ai_bound_default" : "ai_bound", { asked: clamp.asked === null ? "" : text(clamp.asked), given: text(clamp.given ?? "–") })));
  const wanted = decision.asked_action && decision.asked_action !== decision.action;
  return step("bounds", ["scale", lines.length || decision.reason ? "warn" : ""], "ai_step_bounds",
    wanted ? h("p", {}, actionChip(decision.asked_action), " → ", actionChip(decision.action)) : null,
    decision.reason ? h("p", {}, decision.reason) : null,
    lines.length ? h("ul", {}, lines) : null,
    lines.length || decision.reason ? null : h("p", { class: "muted" }, say("ai_bounds_none")));
}

function decided() {
  return step("decided", ["crosshair", "accent"], "ai_step_decided",
    h("p", {}, actionChip(decision.action), " ", confident(confidenceText(decision.confidence)), decision.regime ? ` · ${word("ai_regime", decision.regime)}` : ""),
    decision.params.length ? part(say("step_decided"), h("dl", {}, decision.params.map((row) => h("div", {}, h("dt", {}, row.label), h("dd", {}, text(row.value)))))) : null);
}

function verdicts() {
  const found = decision.verdicts;
  const tone = found.some((row) => !row.passed) ? "danger" : found.length ? "gain" : "";
  return step("verdicts", ["shield-check", tone], "ai_step_verdicts", found.length ? h("ul", { class: "chips" }, found.map(verdict)) : h("p", { class: "muted" }, say("ai_no_verdicts")));
}

/** Texts of several parts: numbers as numbers, what bound a size as a word. */
const told = (each) => each.split(" ").map((piece) => (NUMBER.test(piece) ? text(piece) : word("ai_size_bound", piece))).join(" ");

function verdict({ rule, passed, value, limit }) {
  const numbers = [value, limit === value && !NUMBER.test(value) ? "" : limit].filter(Boolean).map(told).join(" / ");
  return h("li", {}, chip(`${word("ai_limit", rule)} ${numbers}`.trim(), { iconName: passed ? "check" : "x", tone: passed ? "safe" : "danger" }));
}

function sent() {
  const found = decision.intents;
  return step("sent", ["arrow-up-right", found.length ? "accent" : ""], "ai_step_sent", found.length ? h("div", {}, found.map(intent)) : h("p", { class: "muted" }, say("ai_nothing_sent")));
}

function intent({ kind, author, bound_by: bound, ...numbers }) {
  const title = author && author !== "adviser" ? `${word("ai_intent", kind)} · ${say("ai_of_desk")}` : word("ai_intent", kind);
  return part(title, pairs(bound ? { ...numbers, bound_by: word("ai_size_bound", bound) } : numbers));
}

function result() {
  const note = { pending: say("ai_pending"), shadow: say("ai_shadow_note") }[decision.outcome];
  return step("result", ["flag", decision.outcome === "failed" ? "danger" : "accent"], "ai_step_result", h("p", {}, outcomeChip(decision.outcome), note ? ` ${note}` : ""), Object.keys(decision.result).length ? part(say("step_answered"), pairs(decision.result)) : null);
}

// --- Beside it ----------------------------------------------------------------------------------------------------

function showFacts() {
  const facts = [
    [say("ai_by"), decision.variant ?? providerText(decision)],
    [say("ai_spent_how"), word("ai_rung", decision.rung)],
    decision.prompt_version ? [say("ai_version"), decision.prompt_version] : null,
    [say("ai_latency"), `${decision.latency_ms} ms`],
    [say("ai_tokens_in"), plain(String(decision.input_tokens))],
    [say("ai_tokens_out"), plain(String(decision.output_tokens))],
    [say("ai_cost"), costText(decision.cost)],
    [say("ai_inputs_hash"), copyable(decision.inputs_hash.slice(0, 16), say("copy"))],
  ];
  document.getElementById("decision-facts").replaceChildren(...rows(facts));
  Object.assign(document.getElementById("chart-link"), { href: `/chart/${decision.symbol}`, textContent: say("open_chart") });
}

async function showChart() {
  const container = document.getElementById("chart");
  const answer = await get(`klines/${decision.symbol}?interval=${intervalFor(decision.at, marketNow() ?? Date.now())}&limit=${MOST_BARS}`);
  if (!answer.ok) {
    replace(container, empty(say("no_bars", { symbol: decision.symbol }), answer.message));
    return;
  }
  const at = Date.parse(decision.at);
  chart ??= new Chart(container);
  chart.showBars(answer.data);
  chart.showMarks([{ at: decision.at, kind: "signal", text: word("ai_action", decision.action) }]);
  const price = (name) => decision.params.find((row) => row.name === name)?.value;
  const lines = [["stop", "stopLossPrice"], ["take_profit", "takeProfitPrice"]].filter(([, name]) => price(name));
  chart.showLines(lines.map(([name, field]) => ({ name, price: price(field), title: say(name) })));
  chart.showPeriod(new Date(at - AROUND).toISOString(), new Date(Math.min(at + AROUND, marketNow() ?? Date.now())).toISOString());
}

async function hear() {
  if (state.decision?.id !== decision.id || state.decision.outcome === decision.outcome) return;
  const found = await pageData();
  if (!found) return;
  decision = found.decision;
  draw();
}

function draw() {
  showHead();
  showStory();
  showMarket(decision.market);
  showFacts();
}

startDesk({ show: { decision: hear } });
draw();
showChart();
