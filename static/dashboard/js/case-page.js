// One case as a story, with the chart beside it.
import { actions } from "./actions.js";
import { get, pageData } from "./api.js";
import { Chart } from "./chart.js";
import { marketNow, span, timeElement } from "./clock.js";
import { chip, copyable, empty, h, icon, replace } from "./dom.js";
import { rows } from "./dialog.js";
import { signed, toneOf } from "./numbers.js";
import { positionRow, tickNaked } from "./positions.js";
import { startDesk } from "./shell.js";
import { riskFacts, sizeFacts } from "./what-if.js";
import { say, start, word } from "./words.js";
import { factText } from "./facts.js";
import { intervalFor, MOST_BARS } from "./intervals.js";

const ICONS = {
  candle: ["radar", "accent"],
  filter: ["check", ""],
  decision: ["crosshair", "accent"],
  refusal: ["ban", "warn"],
  order: ["send", ""],
  fill: ["arrow-left-right", "accent"],
  protection: ["shield-check", "gain"],
  alarm: ["shield-alert", "danger"],
  judgement: ["scale", ""],
  request: ["user", "accent"],
  exit: ["timer", "warn"],
  result: ["flag", "accent"],
  note: ["info", ""],
};
const VERDICTS = { pass: ["check", "gain"], reject: ["x", "danger"], unavailable: ["circle-help", "warn"] };
const STATE_TONES = { pending: "warn", working: "ok", refused: "", closed: "" };
const IDS = new Set(["client_order_id", "venue_order_id"]);

let file = start.page.case;
let chart = null;

function showHead() {
  const result = file.result;
  const title = h("h1", {}, file.symbol);
  replace(
    document.getElementById("case-head"),
    title,
    chip(word("case_state", file.state), { tone: STATE_TONES[file.state] }),
    file.position ? chip(`${word("direction", file.position.side)} ${file.position.leverage}×`) : "",
    h("span", { class: "aside" }, h("span", {}, `${file.bot} · `, timeElement(file.began_at))),
    h("span", { class: "spacer" }),
    result ? h("span", { class: `figure-line ${toneOf(result.result)}` }, h("b", {}, `${signed(result.result, 4)} USDT`)) : "",
    file.reason ? h("p", { class: "reason whole" }, file.reason) : "",
  );
  const link = document.getElementById("chart-link");
  Object.assign(link, { href: `/chart/${file.symbol}`, textContent: say("open_chart") });
}

function showStory() {
  replace(document.getElementById("timeline"), ...(file.steps.length ? file.steps.map(step) : [empty(say("no_steps"), say("no_steps_why"))]));
}

function step(row, place) {
  const [name, tone] = row.kind === "filter" ? VERDICTS[row.outcome] : ICONS[row.kind];
  const before = file.steps[place - 1];
  const passed = before ? Date.parse(row.at) - Date.parse(before.at) : 0;
  return h(
    "li",
    { class: "step", "data-kind": row.kind, "data-tone": tone },
    h("span", { class: "dot" }, icon(name)),
    h("article", {},
      h("header", {},
        h("h2", {}, row.title, row.kind === "filter" ? chip(word("outcome", row.outcome), { tone: { pass: "safe", reject: "danger", unavailable: "warn" }[row.outcome] }) : null),
        h("span", { class: "when" }, passed >= 1000 ? h("span", { class: "faint" }, `+${span(passed)} `) : null, timeElement(row.at)),
      ),
      row.sentence ? h("p", {}, row.sentence) : null,
      part("known", row.known),
      row.kind === "filter" ? null : part("decided", row.decided),
      part("sent", row.sent),
      part("answered", row.answered),
    ),
  );
}

function part(name, facts) {
  if (!facts.length) return null;
  return h("section", { class: "part" }, h("h3", {}, say(`step_${name}`)), h("dl", {}, facts.map(fact)));
}

function fact(row) {
  const value = IDS.has(row.name) ? copyable(row.value, say("copy")) : factText(row);
  return h("div", {}, h("dt", {}, row.label), h("dd", {}, value, row.unit ? h("span", { class: "unit" }, row.unit) : null));
}

function showPosition() {
  const isLiving = file.state === "working";
  document.getElementById("case-position").hidden = !isLiving;
  if (isLiving) replace(document.getElementById("position-rows"), positionRow(file.position, actions(file.position)));
}

function showWhatIf() {
  const found = file.what_if;
  document.getElementById("case-what-if").hidden = found === null;
  if (found) replace(document.getElementById("what-if"), rows([...sizeFacts(found), ...riskFacts(found)]));
}

async function showChart() {
  const container = document.getElementById("chart");
  const answer = await get(`klines/${file.symbol}?interval=${intervalFor(file.began_at, marketNow() ?? Date.now())}&limit=${MOST_BARS}`);
  if (!answer.ok) {
    if (!chart) replace(container, empty(say("no_bars", { symbol: file.symbol }), answer.message));
    return;
  }
  const isFirst = chart === null;
  chart ??= new Chart(container);
  chart.showBars(answer.data);
  chart.showMarks(marks());
  chart.showLines(lines());
  const end = file.steps.at(-1)?.at ?? file.began_at;
  if (isFirst) chart.showPeriod(file.signal?.candle_open ?? file.began_at, end);
}

function marks() {
  const found = file.signal ? [{ at: file.signal.candle_open, kind: "signal", text: say("surge") }] : [];
  const fills = file.fills.map((fill) => ({ at: fill.at, kind: fill.side === "SELL" ? "sell" : "buy", text: "" }));
  return [...found, ...fills];
}

function lines() {
  const { position } = file;
  if (!position) return [];
  return [
    { name: "entry", price: position.entry_price ?? position.worst_entry_price, title: say("entry") },
    { name: "stop", price: position.protection.stop?.trigger_price ?? position.stop_price, title: say("stop") },
    { name: "take_profit", price: position.protection.take_profit?.trigger_price ?? position.take_profit_price, title: say("take_profit") },
  ];
}

function draw() {
  showHead();
  showStory();
  showPosition();
  showWhatIf();
}

async function refresh() {
  const found = await pageData();
  if (!found) return;
  file = found.case;
  draw();
  showChart();
}

startDesk({
  onEvents(events) {
    if (events.length === 1 && events[0].case === file.case) refresh();
  },
  tick: tickNaked,
});
draw();
showChart();
