/** The conversation of one phone: messages in order of time, days apart, always at the latest. */

import { renderLetter, renderMessage } from "./bubble.js";
import { dayKey, dayLabel } from "./dates.js";
import { button, calm, element } from "./dom.js";
import { icon } from "./icons.js";

const NEAR_END_PX = 90;
const LETTER = "letter";

export class Chat {
  /** @type {Map<string, {item: HTMLElement, at: number, author: string, version?: string}>} by entry id */
  #entries = new Map();
  #missed = 0;
  #lastTop = 0;

  /** `view` is what a bubble needs to know of its phone, see bubble.js. */
  constructor(view) {
    this.view = view;
    this.list = element("ol", { class: "chat__list" });
    this.scroller = element("div", {
      class: "chat__scroller", role: "log", "aria-live": "polite", "aria-label": view.label, tabindex: "0",
      on: { scroll: () => this.#scrolled() },
    }, this.list);
    this.downCount = element("span", { class: "down__count", hidden: true });
    this.down = button({
      class: "down", label: view.words.scrollDown, hidden: true, click: () => this.toEnd(),
    }, icon("down"), this.downCount);
    this.node = element("div", { class: "chat" }, this.scroller, this.down);
    this.atEnd = true;
    new ResizeObserver(() => this.#stay()).observe(this.scroller);
    new ResizeObserver(() => this.#stay()).observe(this.list);
  }

  get empty() {
    return this.#entries.size === 0;
  }

  /** Show a message, or its new version. Returns whether it is new. */
  show(message) {
    const known = this.#entries.get(message.mid);
    const version = JSON.stringify(message);
    if (known?.version === version) return false;
    const body = renderMessage(message, this.view);
    if (known) {
      known.version = version;
      this.#renew(known.item, body);
      return false;
    }
    const side = message.from === "bot" ? "in" : "out";
    this.#place(message.mid, message.created_ms, side, body);
    this.#entries.get(message.mid).version = version;
    return true;
  }

  /** Show a friend's letter; one that is shown already stays as it is. Returns whether it is new. */
  showLetter(letter, sender) {
    const id = letterId(letter);
    if (this.#entries.has(id)) return false;
    this.#place(id, letter.created_ms, LETTER, ...renderLetter(letter, sender, this.view));
    return true;
  }

  /** Take a message away. */
  remove(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.item.remove();
    this.#tidy();
  }

  /** Take away the messages that are not among these. */
  keepMessages(messages) {
    this.#keep(new Set(messages.map((message) => message.mid)), (author) => author !== LETTER);
  }

  /** Take away the letters that are not among these. */
  keepLetters(letters) {
    this.#keep(new Set(letters.map(letterId)), (author) => author === LETTER);
  }

  /** Go to the latest message. */
  toEnd(smooth = !calm()) {
    this.atEnd = true;
    this.#missed = 0;
    this.#showDown();
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  #keep(wanted, ofKind) {
    for (const [id, entry] of [...this.#entries]) if (ofKind(entry.author) && !wanted.has(id)) this.remove(id);
  }

  #renew(item, body) {
    const focused = item.querySelector(".keyboard")?.contains(document.activeElement);
    item.replaceChildren(body);
    item.classList.remove("message--renewed");
    void item.offsetWidth; // The animation starts over only after a layout without its class.
    item.classList.add("message--renewed");
    // Who taps by keyboard goes on from the same message, not from the top of the page.
    if (focused) item.querySelector(".key")?.focus({ preventScroll: true });
  }

  #place(id, at, author, ...nodes) {
    const item = element("li", { class: `message message--${author} message--new`, "data-mid": id }, ...nodes);
    const latest = [...this.#entries.values()].at(-1);
    this.#entries.set(id, { item, at, author });
    if (latest && at < latest.at) this.#sort();
    else this.list.append(item);
    this.#tidy();
    if (this.atEnd || author === "out") this.toEnd();
    else {
      this.#missed += 1;
      this.#showDown();
    }
  }

  #sort() {
    this.#entries = new Map([...this.#entries].sort(([, one], [, other]) => one.at - other.at));
    this.list.append(...[...this.#entries.values()].map((entry) => entry.item));
  }

  // Days between messages, and a tail only on the last of several bubbles in a row.
  #tidy() {
    const { locale, zone, words } = this.view;
    this.list.querySelectorAll(".day").forEach((day) => day.remove());
    let before = null;
    for (const entry of this.#entries.values()) {
      const day = dayKey(entry.at, zone);
      const sameDay = before?.day === day;
      if (!sameDay) entry.item.before(daySeparator(dayLabel(entry.at, locale, zone, Date.now(), words)));
      before?.entry.item.classList.toggle("message--followed", sameDay && before.entry.author === entry.author);
      before = { day, entry };
    }
    before?.entry.item.classList.remove("message--followed");
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // A picture that loads moves the end away; only the reader's own scrolling up leaves it.
    const wentUp = scrollTop < this.#lastTop;
    this.#lastTop = scrollTop;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX || (this.atEnd && !wentUp);
    if (this.atEnd) this.#missed = 0;
    this.#showDown();
  }

  #stay() {
    if (this.atEnd) this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: "instant" });
  }

  #showDown() {
    this.down.hidden = this.atEnd;
    this.downCount.hidden = this.#missed === 0;
    this.downCount.textContent = String(this.#missed);
  }
}

function letterId(letter) {
  return `letter-${letter.id}`;
}

function daySeparator(label) {
  return element("li", { class: "day" }, element("span", { class: "day__label", text: label }));
}
