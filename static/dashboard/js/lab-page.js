// The filter lab: every filter and combination on the signals of some days, and the refused trades as shadows.
import { timeElement } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { plain, signed, toneOf } from "./numbers.js";
import { startDesk } from "./shell.js";
import { cell, fillTable, second } from "./tables.js";
import { say, start, word } from "./words.js";

const { lab, shadows, problem } = start.page;
const chosen = new Set();
const FIRST_ROWS = 20;
let most = FIRST_ROWS;

// --- Choosing -----------------------------------------------------------------------------------------------------

function showForm() {
  const form = document.getElementById("lab-form");
  const fill = (name, values, value) => {
    form.elements[name].append(...values.map((each) => h("option", { value: each }, String(each))));
    form.elements[name].value = value;
    form.elements[name].addEventListener("change", () => (location.search = query({ [name]: form.elements[name].value })));
  };
  fill("days", start.page.periods, start.page.days);
  fill("largest", start.page.sizes, start.page.largest);
  const tabs = start.page.bots.map((bot) => h("a", { href: `?${query({ bot: bot.id })}`, "aria-current": bot.id === start.page.bot ? "true" : null }, bot.name));
  replace(document.getElementById("bots"), ...(tabs.length > 1 ? tabs : []));
}

function query(changes) {
  const given = new URLSearchParams(location.search);
  Object.entries(changes).forEach(([name, value]) => given.set(name, value));
  return given.toString();
}

function showChips() {
  const buttons = lab.names.map((name) => {
    const button = h("button", { type: "button", class: "chip", id: `lab-${name}`, "aria-pressed": String(chosen.has(name)) }, word("filter", name));
    button.addEventListener("click", () => {
      if (!chosen.delete(name)) chosen.add(name);
      showChips();
      showRows();
    });
    return button;
  });
  replace(document.getElementById("lab-chips"), ...buttons);
}

// --- The table ----------------------------------------------------------------------------------------------------

const percent = (ratio) => `${signed((Number(ratio) * 100).toFixed(2), 2)} %`;
const points = (row) => (Number(row.passed_result) - Number(lab.unfiltered.passed_result)) * 100;

/** Combinations that refuse nothing tell nothing; they are shown to who asks for them. */
const isTelling = (row) => row.filters.length === 1 || row.refused > 0 || chosen.size > 0;

function showRows() {
  const rows = lab.rows.filter((row) => isTelling(row) && [...chosen].every((name) => row.filters.includes(name)));
  const told = [labRow(lab.unfiltered, { name: say("lab_unfiltered") }), labRow(lab.current, { name: say("lab_current") })];
  const nothing = rows.length ? [] : [h("tr", {}, h("td", { class: "filler", colspan: "5" }, empty(say("lab_no_match"), say("lab_no_match_why"))))];
  fillTable("lab-table", [...told, ...rows.slice(0, most).map((row) => labRow(row))], () => "");
  showMore(rows.length);
  document.getElementById("lab-table").tBodies[0].append(...nothing);
}

function showMore(count) {
  const button = document.getElementById("lab-more");
  button.hidden = count <= most;
  button.textContent = say("lab_more", { count });
}

function labRow(row, { name = null } = {}) {
  const change = points(row);
  const label = name ? h("b", {}, name) : null;
  const chips = row.filters.map((filter) => chip(word("filter", filter)));
  return h(
    "tr",
    { class: name ? "reference" : "", "data-filters": row.filters.join("+") },
    cell("lead", h("div", { class: "chips" }, label, ...chips)),
    cell("number", say("lab_of", { count: row.refused, judged: row.refused + row.passed }), row.refused ? second(say("lab_wins", { count: row.refused_wins })) : ""),
    cell("number", row.refused ? h("span", { class: toneOf(row.refused_result) }, percent(row.refused_result)) : "–"),
    cell("number", h("span", { class: toneOf(row.passed_result) }, percent(row.passed_result)), row.refused ? second(say("lab_against_none", { change: signed(change.toFixed(2), 2) })) : ""),
    cell("", row.unavailable ? chip(say("lab_no_data", { count: row.unavailable }), { tone: "warn", iconName: "circle-help" }) : h("span", { class: "faint" }, "–")),
  );
}

// --- Shadows ------------------------------------------------------------------------------------------------------

function showShadows() {
  fillTable("shadow-table", shadows.map(shadowRow), () => empty(say("shadows_none"), say("shadows_none_why")));
}

function shadowRow(shadow) {
  const result = shadow.result === null ? "–" : h("span", { class: toneOf(shadow.result), title: say("shadow_after_fees", { amount: plain(shadow.fees) }) }, `${signed(shadow.result, 2)} USDT`);
  return h(
    "tr",
    { "data-case": shadow.case },
    cell("lead", h("a", { class: "symbol", href: `/case/${shadow.case}` }, shadow.symbol), h("span", { class: "direction" }, `${word("direction", shadow.side)} ${shadow.leverage}×`)),
    cell("", chip(shadow.refused_by_label)),
    cell("number", result),
    cell("", chip(shadow.exit_reason ? wayOut(shadow.exit_reason) : word("shadow_status", shadow.status), { tone: shadow.exit_reason ? "" : "warn" })),
    cell("number", shadow.exit_price === null ? "–" : plain(shadow.exit_price), second(shadow.entry_price === null ? "–" : plain(shadow.entry_price))),
    cell("", timeElement(shadow.planned_at), shadow.ended_at ? second(timeElement(shadow.ended_at)) : ""),
  );
}

const wayOut = (reason) => start.words.exit_reason[reason] ?? word("shadow_exit", reason);

// --- The page -----------------------------------------------------------------------------------------------------

function showProblem(title, why) {
  fillTable("lab-table", [], () => empty(title, why));
  document.getElementById("lab-chips").hidden = true;
}

function showLab() {
  const { signals, judged, known, still_open } = lab;
  replace(document.getElementById("lab-counts"), h("span", {}, say("lab_counts", { signals, judged, known })));
  replace(document.getElementById("shadow-counts"), still_open ? h("span", {}, say("lab_open", { count: still_open })) : "");
  if (!signals) return showProblem(say("lab_nothing"), say("lab_nothing_why"));
  if (!judged) return showProblem(say("lab_waiting"), say("lab_waiting_why"));
  showChips();
  return showRows();
}

document.getElementById("lab-more").addEventListener("click", () => {
  most = Infinity;
  showRows();
});
showForm();
showShadows();
if (lab) showLab();
else showProblem(say(problem, { bot: start.page.bot_name }), say(`${problem}_why`));
startDesk();
