// Strategic views: what the adviser has in mind, up to which price, and why.
import { timeElement } from "./clock.js";
import { costText, providerText } from "./decision-row.js";
import { rows } from "./dialog.js";
import { chip, empty, h, replace } from "./dom.js";
import { startList } from "./list.js";
import { plain, trimmed } from "./numbers.js";
import { startDesk } from "./shell.js";
import { say, word } from "./words.js";

const TONES = { active: "ok", pending: "warn", invalidated: "danger" };
const price = (text) => plain(trimmed(text));

function draw(page) {
  const isFiltered = Object.keys(page.filters).length > 0;
  const nothing = isFiltered ? [say("no_match"), say("no_match_why")] : [say("ai_no_plans"), say("ai_no_plans_why")];
  replace(document.getElementById("sums"), h("span", {}, say("ai_plans_count", { count: page.count })));
  replace(document.getElementById("plans"), ...(page.rows.length ? page.rows.map(card) : [h("li", { class: "panel" }, empty(...nothing))]));
}

function card(plan) {
  return h(
    "li",
    {},
    h(
      "article",
      { class: "panel card", "data-status": plan.status },
      h("header", {}, h("h2", { class: "symbol" }, plan.symbol), plan.direction ? chip(word("direction", plan.direction)) : chip(word("ai_bias", plan.bias)), chip(word("ai_plan_status", plan.status), { tone: TONES[plan.status] ?? "" }), h("span", { class: "second" }, timeElement(plan.created_at))),
      plan.thesis ? h("p", { class: "words reasoning" }, plan.thesis) : null,
      h("dl", { class: "what-if-facts" }, ...rows(facts(plan))),
      h("p", { class: "second" }, [providerText(plan), plan.latency_ms ? `${(plan.latency_ms / 1000).toFixed(1)} s` : "", Number(plan.cost) ? costText(plan.cost) : ""].filter(Boolean).join(" · ")),
    ),
  );
}

function facts(plan) {
  const targets = plan.targets.map((target) => `${price(String(target.price))} (${trimmed(String(target.percent))} %)`).join(", ");
  return [
    [say("ai_confidence_label"), `${(Number(plan.confidence) * 100).toFixed(0)} %`],
    plan.regime ? [say("ai_regime_label"), word("ai_regime", plan.regime)] : null,
    plan.narrative ? [say("ai_narrative_label"), word("ai_narrative", plan.narrative)] : null,
    plan.zone_low === null ? null : [say("ai_zone"), `${price(plan.zone_low)} – ${price(plan.zone_high)}`],
    plan.stop_loss === null ? null : [say("stop"), price(plan.stop_loss)],
    targets ? [say("ai_targets"), targets] : null,
    plan.invalidation_price === null ? null : [say("ai_invalid_beyond"), price(plan.invalidation_price)],
    plan.entry_condition ? [say("ai_condition"), h("span", { class: "reasoning" }, plan.entry_condition)] : null,
    plan.ended_at ? [say("ai_ended"), h("span", {}, plan.ended_because, " ", timeElement(plan.ended_at))] : null,
    [say("ai_confirmed"), timeElement(plan.looked_at)],
    [say("ai_expires"), timeElement(plan.expires_at)],
  ];
}

const refresh = startList(draw);
startDesk({ show: { pairs: refresh } });
