/** A sheet that rises over one phone's screen and holds the keyboard while it is there. */

import { button, calm, element } from "./dom.js";
import { icon } from "./icons.js";

const LEAVING_MS = 240;
const FOCUSABLE = "button, [href], input, select, textarea, iframe";

/**
 * Open a sheet over `screen`. Returns `{close}`; `onClose` runs once, however it was closed. With `heading` null the
 * content brings its own title and needs `label`. `mayClose` is asked before Escape or a tap outside closes it.
 */
export function openSheet(screen, { heading, label, content, closeText, className = "", onClose, mayClose }) {
  const cover = element("div", { class: "sheet__cover" });
  const panel = element("section", {
    class: `sheet__panel ${className}`, role: "dialog", "aria-modal": "true", "aria-label": heading ?? label,
    tabindex: "-1",
  });
  if (heading) panel.append(head(heading, closeText, () => close()));
  panel.append(content);
  const sheet = element("div", { class: "sheet" }, cover, panel);
  // Sheets may lie on one another: only what was free before is freed again.
  const quieted = [...screen.children].filter((child) => !child.inert);
  const before = document.activeElement;
  let open = true;

  function close() {
    if (!open) return;
    open = false;
    quieted.forEach((child) => { child.inert = false; });
    sheet.classList.add("sheet--leaving");
    setTimeout(() => sheet.remove(), calm() ? 0 : LEAVING_MS);
    if (before?.isConnected) before.focus({ preventScroll: true });
    onClose?.();
  }

  const ask = () => (mayClose ? mayClose(close) : close());
  cover.addEventListener("click", ask);
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    ask();
  });
  quieted.forEach((child) => { child.inert = true; });
  screen.append(sheet);
  (content.querySelector?.("[data-autofocus]") ?? panel.querySelector(FOCUSABLE) ?? panel).focus({ preventScroll: true });
  return { close };
}

function head(heading, closeText, close) {
  return element("header", { class: "sheet__head" },
    element("h2", { class: "sheet__heading", text: heading }),
    button({ class: "round", label: closeText, click: close }, icon("close")));
}

/**
 * Ask one question; resolves to true, false, or (with `field`) to the text given, null when refused.
 */
export function askInSheet(screen, { question, yes, no, danger = false, field = false }) {
  return new Promise((resolve) => {
    const input = field
      ? element("textarea", { class: "field", rows: "3", "aria-label": question, "data-autofocus": true }) : null;
    let answer = field ? null : false;
    const accept = () => {
      answer = field ? input.value.trim() : true;
      sheet.close();
    };
    const content = element("div", { class: "question" },
      element("p", { class: "question__text", text: question }), input,
      element("div", { class: "question__answers" },
        button({ class: `button button--${danger ? "danger" : "primary"}`, text: yes, click: accept }),
        button({ class: "button", text: no, click: () => sheet.close() })));
    const sheet = openSheet(screen, { heading: null, label: question, content, onClose: () => resolve(answer) });
  });
}
