// The settings of a bot, its switch, and every version.
import { post } from "./api.js";
import { showVersions } from "./change-sets.js";
import { ask, toast } from "./dialog.js";
import { empty, h, icon, replace } from "./dom.js";
import { settingsForm, shownValue } from "./settings-form.js";
import { startDesk, state } from "./shell.js";
import { say, start } from "./words.js";

let config = start.page.config;
const form = document.getElementById("settings");

const owner = () => ({
  path: "config",
  query: `bot=${config.bot.id}`,
  version: config.version,
  settings: config.settings,
  label: (setting) => setting.label,
  shown: shownValue,
});

const showForm = settingsForm(form, {
  owner,
  prefix: "setting",
  saving: () => ({ title: say("save_title", { bot: config.bot.name }), note: say("save_note") }),
  onSaved: take,
});

// --- Switch and versions ------------------------------------------------------------------------------------------

function showSwitch() {
  const bot = state.status.bots.find((row) => row.id === config.bot.id) ?? config.bot;
  const button = h("button", { type: "button", class: bot.auto_trade ? "button" : "primary", id: "switch" }, icon(bot.auto_trade ? "pause" : "play"), say(bot.auto_trade ? "switch_off" : "switch_on"));
  button.addEventListener("click", () => turn(bot));
  const text = h("div", {}, h("h2", { id: "auto-trade-title" }, say(bot.auto_trade ? "auto_on" : "auto_off")), h("p", {}, say(bot.auto_trade ? "auto_on_why" : "auto_off_why")));
  const mayTurn = bot.auto_trade ? start.may.trade : start.may.decide;
  replace(document.getElementById("auto-trade-panel"), icon(bot.auto_trade ? "play" : "pause"), text, ...(mayTurn ? [button] : []));
}

async function turn(bot) {
  const enabled = !bot.auto_trade;
  const body = { enabled, bot: bot.id };
  if (!enabled) {
    const answer = await post("auto-trade", body);
    return toast(answer.ok ? say("auto_off") : answer.message);
  }
  const limits = ["max_positions", "max_entries_per_day", "leverage", "daily_loss_limit_usdt"];
  const facts = config.settings.filter((row) => limits.includes(row.name)).map((row) => [row.label, shownValue(row, row.value)]);
  return ask({
    title: say("switch_on_title", { bot: bot.name }),
    facts,
    note: say("switch_on_note"),
    action: say("switch_on"),
    send: ({ trading_password }) => post("auto-trade", { ...body, trading_password }),
  });
}

function showHistory() {
  return showVersions(owner(), document.getElementById("versions"), {
    onBack: take,
  });
}

function take(answer) {
  config = answer;
  showAll();
}

function showBots() {
  const tabs = start.page.bots.map((bot) => h("a", { href: `?bot=${bot.id}`, "aria-current": bot.id === config.bot.id ? "true" : null }, bot.name));
  replace(document.getElementById("bots"), ...(tabs.length > 1 ? tabs : []));
}

function showAll() {
  document.getElementById("config-version").textContent = say("version_of", { bot: config.bot.name, number: config.version });
  showForm();
  showSwitch();
  showHistory();
  showBots();
}

if (config) {
  startDesk({ show: { status: showSwitch } });
  showAll();
} else {
  startDesk();
  replace(form, empty(say("no_bots"), say("no_bots_why")));
  document.getElementById("auto-trade-panel").hidden = true;
  document.getElementById("versions-panel").hidden = true;
}
