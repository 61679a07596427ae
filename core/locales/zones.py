"""What people call a time zone: by its city, as CLDR has it in their language, or by its distance from UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location

# CLDR keeps a zone's first name for ever (https://cldr.unicode.org, "Time Zone Identifiers"), so the cities of
# those that IANA has renamed since stand there under the old one.
_FIRST_NAMES = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Argentina/Catamarca": "America/Catamarca",
    "America/Argentina/Cordoba": "America/Cordoba",
    "America/Argentina/Jujuy": "America/Jujuy",
    "America/Argentina/Mendoza": "America/Mendoza",
    "America/Atikokan": "America/Coral_Harbour",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville",
    "America/Nuuk": "America/Godthab",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
    "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Pohnpei": "Pacific/Ponape",
}


def canonical(zone: str) -> str:
    """Today's IANA name of a zone that is named by an old or a short one ("US/Eastern", "Asia/Calcutta")."""
    return cast(str, get_global("zone_aliases").get(zone, zone))


@cache
def city_of(zone: str, language: str) -> str | None:
    """The city that stands for an IANA zone; None for zones of no place ("UTC", "Etc/GMT+5")."""
    name = canonical(zone)
    if "/" not in name or name.startswith("Etc/"):
        return None
    known = Locale(language).time_zones.get(_FIRST_NAMES.get(name, name), {}).get("city")
    return cast(str, known) if known else get_timezone_location(name, locale=language, return_city=True).split("/")[-1]


def offset_of(zone: ZoneInfo, moment: datetime) -> timedelta:
    """How far the zone's clocks are ahead of UTC at an aware moment."""
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def offset_name(offset: timedelta) -> str:
    """«UTC+3», «UTC−9:30», «UTC»."""
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
