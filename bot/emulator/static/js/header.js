/** The bar on top of a chat: who the bot is, its mini app, and what can be done with the chat. */

import { botAvatar } from "./avatar.js";
import { button, element } from "./dom.js";
import { icon } from "./icons.js";

export class ChatHeader {
  /** `does` is `{openApp, restart, stop, clear}`. */
  constructor(bot, words, does) {
    this.words = words;
    this.subtitle = element("span", { class: "bar__subtitle", text: words.bot });
    this.stopItem = item("stop", words.stop, () => this.#choose(does.stop));
    this.menu = element("div", { class: "menu", hidden: true },
      item("restart", words.restart, () => this.#choose(does.restart)),
      this.stopItem,
      item("trash", words.clear, () => this.#choose(does.clear)));
    this.menuButton = button({
      class: "round", label: words.menu, "aria-expanded": "false", click: () => this.#show(this.menu.hidden),
    }, icon("more"));
    this.node = element("header", { class: "bar" },
      botAvatar(),
      element("div", { class: "bar__about" }, element("h2", { class: "bar__name", text: bot.name }), this.subtitle),
      button({ class: "bar__app", label: words.openAppLong, text: words.openApp, click: does.openApp }),
      this.menuButton, this.menu);
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.menu.hidden) return;
      this.#show(false);
      this.menuButton.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.menu.contains(event.target) && !this.menuButton.contains(event.target)) this.#show(false);
    });
  }

  /** Say below the name how things stand: "open", "new", "stopped", and whether an answer is on its way. */
  update(standing, answering) {
    const { words } = this;
    this.stopItem.hidden = standing !== "open";
    this.subtitle.textContent = standing === "stopped" ? words.stoppedSubtitle : answering ? words.typing : words.bot;
    this.subtitle.classList.toggle("bar__subtitle--typing", answering && standing !== "stopped");
  }

  #choose(run) {
    this.#show(false);
    this.menuButton.focus();
    run();
  }

  #show(shown) {
    this.menu.hidden = !shown;
    this.menuButton.setAttribute("aria-expanded", String(shown));
    if (shown) this.menu.querySelector("button").focus({ preventScroll: true });
  }
}

function item(sign, text, run) {
  return button({ class: "menu__item", click: run }, icon(sign), text);
}
