/** The dialog that brings one more person to the page. */

import { api } from "./api.js";
import { button, element } from "./dom.js";
import { ZONES, cityOf } from "./zones.js";

/** Ask for a person and add them; `page` is `{words, language}`, `added(person)` hears of who came. */
export function askForPerson({ words, language }, added) {
  const problem = element("p", { class: "form__problem", role: "alert", hidden: true });
  const form = element("form", { class: "form", method: "dialog" },
    element("h2", { class: "form__heading", text: words.addPerson }),
    element("div", { class: "form__pair" },
      labelled(words.firstName, input("first_name", { required: true })),
      labelled(words.lastName, input("last_name"))),
    labelled(words.language, select("locale", [["ru", "Русский"], ["en", "English"]], language)),
    labelled(words.timeZone, select("time_zone", ZONES.map((zone) => [zone, cityOf(zone, language)]), ownZone())),
    problem,
    element("div", { class: "form__answers" },
      button({ class: "button", text: words.cancel, click: () => dialog.close() }),
      element("button", { class: "button button--primary", type: "submit", text: words.add })));
  const dialog = element("dialog", {
    class: "dialog", "aria-label": words.addPerson, on: { close: () => dialog.remove() },
  }, form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const person = await api.addPerson(Object.fromEntries(new FormData(form)));
      dialog.close();
      await added(person);
    } catch (error) {
      problem.textContent = words.failed(error.message);
      problem.hidden = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

function labelled(text, field) {
  return element("label", { class: "form__label" }, element("span", { text }), field);
}

function input(name, more = {}) {
  return element("input", { class: "field", name, maxlength: "60", autocomplete: "off", ...more });
}

function select(name, options, chosen) {
  const nodes = options.map(([value, text]) => element("option", { value, text, selected: value === chosen }));
  return element("select", { class: "field", name }, ...nodes);
}

function ownZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return ZONES.includes(zone) && zone !== "UTC" ? zone : "Europe/Moscow";
}
