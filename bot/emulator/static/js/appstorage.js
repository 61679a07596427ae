/** What mini apps keep on a phone: apart for every person, as on real devices. */

const PREFIX = "okno-emulator/app/";

/** One person's storage; `kind` is "device" or "secure". */
export class AppStorage {
  constructor(userId, kind) {
    this.prefix = `${PREFIX}${userId}/${kind}/`;
  }

  get(key) {
    return localStorage.getItem(this.prefix + key);
  }

  /** Keep a value under a key; null removes it. */
  set(key, value) {
    if (value === null || value === undefined) localStorage.removeItem(this.prefix + key);
    else localStorage.setItem(this.prefix + key, String(value));
  }

  clear() {
    removeAll(this.prefix);
  }
}

/** Forget everything of everybody: the emulator was started anew. */
export function forgetAppStorage() {
  removeAll(PREFIX);
}

function removeAll(prefix) {
  Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => localStorage.removeItem(key));
}
