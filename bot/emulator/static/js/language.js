/** The language of the page around the phones; each phone speaks its own person's language. */

const KEY = "okno-emulator/language";

/** "ru" or "en": what was chosen here, else what the browser prefers. */
export function pageLanguage() {
  const chosen = localStorage.getItem(KEY);
  if (chosen) return chosen;
  return languageOf(navigator.language);
}

/** Remember the choice and build the page anew: everything else lives on the server. */
export function choosePageLanguage(language) {
  localStorage.setItem(KEY, language);
  location.reload();
}

/** The interface language for a locale: Russian for Russian, English for all others. */
export function languageOf(locale) {
  return /^ru\b/i.test(locale ?? "") ? "ru" : "en";
}
