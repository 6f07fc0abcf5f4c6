// An order that was placed on this page: how far it is, until its position stands or it is over.
import { chip, h, replace } from "./dom.js";
import { positionRow } from "./positions.js";
import { state } from "./shell.js";
import { say } from "./words.js";

const WAITED = 3000; // ms in which the socket may not have heard of it yet
let followed = null;
let last = null;

export function follow(position) {
  followed = { id: position.id, case: position.case, since: Date.now() };
  last = position;
  showFollowed();
  document.getElementById("placed").scrollIntoView({ block: "nearest" });
}

export function showFollowed() {
  if (!followed) return;
  const position = state.positions.find((row) => row.id === followed.id);
  last = position ?? last;
  const isOver = !position && Date.now() - followed.since > WAITED;
  const panel = document.getElementById("placed");
  panel.hidden = false;
  replace(
    panel,
    h("header", {}, head(isOver), h("a", { class: "aside", href: `/case/${followed.case}` }, say("follow_case"))),
    isOver ? h("div", { class: "empty" }, h("p", {}, say("order_over_why"))) : positionRow(last),
  );
}

/** It may be over before the page has ever heard of it; then no message comes any more. */
export function showEnd() {
  if (followed && !state.positions.some((row) => row.id === followed.id)) showFollowed();
}

function head(isOver) {
  if (isOver) return h("h2", {}, chip(say("order_over"), { tone: "warn", iconName: "info" }));
  const isOpen = last.status === "open" && !last.sending;
  return h("h2", {}, chip(say(isOpen ? "order_filled" : "order_taken"), { tone: isOpen ? "safe" : "ok", iconName: "check" }));
}
