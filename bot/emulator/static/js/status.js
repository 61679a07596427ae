/** The strip on top of a phone's screen: its person's own time, and signs that mean nothing. */

import { timeOf } from "./dates.js";
import { element } from "./dom.js";

const TICK_MS = 5000;

/** The strip for a locale and a zone; its clock runs until `signal` is aborted. */
export function buildStatusBar(locale, zone, signal) {
  const clock = element("time", { class: "status__time" });
  const tick = () => { clock.textContent = timeOf(Date.now(), locale, zone); };
  const ticking = setInterval(tick, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(ticking));
  tick();
  const signs = element("span", { class: "status__signs" },
    element("i", { class: "status__signal" }), element("i", { class: "status__battery" }));
  return element("div", { class: "status", "aria-hidden": "true" },
    clock, element("span", { class: "status__island" }), signs);
}
