// What a person may do with a position: add to it, reduce it, close it, move its stop or take-profit, cancel its entry
// or what is left of it to be sent.
import { post } from "./api.js";
import { addTo, exitPreview, isChanging, reduce } from "./position-changes.js";
import { ask, toast } from "./dialog.js";
import { h, icon } from "./dom.js";
import { fixed, plain, signed, toneOf, trimmed } from "./numbers.js";
import { say, start } from "./words.js";

const baseOf = (position) => position.symbol.replace(/USDT$/, "");

export function actions(position) {
  const isOpen = start.may.trade && position.status === "open";
  const isEntering = start.may.trade && position.status === "pending";
  return h(
    "div",
    { class: "actions" },
    isOpen ? button("add", position, "plus", say("add_to"), addTo, "", isChanging(position)) : null,
    isOpen ? button("reduce", position, "arrow-down-right", say("reduce"), reduce, "", isChanging(position)) : null,
    isOpen ? button("stop", position, "shield", say("move_stop"), moveStop) : null,
    isOpen ? button("take-profit", position, "target", say("move_take_profit"), moveTakeProfit) : null,
    link(`/chart/${position.symbol}`, "chart-candlestick", say("chart")),
    link(`/case/${position.case}`, "file-text", say("case")),
    isOpen && rest(position) ? button("cancel-rest", position, "x", say("cancel_rest"), cancelRest, "", rest(position).called_off_at !== null, say("cancel_rest_busy")) : null,
    isEntering ? button("cancel", position, "x", say("cancel_entry"), cancelEntry) : null,
    isOpen ? button("close", position, "x", say("close"), close, "danger") : null,
  );
}

function button(name, position, iconName, text, act, tone = "", isBusy = false, why = say("change_busy")) {
  const element = h("button", { type: "button", class: "button", "data-tone": tone, id: `${name}-${position.id}`, disabled: isBusy, title: isBusy ? why : null }, icon(iconName), text);
  element.addEventListener("click", () => act(position));
  return element;
}

/** Not to the page that is looked at. */
const link = (href, iconName, text) => (href === location.pathname ? null : h("a", { class: "button", href }, icon(iconName), text));

async function close(position) {
  const amount = `${plain(position.quantity)} ${baseOf(position)}`;
  const pnl = position.unrealized_pnl;
  const answer = await ask({
    title: say("close_title", { symbol: position.symbol }),
    facts: [
      [say("quantity"), amount],
      [say("entry"), priceOf(position.entry_price)],
      [say("mark"), priceOf(position.mark_price)],
      [say("result_now"), pnl === null ? "–" : `${signed(pnl, 4)} USDT`, pnl === null ? "" : toneOf(pnl)],
    ],
    note: say("close_note"),
    action: say("close_action", { amount }),
    isDangerous: true,
    send: ({ trading_password }) => post(`close/${position.symbol}`, { trading_password }),
  });
  if (answer) toast(say("close_asked", { symbol: position.symbol }));
}

const priceOf = (text) => (text === null ? "–" : plain(text));

async function moveStop(position) {
  const standing = position.protection.stop?.trigger_price ?? position.stop_price;
  const answer = await ask({
    title: say("stop_title", { symbol: position.symbol }),
    input: { label: say("stop"), value: plain(standing, 15).replaceAll(",", ""), unit: "USDT" },
    live: exitPreview(position, "stop_price"),
    note: say("stop_note"),
    action: say("move_stop"),
    send: ({ value, trading_password }) => post(`positions/${position.id}/stop`, { price: value, trading_password }),
  });
  if (answer) toast(say("stop_asked", { price: plain(answer.data.trigger_price) }));
}

async function moveTakeProfit(position) {
  const standing = position.protection.take_profit?.trigger_price ?? position.take_profit_price ?? position.entry_price;
  const answer = await ask({
    title: say("take_profit_title", { symbol: position.symbol }),
    input: { label: say("take_profit"), value: plain(standing, 15).replaceAll(",", ""), unit: "USDT" },
    live: exitPreview(position, "take_profit_price"),
    note: say("take_profit_note"),
    action: say("move_take_profit"),
    send: ({ value, trading_password }) => post(`positions/${position.id}/take-profit`, { price: value, trading_password }),
  });
  if (answer) toast(say("take_profit_asked", { price: plain(answer.data.trigger_price) }));
}

async function cancelEntry(position) {
  const answer = await ask({
    title: say("cancel_entry_title", { symbol: position.symbol }),
    facts: [
      [say("margin"), `${fixed(position.margin, 2)} USDT`],
      [say("entry"), priceOf(position.worst_entry_price)],
    ],
    note: say("cancel_entry_note"),
    action: say("cancel_entry"),
    send: ({ trading_password }) => post(`positions/${position.id}/cancel-entry`, { trading_password }),
  });
  if (answer) toast(say("cancel_asked", { symbol: position.symbol }));
}

/** The plan of its entry or add that has orders left to send; a part close goes on to its end. */
const rest = (position) => position.sending ?? (position.change?.status === "working" && position.change.kind === "ADD" ? position.change.sending : null);

async function cancelRest(position) {
  const sending = rest(position);
  const answer = await ask({
    title: say("cancel_rest_title", { symbol: position.symbol }),
    facts: [[say("quantity"), say("sent_of", { executed: plain(trimmed(sending.executed)), quantity: plain(trimmed(sending.quantity)), base: baseOf(position) })]],
    note: say("cancel_rest_note"),
    action: say("cancel_rest"),
    send: ({ trading_password }) => post(`positions/${position.id}/cancel-rest`, { trading_password }),
  });
  if (answer) toast(say("cancel_rest_asked", { symbol: position.symbol }));
}
