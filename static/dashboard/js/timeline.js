// Decisions by place, newest first: those that came since the page was made, and parts of the past as they are looked at.
import { get } from "./api.js";

const PART = 100;

export class Timeline {
  /** `part`: what the page was born with; `filters`: those in force; `onChange(inserted)` when rows came or changed. */
  constructor({ part, filters, onChange }) {
    Object.assign(this, { filters, onChange });
    this.fresh = [];
    this.past = part.rows.slice();
    this.past.length = part.count;
    this.anchor = part.rows.length ? part.rows[0].id + 1 : 0;
    this.asked = new Set();
    this.failed = new Set();
  }

  get count() {
    return this.fresh.length + this.past.length;
  }

  /** The row, or undefined while it is not loaded. */
  at(place) {
    return place < this.fresh.length ? this.fresh[place] : this.past[place - this.fresh.length];
  }

  hasFailed(place) {
    return this.failed.has(Math.floor((place - this.fresh.length) / PART));
  }

  /** Loads the parts between two places that are not there yet. */
  need(first, last) {
    const before = this.fresh.length;
    for (let place = Math.max(first, before); place < last; place += 1) {
      const part = Math.floor((place - before) / PART);
      if (this.past[place - before] === undefined && !this.asked.has(part)) this.load(part);
    }
  }

  async load(part) {
    this.asked.add(part);
    const query = new URLSearchParams({ ...this.filters, cursor: this.anchor, offset: part * PART, limit: PART });
    const answer = await get(`decisions?${query}`);
    if (answer.ok) answer.data.rows.forEach((row, place) => (this.past[part * PART + place] = row));
    else this.failed.add(part);
    this.onChange(0);
  }

  retry() {
    this.failed.forEach((part) => this.asked.delete(part));
    this.failed.clear();
    this.onChange(0);
  }

  /** A decision that was told: a new one comes in front, a known one takes its place. */
  tell(row) {
    const rows = row.id >= this.anchor ? this.fresh : this.past;
    const place = rows.findIndex((known) => known?.id === row.id);
    if (place >= 0) {
      if (JSON.stringify(rows[place]) === JSON.stringify(row)) return;
      rows[place] = row;
      this.onChange(0);
    } else if (rows === this.fresh && this.matches(row)) {
      this.fresh.unshift(row);
      this.fresh.sort((a, b) => b.id - a.id);
      this.onChange(1);
    }
  }

  matches(row) {
    const { symbol = "", action, outcome, bot } = this.filters;
    return row.symbol.includes(symbol.toUpperCase()) && (!action || action === row.action) && (!outcome || outcome === row.outcome) && (!bot || bot === String(row.bot_id));
  }
}
