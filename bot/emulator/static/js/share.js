/** MAX's "send to…" screen: the other people on this page, and the clipboard. */

import { personAvatar } from "./avatar.js";
import { button, element } from "./dom.js";
import { icon } from "./icons.js";
import { openSheet } from "./sheet.js";
import { fullName } from "./state.js";
import { cityOf } from "./zones.js";

/**
 * Ask whom to send `text`; `people` are the others, `does` is `{send(person), copy(), addPerson()}`. Resolves to
 * whether anything was done with it.
 */
export function openShareSheet(screen, { text, people, words, language, does }) {
  return new Promise((resolve) => {
    let done = false;
    const finish = (run) => () => {
      done = true;
      sheet.close();
      run();
    };
    const rows = people.map((person) => button({ class: "choice", click: finish(() => does.send(person)) },
      personAvatar(person),
      element("span", { class: "choice__about" },
        element("span", { class: "choice__name", text: fullName(person) }),
        element("span", { class: "choice__detail", text: cityOf(person.time_zone, language) })),
      element("span", { class: "choice__sign" }, icon("send"))));
    const content = element("div", { class: "share" },
      element("blockquote", { class: "share__text", text }),
      people.length ? null : element("p", { class: "share__nobody", text: words.shareNobody }),
      ...rows,
      action("plus", words.addPerson, finish(does.addPerson)),
      action("copy", words.copy, finish(does.copy)));
    const sheet = openSheet(screen, {
      heading: words.shareTitle, content, closeText: words.close, onClose: () => resolve(done),
    });
  });
}

function action(sign, text, run) {
  return button({ class: "choice choice--action", click: run },
    element("span", { class: "choice__icon" }, icon(sign)), element("span", { class: "choice__name", text }));
}
