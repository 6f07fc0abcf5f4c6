// Environment, switch, equity and the pulse of the processes.
import { flashing, h, icon, replace } from "./dom.js";
import { fixed } from "./numbers.js";
import { say, word } from "./words.js";

export function showTopbar(status) {
  const badge = document.getElementById("environment");
  badge.textContent = word("environment", status.environment);
  badge.dataset.environment = status.environment;
  showSwitch(status);
  const equity = document.getElementById("top-equity");
  const unit = h("span", { class: "unit" }, "USDT");
  equity.replaceChildren(...(status.equity === null ? ["–"] : [fixed(status.equity, 2), unit]));
  flashing("top-equity", equity);
  showLoops(status.loops);
}

function showSwitch(status) {
  const chip = document.getElementById("auto-trade");
  chip.dataset.tone = status.auto_trade ? "ok" : "";
  chip.title = status.bots.map((bot) => `${bot.name}: ${say(bot.auto_trade ? "auto_on" : "auto_off")}`).join("\n");
  replace(chip, icon(status.auto_trade ? "play" : "pause"), say(status.auto_trade ? "auto_on" : "auto_off"));
}

function showLoops(loops) {
  const rows = Object.entries(loops).map(([loop, pulse]) =>
    h("div", {}, h("dt", {}, word("loop", loop)), h("dd", { "data-pulse": pulse }, word("pulse", pulse))),
  );
  replace(document.getElementById("loops"), ...rows);
}
