/** Short notes that come over a phone's screen and go by themselves. */

import { button, element } from "./dom.js";

const SHOWN_MS = 3600;
const LEAVING_MS = 250;

/** The place of the notes of one phone; `say` shows one, replacing the one before. */
export class Toasts {
  constructor() {
    this.node = element("div", { class: "toasts", role: "status", "aria-live": "polite" });
  }

  /** Show `text`, with `action = {text, run}` as a button when given. */
  say(text, action = null) {
    const toast = element("div", { class: "toast" }, element("span", { class: "toast__text", text }));
    if (action) {
      const run = () => {
        toast.remove();
        action.run();
      };
      toast.append(button({ class: "toast__action", text: action.text, click: run }));
    }
    this.node.replaceChildren(toast);
    setTimeout(() => toast.classList.add("toast--leaving"), SHOWN_MS);
    setTimeout(() => toast.remove(), SHOWN_MS + LEAVING_MS);
  }
}
