// Which candles to show a moment of the past with.
export const MOST_BARS = 1500;
const INTERVALS = [["5m", 5], ["15m", 15], ["1h", 60], ["4h", 240], ["1d", 1440]];

/** The finest candles that reach back to `iso`, and some hours more. */
export function intervalFor(iso, now) {
  const minutes = (now - Date.parse(iso)) / 60_000 + 120;
  return (INTERVALS.find(([, each]) => minutes / each < MOST_BARS) ?? INTERVALS.at(-1))[0];
}
