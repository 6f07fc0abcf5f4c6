// Words in the reader's language, handed over by the page.
const beginning = JSON.parse(document.getElementById("beginning").textContent);

export const start = beginning;

/** A phrase with its {names} filled in. Unknown keys show themselves. */
export function say(key, fills = {}) {
  return fill(beginning.words[key] ?? key, fills);
}

/** The word for a code of a closed list, e.g. word("exit_reason", "stop_loss"). */
export function word(list, code) {
  return beginning.words[list]?.[code] ?? code;
}

export function fill(template, fills) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => fills[name] ?? whole);
}
