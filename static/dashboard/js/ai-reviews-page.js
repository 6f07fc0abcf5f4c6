// Looks back over closed trades.
import { refreshing } from "./ai-refresh.js";
import { timeElement } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { signed, toneOf } from "./numbers.js";
import { startDesk } from "./shell.js";
import { say, start, word } from "./words.js";

const percent = (share) => (Number(share) * 100).toFixed(0);

function card(review) {
  const by = review.provider === "rules" ? say("ai_counted") : review.provider;
  return h(
    "li",
    {},
    h(
      "article",
      { class: "panel card" },
      h("header", {}, h("h2", {}, review.bot), chip(review.trigger_label), chip(say("ai_looked_at", { count: review.closes, percent: percent(review.win_ratio) })), h("span", { class: "second" }, `${by} · `, timeElement(review.at))),
      review.error_label ? h("p", { class: "wrong" }, review.error_label) : null,
      h("div", { class: "findings" }, findings("ai_insights", review.insights), findings("ai_advice", review.recommendations)),
      h("div", { class: "groups" }, ...["symbol", "regime", "operation"].map((by) => table(by, review.groups.filter((group) => group.grouping === by)))),
    ),
  );
}

function findings(title, lines) {
  const body = lines.length ? h("ul", { class: "reasoning" }, lines.map((line) => h("li", {}, line))) : h("p", { class: "muted" }, say("ai_nothing_found"));
  return h("section", {}, h("h3", {}, say(title)), body);
}

function table(by, groups) {
  if (!groups.length) return "";
  const head = h("tr", {}, h("th", {}, word("ai_grouping", by)), ...["ai_group_trades", "ai_group_won", "ai_group_total", "ai_group_factor"].map((name) => h("th", { class: "number" }, say(name))));
  const rows = groups.map((group) => h("tr", {}, h("td", {}, group.label), h("td", { class: "number" }, String(group.trades)), h("td", { class: "number" }, `${percent(group.win_ratio)} %`), h("td", { class: `number ${toneOf(group.total)}` }, signed(group.total, 2)), h("td", { class: "number" }, Number(group.profit_factor) >= 999 ? "∞" : Number(group.profit_factor).toFixed(2))));
  return h("table", {}, h("thead", {}, head), h("tbody", {}, rows));
}

function draw({ reviews }) {
  replace(document.getElementById("reviews"), ...(reviews.length ? reviews.map(card) : [h("li", { class: "panel" }, empty(say("ai_no_reviews"), say("ai_no_reviews_why")))]));
}

draw(start.page);
startDesk(refreshing(draw, { kinds: ["position_closed"] }));
