/** Round pictures of people and of the bot. */

import { element } from "./dom.js";

/** A person's avatar: initials on their colour. */
export function personAvatar(person) {
  const initials = [person.first_name, person.last_name].map((name) => [...(name ?? "")][0] ?? "").join("");
  const node = element("span", { class: "avatar", "aria-hidden": "true", text: initials.toUpperCase() });
  if (person.avatar_color) node.style.setProperty("--avatar", person.avatar_color);
  return node;
}

/** The bot's avatar: its sign. */
export function botAvatar() {
  return element("img", { class: "avatar avatar--bot", src: "static/icon.svg", alt: "", width: "64", height: "64" });
}
