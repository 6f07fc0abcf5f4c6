// The fields above a list; what they ask for stands in the address.
import { h } from "./dom.js";
import { start } from "./words.js";

/** Codes with their words, or rows that the page was born with, by their names. */
const choicesOf = ({ dataset }) => (dataset.words ? Object.entries(start.words[dataset.words]) : start.page[dataset.rows].map(({ id, name }) => [id, name]));

/** `given`: name → value in force. `sort` keeps the order through a new search. */
export function fillFilters(given, sort = null) {
  const form = document.getElementById("filters");
  for (const select of form.querySelectorAll("select")) {
    select.append(...choicesOf(select).map(([code, text]) => h("option", { value: code }, text)));
    select.addEventListener("change", () => form.requestSubmit());
  }
  for (const field of form.elements) if (field.name) field.value = given[field.name] ?? "";
  for (const select of form.querySelectorAll("select")) if (select.selectedIndex < 0) select.value = "";
  if (sort !== null) form.elements.sort.value = sort;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = [...new FormData(form)].filter(([, value]) => value !== "");
    location.search = new URLSearchParams(wanted).toString();
  });
}
