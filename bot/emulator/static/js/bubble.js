/** One message as it looks: picture, text, time, files, buttons. */

import { personAvatar } from "./avatar.js";
import { timeOf } from "./dates.js";
import { element } from "./dom.js";
import { icon } from "./icons.js";
import { renderKeyboard } from "./keyboard.js";
import { findBotLink } from "./links.js";
import { renderText } from "./markup.js";

/**
 * The inside of a message's list item. `view` is the phone it is shown on: `{words, locale, zone, press}`.
 */
export function renderMessage(message, view) {
  const time = timeMark(message, view);
  const bubble = element("div", { class: "bubble" });
  if (message.picture_url) bubble.append(picture(message.picture_url, view.words));
  if (message.text) bubble.append(textBlock(renderText(message.text, message.format), time));
  for (const file of message.files ?? []) bubble.append(fileLink(file, view.locale));
  // A shared contact or place has nothing that this page could show.
  if (!bubble.hasChildNodes()) bubble.append(textBlock(view.words.attachment, time));
  bubble.append(time);
  const body = element("div", { class: "message__body" }, bubble);
  if (message.rows?.length) body.append(renderKeyboard(message.rows, view.words, (button, place, key, event) =>
    view.press(message, button, place, key, event)));
  return body;
}

/** A letter of a friend: what another person sent to this one, with their link as a button. */
export function renderLetter(letter, sender, view) {
  const time = timeMark({ created_ms: letter.created_ms, edited_ms: null }, view);
  const bubble = element("div", { class: "bubble" },
    element("div", { class: "letter__from", text: view.words.fromFriend(letter.from_name) }),
    textBlock(renderText(letter.text, null), time), time);
  const body = element("div", { class: "message__body" }, bubble);
  const link = findBotLink(letter.text, view.botUsername);
  if (link) {
    const button = { type: "link", text: view.words.openLink, url: link };
    body.append(renderKeyboard([[button]], view.words, () => view.openLink(link)));
  }
  return [sender ? personAvatar(sender) : null, body].filter(Boolean);
}

// The time stands in the lower right corner; an invisible twin at the end of the text keeps the place free.
function textBlock(fragment, time) {
  const twin = time.cloneNode(true);
  twin.className = "bubble__time-room";
  twin.setAttribute("aria-hidden", "true");
  return element("div", { class: "bubble__text" }, fragment, twin);
}

function timeMark(message, view) {
  const said = timeOf(message.created_ms, view.locale, view.zone);
  const mark = element("span", { class: "bubble__time" });
  if (message.edited_ms) mark.append(element("span", { class: "bubble__edited", text: view.words.edited }));
  mark.append(element("time", { datetime: new Date(message.created_ms).toISOString(), text: said }));
  if (message.from === "person") mark.append(icon("check"));
  return mark;
}

function picture(url, words) {
  return element("img", { class: "bubble__picture", src: url, alt: words.picture, decoding: "async" });
}

function fileLink(file, locale) {
  const { name, url, size } = file;
  const label = element("span", { class: "file__name", text: name });
  const about = size ? element("span", { class: "file__size", text: sizeText(size, locale) }) : null;
  const sign = element("span", { class: "file__sign" }, icon("file"));
  return element("a", { class: "file", href: url, download: name, "data-file": true }, sign,
    element("span", { class: "file__about" }, label, about));
}

function sizeText(bytes, locale) {
  const shape = { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale, shape).format(bytes / 1000);
}
