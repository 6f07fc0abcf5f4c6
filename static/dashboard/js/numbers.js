// Decimal texts as people read them. Digits are moved as BigInt, never as floating point.

const PATTERN = /^(-?)(\d*)\.?(\d*)$/;

function parse(text) {
  const [, sign, whole, fraction] = PATTERN.exec(text) ?? [];
  if (whole === undefined) throw new TypeError(`not a decimal: ${text}`);
  return { negative: sign === "-", digits: BigInt(whole + fraction || "0"), scale: fraction.length };
}

/** Exactly `places` decimals, half away from zero, thousands grouped: "-1234.5" → "−1,234.50". */
export function fixed(text, places) {
  const { negative, digits, scale } = parse(text);
  const rounded =
    scale > places
      ? (digits + 5n * 10n ** BigInt(scale - places - 1)) / 10n ** BigInt(scale - places)
      : digits * 10n ** BigInt(places - scale);
  const padded = rounded.toString().padStart(places + 1, "0");
  const whole = padded.slice(0, padded.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  const body = places ? `${whole}.${padded.slice(-places)}` : whole;
  return negative && rounded ? `−${body}` : body;
}

/** All digits that are known, but at most eight significant ones. */
export function plain(text, most = 8) {
  const { digits, scale } = parse(text);
  const surplus = digits.toString().length - most;
  return fixed(text, Math.max(0, Math.min(scale, scale - Math.max(0, surplus))));
}

/** Without the zeros at the end: "7.1445000" → "7.1445". */
export function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** gain, loss or flat. */
export function toneOf(text) {
  const { negative, digits } = parse(text);
  if (digits === 0n) return "flat";
  return negative ? "loss" : "gain";
}

/** Sign and arrow beside the figure, so that colour is never the only carrier. */
export function signed(text, places) {
  const tone = toneOf(text);
  const body = fixed(text.replace("-", ""), places);
  if (tone === "flat") return body;
  return tone === "gain" ? `▲ +${body}` : `▼ −${body}`;
}

/** A share in per cent, for reading only. */
export function percentOf(part, whole) {
  return Number(whole) ? ((Number(part) / Number(whole)) * 100).toFixed(1) : "0.0";
}

/** A number reckoned on the page, for reading only, as a decimal text. */
export function estimate(number, places) {
  const text = number.toFixed(places);
  return Number(text) === 0 ? (0).toFixed(places) : text;
}
