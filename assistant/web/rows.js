// A list of any length: only the rows in sight are in the page, and what they show is fetched a hundred at a time.

import { element } from "./dom.js";

const CHUNK = 100;
const MARGIN = 8; // rows beyond the edge, so that scrolling shows no gap

export class Rows {
  // `fetchRows(offset, limit)` gives { total, rows }; `made(row)` is the inside of a list item.
  constructor(scroller, fetchRows, made) {
    Object.assign(this, { scroller, fetchRows, made, total: 0, chunks: new Map(), round: 0 });
    this.list = element("ul");
    scroller.replaceChildren(this.list);
    scroller.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()), { passive: true });
    new ResizeObserver(() => this.draw()).observe(scroller);
  }

  async reload({ keep = false } = {}) {
    const round = ++this.round;
    if (!keep) this.scroller.scrollTop = 0;
    const first = Math.floor(this.first() / CHUNK);
    const answer = await this.fetchRows(first * CHUNK, CHUNK);
    if (round !== this.round) return null; // asked anew meanwhile
    this.chunks = new Map([[first, answer.rows]]);
    this.total = answer.total;
    this.shown = "";
    this.draw();
    return answer;
  }

  height() {
    return parseFloat(getComputedStyle(this.scroller).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  first() {
    return Math.max(0, Math.floor(this.scroller.scrollTop / this.height()) - MARGIN);
  }

  draw() {
    if (!this.scroller.clientHeight) return;
    const height = this.height();
    const first = this.first();
    const last = Math.min(this.total, first + Math.ceil(this.scroller.clientHeight / height) + 2 * MARGIN);
    for (let chunk = Math.floor(first / CHUNK); chunk * CHUNK < last; chunk++) this.want(chunk);
    const shown = `${first} ${last} ${height} ${this.round} ${[...this.chunks.keys()]}`;
    if (shown === this.shown) return;
    this.shown = shown;
    const focused = document.activeElement?.closest("li")?.dataset.id;
    const what = [...(document.activeElement?.classList ?? [])][0];
    this.list.style.height = `${this.total * height}px`;
    const items = [];
    for (let at = first; at < last; at++) items.push(this.item(at, height));
    this.list.replaceChildren(...items);
    if (focused) this.list.querySelector(`li[data-id="${focused}"] .${what}`)?.focus({ preventScroll: true });
  }

  item(at, height) {
    const row = this.chunks.get(Math.floor(at / CHUNK))?.[at % CHUNK];
    const item = element("li", row ? this.made(row) : "");
    item.style.transform = `translateY(${at * height}px)`;
    item.ariaSetSize = this.total;
    item.ariaPosInSet = at + 1;
    if (row) item.dataset.id = row.id;
    return item;
  }

  async want(chunk) {
    if (this.chunks.has(chunk)) return;
    this.chunks.set(chunk, null);
    const round = this.round;
    const answer = await this.fetchRows(chunk * CHUNK, CHUNK).catch(() => null);
    if (round !== this.round) return;
    if (!answer) return this.chunks.delete(chunk);
    this.chunks.set(chunk, answer.rows);
    this.shown = "";
    this.draw();
  }
}
