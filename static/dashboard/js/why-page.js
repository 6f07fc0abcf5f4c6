// Why the desk did or did not trade a contract.
import { timeElement } from "./clock.js";
import { chip, empty, h, replace } from "./dom.js";
import { fixed, signed, toneOf } from "./numbers.js";
import { startDesk } from "./shell.js";
import { say, start, word } from "./words.js";

const why = start.page;
const STATE_TONES = { pending: "warn", working: "ok" };

function showHead() {
  const time = why.last_scan_hour ? timeElement(why.last_scan_hour).textContent : "";
  const seen = why.last_ratio
    ? say("why_seen", { time, ratio: fixed(why.last_ratio, 2), threshold: why.threshold ? fixed(why.threshold, 0) : "–" })
    : say("why_unseen");
  replace(
    document.getElementById("why-head"),
    h("h1", {}, say("why_title", { symbol: why.symbol })),
    h("span", { class: "spacer" }),
    h("a", { class: "button", href: `/chart/${why.symbol}` }, say("chart")),
    h("p", { class: "reason whole" }, seen),
  );
}

function row(file) {
  const result = file.result;
  return h(
    "a",
    { class: "case-line", href: `/case/${file.case}` },
    h("span", { class: "when" }, timeElement(file.began_at)),
    chip(word("case_state", file.state), { tone: STATE_TONES[file.state] ?? "" }),
    h("span", { class: "told" }, story(file)),
    result ? h("b", { class: toneOf(result.result) }, `${signed(result.result, 4)} USDT`) : null,
  );
}

function story(file) {
  const ratio = file.signal ? say("why_ratio", { ratio: fixed(file.signal.surge_ratio, 1) }) : say("why_by_hand");
  if (file.state === "refused") return `${ratio} · ${file.reason}`;
  const end = file.result ? word("exit_reason", file.result.exit_reason) : null;
  return [ratio, file.position ? word("direction", file.position.side) : null, end].filter(Boolean).join(" · ");
}

startDesk();
showHead();
replace(document.getElementById("cases"), ...(why.cases.length ? why.cases.map(row) : [empty(say("no_cases", { symbol: why.symbol }), say("no_cases_why"))]));
