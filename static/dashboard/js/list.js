// A table whose filter, order and page stand in the address.
import { pageData } from "./api.js";
import { h, icon, replace } from "./dom.js";
import { fillFilters } from "./filters.js";
import { say, start } from "./words.js";

const FALLING_FIRST = new Set(["closed", "opened", "result", "found", "ratio", "weight", "at", "created", "confidence"]);

/** Draws `page` and again whenever `refresh()` finds something new at the address. */
export function startList(draw) {
  let page = start.page;
  fillFilters(page.filters, page.sort);
  const show = () => {
    showOrder(page);
    showPages(page);
    draw(page);
  };
  show();
  return async function refresh() {
    const found = await pageData();
    if (!found) return;
    page = found;
    show();
  };
}

const address = (page, changes) => {
  const query = new URLSearchParams(page.query);
  Object.entries(changes).forEach(([name, value]) => query.set(name, value));
  return `?${query}`;
};

function showOrder(page) {
  const current = page.sort.replace("-", "");
  const isFalling = page.sort.startsWith("-");
  for (const head of document.querySelectorAll("th[data-sort]")) {
    const name = head.dataset.sort;
    const isCurrent = name === current;
    const falls = isCurrent ? !isFalling : FALLING_FIRST.has(name);
    const arrow = isCurrent ? icon(isFalling ? "arrow-down" : "arrow-up") : icon("arrow-up-down");
    head.setAttribute("aria-sort", isCurrent ? (isFalling ? "descending" : "ascending") : "none");
    head.replaceChildren(h("a", { href: address(page, { sort: `${falls ? "-" : ""}${name}` }) }, head.textContent, arrow));
  }
}

function showPages(page) {
  const nav = document.getElementById("pages");
  nav.hidden = page.pages < 2;
  const step = (number, iconName, text) =>
    number < 1 || number > page.pages
      ? h("span", { class: "button", "aria-disabled": "true" }, icon(iconName), text)
      : h("a", { class: "button", href: address(page, { page: number }) }, icon(iconName), text);
  replace(
    nav,
    step(page.number - 1, "chevron-left", say("newer")),
    h("span", {}, say("page_of", { number: page.number, pages: page.pages })),
    step(page.number + 1, "chevron-right", say("older")),
  );
}
