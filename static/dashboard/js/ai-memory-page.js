// What the bot remembers, the weightiest first.
import { timeElement } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { startList } from "./list.js";
import { signed, toneOf } from "./numbers.js";
import { startDesk } from "./shell.js";
import { cell, fillTable, second } from "./tables.js";
import { say, word } from "./words.js";

function draw(page) {
  const isFiltered = Object.keys(page.filters).length > 0;
  const nothing = isFiltered ? [say("no_match"), say("no_match_why")] : [say("ai_no_memories"), say("ai_no_memories_why")];
  replace(document.getElementById("sums"), h("span", {}, say("ai_memories_count", { count: page.count })));
  fillTable("memory-table", page.rows.map(row), () => empty(...nothing));
}

function row(memory) {
  const result = memory.pnl === null ? [h("span", { class: "faint" }, "–")] : [h("span", { class: toneOf(memory.pnl) }, signed(memory.pnl, 2)), memory.pnl_percent === null ? "" : second(`${signed(memory.pnl_percent, 2)} %`)];
  return h(
    "tr",
    {},
    cell("lead", h("span", { class: "symbol" }, memory.symbol_label), h("span", { class: "direction" }, memory.regime ? word("ai_regime", memory.regime) : say("ai_any_regime"))),
    cell("", chip(word("ai_memory_kind", memory.kind)), memory.is_win === null ? null : second(say(memory.is_win ? "ai_won" : "ai_lost"))),
    cell("whole reasoning", memory.content),
    cell("number", ...result),
    cell("number", memory.relevance.toFixed(2)),
    cell("", timeElement(memory.at), memory.expires_at ? second(`${say("ai_expires")} `, timeElement(memory.expires_at)) : null),
  );
}

const refresh = startList(draw);
startDesk({
  onEvents(events) {
    if (events.length === 1 && events[0].kind === "position_closed") refresh();
  },
});
