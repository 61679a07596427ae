/** The phones side by side; in a narrow window one at a time, with tabs to change between them. */

import { personAvatar } from "./avatar.js";
import { button, element } from "./dom.js";
import { Phone } from "./phone.js";
import { fullName } from "./state.js";
import { cityOf } from "./zones.js";

const KEY = "okno-emulator/person";

export class Stage {
  /** @type {Map<number, {phone: Phone, tab: HTMLElement, badge: HTMLElement, unread: number}>} by user id */
  #seats = new Map();
  #narrow = matchMedia("(max-width: 767px)");
  #chosen = Number(sessionStorage.getItem(KEY)) || null;

  /** `page` is what a phone needs (see phone.js) and `words` for the tabs. */
  constructor(page) {
    this.page = page;
    this.tabs = element("div", {
      class: "tabs", role: "tablist", "aria-label": page.words.people, on: { keydown: (event) => this.#key(event) },
    });
    this.node = element("main", { class: "stage" });
    this.#narrow.addEventListener("change", () => this.#arrange());
  }

  /** Take over the people as they were read. */
  sync() {
    const { people } = this.page.emulator;
    for (const person of people.values()) {
      const seat = this.#seats.get(person.user_id);
      if (seat) seat.phone.sync(person);
      else this.#seat(person);
    }
    for (const id of [...this.#seats.keys()]) if (!people.has(id)) this.#unseat(id);
    if (!this.#seats.has(this.#chosen)) this.#chosen = this.#seats.keys().next().value ?? null;
    this.#arrange();
  }

  /** Hand one change to the phone it is about. */
  take(change) {
    this.#seats.get(change.person)?.phone.take(change);
  }

  /** Bring a person's phone before the eyes. */
  show(id) {
    this.#chosen = id;
    sessionStorage.setItem(KEY, String(id));
    this.#arrange();
    const { phone } = this.#seats.get(id);
    if (!this.#narrow.matches) phone.node.scrollIntoView({ inline: "center", block: "nearest", behavior: "smooth" });
    phone.shown();
  }

  #seat(person) {
    const phone = new Phone(person, this.page);
    const badge = element("span", { class: "tab__badge", hidden: true });
    const tab = button({
      class: "tab", role: "tab", "aria-controls": phone.node.id, click: () => this.show(person.user_id),
    }, personAvatar(person), element("span", { class: "tab__about" },
      element("span", { class: "tab__name", text: person.first_name || fullName(person) }),
      element("span", { class: "tab__detail", text: cityOf(person.time_zone, this.page.language) })), badge);
    const seat = { phone, tab, badge, unread: 0 };
    this.#seats.set(person.user_id, seat);
    this.tabs.append(tab);
    // A log that is filled before it is in the page is not read out from the beginning.
    phone.sync(person);
    this.node.append(phone.node);
    phone.shown();
    phone.addEventListener("activity", () => this.#count(seat));
  }

  #unseat(id) {
    const { phone, tab } = this.#seats.get(id);
    phone.leave();
    tab.remove();
    this.#seats.delete(id);
  }

  #arrange() {
    for (const [id, seat] of this.#seats) {
      const chosen = id === this.#chosen;
      const hidden = this.#narrow.matches && !chosen;
      const appeared = seat.phone.node.hidden && !hidden;
      seat.phone.node.hidden = hidden;
      seat.tab.setAttribute("aria-selected", String(chosen));
      seat.tab.tabIndex = chosen ? 0 : -1;
      if (!hidden) this.#count(seat, 0);
      if (appeared) seat.phone.shown();
    }
  }

  #count(seat, unread = seat.phone.node.hidden ? seat.unread + 1 : 0) {
    seat.unread = unread;
    seat.badge.hidden = unread === 0;
    seat.badge.textContent = String(unread);
    seat.badge.setAttribute("aria-label", this.page.words.unread(unread));
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const ids = [...this.#seats.keys()];
    const next = ids[(ids.indexOf(this.#chosen) + step + ids.length) % ids.length];
    this.show(next);
    this.#seats.get(next).tab.focus();
  }
}
