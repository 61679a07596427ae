/** The page's own bar: what this is, the people's tabs, and the tools. */

import { button, element } from "./dom.js";
import { icon } from "./icons.js";
import { choosePageLanguage } from "./language.js";

/** Build the bar; `parts` is `{words, language, tabs, faults, addPerson}`. */
export function buildTopbar({ words, language, tabs, faults, addPerson }) {
  const offline = element("p", { class: "offline", role: "status", hidden: true, text: words.offline });
  const other = language === "ru" ? "en" : "ru";
  const node = element("header", { class: "topbar" },
    element("div", { class: "topbar__about" },
      element("img", { class: "topbar__sign", src: "static/icon.svg", alt: "", width: "64", height: "64" }),
      element("p", { class: "topbar__hint" }, words.hint,
        element("span", { class: "topbar__more", text: ` ${words.hintMore}` }))),
    tabs,
    element("div", { class: "topbar__tools" },
      tool("plus", words.addPersonShort, words.addPerson, addPerson),
      faults,
      button({
        class: "tool tool--text", label: words.otherLanguage, title: words.otherLanguage, lang: other,
        text: words.otherLanguageShort, click: () => choosePageLanguage(other),
      })),
    offline);
  return { node, online: (online) => { offline.hidden = online; } };
}

function tool(sign, text, label, run) {
  return button({ class: "tool", label, title: label, click: run },
    icon(sign), element("span", { class: "tool__text", text }));
}
