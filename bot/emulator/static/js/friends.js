/** What people send one another outside the bot: the way a link travels from a host to a guest. */

const KEY = "okno-emulator/friends";
const KEPT = 100;

/** Event `changed`: the letters are others now, here or in another window. */
export class Friends extends EventTarget {
  constructor() {
    super();
    window.addEventListener("storage", (event) => {
      if (event.key === KEY) this.#tell();
    });
  }

  /** Letters to a person, oldest first: `{id, to, from, from_name, text, created_ms}`. */
  to(id) {
    return read().filter((letter) => letter.to === id);
  }

  /** Send a text from one person to another; `now` in milliseconds since the epoch. */
  send(from, name, to, text, now) {
    const letter = { id: `${now}-${from}-${to}`, to, from, from_name: name, text, created_ms: now };
    this.#keep([...read(), letter].slice(-KEPT));
  }

  /** Forget the letters to a person. */
  clear(id) {
    this.#keep(read().filter((letter) => letter.to !== id));
  }

  /** Forget what was sent before an instant (milliseconds since the epoch). */
  forgetBefore(instant) {
    this.#keep(read().filter((letter) => letter.created_ms >= instant));
  }

  #keep(letters) {
    try {
      localStorage.setItem(KEY, JSON.stringify(letters));
    } catch {
      // A browser that refuses to store has no letters; the copied link still travels.
    }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("changed"));
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}
