// What an entry would do to its account, as rows of label, text and tone.
import { fixed, plain, trimmed } from "./numbers.js";
import { say } from "./words.js";

const ofEquity = (share) => (share === null ? "" : ` · ${say("of_equity", { percent: fixed(share, 2) })}`);

export function riskFacts(whatIf) {
  return [
    [say("gap_loss", { gap: plain(trimmed(whatIf.gap_pct)) }), `▼ −${fixed(whatIf.loss_at_gap, 2)} USDT${ofEquity(whatIf.loss_at_gap_pct)}`, "loss"],
    whatIf.liquidation_price === null ? null : [say("liquidation_at"), `${plain(trimmed(whatIf.liquidation_price))} USDT`],
    [say("entry_fee"), `${fixed(whatIf.fee, 4)} USDT`],
    whatIf.room === null ? null : [say("tightest_limit"), say("limit_room", { limit: whatIf.bound_by_label, room: fixed(whatIf.room, 2) })],
  ];
}

export function sizeFacts(whatIf) {
  return [
    [say("quantity"), plain(trimmed(whatIf.quantity))],
    [say("notional"), `${fixed(whatIf.notional, 2)} USDT`],
    [say("margin"), `${fixed(whatIf.margin, 2)} USDT · ${whatIf.leverage}×`],
    [say("stop"), `${plain(trimmed(whatIf.stop_price))} USDT`, "loss"],
    [say("loss_at_stop"), `▼ −${fixed(whatIf.loss_at_stop, 2)} USDT${ofEquity(whatIf.loss_at_stop_pct)}`, "loss"],
  ];
}
