/** Instants (milliseconds since the epoch) as people in a zone read them. */

const DAY_MS = 86_400_000;

/** 14:05 in the zone. */
export function timeOf(ms, locale, zone) {
  const shape = { timeZone: zone, hour: "numeric", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(locale, shape).format(ms);
}

/** A key that is equal for instants of one calendar day in the zone. */
export function dayKey(ms, zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(ms);
}

/** "Сегодня", "Вчера", "24 ноября", with the year when it is not this one. */
export function dayLabel(ms, locale, zone, now, words) {
  const day = dayKey(ms, zone);
  if (day === dayKey(now, zone)) return words.today;
  if (day === dayKey(now - DAY_MS, zone)) return words.yesterday;
  const year = day.slice(0, 4) === dayKey(now, zone).slice(0, 4) ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "long", year }).format(ms);
}
