/** Building elements without innerHTML, so that nothing a message says can become markup. */

/**
 * Make an element. `class`, `text` and `on` (listeners by event name) are special, everything else is an attribute;
 * `true` writes an empty attribute, `false` and `null` write none.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "on") listen(node, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Make a button: `click` is what it does, `label` what it is called when its content does not say it. */
export function button({ click, label, ...properties }, ...children) {
  return element("button", { type: "button", "aria-label": label, on: { click }, ...properties }, ...children);
}

function listen(node, listeners) {
  for (const [event, listener] of Object.entries(listeners)) node.addEventListener(event, listener);
}

/** Does the reader ask the system for less movement? */
export function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
