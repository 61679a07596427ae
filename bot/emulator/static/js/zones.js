/** Time zones by the city people know them by. */

const CITIES = {
  "Europe/Kaliningrad": ["Калининград", "Kaliningrad"],
  "Europe/Moscow": ["Москва", "Moscow"],
  "Europe/Samara": ["Самара", "Samara"],
  "Asia/Yekaterinburg": ["Екатеринбург", "Yekaterinburg"],
  "Asia/Omsk": ["Омск", "Omsk"],
  "Asia/Novosibirsk": ["Новосибирск", "Novosibirsk"],
  "Asia/Krasnoyarsk": ["Красноярск", "Krasnoyarsk"],
  "Asia/Irkutsk": ["Иркутск", "Irkutsk"],
  "Asia/Yakutsk": ["Якутск", "Yakutsk"],
  "Asia/Vladivostok": ["Владивосток", "Vladivostok"],
  "Asia/Magadan": ["Магадан", "Magadan"],
  "Asia/Kamchatka": ["Петропавловск-Камчатский", "Kamchatka"],
  "Europe/Minsk": ["Минск", "Minsk"],
  "Europe/Istanbul": ["Стамбул", "Istanbul"],
  "Asia/Tbilisi": ["Тбилиси", "Tbilisi"],
  "Asia/Yerevan": ["Ереван", "Yerevan"],
  "Asia/Dubai": ["Дубай", "Dubai"],
  "Asia/Tashkent": ["Ташкент", "Tashkent"],
  "Asia/Almaty": ["Алматы", "Almaty"],
  "Asia/Bangkok": ["Бангкок", "Bangkok"],
  "Asia/Shanghai": ["Шанхай", "Shanghai"],
  "Asia/Tokyo": ["Токио", "Tokyo"],
  "Europe/Lisbon": ["Лиссабон", "Lisbon"],
  "Europe/London": ["Лондон", "London"],
  "Europe/Berlin": ["Берлин", "Berlin"],
  "America/Sao_Paulo": ["Сан-Паулу", "São Paulo"],
  "America/New_York": ["Нью-Йорк", "New York"],
  "America/Los_Angeles": ["Лос-Анджелес", "Los Angeles"],
  "Asia/Kathmandu": ["Катманду", "Kathmandu"],
  "UTC": ["UTC", "UTC"],
};

/** The zones offered for a new person. */
export const ZONES = Object.keys(CITIES);

/** The city of an IANA zone in "ru" or "en"; the zone's own last name when the table does not know it. */
export function cityOf(zone, language) {
  const names = CITIES[zone];
  if (names) return names[language === "ru" ? 0 : 1];
  return (zone ?? "UTC").split("/").at(-1).replaceAll("_", " ");
}
