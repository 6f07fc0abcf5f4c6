// The settings of a bot: every field with its range, what was changed, what was refused, and every version.
import { post } from "./api.js";
import { save as saveChanges, showEffect, showVersions } from "./change-sets.js";
import { ask, toast } from "./dialog.js";
import { empty, h, icon, replace } from "./dom.js";
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

// --- Fields -------------------------------------------------------------------------------------------------------

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function field(setting) {
  const id = `setting-${setting.name}`;
  return h(
    "div",
    { class: "setting", "data-name": setting.name, "data-type": setting.type },
    h("div", { class: "what" }, h("label", { for: id }, setting.label), setting.help ? h("p", {}, setting.help) : null),
    h("div", { class: "entry" },
      h("span", { class: "with-unit" }, control(setting, id), setting.unit ? h("span", { class: "unit" }, setting.unit) : null),
      h("p", { class: "range" }, rangeText(setting)),
      h("p", { class: "changed", hidden: true }),
      h("p", { class: "wrong", role: "alert", hidden: true }),
    ),
  );
}

function control(setting, id) {
  if (setting.type === "switch") return switchControl(setting, id);
  if (setting.type === "choice") return choiceControl(setting, id);
  if (setting.type === "ranges") return rangesControl(setting, id);
  return h("input", { id, name: setting.name, value: asText(setting.value), inputmode: { whole: "numeric", text: "text" }[setting.type] ?? "decimal", autocomplete: "off" });
}

function switchControl(setting, id) {
  const box = h("input", { id, name: setting.name, type: "checkbox", role: "switch", class: "switch" });
  box.checked = setting.value;
  return box;
}

function choiceControl(setting, id) {
  const options = Object.entries(setting.choices).map(([code, text]) => h("option", { value: code }, text));
  const select = h("select", { id, name: setting.name }, options);
  select.value = setting.value;
  return select;
}

/** Ranges are written as "0.94 … 1.12; 2 … 3". */
const rangesText = (ranges) => ranges.map(([low, high]) => `${low} … ${high}`).join("; ");

function rangesControl(setting, id) {
  return h("textarea", { id, name: setting.name, rows: 2, spellcheck: "false", autocomplete: "off" }, rangesText(setting.value));
}

function rangeText(setting) {
  const { minimum: low, maximum: high } = setting;
  if (low === null && high === null) return "";
  const from = low === null ? "" : `${setting.is_minimum_exclusive ? "> " : ""}${low}`;
  if (high === null) return say("range_from", { low: from });
  return say("range", { low: from, high: `${setting.is_maximum_exclusive ? "< " : ""}${high}` });
}

function valueOf(setting) {
  const control = form.elements[setting.name];
  if (setting.type === "switch") return control.checked;
  const text = control.value.trim();
  if (setting.type === "whole") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (setting.type === "ranges") return parseRanges(text);
  return text;
}

function parseRanges(text) {
  const parts = text.split(";").map((part) => part.trim()).filter(Boolean);
  return parts.map((part) => part.split("…").map((bound) => bound.trim()));
}

const isSame = (setting, value, other) =>
  setting.type === "decimal" && value !== "" && Number.isFinite(Number(value))
    ? Number(value) === Number(other)
    : JSON.stringify(value) === JSON.stringify(other);

function changes() {
  const changed = config.settings.filter((setting) => !isSame(setting, valueOf(setting), setting.value));
  return Object.fromEntries(changed.map((setting) => [setting.name, valueOf(setting)]));
}

// --- The form -----------------------------------------------------------------------------------------------------

function showForm() {
  const groups = Map.groupBy ? Map.groupBy(config.settings, (row) => row.group) : grouped(config.settings);
  const panels = [...groups].map(([group, settings]) =>
    h("fieldset", { class: "panel group", id: `group-${group}` }, h("legend", {}, settings[0].group_label), settings.map(field)),
  );
  panels.forEach((panel) => (panel.disabled = !start.may.decide));
  replace(form, ...panels, h("div", { class: "panel effect-place", id: "effect", hidden: true }), saveBar());
  showChanges();
}

function grouped(settings) {
  const groups = new Map();
  settings.forEach((row) => groups.set(row.group, [...(groups.get(row.group) ?? []), row]));
  return groups;
}

function saveBar() {
  const discard = h("button", { type: "button", class: "button", id: "discard" }, say("discard"));
  discard.addEventListener("click", showForm);
  const trying = h("button", { type: "button", class: "button", id: "try" }, icon("calculator"), say("change_try"));
  trying.addEventListener("click", tryOut);
  return h("div", { class: "save-bar", id: "save-bar", hidden: true }, h("span", { id: "save-count" }), h("span", { class: "spacer" }), trying, discard, h("button", { type: "submit", class: "primary" }, say("save_version", { number: config.version + 1 })));
}

function showChanges() {
  const changed = changes();
  for (const setting of config.settings) {
    const row = form.querySelector(`[data-name="${setting.name}"]`);
    const note = row.querySelector(".changed");
    const isChanged = setting.name in changed;
    row.classList.toggle("is-changed", isChanged);
    const isUsual = isSame(setting, setting.value, setting.default);
    note.hidden = !isChanged && isUsual;
    note.textContent = isChanged ? say("was", { value: shownValue(setting, setting.value) }) : say("usual", { value: shownValue(setting, setting.default) });
  }
  const count = Object.keys(changed).length;
  document.getElementById("save-bar").hidden = count === 0;
  document.getElementById("save-count").textContent = say("changes_count", { count });
}

function shownValue(setting, value) {
  if (setting.type === "switch") return say(value ? "on" : "off");
  if (setting.type === "choice") return setting.choices[value] ?? value;
  return setting.type === "ranges" ? rangesText(value) : `${value} ${setting.unit}`.trim();
}

function showErrors(errors) {
  for (const row of form.querySelectorAll(".setting")) {
    const message = errors[row.dataset.name];
    const wrong = row.querySelector(".wrong");
    const range = row.querySelector(".range").textContent;
    wrong.hidden = !message;
    wrong.title = message ?? "";
    wrong.textContent = message && range ? say("not_allowed", { range }) : (message ?? "");
  }
  form.querySelector(".wrong:not([hidden])")?.scrollIntoView({ block: "center" });
}

async function save(event) {
  event.preventDefault();
  const found = await saveChanges(owner(), changes(), { title: say("save_title", { bot: config.bot.name }), note: say("save_note") });
  showErrors(found.errors ?? {});
  if (!found.data) return showUnnamed(found.errors);
  config = found.data;
  toast(say("saved", { number: config.version }));
  return showAll();
}

async function tryOut() {
  showErrors((await showEffect(owner(), changes(), document.getElementById("effect"))) ?? {});
}

/** A refusal that belongs to several fields at once. */
function showUnnamed(errors) {
  if (errors?.settings) document.getElementById("save-count").textContent = errors.settings;
}

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
    onBack(answer) {
      config = answer;
      showAll();
    },
  });
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
  form.addEventListener("input", showChanges);
  form.addEventListener("submit", save);
} else {
  startDesk();
  replace(form, empty(say("no_bots"), say("no_bots_why")));
  document.getElementById("auto-trade-panel").hidden = true;
  document.getElementById("versions-panel").hidden = true;
}
