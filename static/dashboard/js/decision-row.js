// One decision as a line: when, what, why, what came of it, who said so.
import { timeElement } from "./clock.js";
import { chip, h } from "./dom.js";
import { fixed, trimmed } from "./numbers.js";
import { say, word } from "./words.js";

const ACTIONS = {
  LONG: ["trending-up", "ok"],
  SHORT: ["trending-down", "ok"],
  ADD: ["plus", "ok"],
  REDUCE: ["arrow-down-right", "warn"],
  ADJUST: ["target", ""],
  CLOSE: ["x", "warn"],
  HOLD: ["pause", ""],
};
const OUTCOMES = { executed: "ok", pending: "warn", failed: "danger" };

export function actionChip(action) {
  const [iconName, tone] = ACTIONS[action] ?? ["circle-help", ""];
  return chip(word("ai_action", action), { iconName, tone });
}

export const outcomeChip = (outcome) => chip(word("ai_outcome", outcome), { tone: OUTCOMES[outcome] ?? "" });

export const confidenceText = (share) => say("ai_confidence", { percent: (Number(share) * 100).toFixed(0) });

/** USD with as many places as it takes to see anything. */
export const costText = (usd) => `${Number(usd) && Number(usd) < 0.01 ? trimmed(fixed(usd, 6)) : fixed(usd, 2)} USD`;

export const providerText = (row) => (row.model && row.provider !== "rules" ? `${row.provider} · ${row.model}` : word("ai_provider", row.provider));

export function decisionRow(row) {
  const wanted = row.asked_action && row.asked_action !== row.action ? say("ai_asked", { action: word("ai_action", row.asked_action) }) : "";
  const told = [wanted, row.reason].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: "decision", "data-action": row.action },
    h(
      "a",
      { href: `/ai/decision/${row.id}`, id: `decision-${row.id}` },
      h("span", { class: "when" }, timeElement(row.at)),
      h("span", { class: "what" }, h("b", { class: "symbol" }, row.symbol), actionChip(row.action)),
      h("span", { class: "why" }, told ? h("span", { class: "told" }, told) : null, h("span", { class: "reasoning" }, row.reasoning)),
      h("span", { class: "came" }, outcomeChip(row.outcome), Number(row.confidence) ? h("span", { class: "second" }, confidenceText(row.confidence)) : null),
      h("span", { class: "who second" }, h("span", {}, row.variant ?? providerText(row)), h("span", {}, whatItTook(row))),
    ),
  );
}

function whatItTook(row) {
  const parts = row.latency_ms ? [`${(row.latency_ms / 1000).toFixed(1)} s`] : [];
  if (Number(row.cost)) parts.push(costText(row.cost));
  if (row.clamped.length) parts.push(say("ai_clamped"));
  return parts.join(" · ");
}

/** The same height while its words are on the way. */
export function waitingRow(hasFailed, retry) {
  if (!hasFailed) return h("li", { class: "decision waiting", "aria-busy": "true" }, h("span", { class: "faint" }, say("ai_loading")));
  const button = h("button", { type: "button", class: "button" }, say("ai_again"));
  button.addEventListener("click", retry);
  return h("li", { class: "decision waiting" }, h("span", { class: "muted" }, say("ai_not_loaded")), button);
}
