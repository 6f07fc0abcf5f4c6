// The one question before what trades: what it does, its numbers, the environment, the password where it is wanted.
import { h, icon } from "./dom.js";
import { follow } from "./live-preview.js";
import { state } from "./shell.js";
import { say, start, word } from "./words.js";

/**
 * `facts`: rows [label, value, tone]. `input`: {label, value, unit, facts(value)} for one number to be given.
 * `form`: {element, value()} for more than one. `live(value)` asks the desk what it would do, again after each change:
 * {facts, caution, action, isReady}; `caution` is what stands in the way or should be known.
 * `reason`: label of a line that says why, which may stay empty.
 * `send({value, reason, trading_password})` answers as api.js does; the dialog stays open while it says no.
 * Resolves with the answer, or null when the person thinks better of it.
 */
export function ask({ title, facts = [], input = null, form: fields = null, live = null, reason = "", action, note = "", isDangerous = false, password = true, send }) {
  const form = h("form", { method: "dialog", class: "ask" });
  const dialog = h("dialog", { "aria-labelledby": "ask-title" }, form);
  const numbers = h("dl", { class: "what-if-facts" });
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  const caution = h("p", { class: "caution", role: "status", hidden: true });
  const field = fields?.element ?? (input ? inputField(input) : null);
  const why = reason ? reasonField(reason) : null;
  const secret = password && start.needs_password ? passwordField() : null;
  const cancel = h("button", { type: "button", class: "button" }, say("cancel"));
  const go = h("button", { type: "submit", class: isDangerous ? "primary dangerous" : "primary" }, action);
  form.append(
    h("header", {}, h("h2", { id: "ask-title" }, title), environmentBadge()),
    ...[field, numbers, caution, why, note ? h("p", { class: "note" }, note) : null, secret, wrong].filter(Boolean),
    h("footer", {}, cancel, go),
  );
  const value = () => fields?.value() ?? field?.querySelector("input").value.trim();
  const showNumbers = () => numbers.replaceChildren(...rows(input ? input.facts(value()) : facts));
  if (live) follow({ field, read: value, ask: live, show: (found) => showLive({ numbers, caution, go, action, found }), wait: () => numbers.setAttribute("aria-busy", "true") });
  else {
    showNumbers();
    field?.addEventListener("input", showNumbers);
  }
  document.body.append(dialog);
  dialog.showModal();
  (field ?? why ?? secret)?.querySelector("input").focus();
  if (!field && !why && !secret) cancel.focus();
  return new Promise((resolve) => {
    let answer = null;
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      const trading_password = secret?.querySelector("input").value;
      const got = await send({ value: value(), reason: why?.querySelector("input").value.trim(), trading_password });
      go.disabled = false;
      wrong.hidden = got.ok;
      wrong.replaceChildren(icon("circle-alert"), h("span", {}, got.message));
      if (!got.ok) return;
      answer = got;
      dialog.close();
    });
  });
}

function showLive({ numbers, caution, go, action, found }) {
  numbers.removeAttribute("aria-busy");
  numbers.replaceChildren(...rows(found.facts));
  caution.hidden = !found.caution;
  caution.replaceChildren(icon("triangle-alert"), h("span", {}, found.caution ?? ""));
  go.disabled = !found.isReady;
  go.textContent = found.action ?? action;
}

function environmentBadge() {
  const { environment } = state.status;
  return h("span", { class: "badge", "data-environment": environment }, word("environment", environment));
}

export function rows(facts) {
  return facts
    .filter(Boolean)
    .map(([label, value, tone = ""]) => h("div", {}, h("dt", {}, label), h("dd", { class: `number ${tone}` }, value)));
}

function inputField({ label, value, unit }) {
  const input = h("input", { id: "ask-value", value, inputmode: "decimal", autocomplete: "off", required: true });
  return h("div", { class: "row" }, h("label", { for: "ask-value" }, label), h("span", { class: "with-unit" }, input, h("span", { class: "unit" }, unit)));
}

function reasonField(label) {
  const input = h("input", { id: "ask-reason", autocomplete: "off", maxlength: "200" });
  return h("div", { class: "row" }, h("label", { for: "ask-reason" }, label), input);
}

function passwordField() {
  const input = h("input", { id: "ask-password", type: "password", autocomplete: "off", required: true });
  return h("div", { class: "row" }, h("label", { for: "ask-password" }, say("trading_password")), input);
}

/** A short word at the foot of the page that goes by itself. */
export function toast(text) {
  const element = h("p", { class: "toast", role: "status" }, icon("circle-check"), h("span", {}, text));
  document.body.append(element);
  setTimeout(() => element.remove(), 4000);
}
