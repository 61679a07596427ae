"""Finding a person's time zone by what they type: a city, an offset from UTC or from a city, an IANA name.

Two lists are searched: `cities.tsv`, written by hand in the order in which answers should come (Russia by size, its
neighbours, the world), and CLDR's city of every IANA zone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from core.clock import aware
from core.locales.catalogue import LANGUAGES
from core.locales.reader import language_of
from core.locales.zones import canonical, city_of, offset_name, offset_of

HOME_ZONE = "Europe/Moscow"
_HOME_TERRITORY = "RU"

# Where most people of a territory with several zones live.
_MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "RU": HOME_ZONE,
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}

# «UTC+3», «+5:30», «-3», «мск+2», «Москва +2»; the sign may be any dash a keyboard makes.
_OFFSET = re.compile(r"(?P<base>[^+\-−–]*)(?P<sign>[+\-−–])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?")
_UTC_WORDS = frozenset({"", "utc", "gmt"})

_SHORTEST_SUBSTRING = 3

# How long a text must be, in letters, for one, two, three typos to be forgiven: «Казани», «Краснодаре», and
# «Нижнем Новгороде» then find their cities too.
_TYPOS_FORGIVEN_FROM = (5, 8, 14)


@dataclass(frozen=True, slots=True)
class Place:
    """A city (or an offset) in the reader's language, and its IANA zone."""

    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class _City:
    names: dict[str, str]
    """By language."""
    zone: str
    starts: tuple[str, ...]
    """The folded names, as they are read from their first letter."""
    aliases: tuple[str, ...]
    later: tuple[str, ...]
    """The names from their second, third … word on."""

    def place(self, language: str) -> Place:
        return Place(self.names[language], self.zone)


class _Match(IntEnum):
    """How well a city answers, best first."""

    EXACT = 0
    START = 1
    OTHER_START = 2
    INSIDE = 3


def search(query: str, locale: str, *, now: datetime, limit: int = 6) -> list[Place]:
    """Places that `query` may mean, the likeliest first, named in the language of `locale`; empty when none fits.

    Case, ё, accents, spaces and hyphens do not count; small typos are forgiven where nothing fits exactly. An offset
    answers with one city of each zone that has it at `now` (aware), Russia's first.
    """
    language = language_of(locale)
    offset = _offset(query, aware(now))
    if offset is not None:
        return list(islice(_with_offset(offset, language, now), limit))
    named = _by_zone_name(query, language, now)
    if named is not None:
        return [named]
    # «Казань, Россия»: what stands before the comma is the city.
    attempts = (_fold(query), _fold(query.split(",")[0]))
    found = next((cities for text in attempts if (cities := _matching(text))), None) or _similar(attempts[-1])
    return [city.place(language) for city in found[:limit]]


def guess_zone(locale_tag: str | None) -> str:
    """The IANA zone to offer first to somebody whose device speaks `locale_tag` (BCP 47), for them to confirm.

    A territory says it ("ru-KZ", "en-US"), or else the territory where the language is mostly spoken by CLDR's
    likely subtags ("de", "kk", "be"). English alone says nothing of a place: then it is Moscow, where most of those
    we meet live, as it is for unknown tags and none.
    """
    territory = _territory(locale_tag or "")
    if territory in _MAIN_ZONES:
        return _MAIN_ZONES[territory]
    zones: list[str] = get_global("territory_zones").get(territory, [])
    return zones[0] if len(zones) == 1 else HOME_ZONE


def _territory(tag: str) -> str:
    language, *subtags = re.split(r"[-_]", tag)
    named = next((subtag.upper() for subtag in subtags if len(subtag) == 2 and subtag.isalpha()), None)
    if named:
        return named
    if language.lower() in {"", "en"}:
        return _HOME_TERRITORY
    likely = str(get_global("likely_subtags").get(language.lower(), ""))
    return likely.rsplit("_", 1)[-1]


# Offsets and zone names


def _offset(query: str, now: datetime) -> timedelta | None:
    """The distance from UTC that the query names, by itself or from a city («мск+2»)."""
    read = _OFFSET.fullmatch(query.strip())
    if read is None:
        return None
    length = timedelta(hours=int(read["hours"]), minutes=int(read["minutes"] or 0))
    own = length if read["sign"] == "+" else -length
    base = _fold(read["base"])
    if base in _UTC_WORDS:
        return own
    city = next((city for city in _cities() if _match(city, base) is _Match.EXACT), None)
    return offset_of(ZoneInfo(city.zone), now) + own if city else None


def _with_offset(offset: timedelta, language: str, now: datetime) -> Iterator[Place]:
    seen: set[str] = set()
    for city in _cities():
        if city.zone not in seen:
            seen.add(city.zone)
            if offset_of(ZoneInfo(city.zone), now) == offset:
                yield city.place(language)


def _by_zone_name(query: str, language: str, now: datetime) -> Place | None:
    zone = _zones().get(query.strip().lower())
    if zone is None:
        return None
    return Place(city_of(zone, language) or offset_name(offset_of(ZoneInfo(zone), now)), zone)


@cache
def _zones() -> dict[str, str]:
    """Every IANA name in small letters, with the zone it stands for. Names that are words ("Cuba") are left to the
    cities, but for those of UTC."""
    named = {name.lower(): canonical(name) for name in available_timezones() if "/" in name}
    return named | {word: "Etc/UTC" for word in _UTC_WORDS if word}


# Names


def _matching(text: str) -> list[_City]:
    if not text:
        return []
    found = [(match, city) for city in _cities() if (match := _match(city, text)) is not None]
    found.sort(key=lambda pair: pair[0])
    exact = bool(found) and found[0][0] is _Match.EXACT
    # «нск» is Novosibirsk; that many a name ends so is then no answer.
    return [city for match, city in found if not (exact and match is _Match.INSIDE)]


def _match(city: _City, text: str) -> _Match | None:
    if text in city.starts or text in city.aliases:
        return _Match.EXACT
    if any(name.startswith(text) for name in city.starts):
        return _Match.START
    if any(name.startswith(text) for name in city.aliases + city.later):
        return _Match.OTHER_START
    if len(text) >= _SHORTEST_SUBSTRING and any(text in name for name in city.starts):
        return _Match.INSIDE
    return None


def _similar(text: str) -> list[_City]:
    """Cities that the text names with a few typos: in the whole name, or in as much of it as was typed."""
    forgiven = sum(len(text) >= letters for letters in _TYPOS_FORGIVEN_FROM)
    if not forgiven:
        return []
    near: list[tuple[int, int, _City]] = []
    for city in _cities():
        whole = min(_distance(text, name, forgiven) for name in city.starts + city.aliases + city.later)
        begun = min(_distance(text, name[: len(text)], forgiven) for name in city.starts)
        if min(whole, begun) <= forgiven:
            near.append((min(whole, begun), whole, city))
    return [city for _, _, city in sorted(near, key=lambda entry: entry[:2])]


def _distance(one: str, other: str, most: int) -> int:
    """How many letters are missing, added, wrong or swapped with their neighbour (optimal string alignment distance);
    simply over `most` where the lengths or the letters that do not occur say so already, which is nearly always."""
    if abs(len(one) - len(other)) > most or len(set(one) - set(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _fold(text: str) -> str:
    """The letters and digits alone, small and without accents: «Орёл» is «орел», «Нью-Йорк» is «нью йорк»."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if letter.isalnum())


# The lists


@cache
def _cities() -> tuple[_City, ...]:
    """Both lists, the hand-made one first; a city that stands in both comes once."""
    own = tuple(_from_table())
    known = {(name, city.zone) for city in own for name in city.starts + city.aliases}
    more = (city for city in _from_zones() if not any((name, city.zone) in known for name in city.starts))
    return own + tuple(more)


def _from_table() -> Iterator[_City]:
    lines = Path(__file__).with_name("cities.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        russian, english, zone, aliases = line.split("\t")
        yield _city({"ru": russian, "en": english}, zone, aliases.split(","))


def _from_zones() -> Iterator[_City]:
    for zone in sorted(set(_zones().values())):
        names = {language: name for language in LANGUAGES if (name := city_of(zone, language))}
        if names:
            yield _city(names, zone, ())


def _city(names: dict[str, str], zone: str, aliases: Iterable[str]) -> _City:
    later = ("".join(words[i:]) for words in map(_words, names.values()) for i in range(1, len(words)))
    return _City(
        names,
        zone,
        starts=tuple(_fold(name) for name in names.values()),
        aliases=tuple(filter(None, map(_fold, aliases))),
        later=tuple(later),
    )


def _words(name: str) -> list[str]:
    return [_fold(word) for word in re.split(r"[\s\-,]+", name)]
