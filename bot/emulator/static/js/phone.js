/** One person's phone: what they see, and everything they can do with it. */

import { api } from "./api.js";
import { botAvatar, personAvatar } from "./avatar.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { element } from "./dom.js";
import { ChatHeader } from "./header.js";
import { icon } from "./icons.js";
import { TapGuard } from "./keyboard.js";
import { languageOf } from "./language.js";
import { findBotLink, readLink } from "./links.js";
import { openMiniApp } from "./miniapp.js";
import { openShareSheet } from "./share.js";
import { fullName } from "./state.js";
import { buildStatusBar } from "./status.js";
import { texts } from "./texts.js";
import { Toasts } from "./toast.js";
import { cityOf } from "./zones.js";

const ANSWER_WAIT_MS = 6000;

/** Event `activity`: something came in that the person may want to see. */
export class Phone extends EventTarget {
  #guard = new TapGuard();
  #app = null;
  #answerTimer = null;
  #busyKey = null;
  #gone = new AbortController();

  /** `page` is `{emulator, friends, clipboard, words, language, show(userId), addPerson()}`. */
  constructor(person, page) {
    super();
    this.page = page;
    this.person = person;
    this.language = languageOf(person.locale);
    this.words = texts(person.locale);
    this.botName = page.emulator.bot.name;
    this.#build();
    const { signal } = this.#gone;
    page.friends.addEventListener("changed", () => this.#syncLetters(), { signal });
    page.clipboard.addEventListener("copied", ({ detail }) => this.#offer(detail), { signal });
  }

  get id() {
    return this.person.user_id;
  }

  get standing() {
    if (!this.person.started) return "new";
    return this.person.stopped ? "stopped" : "open";
  }

  /** Take over a freshly read person with all their messages. */
  sync(person) {
    this.person = person;
    this.composer.offerCommands(this.page.emulator.bot.commands ?? []);
    person.messages.forEach((message) => this.chat.show(message));
    this.chat.keepMessages(person.messages);
    this.#syncLetters();
    this.#settle();
  }

  /** Take over one change from the stream. */
  take({ kind, message, mid, note }) {
    if (kind === "note") this.toasts.say(note);
    else if (kind === "removed") this.chat.remove(mid);
    else if (this.chat.show(message) && message.from === "bot") this.dispatchEvent(new Event("activity"));
    if (kind !== "message" || message.from === "bot") this.#settle();
    this.#update();
  }

  /** The phone became visible: what could not scroll while hidden does so now. */
  shown() {
    this.chat.toEnd(false);
  }

  /** The person is no more: take the phone away. */
  leave() {
    this.#gone.abort();
    this.node.remove();
  }

  /** Open an address as this person does by tapping it. */
  openLink(written) {
    const link = readLink(written, this.page.emulator.bot.username);
    if (link?.kind === "start") void this.start(link.payload);
    else if (link?.kind === "app") this.openApp(link.payload);
    else if (link?.kind === "share") void this.share(link.text);
    else if (link?.kind === "chat") this.chat.toEnd();
    else if (link) window.open(link.url, "_blank", "noopener");
  }

  /** Start the bot, with a deep link's payload if there is one. Resolves to whether it was accepted. */
  async start(payload = null) {
    this.#awaitAnswer();
    const accepted = await this.#act(() => api.start(this.id, payload));
    await this.page.emulator.reload();
    return accepted;
  }

  openApp(startParam = null) {
    // MAX keeps one mini app open at a time.
    this.#app?.close();
    const opened = openMiniApp(this.screen, {
      person: this.person, words: this.words, botName: this.botName,
      openLink: (url) => this.openLink(url), share: (text) => this.share(text), fail: (error) => this.#fail(error),
    }, startParam);
    this.#app = opened;
  }

  /** MAX's "send to…" screen. Resolves to whether the text went anywhere. */
  share(text) {
    return openShareSheet(this.screen, {
      text, people: this.page.emulator.others(this.id), words: this.words, language: this.language,
      does: {
        send: (friend) => this.#sendTo(friend, text),
        copy: () => void this.copy(text),
        addPerson: () => this.page.addPerson(),
      },
    });
  }

  async copy(text) {
    const done = await this.page.clipboard.copy(text, this.id);
    this.toasts.say(done ? this.words.copied : this.words.copyFailed);
  }

  #build() {
    const { person, words } = this;
    const { bot } = this.page.emulator;
    this.header = new ChatHeader(bot, words, {
      openApp: () => this.openApp(),
      restart: () => void this.start(),
      stop: () => void this.#change(() => api.stop(this.id)),
      clear: () => void this.#clear(),
    });
    this.chat = new Chat({
      words, locale: person.locale, zone: person.time_zone, label: words.chatWith(bot.name), botUsername: bot.username,
      press: (message, button, place, key, event) => this.#press(message, button, place, key, event),
      openLink: (url) => this.openLink(url),
    });
    this.intro = element("div", { class: "intro", hidden: true }, botAvatar(),
      element("p", { class: "intro__name", text: bot.name }),
      element("p", { class: "intro__nick", text: `@${bot.username}` }),
      element("p", { class: "intro__text", text: words.intro }));
    this.toasts = new Toasts();
    this.composer = new Composer(words, { start: () => this.start(), say: (text) => this.#say(text) });
    this.screen = element("div", { class: "screen", on: { click: (event) => this.#clicked(event) } },
      buildStatusBar(person.locale, person.time_zone, this.#gone.signal),
      this.header.node, this.chat.node, this.intro, this.composer.node);
    this.node = element("section", {
      class: "phone", id: `phone-${this.id}`, "aria-label": words.phoneOf(fullName(person)),
    }, this.#label(), element("div", { class: "device", lang: this.language }, this.screen, this.toasts.node));
  }

  // Above the phone, in the page's language: the words belong to the page, not to the person.
  #label() {
    const { words, language } = this.page;
    const detail = `${cityOf(this.person.time_zone, language)}, ${words.languageNames[this.language]}`;
    return element("div", { class: "phone__label" }, personAvatar(this.person),
      element("div", { class: "phone__person" },
        element("span", { class: "phone__name", text: fullName(this.person) }),
        element("span", { class: "phone__detail", text: detail })));
  }

  #update() {
    const { standing } = this;
    this.header.update(standing, this.#answerTimer !== null);
    this.intro.hidden = standing !== "new" || !this.chat.empty;
    this.composer.update(standing, this.chat.empty);
  }

  #syncLetters() {
    const letters = this.page.friends.to(this.id);
    const fresh = letters.filter((letter) => this.chat.showLetter(letter, this.page.emulator.people.get(letter.from)));
    this.chat.keepLetters(letters);
    this.#update();
    if (fresh.length) this.dispatchEvent(new Event("activity"));
  }

  #press(message, button, place, key, event) {
    const name = `${message.mid}/${place.row}/${place.column}/${button.payload ?? button.url ?? button.text}`;
    if (!this.#guard.admits(name, event.detail, event.timeStamp)) return;
    if (button.type === "link") this.openLink(button.url);
    else if (button.type === "open_app") this.openApp(button.payload ?? null);
    else if (button.type === "clipboard") void this.copy(button.payload ?? button.text);
    else void this.#tap(message, place, key);
  }

  async #tap(message, place, key) {
    this.#settle();
    this.#busyKey = key;
    key.setAttribute("aria-busy", "true");
    this.#awaitAnswer();
    const accepted = await this.#act(() => api.tap(this.id, message.mid, place.row, place.column));
    if (!accepted) this.#settle();
  }

  async #say(text) {
    this.#awaitAnswer();
    const accepted = await this.#act(() => api.say(this.id, text));
    if (!accepted) this.#settle();
    return accepted;
  }

  async #clear() {
    this.page.friends.clear(this.id);
    await this.#change(() => api.clear(this.id));
  }

  async #change(request) {
    await this.#act(request);
    await this.page.emulator.reload();
  }

  async #act(request) {
    try {
      await request();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error) {
    this.toasts.say(this.words.failed(error.message));
  }

  #sendTo(friend, text) {
    this.page.friends.send(this.id, fullName(this.person), friend.user_id, text, Date.now());
    const { words } = this;
    this.toasts.say(words.sent(friend.first_name), { text: words.show, run: () => this.page.show(friend.user_id) });
  }

  #offer({ text, by }) {
    if (by === this.id) return;
    const link = findBotLink(text, this.page.emulator.bot.username);
    this.composer.offer(text, link ? () => this.openLink(link) : null);
  }

  #clicked(event) {
    const anchor = event.target.closest("a[href]");
    if (!anchor || anchor.hasAttribute("data-file")) return;
    const link = readLink(anchor.getAttribute("href"), this.page.emulator.bot.username);
    if (link?.kind === "outside") return;
    event.preventDefault();
    this.openLink(anchor.href);
  }

  #awaitAnswer() {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#settle(), ANSWER_WAIT_MS);
    this.header.update(this.standing, true);
  }

  #settle() {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = null;
    this.#busyKey?.removeAttribute("aria-busy");
    this.#busyKey = null;
    this.#update();
  }
}
