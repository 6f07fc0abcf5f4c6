// Building and replacing elements without markup strings.

/** h("td", {class: "number"}, "1.5") — null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const SPRITE = new URL("../../vendor/lucide/sprite.svg", import.meta.url).pathname;
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

export function chip(text, { tone = "", iconName = null, title = null } = {}) {
  return h("span", { class: "chip", "data-tone": tone, title }, iconName ? icon(iconName) : null, text);
}

export function empty(title, ...reasons) {
  return h("div", { class: "empty" }, h("strong", {}, title), ...reasons.filter(Boolean).map((text) => h("p", {}, text)));
}

/** A button that copies its text. */
export function copyable(text, label) {
  return h("button", { type: "button", class: "copy", "data-copy": text, id: `copy-${text}`, title: label }, text, icon("copy"));
}

/** New children for `container`; the focus stays on the element with the same id. */
export function replace(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  const left = container.scrollTop;
  container.replaceChildren(...children.flat());
  container.scrollTop = left;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

const shown = new Map();

/** Marks `element` when the text under `key` differs from the last one. */
export function flashing(key, element) {
  const before = shown.get(key);
  shown.set(key, element.textContent);
  if (before !== undefined && before !== element.textContent) element.classList.add("flash");
  return element;
}
