/** The foot of a phone: start button, text field with the command menu, or the way back to a stopped bot. */

import { button, element } from "./dom.js";
import { icon } from "./icons.js";

const LONGEST_FIELD_PX = 132;

export class Composer {
  #commands = [];
  #shown = null;

  /** `does` is what the person can do here: `{start, say}`, both returning promises. */
  constructor(words, does) {
    this.words = words;
    this.does = does;
    this.field = element("textarea", {
      class: "composer__field", rows: "1", placeholder: words.message, "aria-label": words.message, enterkeyhint: "send",
      autocomplete: "off",
      on: { input: () => this.#typed(), keydown: (event) => this.#key(event) },
    });
    this.commandsButton = button({
      class: "composer__commands", label: words.commands, "aria-expanded": "false", click: () => this.#toggleMenu(),
    }, icon("slash"));
    this.sendButton = button({
      class: "composer__send", label: words.send, disabled: true, click: () => this.#send(),
    }, icon("send"));
    this.line = element("div", { class: "composer__line" }, this.commandsButton, this.field, this.sendButton);
    this.menu = element("div", {
      class: "commands", role: "group", "aria-label": words.commands, hidden: true,
      on: { keydown: (event) => this.#menuKey(event) },
    });
    this.chip = element("div", { class: "composer__chip", hidden: true });
    this.gate = element("div", { class: "gate", hidden: true });
    this.node = element("footer", { class: "composer" }, this.menu, this.chip, this.gate, this.line);
    this.node.addEventListener("focusout", (event) => {
      if (!this.node.contains(event.relatedTarget)) this.#showMenu(false, "");
    });
  }

  /** The bot's commands, `[{name, description}]`. */
  offerCommands(commands) {
    this.#commands = commands;
    this.commandsButton.hidden = commands.length === 0;
  }

  /**
   * Show what fits: "new" (never started), "stopped", or "open". Where the chat is not empty, the start button steps
   * back: a friend's letter with a link is the better beginning.
   */
  update(standing, chatEmpty) {
    const shown = `${standing}/${chatEmpty}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.line.hidden = standing !== "open";
    this.gate.hidden = standing === "open";
    if (standing === "open") return;
    const { words } = this;
    const quiet = standing === "new" && !chatEmpty;
    const start = button({
      class: `button button--wide gate__start ${quiet ? "" : "button--primary"}`,
      text: standing === "new" ? words.start : words.resume, click: () => this.#pass(start),
    });
    const hint = standing === "stopped" ? element("p", { class: "gate__hint", text: words.stoppedHint }) : null;
    this.gate.replaceChildren(...[hint, start].filter(Boolean));
  }

  /** Offer what another phone copied: `open` is null where the text is no link of the bot. */
  offer(text, open) {
    const { words } = this;
    const hide = () => { this.chip.hidden = true; };
    const act = (run) => () => { hide(); run(); };
    const opening = open ? button({ class: "chip__action", text: words.open, click: act(open) }) : null;
    const pasting = this.line.hidden ? null : button({
      class: "chip__action chip__action--quiet", text: words.paste, click: act(() => this.insert(text)),
    });
    const shown = element("span", { class: "chip__text", title: text },
      element("span", { class: "visually-hidden", text: `${words.inClipboard}: ` }), text.replace(/^https?:\/\//, ""));
    const closing = button({ class: "chip__close", label: words.close, click: hide }, icon("close"));
    this.chip.replaceChildren(...[icon("clipboard"), shown, opening, pasting, closing].filter(Boolean));
    this.chip.hidden = false;
  }

  /** Put text into the field, as pasting does. */
  insert(text) {
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.field.focus();
    this.#typed();
  }

  async #pass(start) {
    start.disabled = true;
    if (!(await this.does.start())) start.disabled = false;
  }

  #key(event) {
    // Enter inside an input method's choice of words belongs to the input method.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void this.#send();
    } else if (event.key === "ArrowUp" && !this.menu.hidden) {
      event.preventDefault();
      this.menu.querySelector("button:last-of-type")?.focus();
    } else if (event.key === "Escape") this.#showMenu(false, "");
  }

  #menuKey(event) {
    const buttons = [...this.menu.querySelectorAll("button")];
    const here = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      (buttons[here + step] ?? this.field).focus();
    } else if (event.key === "Escape") {
      this.#showMenu(false, "");
      this.field.focus();
    }
  }

  #typed() {
    const text = this.field.value;
    this.sendButton.disabled = text.trim() === "";
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, LONGEST_FIELD_PX)}px`;
    this.#showMenu(/^\/\S*$/.test(text), text.slice(1));
  }

  #toggleMenu() {
    this.#showMenu(this.menu.hidden, "");
    this.menu.querySelector("button")?.focus({ preventScroll: true });
  }

  #showMenu(shown, beginning) {
    const fitting = this.#commands.filter((command) => command.name.startsWith(beginning.toLowerCase()));
    const visible = shown && fitting.length > 0;
    this.menu.hidden = !visible;
    this.commandsButton.setAttribute("aria-expanded", String(visible));
    if (visible) this.menu.replaceChildren(...fitting.map((command) => this.#commandButton(command)));
  }

  #commandButton(command) {
    return button({ class: "commands__item", click: () => this.#say(`/${command.name}`) },
      element("span", { class: "commands__name", text: `/${command.name}` }),
      element("span", { class: "commands__about", text: command.description ?? "" }));
  }

  async #send() {
    const text = this.field.value.trim();
    if (!text) return;
    if (!(await this.#say(text))) this.insert(text);
  }

  #say(text) {
    this.field.value = "";
    this.#typed();
    // On a touch screen a focus nobody asked for would raise the keyboard over the chat.
    if (matchMedia("(pointer: fine)").matches) this.field.focus({ preventScroll: true });
    return this.does.say(text);
  }
}
