/** Puts the page together. */

import { forgetAppStorage } from "./appstorage.js";
import { Clipboard } from "./clipboard.js";
import { element } from "./dom.js";
import { FaultsPanel } from "./faults.js";
import { Friends } from "./friends.js";
import { pageLanguage } from "./language.js";
import { askForPerson } from "./people.js";
import { Stage } from "./stage.js";
import { Emulator } from "./state.js";
import { texts } from "./texts.js";
import { buildTopbar } from "./topbar.js";

const language = pageLanguage();
const words = texts(language);
document.documentElement.lang = language;
document.title = words.title;

const emulator = new Emulator();
const page = {
  words, language, emulator,
  friends: new Friends(),
  clipboard: new Clipboard(),
  show: (id) => stage.show(id),
  addPerson: () => askForPerson(page, welcome),
};
const stage = new Stage(page);
const faults = new FaultsPanel(words);
const topbar = buildTopbar({ words, language, tabs: stage.tabs, faults: faults.button, addPerson: page.addPerson });
const wait = element("p", { class: "wait", role: "status", text: words.loading });
document.body.append(topbar.node, stage.node, faults.panel);
stage.node.append(wait);

emulator.addEventListener("loaded", forgetOldEmulator, { once: true });
emulator.addEventListener("loaded", () => {
  wait.remove();
  stage.sync();
});
emulator.addEventListener("change", ({ detail }) => stage.take(detail));
emulator.addEventListener("connection", ({ detail }) => topbar.online(detail));
void emulator.connect();

// The browser remembers letters and mini apps' storage longer than an emulator lives: what is older than the first
// message of all belongs to one that is gone.
function forgetOldEmulator() {
  const people = [...emulator.people.values()];
  const began = Math.min(...people.flatMap((person) => person.messages.map((message) => message.created_ms)));
  if (people.some((person) => person.started)) {
    if (Number.isFinite(began)) page.friends.forgetBefore(began);
    return;
  }
  page.friends.forgetBefore(Infinity);
  forgetAppStorage();
}

async function welcome(person) {
  await emulator.reload();
  if (person?.user_id) stage.show(person.user_id);
}
