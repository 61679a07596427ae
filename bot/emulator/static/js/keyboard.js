/** The inline keyboard under a message. */

import { button as clickable, element } from "./dom.js";
import { icon } from "./icons.js";

const DOUBLE_TAP_MS = 600;
const CORNER_ICONS = {
  link: "link", open_app: "app", clipboard: "copy", request_contact: "contact", request_geo_location: "place",
  message: "reply",
};
const NARROW_ROW = 4;

/**
 * Build the rows. `press(button, place, node)` is called for every admitted tap; `place` is `{row, column}`.
 */
export function renderKeyboard(rows, words, press) {
  const nodes = rows.map((buttons, row) => {
    const keys = buttons.map((button, column) => renderKey(button, { row, column }, words, press));
    const crowded = buttons.length >= NARROW_ROW ? " keyboard__row--crowded" : "";
    return element("div", { class: `keyboard__row${crowded}` }, ...keys);
  });
  return element("div", { class: "keyboard" }, ...nodes);
}

function renderKey(button, place, words, press) {
  const corner = CORNER_ICONS[button.type];
  const kind = words.kinds[button.type];
  const intent = button.intent && button.intent !== "default" ? ` key--${button.intent}` : "";
  const key = clickable({
    class: `key${intent}`, "data-type": button.type, click: (event) => press(button, place, key, event),
  }, element("span", { class: "key__text", text: button.text }));
  if (corner) key.append(element("span", { class: "key__corner" }, icon(corner)));
  if (kind) key.append(element("span", { class: "visually-hidden", text: `, ${kind}` }));
  return key;
}

/**
 * Lets a tap through once: the same key again, or another key that came under the finger of a double tap, is not a
 * second wish.
 */
export class TapGuard {
  #last = { name: null, at: -Infinity };

  /** `name` tells keys apart, `clicks` is the event's click count, `now` in milliseconds of a steady clock. */
  admits(name, clicks, now) {
    const soon = now - this.#last.at < DOUBLE_TAP_MS;
    if (soon && (name === this.#last.name || clicks > 1)) return false;
    this.#last = { name, at: now };
    return true;
  }
}
