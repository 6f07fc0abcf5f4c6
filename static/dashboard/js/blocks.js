// Contracts that take no new entries, each with its reason; the panel is there only while there is one.
import { post } from "./api.js";
import { timeElement } from "./clock.js";
import { ask, toast } from "./dialog.js";
import { h, icon, replace } from "./dom.js";
import { say, start } from "./words.js";

const STOP_PCT = "18";

export function showBlocks(status) {
  const blocked = status.blocked ?? [];
  document.getElementById("blocked").hidden = blocked.length === 0;
  replace(document.getElementById("blocked-body"), ...blocked.map(row));
}

function row(block) {
  const mayAdopt = start.may.trade && block.reason === "foreign_position";
  return h(
    "li",
    {},
    icon("ban"),
    h("p", {}, h("b", {}, block.symbol || say("every_contract")), " ", block.sentence, " ", timeElement(block.since)),
    mayAdopt ? adoptButton(block.symbol) : null,
  );
}

function adoptButton(symbol) {
  const element = h("button", { type: "button", class: "button", id: `adopt-${symbol}` }, icon("user"), say("adopt"));
  element.addEventListener("click", () => adopt(symbol));
  return element;
}

async function adopt(symbol) {
  const answer = await ask({
    title: say("adopt_title", { symbol }),
    input: { label: say("stop"), value: STOP_PCT, unit: "%", facts: () => [] },
    note: say("adopt_note"),
    action: say("adopt"),
    send: ({ value, trading_password }) => post(`adopt/${symbol}`, { sl_pct: value, trading_password }),
  });
  if (answer) toast(say("adopt_asked", { symbol }));
}
