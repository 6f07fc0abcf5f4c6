// What is being done to a position, or was done last: an entry in slices, an add, a part close, moved exits.
import { ageElement } from "./clock.js";
import { chip, h, icon } from "./dom.js";
import { plain, trimmed } from "./numbers.js";
import { say, word } from "./words.js";

const VERBS = { ADD: "adding", REDUCE: "reducing", ADJUST: "adjusting" };
const DONE = { ADD: "added", REDUCE: "reduced", ADJUST: "adjusted" };
const NOT = { ADD: "not_added", REDUCE: "not_reduced", ADJUST: "not_adjusted" };
const PIECES = { FILLED: "filled", CANCELED: "over", EXPIRED: "over", REJECTED: "refused" };

export function changeRow(position) {
  if (position.sending) return h("div", { class: "change", "data-state": "working", role: "status" }, icon("hourglass"), h("span", {}, say("entering")), progress(position.sending, position));
  const { change } = position;
  if (!change) return null;
  return { done, refused, failed: refused }[change.status]?.(change, position) ?? working(change, position);
}

function working(change, position) {
  const what = say(VERBS[change.kind], { share: change.share_pct === null ? "" : trimmed(change.share_pct) });
  return h("div", { class: "change", "data-state": "working", role: "status" }, icon("hourglass"), h("span", {}, what, exits(change)), change.sending ? progress(change.sending, position) : chip(word("change_status", change.status), { tone: "warn" }), author(change));
}

/** How far a plan is, order by order. */
function progress(sending, position) {
  const base = position.symbol.replace(/USDT$/, "");
  const filled = say("sent_of", { executed: plain(trimmed(sending.executed)), quantity: plain(trimmed(sending.quantity)), base });
  const blank = Math.max(0, sending.slices - sending.pieces.length);
  const pieces = [...sending.pieces.map((piece) => PIECES[piece.status] ?? "working"), ...Array(blank).fill("waiting")];
  return h(
    "span",
    { class: "sending" },
    h("span", { class: "faint-words" }, word("style", sending.style)),
    h("span", { class: "pieces", role: "img", "aria-label": say("orders_of", { count: sending.pieces.length, slices: Math.max(sending.slices, sending.pieces.length) }) }, pieces.map((state) => h("i", { "data-state": state }))),
    h("b", {}, filled),
  );
}

function done(change, position) {
  const base = position.symbol.replace(/USDT$/, "");
  const what = say(DONE[change.kind], { amount: change.quantity === null ? "" : amountOf(change, base) });
  return h("div", { class: "change", "data-state": "done" }, icon("check"), h("span", {}, what, exits(change)), " · ", ageElement(change.finished_at), author(change));
}

/** Less than was planned is said so. */
function amountOf({ quantity, sending }, base) {
  const isLess = sending && Number(sending.quantity) > Number(quantity);
  return isLess ? say("sent_of", { executed: plain(trimmed(quantity)), quantity: plain(trimmed(sending.quantity)), base }) : `${plain(trimmed(quantity))} ${base}`;
}

function refused(change) {
  return h("div", { class: "change", "data-state": "refused" }, icon("ban"), h("span", {}, `${say(NOT[change.kind])}: ${change.refusal}`), " · ", ageElement(change.finished_at ?? change.created_at), author(change));
}

function exits(change) {
  const told = [
    change.stop_price === null ? null : `${say("stop")} ${plain(trimmed(change.stop_price))}`,
    change.take_profit_price === null ? null : `${say("take_profit")} ${plain(trimmed(change.take_profit_price))}`,
  ].filter(Boolean);
  return told.length ? `${change.kind === "ADJUST" ? " " : " · "}${told.join(", ")}` : "";
}

const author = (change) => h("span", { class: "by" }, word("author", change.author), change.reason ? h("q", { title: change.reason }, change.reason) : null);
