// The bots side by side: what each has earned, and how much of its quota is at work.
import { chip, empty, h, replace } from "./dom.js";
import { fixed, percentOf, signed, toneOf, trimmed } from "./numbers.js";
import { say, word } from "./words.js";

export function showBots(bots) {
  replace(document.getElementById("bot-rows"), ...(bots.length ? bots.map(row) : [h("li", {}, empty(say("no_bots"), say("no_bots_why")))]));
}

function row({ bot, ...numbers }) {
  const name = bot.strategy === "ai_futures" ? h("a", { href: `/ai?bot=${bot.id}`, id: `bot-${bot.id}` }, bot.name) : h("a", { href: `/settings?bot=${bot.id}`, id: `bot-${bot.id}` }, bot.name);
  return h(
    "li",
    { "data-bot": bot.id },
    h("div", { class: "bot-name" }, h("b", {}, name), chip(word("ai_strategy", bot.strategy)), chip(say(bot.auto_trade ? "auto_on" : "auto_off"), { tone: bot.auto_trade ? "ok" : "" })),
    figure(say("ai_today"), numbers.today),
    figure(say("ai_total"), numbers.total, numbers.trades ? `${say("ai_all_time", { count: numbers.trades })} · ${say("won_share", { percent: percentOf(numbers.wins, numbers.trades) })}` : ""),
    figure(say("unrealised"), numbers.open_positions ? numbers.unrealized : null, openText(numbers)),
    quota(numbers),
  );
}

function figure(label, amount, more = "") {
  const value = amount === null ? h("b", { class: "faint" }, "–") : h("b", { class: toneOf(amount) }, signed(amount, 2));
  return h("div", { class: "bot-figure" }, h("span", { class: "second" }, label), value, h("span", { class: "second" }, more));
}

const openText = (row) => (row.max_positions === null ? say("positions_open", { count: row.open_positions }) : say("ai_open_of", { count: row.open_positions, limit: row.max_positions }));

/** How much of the tightest bound is used: positions, margin, loss of the day. */
function quota(row) {
  const parts = [
    row.max_positions ? [word("limit_name", "max_positions"), row.open_positions, row.max_positions, ""] : null,
    row.max_margin ? [word("limit_name", "bot_margin"), row.margin, row.max_margin, "USDT"] : null,
    row.max_daily_loss ? [word("limit_name", "daily_loss"), Math.max(0, -Number(row.today ?? 0)), row.max_daily_loss, "USDT"] : null,
  ].filter(Boolean);
  return h("div", { class: "bot-quota" }, parts.map(bar));
}

function bar([name, used, limit, unit]) {
  const numbers = say("risk_of", { value: unit ? trimmed(fixed(String(used), 2)) : String(used), limit: `${trimmed(String(limit))} ${unit}`.trim() });
  return h("div", { class: Number(used) >= Number(limit) ? "is-full" : "" }, h("span", {}, name), h("span", {}, numbers), h("progress", { max: String(limit), value: String(Math.min(Number(used), Number(limit))), "aria-label": `${name}: ${numbers}` }));
}
