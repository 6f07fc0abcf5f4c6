// Settings as change sets, a bot's and an account's alike: trying a change, saving it with a reason, and the way back.
import { get, post } from "./api.js";
import { timeElement } from "./clock.js";
import { ask, rows, toast } from "./dialog.js";
import { chip, empty, h, icon, replace } from "./dom.js";
import { plain, trimmed } from "./numbers.js";
import { start, say } from "./words.js";

const SHOWN_EFFECTS = 20;

/**
 * `owner`: {path, query, version, settings, label(setting), shown(setting, value)}; `path` is "config" or "risk", a
 * setting is {name, value, default}.
 */
export const address = (owner, tail = "") => `${owner.path}${tail}?${owner.query}`;

/** What `body` would have made of the last signals; answers as api.js does. */
export const preview = (owner, body) => post(address(owner, "/preview"), body);

/** Rows of a dialog: the changes, then their effect. */
export function factsOf(owner, wanted, effect) {
  const changed = owner.settings.filter((setting) => setting.name in wanted);
  const told = changed.map((setting) => [owner.label(setting), `${owner.shown(setting, setting.value)} → ${owner.shown(setting, wanted[setting.name])}`]);
  return [...told, ...effectFacts(owner, effect)];
}

function effectFacts(owner, effect) {
  if (!effect) return [];
  const raised = owner.settings.filter((setting) => effect.raised.includes(setting.name)).map(owner.label);
  const raises = raised.length ? [[say("change_raises"), raised.join(", "), "loss"]] : [];
  if (!effect.signals) return [...raises, [say("preview_refused"), say("preview_no_signals")]];
  const loss = (text) => (text === null ? "–" : plain(trimmed(text)));
  return [
    ...raises,
    [say("preview_refused"), say("preview_refused_of", { after: effect.refused_after, count: effect.signals, before: effect.refused_before })],
    [say("preview_loss"), say("preview_loss_change", { before: loss(effect.loss_before), after: loss(effect.loss_after) })],
  ];
}

/** Only what raises risk needs the password; where nobody can tell it is asked for. */
const raisesRisk = (tried) => !tried.ok || tried.data.raised.length > 0;

/** Asks with the effect in sight and saves; resolves with {data, errors}, both null when thought better of. */
export async function save(owner, wanted, { title, note }) {
  const tried = await preview(owner, wanted);
  if (!tried.ok && tried.status === 400) return { data: null, errors: tried.errors };
  let errors = null;
  const answer = await ask({
    title,
    facts: factsOf(owner, wanted, tried.ok ? tried.data : null),
    reason: say("change_reason"),
    note,
    action: say("save_version", { number: owner.version + 1 }),
    password: raisesRisk(tried),
    async send({ trading_password, reason }) {
      const got = await post(address(owner), { ...wanted, version: owner.version, reason, trading_password });
      errors = got.ok || got.status !== 400 ? null : got.errors;
      return errors ? { ...got, ok: true } : got;
    },
  });
  return { data: answer && !errors ? answer.data : null, errors };
}

// --- Trying without saving ----------------------------------------------------------------------------------------

/** A panel with the effect of `body`, put into `place`; errors of fields are returned. */
export async function showEffect(owner, body, place) {
  const tried = await preview(owner, body);
  if (!tried.ok && tried.status === 400) return tried.errors;
  replace(place, tried.ok ? effectPanel(owner, tried.data) : h("p", { class: "wrong", role: "alert" }, icon("circle-alert"), h("span", {}, tried.message)));
  place.hidden = false;
  place.scrollIntoView({ block: "center" });
  return {};
}

function effectPanel(owner, effect) {
  const touched = effect.effects.filter((each) => each.before.refused_by !== each.after.refused_by).slice(0, SHOWN_EFFECTS);
  return h(
    "section",
    { class: "effect" },
    h("h3", {}, say("preview_title", { count: effect.signals })),
    h("dl", { class: "what-if-facts" }, rows(effectFacts(owner, effect))),
    touched.length ? h("h3", {}, say("preview_touched")) : null,
    touched.length ? h("ul", {}, touched.map(touchedRow)) : null,
  );
}

const outcome = (judged) => chip(judged.refused_by ? judged.refused_by_label : say("preview_enters"), { tone: judged.refused_by ? "" : "ok" });
const touchedRow = (each) => h("li", {}, h("b", {}, each.symbol), timeElement(each.found_at), outcome(each.before), "→", outcome(each.after));

// --- Versions -----------------------------------------------------------------------------------------------------

/** Every version, newest first, each with what it changed and the way back to it. */
export async function showVersions(owner, list, { onBack }) {
  const answer = await get(`${address(owner, "/versions")}&limit=100`);
  if (!answer.ok) return replace(list, h("li", { class: "wrong", role: "alert" }, icon("circle-alert"), h("span", {}, answer.message)));
  const versions = answer.data;
  const items = versions.map((version, place) => versionRow(owner, version, versions[place + 1], onBack));
  const isFromZero = owner.path === "risk" && versions.length > 0;
  const first = isFromZero ? versionRow(owner, { number: 0, author: "", reason: say("change_defaults"), values: {}, created_at: null }, null, onBack) : null;
  return replace(list, ...(items.length ? items : [h("li", {}, empty(say("change_none")))]), ...(first ? [first] : []));
}

function versionRow(owner, version, before, onBack) {
  const isInForce = version.number === owner.version;
  const changed = before || version.number ? differences(owner, before?.values ?? {}, version.values) : [];
  return h(
    "li",
    { "data-version": version.number },
    h("header", {}, h("b", {}, `v${version.number}`), version.author ? h("span", {}, version.author) : null, version.created_at ? timeElement(version.created_at) : null, isInForce ? chip(say("in_force"), { tone: "ok" }) : null),
    version.reason ? h("p", {}, version.reason) : null,
    changed.length ? h("ul", {}, changed) : null,
    isInForce ? null : backActions(owner, version.number, onBack),
  );
}

function differences(owner, before, after) {
  const of = (values, setting) => values[setting.name] ?? setting.default;
  return owner.settings
    .filter((setting) => JSON.stringify(of(before, setting)) !== JSON.stringify(of(after, setting)))
    .map((setting) => h("li", {}, `${owner.label(setting)}: ${owner.shown(setting, of(before, setting))} → ${owner.shown(setting, of(after, setting))}`));
}

function backActions(owner, number, onBack) {
  const place = h("div", { class: "effect-place", hidden: true });
  const look = h("button", { type: "button", class: "button", id: `try-${number}` }, icon("calculator"), say("change_try"));
  look.addEventListener("click", () => showEffect(owner, { number }, place));
  const back = h("button", { type: "button", class: "button", id: `back-${number}` }, icon("rotate-ccw"), say("change_back"));
  back.addEventListener("click", () => goBack(owner, number, onBack));
  return h("div", {}, h("div", { class: "actions" }, look, start.may.decide ? back : null), place);
}

async function goBack(owner, number, onBack) {
  const tried = await preview(owner, { number });
  const answer = await ask({
    title: say("change_back_title", { number }),
    facts: tried.ok ? effectFacts(owner, tried.data) : [],
    reason: say("change_reason"),
    note: say("change_back_note"),
    action: say("change_back"),
    password: raisesRisk(tried),
    send: ({ trading_password, reason }) => post(address(owner, "/rollback"), { number, reason, trading_password }),
  });
  if (!answer) return;
  toast(say("saved", { number: answer.data.settings_version ?? answer.data.version }));
  onBack(answer.data);
}
