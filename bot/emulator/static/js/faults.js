/** The developer's panel that makes MAX misbehave towards the bot. */

import { api } from "./api.js";
import { button, element } from "./dom.js";
import { icon } from "./icons.js";

const DELAYS_SECONDS = [0, 0.5, 2, 5];

export class FaultsPanel {
  constructor(words) {
    this.words = words;
    this.result = element("p", { class: "faults__result", role: "status" });
    this.duplicates = element("input", {
      class: "switch", type: "checkbox", role: "switch",
      on: { change: () => this.#set({ duplicate_updates: this.duplicates.checked }) },
    });
    this.delays = DELAYS_SECONDS.map((delay) => button({
      class: "segment", "aria-pressed": String(delay === 0), text: delay ? words.seconds(delay) : words.noDelay,
      click: () => this.#delay(delay),
    }));
    this.count = element("input", { class: "field field--short", type: "number", min: "1", max: "50", value: "3" });
    this.panel = this.#buildPanel();
    this.button = button({
      class: "tool", label: words.faults, title: words.faults, "aria-expanded": "false",
      click: () => this.#show(this.panel.hidden),
    }, icon("bolt"), element("span", { class: "tool__text", text: words.faults }), element("span", { class: "tool__dot" }));
  }

  #buildPanel() {
    const { words } = this;
    const head = element("header", { class: "faults__head" },
      element("h2", { class: "faults__heading", text: words.faults }),
      button({ class: "round", label: words.close, click: () => this.#show(false) }, icon("close")));
    const delay = block(words.delay,
      element("div", { class: "segments", role: "group", "aria-label": words.delay }, ...this.delays));
    const fail = block(words.fail,
      element("div", { class: "faults__fail" },
        this.#failButton(429, words.tooMany), this.#failButton(503, words.unavailable)),
      row(words.failCount, this.count));
    return element("section", {
      class: "faults", "aria-label": words.faults, hidden: true,
      on: { keydown: (event) => event.key === "Escape" && this.#show(false) },
    }, head, element("p", { class: "faults__lead", text: words.faultsLead }), row(words.duplicates, this.duplicates),
    delay, fail, button({ class: "button button--wide", text: words.allWell, click: () => this.#clear() }), this.result);
  }

  #failButton(status, text) {
    return button({ class: "button faults__status", click: () => this.#fail(status) },
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

function row(text, field) {
  return element("label", { class: "faults__row" }, element("span", { text }), field);
}

function block(name, ...content) {
  return element("div", { class: "faults__block" }, element("span", { class: "faults__name", text: name }), ...content);
}
