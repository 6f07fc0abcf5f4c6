// Sources of context: how each is, what it said last, how old that is.
import { pageData } from "./api.js";
import { ageElement, span, timeElement, utcText } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { plain, trimmed } from "./numbers.js";
import { startDesk } from "./shell.js";
import { say, start, word } from "./words.js";

const EVERY = 15_000;
const TONES = { fresh: "ok", stale: "warn", later: "warn", missing: "" };
const EXAMPLE = '{"sources": [{"preset": "venue"}, {"preset": "fear_and_greed"}]}';
const HEADLINE = /^headline_\d+$/;
let { context } = start.page;

function draw() {
  const told = context.sources.filter((source) => source.told).length;
  const trouble = document.getElementById("trouble");
  trouble.hidden = !context.error;
  replace(trouble, context.error ? say("ai_context_unreadable", { error: context.error }) : "");
  replace(document.getElementById("sums"), context.sources.length ? h("span", {}, say("ai_context_told", { told, count: context.sources.length })) : "");
  const nothing = () => h("li", { class: "nothing" }, empty(say("ai_no_context"), say("ai_no_context_why", { file: context.file }), say("ai_no_context_how", { example: EXAMPLE })));
  const rows = context.sources.map(sourceRow);
  replace(document.getElementById("sources"), ...(rows.length || context.error ? rows : [nothing()]));
}

function sourceRow(source) {
  const isRecent = source.last_failure_at && (!source.last_success_at || source.last_failure_at > source.last_success_at);
  const facts = [
    source.kind === "webhook" ? say("ai_context_called") : say("ai_context_every", { time: span(source.interval_seconds * 1000) }),
    say("ai_context_up_to", { time: span(source.max_age_seconds * 1000) }),
    source.failed_reads ? say("ai_failed_calls", { count: source.failed_reads }) : null,
  ].filter(Boolean);
  return h(
    "li",
    { "data-source": source.name },
    h("span", {}, h("b", {}, source.name), h("div", { class: "second" }, [source.about || word("ai_context_kind", source.kind), source.host].filter(Boolean).join(" · "))),
    h("span", {}, chip(word("ai_freshness", source.standing), { tone: TONES[source.standing] })),
    h("span", { class: "facts" },
      ...facts.map((text) => h("span", {}, text)),
      source.last_success_at ? h("span", {}, `${say("ai_last_success")} `, timeElement(source.last_success_at)) : h("span", {}, say("ai_context_never")),
      source.last_error_label && isRecent ? h("span", { class: "alarm" }, `${say("ai_last_error")}: ${source.last_error_label} · `, timeElement(source.last_failure_at)) : null,
      source.last_error_label && !isRecent ? h("span", { class: "alarm" }, `${say("ai_context_part")}: ${source.last_error_label}`) : null,
      source.failures ? h("span", { class: "alarm" }, `${say("ai_rests_until")} `, timeElement(source.due_at)) : null),
    source.readings.length ? h("div", { class: "known" }, bySymbol(source.readings).map(([symbol, readings]) => group(symbol, readings))) : null,
  );
}

const bySymbol = (readings) => [...readings.reduce((groups, row) => groups.set(row.symbol, [...(groups.get(row.symbol) ?? []), row]), new Map())];

function group(symbol, readings) {
  return h("div", { class: symbol ? "" : "everywhere" }, symbol ? h("span", { class: "symbol" }, symbol) : null, h("dl", {}, readings.map(known)));
}

function known(row) {
  const isHeadline = HEADLINE.test(row.name);
  const value = row.value === null ? null : h("b", { class: "number" }, plain(trimmed(row.value)), row.unit_label ? ` ${row.unit_label}` : "");
  return h(
    "div",
    { class: isHeadline ? "headline" : "", "data-freshness": row.freshness },
    isHeadline ? null : h("dt", {}, word("ai_reading", row.name)),
    h("dd", {}, value, value && row.text ? " · " : "", row.text ? h("q", { class: "reasoning" }, row.text) : ""),
    h("span", { class: "age" }, row.freshness === "later" ? h("time", { datetime: row.as_of, title: utcText(row.as_of) }, row.as_of.slice(0, 10)) : ageElement(row.as_of)),
  );
}

async function refresh() {
  if (document.hidden) return;
  const found = await pageData();
  if (!found) return;
  ({ context } = found);
  draw();
}

draw();
startDesk();
setInterval(refresh, EVERY);
