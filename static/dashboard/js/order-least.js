// The least order that the exchange takes, offered where a size is too small; for reading, so floats will do.
import { get } from "./api.js";
import { trimmed } from "./numbers.js";
import { say } from "./words.js";

const SPARE = 1.01; // the price moves while somebody reads

const button = (name) => document.getElementById(`least-${name}`);
let asked = 0;

export function hideLeast() {
  asked += 1;
  for (const name of ["margin", "quantity"]) button(name).hidden = true;
}

/** `use()` is called once the offered number stands in the form. */
export async function offerLeast({ form, symbol, leverage, price, use }) {
  const mine = ++asked;
  const [contract, ticker] = await Promise.all([get(`exchange-info/${symbol}`), get(`ticker/${symbol}`)]);
  if (mine !== asked || !contract.ok || !ticker.ok) return;
  const { rules } = contract.data;
  const step = Math.max(Number(rules.step_size), Number(rules.market_step_size));
  const at = Number(price ?? ticker.data.price);
  const least = Math.max(Number(rules.min_quantity), Math.ceil((Number(rules.min_notional) * SPARE) / at / step) * step);
  const places = Math.max(0, (trimmed(rules.step_size).split(".")[1] ?? "").length);
  const margin = (Math.ceil(((least * at * SPARE) / leverage) * 100) / 100).toFixed(2);
  if (form.elements.size_by.value === "margin_usdt") offer("margin", "margin_usdt", margin);
  else offer("quantity", "quantity", least.toFixed(places));

  function offer(name, field, amount) {
    const element = button(name);
    element.hidden = false;
    element.textContent = say(`least_${name}`, { amount });
    element.onclick = () => {
      form.elements[field].value = amount;
      hideLeast();
      use();
    };
  }
}
