// What the AI bot holds and has earned, and its switch.
import { actions } from "./actions.js";
import { get, post } from "./api.js";
import { ask, toast } from "./dialog.js";
import { empty, h, icon, replace } from "./dom.js";
import { fixed, trimmed } from "./numbers.js";
import { positionRow } from "./positions.js";
import { state } from "./shell.js";
import { fillTable, tradeRow } from "./tables.js";
import { say, start } from "./words.js";

const { bot } = start.page;
const own = (rows) => rows.filter((row) => row.bot === bot?.name);

export function showHeld() {
  const held = own(state.positions);
  const text = bot && isOn() ? say("ai_nothing_held_why") : say("ai_switched_off");
  replace(document.getElementById("position-rows"), ...(held.length ? held.map((position) => positionRow(position, actions(position))) : [empty(say("ai_nothing_held"), text)]));
}

export function showClosed() {
  fillTable("trade-table", own(state.trades).map(tradeRow), () => empty(say("ai_no_result"), say("ai_no_result_why")));
}

// --- The switch ---------------------------------------------------------------------------------------------------

const isOn = () => state.status.bots.some((row) => row.id === bot.id && row.auto_trade);

/** Off at once; on after a question, by an owner. */
export function showSwitch() {
  const place = document.getElementById("ai-switch");
  const mayTurn = bot && (isOn() ? start.may.trade : start.may.decide);
  const button = h("button", { type: "button", class: isOnOrNone() ? "button" : "primary small", id: "ai-turn" }, icon(isOnOrNone() ? "pause" : "play"), say(isOnOrNone() ? "ai_stop" : "ai_start"));
  button.addEventListener("click", isOnOrNone() ? turnOff : turnOn);
  replace(place, ...(mayTurn ? [button] : []), ...(start.may.decide ? [h("a", { class: "button", "data-tone": "danger", href: "/risk" }, icon("shield-alert"), say("risk_stop"))] : []));
}

const isOnOrNone = () => !bot || isOn();

async function turnOff() {
  const answer = await post("auto-trade", { enabled: false, bot: bot.id });
  toast(answer.ok ? say("ai_stopped") : answer.message);
}

async function turnOn() {
  const found = await get(`bots`);
  const limits = found.ok ? state.bots.find((row) => row.bot.id === bot.id) : null;
  const answer = await ask({
    title: say("switch_on_title", { bot: bot.name }),
    facts: limits ? quota(limits) : [],
    note: say("ai_start_note"),
    action: say("ai_start"),
    send: ({ trading_password }) => post("auto-trade", { enabled: true, bot: bot.id, trading_password }),
  });
  if (answer) toast(say("auto_on"));
}

function quota(row) {
  return [
    row.max_positions === null ? null : [start.words.limit_name.max_positions, String(row.max_positions)],
    row.max_margin === null ? null : [start.words.limit_name.bot_margin, `${fixed(row.max_margin, 2)} USDT`],
    row.max_daily_loss ? [start.words.limit_name.daily_loss, `${trimmed(row.max_daily_loss)} USDT`] : null,
  ];
}
