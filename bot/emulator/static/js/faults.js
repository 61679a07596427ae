/** The developer's panel that makes MAX misbehave towards the bot. */

import { api } from "./api.js";
import { element } from "./dom.js";
import { icon } from "./icons.js";

const DELAYS_SECONDS = [0, 0.5, 2, 5];

export class FaultsPanel {
  constructor(words) {
    this.words = words;
    this.result = element("p", { class: "faults__result", role: "status" });
    this.duplicates = element("input", { type: "checkbox", role: "switch", class: "switch", on: { change: () => this.#set({ duplicate_updates: this.duplicates.checked }) } });
    this.count = element("input", { class: "field field--short", type: "number", min: "1", max: "50", value: "3", "aria-label": words.failCount });
    this.delays = DELAYS_SECONDS.map((delay) => element("button", {
      class: "segment", type: "button", "aria-pressed": String(delay === 0), text: delay ? words.seconds(delay) : words.noDelay,
      on: { click: () => this.#delay(delay) },
    }));
    this.panel = element("section", { class: "faults", "aria-label": words.faults, hidden: true, on: { keydown: (event) => event.key === "Escape" && this.#show(false) } },
      element("header", { class: "faults__head" }, element("h2", { class: "faults__heading", text: words.faults }),
        element("button", { class: "round", type: "button", "aria-label": words.close, on: { click: () => this.#show(false) } }, icon("close"))),
      element("p", { class: "faults__lead", text: words.faultsLead }),
      element("label", { class: "faults__row" }, element("span", { text: words.duplicates }), this.duplicates),
      element("div", { class: "faults__block" }, element("span", { class: "faults__name", text: words.delay }), element("div", { class: "segments", role: "group", "aria-label": words.delay }, ...this.delays)),
      element("div", { class: "faults__block" }, element("span", { class: "faults__name", text: words.fail }),
        element("div", { class: "faults__fail" }, this.#failButton(429, words.tooMany), this.#failButton(503, words.unavailable)),
        element("label", { class: "faults__row" }, element("span", { text: words.failCount }), this.count)),
      element("button", { class: "button button--wide", type: "button", text: words.allWell, on: { click: () => this.#clear() } }),
      this.result);
    this.button = element("button", { class: "tool", type: "button", "aria-expanded": "false", "aria-label": words.faults, title: words.faults, on: { click: () => this.#show(this.panel.hidden) } },
      icon("bolt"), element("span", { class: "tool__text", text: words.faults }), element("span", { class: "tool__dot" }));
  }

  #failButton(status, text) {
    return element("button", { class: "button faults__status", type: "button", on: { click: () => this.#fail(status) } },
      element("strong", { text: String(status) }), text);
  }

  #fail(status) {
    const count = Math.max(1, Number(this.count.value) || 1);
    const order = status === 429 ? { too_many: count } : { failures: count, failure_status: status };
    void this.#set(order, this.words.failNext(status, count));
  }

  #delay(delay) {
    this.delays.forEach((button, index) => button.setAttribute("aria-pressed", String(DELAYS_SECONDS[index] === delay)));
    void this.#set({ delay });
  }

  async #set(faults, said = "") {
    await this.#try(() => api.setFaults(faults), said);
    this.#mark(said !== "");
  }

  async #clear() {
    this.duplicates.checked = false;
    this.delays.forEach((button, index) => button.setAttribute("aria-pressed", String(index === 0)));
    await this.#try(() => api.clearFaults(), this.words.faultsCleared);
    this.#mark(false);
  }

  async #try(request, said) {
    try {
      await request();
      this.result.textContent = said;
    } catch (error) {
      this.result.textContent = this.words.failed(error.message);
    }
  }

  // A dot on the button reminds that something is switched on while the panel is closed.
  #mark(failing) {
    const delayed = this.delays[0].getAttribute("aria-pressed") === "false";
    this.button.classList.toggle("tool--on", failing || delayed || this.duplicates.checked);
  }

  #show(shown) {
    this.panel.hidden = !shown;
    this.button.setAttribute("aria-expanded", String(shown));
    if (shown) this.panel.querySelector("button").focus({ preventScroll: true });
    else this.button.focus({ preventScroll: true });
  }
}
