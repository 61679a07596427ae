/** What the emulator knows: the bot and its people, kept true by the server's stream of changes. */

import { api } from "./api.js";

const RETRY_MS = 1500;

/**
 * Events: `loaded` (bot and people were read anew), `change` (detail is the server's change), `connection`
 * (detail is true when the stream is alive).
 */
export class Emulator extends EventTarget {
  bot = null;
  /** @type {Map<number, object>} people by user id, in the server's order */
  people = new Map();
  #reading = null;
  #waiting = [];

  /** Read the state, then follow the stream; tries until the server answers. */
  async connect() {
    await this.reload();
    const stream = api.stream();
    stream.addEventListener("change", (event) => this.#take(JSON.parse(event.data)));
    stream.addEventListener("error", () => this.#tell("connection", false));
    stream.addEventListener("open", () => {
      this.#tell("connection", true);
      // What happened between the last read and now was not streamed to us.
      void this.reload();
    });
  }

  /** Read everything again. Calls made while a read is under way share one more read after it. */
  reload() {
    if (!this.#reading) this.#reading = this.#read().finally(() => this.#release());
    return this.#reading;
  }

  /** Everybody but this person. */
  others(id) {
    return [...this.people.values()].filter((person) => person.user_id !== id);
  }

  async #read() {
    const state = await this.#insist();
    this.bot = state.bot;
    this.people = new Map(state.people.map((person) => [person.user_id, person]));
    this.#tell("loaded");
  }

  async #insist() {
    for (;;) {
      try {
        return await api.state();
      } catch {
        this.#tell("connection", false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #release() {
    this.#reading = null;
    const changes = this.#waiting;
    this.#waiting = [];
    changes.forEach((change) => this.#take(change));
  }

  #take(change) {
    // A change that overtakes a read would be undone by it: it waits until the read is in.
    if (this.#reading) this.#waiting.push(change);
    // A person's own row changed (or a new person came): small and rare, so the whole state is read again.
    else if (change.kind === "person" || !this.people.has(change.person)) void this.reload();
    else this.#tell("change", change);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A person's name as they wrote it. */
export function fullName(person) {
  return [person.first_name, person.last_name].filter(Boolean).join(" ");
}
