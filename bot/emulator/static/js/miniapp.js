/** The mini app over a phone: its frame, its title bar, and what the bridge may ask of this phone. */

import { api } from "./api.js";
import { botAvatar } from "./avatar.js";
import { answerBridge } from "./bridge.js";
import { button, element } from "./dom.js";
import { icon } from "./icons.js";
import { askInSheet, openSheet } from "./sheet.js";

const NO_APP = 404;

/**
 * Open the mini app over `screen`. `phone` offers `{person, words, botName, openLink(url), share(text), fail(error)}`.
 * Returns `{close}`.
 */
export function openMiniApp(screen, phone, startParam) {
  const { words } = phone;
  const wait = element("div", { class: "miniapp__wait", role: "status" },
    botAvatar(), element("p", { text: words.appLoading }));
  const frame = element("iframe", {
    class: "miniapp__frame", title: phone.botName,
    allow: "clipboard-write; clipboard-read",
  });
  const back = button({
    class: "round", label: words.appBack, hidden: true, click: () => bridge.emit("WebAppBackButtonPressed"),
  }, icon("back"));
  const close = button({
    class: "round", label: words.appClose, "data-autofocus": true, click: () => leave(),
  }, icon("close"));
  const bar = element("header", { class: "miniapp__bar" },
    element("span", { class: "miniapp__side" }, back),
    element("span", { class: "miniapp__name" }, botAvatar(), phone.botName),
    element("span", { class: "miniapp__side miniapp__side--end" }, close));
  const content = element("div", { class: "miniapp" }, bar, element("div", { class: "miniapp__body" }, frame, wait));
  let confirmClosing = false;

  const bridge = answerBridge(frame, {
    userId: phone.person.user_id,
    ready: () => { wait.hidden = true; },
    close: () => sheet.close(),
    showBack: (visible) => { back.hidden = !visible; },
    confirmClosing: (needed) => { confirmClosing = needed; },
    openLink: (url) => { window.open(url, "_blank", "noopener"); },
    openMaxLink: (url) => {
      sheet.close();
      phone.openLink(url);
    },
    share: (text) => phone.share(text),
    download,
    contact: () => askForContact(screen, phone),
    readCode: () => askInSheet(screen, { question: words.codeQuestion, yes: words.codeYes, no: words.cancel, field: true }),
    viewport: () => ({ height: String(frame.clientHeight), width: String(frame.clientWidth) }),
  });
  const sheet = openSheet(screen, {
    heading: null, label: phone.botName, content, className: "sheet__panel--app", mayClose: () => leave(),
    onClose: () => bridge.stop(),
  });

  async function leave() {
    const sure = !confirmClosing || await askInSheet(screen, {
      question: words.closeQuestion, yes: words.closeYes, no: words.closeNo, danger: true,
    });
    if (sure) sheet.close();
  }

  frame.addEventListener("load", () => { wait.hidden = true; });
  api.launch(phone.person.user_id, startParam)
    .then(({ url }) => { frame.src = url; })
    .catch((error) => {
      wait.replaceChildren(element("p", { text: error.status === NO_APP ? words.noApp : words.appFailed }));
      if (error.status !== NO_APP) phone.fail(error);
    });
  return sheet;
}

function download(url, name) {
  const anchor = element("a", { href: url, download: name ?? "", target: "_blank", rel: "noopener" });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}

// The proof of a real number is signed with the bot's token, which this page does not have: the hash stays empty.
async function askForContact(screen, { person, words }) {
  const agreed = await askInSheet(screen, { question: words.contactQuestion, yes: words.contactYes, no: words.contactNo });
  if (!agreed) return null;
  const phone = `+7999${String(person.user_id).slice(-7).padStart(7, "0")}`;
  return { phone, authDate: String(Math.floor(Date.now() / 1000)), hash: "" };
}
