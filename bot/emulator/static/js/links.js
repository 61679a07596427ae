/**
 * What a tapped address means inside MAX.
 *
 * Deep links are the vendor's: `max.ru/<bot>?start=`, `?startapp=` and `max.ru/:share?text=`
 * (dev.max.ru/docs/webapps/introduction).
 */

const HOSTS = new Set(["max.ru", "www.max.ru"]);
const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

/** An address as written (perhaps without a scheme) as a URL, or null when it is none or not a safe one. */
export function parseAddress(written) {
  const full = /^(www\.)?max\.ru\//i.test(written) ? `https://${written}` : written;
  try {
    const url = new URL(full);
    return SAFE_SCHEMES.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * Read an address: `{kind: "start", payload}`, `{kind: "app", payload}`, `{kind: "chat"}`, `{kind: "share", text}`,
 * `{kind: "outside", url}`, or null for what must not be opened.
 */
export function readLink(written, botUsername) {
  const url = parseAddress(written);
  if (!url) return null;
  if (!HOSTS.has(url.hostname)) return { kind: "outside", url: url.href };
  const place = decodeURIComponent(url.pathname).replace(/^\/|\/$/g, "");
  if (place === ":share") return { kind: "share", text: url.searchParams.get("text") ?? "" };
  if (place.toLowerCase() !== botUsername.toLowerCase()) return { kind: "outside", url: url.href };
  if (url.searchParams.has("startapp")) return { kind: "app", payload: url.searchParams.get("startapp") };
  if (url.searchParams.has("start")) return { kind: "start", payload: url.searchParams.get("start") };
  return { kind: "chat" };
}

const ADDRESS = /(?:https?:\/\/|(?<![\w./@-])(?:www\.)?max\.ru\/)[^\s<>"«»]+/gi;
const TRAILING = /[.,;:!?)\]'…]+$/;

/** Cut a text into pieces `{text, address}`; `address` is null where the piece is just words. */
export function findAddresses(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), address: null });
    pieces.push({ text: address, address });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), address: null });
  return pieces;
}

/** The first address in a text that leads to this bot, or null. */
export function findBotLink(text, botUsername) {
  for (const { address } of findAddresses(text)) {
    if (!address) continue;
    const kind = readLink(address, botUsername)?.kind;
    if (kind === "start" || kind === "app") return address;
  }
  return null;
}
