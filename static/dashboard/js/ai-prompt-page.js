// What would be asked about a contract now, without asking.
import { get } from "./api.js";
import { timeElement } from "./clock.js";
import { actionChip, costText } from "./decision-row.js";
import { rows } from "./dialog.js";
import { empty, h, replace } from "./dom.js";
import { plain } from "./numbers.js";
import { startDesk } from "./shell.js";
import { say, start, word } from "./words.js";

const form = document.getElementById("choice");
const panel = document.getElementById("prompt");

async function show() {
  const symbol = form.elements.symbol.value.trim().toUpperCase();
  if (!symbol) {
    replace(panel, empty(say("ai_prompt_first"), say("ai_prompt_first_why")));
    return;
  }
  replace(panel, h("p", { class: "padded faint", "aria-busy": "true" }, say("ai_loading")));
  const answer = await get(`prompt-preview?${new URLSearchParams({ symbol })}`);
  replace(panel, ...(answer.ok ? drawn(answer.data) : [empty(say("ai_prompt_failed"), answer.message)]));
}

function drawn(found) {
  return [
    h("header", {}, h("h2", {}, found.symbol), h("div", { class: "chips" }, found.allowed.map(actionChip))),
    found.would_be_asked ? "" : h("p", { class: "padded muted" }, say("ai_not_asked_now")),
    h("dl", { class: "what-if-facts padded" }, ...rows(facts(found))),
    h("section", { class: "padded" }, h("h3", {}, say("ai_system")), h("pre", { class: "quoted", tabindex: "0" }, found.system)),
    h("section", { class: "padded" }, h("h3", {}, say("ai_user")), h("pre", { class: "quoted tall", tabindex: "0" }, found.user)),
  ];
}

function facts(found) {
  return [
    [say("ai_tokens"), plain(String(found.tokens))],
    [say("ai_first_asked"), found.model ? `${found.provider} · ${found.model}` : say("ai_no_model")],
    found.most_it_costs === null ? null : [say("ai_most"), costText(found.most_it_costs)],
    [say("ai_spent_how"), word("ai_rung", found.rung)],
    [say("ai_version"), `${found.version}.${found.language}`],
    found.missing.length ? [say("ai_missing"), found.missing.join(", ")] : null,
    [say("ai_made_at"), timeElement(found.at)],
  ];
}

document.getElementById("symbols").append(...start.page.symbols.map((symbol) => h("option", { value: symbol })));
form.elements.symbol.value = start.page.symbol;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", `?${new URLSearchParams({ symbol: form.elements.symbol.value.trim().toUpperCase() })}`);
  show();
});
startDesk();
show();
