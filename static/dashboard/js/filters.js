// The fields above a list; what they ask for stands in the address.
import { h } from "./dom.js";
import { start } from "./words.js";

/** `given`: name → value in force. `sort` keeps the order through a new search. */
export function fillFilters(given, sort = null) {
  const form = document.getElementById("filters");
  for (const select of form.querySelectorAll("select")) {
    const words = Object.entries(start.words[select.dataset.words]);
    select.append(...words.map(([code, text]) => h("option", { value: code }, text)));
    select.addEventListener("change", () => form.requestSubmit());
  }
  for (const field of form.elements) if (field.name) field.value = given[field.name] ?? "";
  if (sort !== null) form.elements.sort.value = sort;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = [...new FormData(form)].filter(([, value]) => value !== "");
    location.search = new URLSearchParams(wanted).toString();
  });
}
