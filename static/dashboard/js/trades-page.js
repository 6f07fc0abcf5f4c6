// The trades page.
import { empty, h, replace } from "./dom.js";
import { startList } from "./list.js";
import { percentOf, signed, toneOf } from "./numbers.js";
import { startDesk } from "./shell.js";
import { fillTable, tradeRow } from "./tables.js";
import { say } from "./words.js";

function draw(page) {
  const isFiltered = Object.keys(page.filters).length > 0;
  const nothing = isFiltered ? [say("no_match"), say("no_match_why")] : [say("no_trades"), say("no_trades_why")];
  fillTable("trade-table", page.rows.map(tradeRow), () => empty(...nothing));
  document.getElementById("csv").search = page.query;
  showSums(page.sums);
}

function showSums(sums) {
  const { trades, wins, result } = sums;
  replace(
    document.getElementById("sums"),
    h("span", {}, say("trades_count", { count: trades })),
    trades ? h("span", { class: toneOf(result) }, `${signed(result, 2)} USDT`) : "",
    trades ? h("span", {}, say("won_share", { percent: percentOf(wins, trades) })) : "",
  );
}

const refresh = startList(draw);
startDesk({
  onEvents(events) {
    if (events.length === 1 && events[0].kind === "position_closed") refresh();
  },
});
