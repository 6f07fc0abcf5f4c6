// A form of settings, a bot's or an account's alike: each with its unit and range, what was changed, what was refused.
import { save as saveChanges, showEffect } from "./change-sets.js";
import { toast } from "./dialog.js";
import { h, icon, replace } from "./dom.js";
import { say, start } from "./words.js";

// --- Fields -------------------------------------------------------------------------------------------------------

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function field(setting, prefix) {
  const id = `${prefix}-${setting.name}`;
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
  if (setting.type === "ranges") return listControl(setting, id, rangesText(setting.value));
  if (setting.type === "symbols") return listControl(setting, id, symbolsText(setting.value));
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

const symbolsText = (symbols) => symbols.join(", ");

function listControl(setting, id, text) {
  return h("textarea", { id, name: setting.name, rows: 2, spellcheck: "false", autocomplete: "off" }, text);
}

function rangeText(setting) {
  const { minimum: low, maximum: high } = setting;
  if (low === null && high === null) return "";
  const from = low === null ? "" : `${setting.is_minimum_exclusive ? "> " : ""}${low}`;
  if (high === null) return say("range_from", { low: from });
  return say("range", { low: from, high: `${setting.is_maximum_exclusive ? "< " : ""}${high}` });
}

function valueOf(control, setting) {
  if (setting.type === "switch") return control.checked;
  const text = control.value.trim();
  if (setting.type === "whole") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (setting.type === "ranges") return parseRanges(text);
  if (setting.type === "symbols") return text.split(/[\s,]+/).filter(Boolean);
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

/** A value as it is read, with its unit. */
export function shownValue(setting, value) {
  if (setting.type === "switch") return say(value ? "on" : "off");
  if (setting.type === "choice") return setting.choices[value] ?? value;
  if (setting.type === "ranges") return rangesText(value);
  if (setting.type === "symbols") return symbolsText(value) || "–";
  return `${value} ${setting.unit}`.trim();
}

// --- The form -----------------------------------------------------------------------------------------------------

/**
 * Keeps `form` showing the settings of `owner()`, an owner as change-sets.js has it. `saving()` is {title, note} of the
 * question; `onSaved(data)` gets the answer. Fields are called `prefix`-NAME. Returns a function that draws it anew.
 */
export function settingsForm(form, { owner, prefix, saving, onSaved }) {
  const valueIn = (setting) => valueOf(form.elements[setting.name], setting);

  function changes() {
    const changed = owner().settings.filter((setting) => !isSame(setting, valueIn(setting), setting.value));
    return Object.fromEntries(changed.map((setting) => [setting.name, valueIn(setting)]));
  }

  function show() {
    const panels = [...grouped(owner().settings)].map(([group, settings]) =>
      h("fieldset", { class: "panel group", id: `group-${group}` }, h("legend", {}, settings[0].group_label), settings.map((setting) => field(setting, prefix))),
    );
    panels.forEach((panel) => (panel.disabled = !start.may.decide));
    replace(form, ...panels, h("div", { class: "panel effect-place", id: "effect", hidden: true }), saveBar());
    showChanges();
  }

  function saveBar() {
    const discard = h("button", { type: "button", class: "button", id: "discard" }, say("discard"));
    discard.addEventListener("click", show);
    const trying = h("button", { type: "button", class: "button", id: "try" }, icon("calculator"), say("change_try"));
    trying.addEventListener("click", tryOut);
    return h("div", { class: "save-bar", id: "save-bar", hidden: true }, h("span", { id: "save-count" }), h("span", { class: "spacer" }), trying, discard, h("button", { type: "submit", class: "primary" }, say("save_version", { number: owner().version + 1 })));
  }

  function showChanges() {
    const changed = changes();
    for (const setting of owner().settings) showChange(form.querySelector(`[data-name="${setting.name}"]`), setting, setting.name in changed);
    const count = Object.keys(changed).length;
    document.getElementById("save-bar").hidden = count === 0;
    document.getElementById("save-count").textContent = say("changes_count", { count });
  }

  async function save(event) {
    event.preventDefault();
    const wanted = changes();
    if (!Object.keys(wanted).length) return;
    const found = await saveChanges(owner(), wanted, saving());
    showErrors(form, found.errors ?? {});
    if (!found.data) return;
    onSaved(found.data);
    toast(say("saved", { number: owner().version }));
  }

  async function tryOut() {
    showErrors(form, (await showEffect(owner(), changes(), document.getElementById("effect"))) ?? {});
  }

  form.addEventListener("input", showChanges);
  form.addEventListener("submit", save);
  return show;
}

function grouped(settings) {
  const groups = new Map();
  settings.forEach((row) => groups.set(row.group, [...(groups.get(row.group) ?? []), row]));
  return groups;
}

function showChange(row, setting, isChanged) {
  const note = row.querySelector(".changed");
  row.classList.toggle("is-changed", isChanged);
  note.hidden = !isChanged && isSame(setting, setting.value, setting.default);
  note.textContent = isChanged ? say("was", { value: shownValue(setting, setting.value) }) : say("usual", { value: shownValue(setting, setting.default) });
}

function showErrors(form, errors) {
  for (const row of form.querySelectorAll(".setting")) {
    const message = errors[row.dataset.name];
    const wrong = row.querySelector(".wrong");
    const range = row.querySelector(".range").textContent;
    wrong.hidden = !message;
    wrong.title = message ?? "";
    wrong.textContent = message && range ? say("not_allowed", { range }) : (message ?? "");
  }
  // A refusal that belongs to several fields at once.
  if (errors.settings) document.getElementById("save-count").textContent = errors.settings;
  form.querySelector(".wrong:not([hidden])")?.scrollIntoView({ block: "center" });
}
