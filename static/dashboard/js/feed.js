// What happened, newest first, one sentence each.
import { timeElement } from "./clock.js";
import { empty, h, icon, replace } from "./dom.js";
import { say } from "./words.js";

const KEPT = 200;
const LOOKS = {
  system_started: ["power", ""],
  scan_finished: ["scan-search", ""],
  scan_missed: ["scan-search", "warn"],
  scan_incomplete: ["scan-search", "warn"],
  signal_found: ["radar", "accent"],
  advice_given: ["scan-search", "accent"],
  candidate_repeated: ["radar", ""],
  signal_refused: ["ban", ""],
  entry_intended: ["crosshair", "accent"],
  order_sent: ["send", ""],
  order_accepted: ["check", ""],
  order_refused: ["circle-alert", "warn"],
  order_unknown: ["circle-help", "warn"],
  order_resolved: ["circle-check", ""],
  order_ended: ["flag", ""],
  entry_filled: ["arrow-down-right", "accent"],
  exit_filled: ["arrow-up-right", "accent"],
  stop_placed: ["shield-check", "gain"],
  take_profit_placed: ["target", "gain"],
  stop_by_price_paid: ["shield-check", "accent"],
  position_unprotected: ["shield-alert", "danger"],
  ladder_climbed: ["shield-alert", "warn"],
  owner_paged: ["bell", "danger"],
  position_closing: ["timer", "warn"],
  position_closed: ["flag", "accent"],
  entry_unfilled: ["hourglass", ""],
  take_profit_judged: ["scan-search", ""],
  daily_loss_reached: ["pause", "warn"],
  settings_changed: ["settings", ""],
  leg_requested: ["user", "accent"],
  change_requested: ["user", "accent"],
  change_refused: ["ban", ""],
  change_done: ["circle-check", "accent"],
  execution_ended: ["flag", ""],
  slippage_high: ["triangle-alert", "warn"],
  change_failed: ["circle-alert", "warn"],
  report: ["file-text", ""],
  repaired: ["wrench", "warn"],
  foreign_found: ["user", "warn"],
  rival_found: ["triangle-alert", "danger"],
  key_refused: ["triangle-alert", "danger"],
  adopted: ["user", "accent"],
  adoption_refused: ["ban", "warn"],
  memory_high: ["triangle-alert", "warn"],
  process_restarted: ["power", "danger"],
  ledger_differs: ["triangle-alert", "danger"],
  variant_promoted: ["arrow-up", "accent"],
  switched: ["power", "accent"],
  risk_settings_changed: ["settings", ""],
  breaker_tripped: ["shield-alert", "danger"],
  breaker_ended: ["shield-check", "gain"],
  breaker_reset: ["user", "warn"],
  emergency_stop: ["ban", "danger"],
  emergency_stop_report: ["flag", "danger"],
  settings_invalid: ["settings", "danger"],
  watchdog_checks_stopped: ["timer", "danger"],
  watchdog_unprotected: ["shield-alert", "danger"],
  watchdog_blind: ["circle-help", "danger"],
  watchdog_loop_stopped: ["timer", "danger"],
  watchdog_over: ["shield-check", "gain"],
  watchdog_cancelled: ["ban", "danger"],
};

const known = new Map();
let isDrawing = false;

/** Events may come twice after a reconnect; the id decides. Many at once are drawn once. */
export function addEvents(events) {
  for (const event of events) known.set(event.id, event);
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw() {
  const newest = [...known.values()].sort((a, b) => b.id - a.id).slice(0, KEPT);
  if (known.size > 2 * KEPT) {
    known.clear();
    newest.forEach((event) => known.set(event.id, event));
  }
  replace(document.getElementById("feed"), ...(newest.length ? newest.map(row) : [empty(say("no_events"))]));
}

/** A number stays on the line of its unit. */
const kept = (sentence) => sentence.replace(/(\d) (?=\S)/g, "$1\u00a0");

function row(event) {
  const [name, tone] = LOOKS[event.kind] ?? ["info", ""];
  const sentence = kept(event.sentence);
  const told = event.case ? h("a", { href: `/case/${event.case}`, id: `event-${event.id}` }, sentence) : sentence;
  return h("li", { "data-tone": tone, "data-kind": event.kind, "data-case": event.case }, icon(name), h("p", {}, told), timeElement(event.at));
}
