// An order by hand: the numbers come from the desk while the form is being filled.
import { get, newKey, post } from "./api.js";
import { ask, rows } from "./dialog.js";
import { chip, empty, h, icon, replace } from "./dom.js";
import { hideLeast, offerLeast } from "./order-least.js";
import { follow, showEnd, showFollowed } from "./order-placed.js";
import { fixed, percentOf, plain, trimmed } from "./numbers.js";
import { startDesk, state } from "./shell.js";
import { riskFacts } from "./what-if.js";
import { say, start, word } from "./words.js";

const PAUSE = 300; // ms without typing before the desk is asked
const form = document.getElementById("order-form");
const preset = start.page;
let plan = null;
let whatIf = null;
let asked = 0;
let timer = 0;

const given = (name) => form.elements[name].value.trim();
const STYLES = { LIMIT_THEN_MARKET: "limit_then_market", TWAP: "twap" };
const isLimit = () => given("order_type").startsWith("LIMIT");
const baseOf = (symbol) => symbol.replace(/USDT$/, "");

function body() {
  const sizeBy = given("size_by");
  const order = { symbol: given("symbol").toUpperCase(), position_side: given("position_side"), order_type: isLimit() ? "LIMIT" : "MARKET", style: STYLES[given("order_type")] ?? null, leverage: Number(given("leverage")), sl_pct: given("sl_pct"), tp_pct: given("tp_pct") };
  order[sizeBy] = given(sizeBy) || null;
  if (isLimit()) order.price = given("price") || null;
  return order;
}

function fillForm() {
  document.getElementById("symbols").append(...preset.symbols.map((symbol) => h("option", { value: symbol })));
  const choices = preset.leverages.map((leverage) => h("label", {}, h("input", { type: "radio", name: "leverage", value: leverage }), h("span", {}, `${leverage}×`)));
  document.querySelector("#leverages legend").after(...choices);
  const values = { symbol: preset.symbol, position_side: preset.side, leverage: String(preset.leverage), margin_usdt: preset.margin_usdt, sl_pct: preset.sl_pct, tp_pct: preset.tp_pct };
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
}

function showRows() {
  const byMargin = given("size_by") === "margin_usdt";
  document.getElementById("price-row").hidden = !isLimit();
  document.getElementById("margin-row").hidden = !byMargin;
  document.getElementById("quantity-row").hidden = byMargin;
  document.getElementById("base").textContent = baseOf(given("symbol").toUpperCase());
  document.getElementById("style-note").textContent = styleNote();
}

/** What the chosen type does, with the numbers of its settings. */
function styleNote() {
  const { twap_slices: slices, twap_seconds, style_timeout_seconds: seconds, max_slippage_pct } = preset.styles;
  const slippage = trimmed(max_slippage_pct);
  return say(`type_${given("order_type").toLowerCase()}`, { slices, minutes: plain(String(twap_seconds / 60)), seconds, slippage });
}

/** A limit begins at the last price. */
async function offerPrice() {
  if (!isLimit() || given("price") || !given("symbol")) return;
  const answer = await get(`ticker/${given("symbol").toUpperCase()}`);
  if (!answer.ok || given("price") || !isLimit()) return;
  form.elements.price.value = trimmed(answer.data.price);
  changed();
}

// --- What it would do ---------------------------------------------------------------------------------------------

function changed() {
  showRows();
  clearTimeout(timer);
  asked += 1; // what is on its way is about another order
  plan = null;
  showSubmit();
  timer = setTimeout(askPlan, PAUSE);
}

async function askPlan() {
  const mine = ++asked;
  const order = body();
  if (!order.symbol || !(order.margin_usdt || order.quantity) || (isLimit() && !order.price)) {
    showErrors({});
    return showNothing(say("what_if_wanting"));
  }
  const [answer, more] = await Promise.all([post("order", { ...order, dry_run: true }), post("what-if", order)]);
  if (mine !== asked) return undefined;
  plan = answer.ok ? answer.data.plan : null;
  whatIf = more.ok ? more.data : null;
  showErrors(answer.errors);
  hideLeast();
  if (answer.errors.margin_usdt || answer.errors.quantity) offerLeast({ form, symbol: order.symbol, leverage: order.leverage, price: order.price, use: changed });
  showSubmit();
  const isToldBeside = Object.keys(answer.errors).some((name) => form.querySelector(`[data-error="${name}"]`));
  return plan ? showPlan() : showNothing(isToldBeside ? say("what_if_marked") : answer.message);
}

const showNothing = (text) => replace(document.getElementById("what-if"), empty(say("what_if_nothing"), text));

function facts() {
  const symbol = given("symbol").toUpperCase();
  const available = state.status.available_balance;
  const isLowered = plan.leverage !== Number(given("leverage"));
  return [
    [say(plan.limit === null ? "last_price" : "limit"), `${plain(trimmed(plan.limit ?? plan.reference_price))} USDT`],
    [say("quantity"), `${plain(plan.quantity)} ${baseOf(symbol)}`],
    [say("notional"), `${fixed(plan.notional, 2)} USDT`],
    [say("leverage"), isLowered ? say("lowered", { leverage: plan.leverage }) : `${plan.leverage}×`],
    [say("margin"), `${fixed(plan.margin, 2)} USDT`],
    [say("stop"), `${plain(plan.stop_price)} USDT`, "loss"],
    [say("take_profit"), `${plain(plan.take_profit_price)} USDT`, "gain"],
    [say("loss_at_stop"), `▼ −${fixed(plan.loss_at_stop, 2)} USDT`, "loss"],
    ...(whatIf ? riskFacts(whatIf) : []),
    available === null ? null : [say("of_available"), `${percentOf(plan.margin, available)} %`],
  ];
}

function showPlan() {
  const available = state.status.available_balance;
  const tooMuch = available !== null && Number(plan.margin) > Number(available);
  replace(
    document.getElementById("what-if"),
    h("dl", { class: "what-if-facts" }, rows(facts())),
    tooMuch ? h("p", { class: "wrong" }, icon("triangle-alert"), h("span", {}, say("more_than_available"))) : "",
    h("p", { class: "note" }, say("what_if_note")),
  );
}

function showErrors(errors) {
  form.querySelectorAll("[data-error]").forEach((element) => {
    const message = errors[element.dataset.error];
    element.hidden = !message;
    element.textContent = message ?? "";
  });
}

function actionText() {
  const symbol = given("symbol").toUpperCase();
  const fills = { amount: plan ? `${plain(plan.quantity)} ${baseOf(symbol)}` : symbol, price: plan?.limit ? plain(plan.limit) : "" };
  const side = given("position_side") === "SHORT" ? "sell" : "buy";
  return say(`${side}_${given("order_type").toLowerCase()}`, fills);
}

function showSubmit() {
  const button = document.getElementById("submit");
  button.disabled = plan === null;
  button.textContent = plan === null ? say("order_action") : actionText();
}

async function submit(event) {
  event.preventDefault();
  if (!plan) return;
  const order = body();
  const key = newKey();
  const answer = await ask({
    title: say("order_title", { symbol: order.symbol, side: word("direction", order.position_side) }),
    facts: facts(),
    note: say("what_if_note"),
    action: actionText(),
    send: ({ trading_password }) => post("order", { ...order, trading_password }, { key }),
  });
  if (answer) showPlaced(answer.data.position);
}

function showPlaced(position) {
  plan = null;
  showSubmit();
  const ways = h("p", {}, h("a", { href: `/case/${position.case}` }, say("follow_case")), " · ", h("a", { href: "/positions" }, say("positions")));
  replace(document.getElementById("what-if"), h("div", { class: "empty" }, chip(say("order_taken"), { tone: "ok", iconName: "check" }), h("p", {}, say("order_taken_why"), " ", say("what_if_again")), ways));
  follow(position);
}

startDesk({ show: { positions: showFollowed }, tick: showEnd });
fillForm();
showRows();
showSubmit();
askPlan();
form.addEventListener("input", changed);
form.addEventListener("change", offerPrice);
form.addEventListener("submit", submit);
