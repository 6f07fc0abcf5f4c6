// What the price was doing, and the levels around it, the highest first; the price stands between them.
import { rows } from "./dialog.js";
import { h, replace } from "./dom.js";
import { fixed, plain, trimmed } from "./numbers.js";
import { say, word } from "./words.js";

const MOST = 3; // of a level's strength

export function showMarket({ narrative, regime, price, levels }) {
  const panel = document.getElementById("market-panel");
  panel.hidden = price === null;
  if (price === null) return;
  const facts = [
    narrative ? [say("ai_narrative_label"), word("ai_narrative", narrative)] : null,
    regime ? [say("ai_regime_label"), word("ai_regime", regime)] : null,
  ];
  document.getElementById("market-facts").replaceChildren(...rows(facts));
  replace(document.getElementById("key-levels"), levels.length ? table(levels, price) : h("p", { class: "muted padded" }, say("ai_no_levels")));
}

const distance = (percent) => `${percent.startsWith("-") ? "−" : "+"}${fixed(percent.replace("-", ""), 2)}`;

function table(levels, price) {
  const above = levels.filter((level) => level.side === "resistance");
  const below = levels.filter((level) => level.side === "support");
  const now = h("tr", { class: "now" }, h("th", { scope: "row", class: "number" }, plain(trimmed(price))), h("td", { colspan: "2" }, say("ai_price_then")));
  return h(
    "table",
    { class: "key-levels" },
    h("thead", {}, h("tr", {}, h("th", { class: "number" }, say("ai_level")), h("th", { class: "number" }, say("ai_distance")), h("th", {}, say("ai_strength")))),
    h("tbody", {}, above.map(row), now, below.map(row)),
  );
}

function row(level) {
  const dots = Array.from({ length: MOST }, (_, place) => h("i", { "data-on": place < level.strength }));
  return h(
    "tr",
    { "data-side": level.side },
    h("th", { scope: "row", class: "number" }, plain(trimmed(level.price))),
    h("td", { class: "number" }, `${distance(level.distance_pct)} %`),
    h("td", {}, h("span", { class: "strength", role: "img", "aria-label": say("ai_strength_of", { strength: level.strength }) }, dots), h("span", { class: "second" }, level.sources.map((source) => source.told).join(", "))),
  );
}
