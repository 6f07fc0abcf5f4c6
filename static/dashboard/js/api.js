// Asking the desk's own API.
import { say } from "./words.js";

const ROOT = "/api/v1/";

const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;

/** `{ok, data, message, errors}`; `message` is for people, `errors` is field → message. Never throws. */
export async function post(path, body, { key = null } = {}) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
  if (key) headers["Idempotency-Key"] = key;
  return answered(ROOT + path, { method: "POST", headers, body: JSON.stringify(body) });
}

export async function get(path) {
  return answered(ROOT + path, { headers: { Accept: "application/json" } });
}

/** The data of a page, as JSON at its own address. */
export async function pageData(address = location.href) {
  const answer = await answered(address, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.data : null;
}

async function answered(address, request) {
  try {
    const response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...request });
    const data = await response.json();
    const errors = data?.errors ?? {};
    const message = data?.detail ?? Object.values(errors).join(" ");
    return { ok: response.ok, status: response.status, data, errors, message: response.ok ? "" : message };
  } catch {
    return { ok: false, status: 0, data: null, errors: {}, message: say("no_answer") };
  }
}

/** A new name for one wish, so that a repeated click is the same order. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
