// Adding to a position and reducing it, with what it would come to in sight before the yes.
import { newKey, post } from "./api.js";
import { ask, toast } from "./dialog.js";
import { h } from "./dom.js";
import { fixed, plain, signed, toneOf, trimmed } from "./numbers.js";
import { say, start, word } from "./words.js";

const SHARES = { ADD: ["30", "40", "50", "100"], REDUCE: ["25", "30", "50", "75"] };
const USUAL = { ADD: "30", REDUCE: "50" };
const baseOf = (position) => position.symbol.replace(/USDT$/, "");

/** The desk makes one change of a position at a time. */
export const isChanging = (position) => ["asked", "working"].includes(position.change?.status);

export const addTo = (position) => change(position, { kind: "ADD", title: "add_title", note: "add_note", action: "add_to", done: "add_asked" });

export const reduce = (position) => change(position, { kind: "REDUCE", title: "reduce_title", note: "reduce_note", action: "reduce", done: "reduce_asked" });

async function change(position, { kind, title, note, action, done }) {
  const key = newKey();
  const answer = await ask({
    title: say(title, { symbol: position.symbol }),
    form: shareForm(kind, position),
    live: (wanted) => preview(position, kind, wanted),
    reason: say("change_why"),
    note: say(note),
    action: say(action),
    send: ({ value, reason, trading_password }) => asked(post(`positions/${position.id}/changes`, { kind, ...value, reason, trading_password }, { key })),
  });
  if (answer) toast(say(done, { symbol: position.symbol }));
}

/** A refused change is told as any other error. */
async function asked(sent) {
  const answer = await sent;
  return answer.ok || !answer.data?.refusal ? answer : { ...answer, message: answer.data.refusal };
}

// --- The form -----------------------------------------------------------------------------------------------------

function shareForm(kind, position) {
  const share = h("input", { id: "ask-share", value: USUAL[kind], inputmode: "decimal", autocomplete: "off", required: true });
  const style = h("select", { id: "ask-style" }, h("option", { value: "" }, say(kind === "ADD" ? "style_of_bot" : "style_usual")), Object.entries(start.words.style).map(([code, text]) => h("option", { value: code }, text)));
  const choices = SHARES[kind].map((percent) => choice(percent, share));
  const element = h(
    "div",
    { class: "share-form" },
    h("div", { class: "row" }, h("label", { for: "ask-share" }, say("share_of_open", { amount: `${plain(position.quantity)} ${baseOf(position)}` })), h("span", { class: "with-unit" }, share, h("span", { class: "unit" }, "%")), h("div", { class: "choices" }, choices)),
    h("div", { class: "row" }, h("label", { for: "ask-style" }, say("sent_how")), style),
  );
  return { element, value: () => ({ share_pct: share.value.trim() || null, style: style.value || null }) };
}

function choice(percent, share) {
  const button = h("button", { type: "button", class: "button small" }, `${percent} %`);
  button.addEventListener("click", () => {
    share.value = percent;
    share.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return button;
}

// --- What it would come to ----------------------------------------------------------------------------------------

async function preview(position, kind, wanted) {
  const answer = await post(`positions/${position.id}/changes/what-if`, { kind, ...wanted });
  if (!answer.ok) return { facts: [], caution: answer.message, isReady: false };
  const found = answer.data;
  const facts = found.after ? { ADD: addFacts, REDUCE: reduceFacts }[kind](position, found) : [];
  return { facts, caution: found.refusal || (found.is_whole ? say("reduce_whole") : ""), action: actionText(position, kind, found), isReady: !found.refusal && found.after !== null };
}

function actionText(position, kind, found) {
  if (!found.after) return say(kind === "ADD" ? "add_to" : "reduce");
  const amount = `${plain(trimmed(found.quantity))} ${baseOf(position)}`;
  return say(kind === "ADD" ? "add_action" : "reduce_action", { amount });
}

const price = (text) => (text === null ? "–" : plain(trimmed(text)));
const became = (before, after) => (before === after ? after : `${before} → ${after}`);
const ofEquity = (found) => (found.result_at_stop_pct === null ? "" : ` · ${say("of_equity", { percent: fixed(found.result_at_stop_pct.replace("-", ""), 2) })}`);

function common(position, found) {
  const { before, after } = found;
  const base = baseOf(position);
  return {
    open: [say("quantity"), `${became(price(before.quantity), price(after.quantity))} ${base}`],
    entry: [say("average_entry"), became(price(before.entry_price), price(after.entry_price))],
    margin: [say("margin"), `${became(fixed(before.margin, 2), fixed(after.margin, 2))} USDT`],
    stop: [say("stop"), became(price(before.stop_price), price(after.stop_price))],
    atStop: [say("result_at_stop"), `${became(signed(before.result_at_stop, 2), signed(after.result_at_stop, 2))} USDT${ofEquity(found)}`, toneOf(after.result_at_stop)],
    target: after.result_at_target === null ? null : [say("result_at_target"), `${became(signed(before.result_at_target, 2), signed(after.result_at_target, 2))} USDT`, toneOf(after.result_at_target)],
    liquidation: after.liquidation_price === null ? null : [say("liquidation_at"), became(price(before.liquidation_price), price(after.liquidation_price))],
    fee: [say("about_fee"), `${fixed(found.fee, 4)} USDT`],
    sent: [say("sent_how"), `${word("style", found.style)} · ${say("at_about", { price: price(found.price) })}`],
  };
}

function addFacts(position, found) {
  const { open, entry, margin, stop, atStop, target, liquidation, fee, sent } = common(position, found);
  return [open, entry, margin, stop, atStop, target, liquidation, fee, sent];
}

function reduceFacts(position, found) {
  const { open, margin, atStop, target, fee, sent } = common(position, found);
  const realised = [say("realised_now"), `${signed(found.realized, 4)} USDT`, toneOf(found.realized)];
  return found.is_whole ? [open, realised, fee, sent] : [open, realised, margin, atStop, target, fee, sent];
}

// --- Stop and take-profit -----------------------------------------------------------------------------------------

/** For the dialog of one exit, `name` its field of the API. A looser stop is a person's right, and is said. */
export function exitPreview(position, name) {
  return async (value) => {
    const answer = await post(`positions/${position.id}/changes/what-if`, { kind: "ADJUST", [name]: value || null });
    if (!answer.ok) return { facts: [], caution: answer.message, isReady: true };
    const found = answer.data;
    return { facts: found.after ? exitFacts(position, found, name) : [], caution: found.refusal_code === "loosens_stop" ? say("stop_loosens") : found.refusal, isReady: true };
  };
}

function exitFacts(position, found, name) {
  const { open, stop, atStop, target, liquidation } = common(position, found);
  const trigger = name === "stop_price" ? stop : [say("take_profit"), became(price(found.before.take_profit_price), price(found.after.take_profit_price))];
  const fromMark = ((Number(found.after[name]) / Number(found.price) - 1) * 100).toFixed(2);
  return [open, [say("mark"), price(found.price)], trigger, [say("from_mark"), `${fromMark} %`], name === "stop_price" ? atStop : target, name === "stop_price" ? liquidation : null];
}
