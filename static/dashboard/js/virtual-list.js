// A long list of which only the rows in view, and a few around them, are in the document.
import { h } from "./dom.js";

const AROUND = 8;
const STEPS = { ArrowDown: () => 1, ArrowUp: () => -1, PageDown: (page) => page, PageUp: (page) => -page, Home: () => -Infinity, End: () => Infinity };

export class VirtualList {
  /**
   * `rowHeight()` in pixels, the same for all rows; `draw(place)` gives a row's element; `need(first, last)` is told
   * which rows are in view. Each row holds one link with an id of its own.
   */
  constructor(frame, { label, rowHeight, draw, need }) {
    Object.assign(this, { frame, rowHeight, draw, need });
    this.count = 0;
    this.wanted = null;
    this.rows = new Map();
    this.isScheduled = false;
    this.list = h("ol", { "aria-label": label, role: "list" });
    frame.replaceChildren(this.list);
    frame.addEventListener("scroll", () => this.schedule(), { passive: true });
    frame.addEventListener("keydown", (event) => this.step(event));
    new ResizeObserver(() => this.refresh()).observe(frame);
  }

  /** All rows anew, `count` of them. With `inserted` rows in front the reader's place stays. */
  refresh({ count = this.count, inserted = 0 } = {}) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.id : "";
    const height = this.rowHeight();
    this.count = count;
    this.list.style.height = `${count * height}px`;
    if (inserted && this.frame.scrollTop > 0) this.frame.scrollTop += inserted * height;
    this.rows.clear();
    this.list.replaceChildren();
    this.show();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.show();
    });
  }

  show() {
    const { first, last } = this.span();
    for (const [place, row] of this.rows) {
      if ((place >= first && place < last) || row.contains(document.activeElement)) continue;
      row.remove();
      this.rows.delete(place);
    }
    for (let place = last - 1; place >= first; place -= 1) if (!this.rows.has(place)) this.add(place);
    this.need(first, last);
  }

  span() {
    const height = this.rowHeight();
    const { scrollTop, clientHeight } = this.frame;
    return {
      first: Math.max(0, Math.floor(scrollTop / height) - AROUND),
      last: Math.min(this.count, Math.ceil((scrollTop + clientHeight) / height) + AROUND),
    };
  }

  add(place) {
    const row = this.draw(place);
    row.style.transform = `translateY(${place * this.rowHeight()}px)`;
    row.setAttribute("aria-setsize", this.count);
    row.setAttribute("aria-posinset", place + 1);
    this.list.insertBefore(row, this.rows.get(place + 1) ?? null);
    this.rows.set(place, row);
    if (place === this.wanted) this.focusRow(place);
  }

  /** Arrow keys go from row to row, the others by pages and to the ends. */
  step(event) {
    const by = STEPS[event.key]?.(Math.max(1, Math.floor(this.frame.clientHeight / this.rowHeight()) - 1));
    const from = [...this.rows].find(([, row]) => row.contains(document.activeElement))?.[0];
    if (!by || from === undefined) return;
    event.preventDefault();
    this.focus(Math.min(this.count - 1, Math.max(0, from + by)));
  }

  focus(place) {
    const height = this.rowHeight();
    const { scrollTop, clientHeight } = this.frame;
    if (place * height < scrollTop) this.frame.scrollTop = place * height;
    if ((place + 1) * height > scrollTop + clientHeight) this.frame.scrollTop = (place + 1) * height - clientHeight;
    this.show();
    this.wanted = place;
    this.focusRow(place);
  }

  /** A row whose words are on the way has nothing to stand on yet; it is taken up when they are there. */
  focusRow(place) {
    const link = this.rows.get(place)?.querySelector("a");
    if (!link) return;
    this.wanted = null;
    link.focus({ preventScroll: true });
  }
}
