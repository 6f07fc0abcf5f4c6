// The positions page: rows with what can be done, and the orders that work.
import { actions } from "./actions.js";
import { timeElement } from "./clock.js";
import { chip, copyable, empty, h } from "./dom.js";
import { plain } from "./numbers.js";
import { showPositions, showWorstNaked, tickNaked } from "./positions.js";
import { startDesk, state } from "./shell.js";
import { followPrices } from "./sparks.js";
import { cell, fillTable } from "./tables.js";
import { say, word } from "./words.js";

const LIVING = new Set(["PENDING", "SUBMITTING", "UNKNOWN", "NEW", "PARTIALLY_FILLED", "TRIGGERING", "TRIGGERED"]);

function orderRow(order) {
  const isDoubtful = order.status === "UNKNOWN";
  const price = order.trigger_price ?? order.price;
  return h(
    "tr",
    {},
    cell("lead", h("span", { class: "symbol" }, order.symbol)),
    cell("", word("purpose", order.purpose)),
    cell("", word("side", order.side)),
    cell("number", price === null ? say("at_market") : plain(price)),
    cell("number", order.quantity === null ? say("whatever_is_open") : plain(order.quantity)),
    cell("", chip(word("order_status", order.status), { tone: isDoubtful ? "warn" : "" })),
    cell("", timeElement(order.created_at)),
    cell("", copyable(order.client_order_id, say("copy"))),
  );
}

let readMissing = null;
const symbols = () => [...new Set(state.positions.map((position) => position.symbol))];
const drawPositions = () => showPositions(state.positions, state.status, actions);

startDesk({
  show: {
    status() {
      showWorstNaked(state.status);
      if (!state.positions.length) showPositions(state.positions, state.status);
    },
    positions() {
      drawPositions();
      readMissing?.();
    },
    orders() {
      const living = state.orders.filter((order) => LIVING.has(order.status));
      fillTable("order-table", living.map(orderRow), () => empty(say("no_orders"), say("no_orders_why")));
    },
  },
  tick() {
    showWorstNaked(state.status);
    tickNaked();
  },
});

readMissing = followPrices(symbols, drawPositions);
