/** A message's text as nodes: only what MAX itself would show, rebuilt node by node. */

import { element } from "./dom.js";
import { findAddresses, parseAddress } from "./links.js";

const TAGS = {
  B: "strong", STRONG: "strong", I: "em", EM: "em", U: "u", INS: "u", S: "s", DEL: "s", STRIKE: "s",
  CODE: "code", PRE: "pre", BLOCKQUOTE: "blockquote", MARK: "mark",
  H1: "strong", H2: "strong", H3: "strong", H4: "strong", H5: "strong", H6: "strong",
};
const BREAKS = new Set(["BR", "P", "DIV", "LI"]);
const VERBATIM = new Set(["CODE", "PRE"]);
const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "TITLE", "IFRAME", "OBJECT", "NOSCRIPT"]);

/** The text of a message in its format ("html", "markdown" or null) as a fragment. */
export function renderText(text, format) {
  const fragment = document.createDocumentFragment();
  if (format === "html") fragment.append(...fromHtml(text));
  else if (format === "markdown") fragment.append(...fromMarkdown(text));
  else fragment.append(...withLinks(text));
  return fragment;
}

function fromHtml(text) {
  const parsed = new DOMParser().parseFromString(`<body>${text}</body>`, "text/html");
  return rebuild(parsed.body.childNodes, true);
}

function rebuild(nodes, linkable) {
  return [...nodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return linkable ? withLinks(node.data) : [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.tagName)) return [];
    if (node.tagName === "A") return [anchor(node.getAttribute("href"), rebuild(node.childNodes, false))];
    const inside = rebuild(node.childNodes, linkable && !VERBATIM.has(node.tagName));
    const tag = TAGS[node.tagName];
    if (tag) return [element(tag, {}, ...inside)];
    return BREAKS.has(node.tagName) ? [...inside, "\n"] : inside;
  });
}

function anchor(address, inside) {
  const url = address === null ? null : parseAddress(address);
  if (!url) return element("span", {}, ...inside);
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

function withLinks(text) {
  return findAddresses(text).map((piece) => (piece.address ? anchor(piece.address, [piece.text]) : piece.text));
}

// The earliest mark in the text wins; what is inside it is read again, except for code.
const MARKS = [
  { pattern: /```\n?([\s\S]+?)```/, make: (match) => element("pre", {}, match[1]) },
  { pattern: /`([^`\n]+)`/, make: (match) => element("code", {}, match[1]) },
  { pattern: /\[([^\]\n]+)\]\(([^)\s]+)\)/, make: (match) => anchor(match[2], [match[1]]) },
  { pattern: /\*\*([\s\S]+?)\*\*/, make: (match) => element("strong", {}, ...fromMarkdown(match[1])) },
  { pattern: /__([\s\S]+?)__/, make: (match) => element("strong", {}, ...fromMarkdown(match[1])) },
  { pattern: /\^\^([\s\S]+?)\^\^/, make: (match) => element("mark", {}, ...fromMarkdown(match[1])) },
  { pattern: /\+\+([\s\S]+?)\+\+/, make: (match) => element("u", {}, ...fromMarkdown(match[1])) },
  { pattern: /~~([\s\S]+?)~~/, make: (match) => element("s", {}, ...fromMarkdown(match[1])) },
  { pattern: /(?<![\w*])\*([^*\n]+)\*(?![\w*])/, make: (match) => element("em", {}, ...fromMarkdown(match[1])) },
  { pattern: /(?<![\wа-яё_])_([^_\n]+)_(?![\wа-яё_])/i, make: (match) => element("em", {}, ...fromMarkdown(match[1])) },
];

function fromMarkdown(text) {
  const found = MARKS.map(({ pattern, make }) => ({ match: pattern.exec(text), make }))
    .filter(({ match }) => match)
    .sort((one, other) => one.match.index - other.match.index)[0];
  const address = findAddresses(text).find((piece) => piece.address);
  // An underscore inside an address is part of the address.
  if (address && !(found?.match.index < text.indexOf(address.text))) return splitAt(text, address);
  if (!found) return [text];
  const { match, make } = found;
  return [
    ...(match.index ? [text.slice(0, match.index)] : []),
    make(match),
    ...fromMarkdown(text.slice(match.index + match[0].length)),
  ].filter((piece) => piece !== "");
}

function splitAt(text, piece) {
  const start = text.indexOf(piece.text);
  return [
    text.slice(0, start),
    anchor(piece.address, [piece.text]),
    ...fromMarkdown(text.slice(start + piece.text.length)),
  ].filter((part) => part !== "");
}
