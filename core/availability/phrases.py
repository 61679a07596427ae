"""Hours and lengths as people write them: «пн–пт 9–18, сб 10:00–14:00», «1 час 30 минут», "mon-fri 9-17"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.availability.slots import Hours
from core.errors import Invalid

DAY = 24 * 60
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "пн пон понедельник mon monday mo",
            "вт вто вторник tue tuesday tu tues",
            "ср сре среда среду wed wednesday we",
            "чт чет четверг thu thursday th thur thurs",
            "пт пят пятница пятницу fri friday fr",
            "сб суб суббота субботу sat saturday sa",
            "вс вск воскресенье sun sunday su",
        )
    )
    for name in names.split()
}
_GROUPS = {
    "будни": range(5),
    "будням": range(5),
    "weekdays": range(5),
    "выходные": range(5, 7),
    "выходным": range(5, 7),
    "weekends": range(5, 7),
    "каждый день": range(7),
    "ежедневно": range(7),
    "все дни": range(7),
    "every day": range(7),
    "everyday": range(7),
    "daily": range(7),
}
_AROUND_THE_CLOCK = re.compile(r"круглосуточно|24/7|24 часа|around the clock|all day")
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_INTERVAL = re.compile(rf"(?:с\s+|from\s+)?{_TIME}\s*(?:-|до|to)\s*{_TIME}")
_DAYS = re.compile(
    "|".join(sorted((re.escape(name) for name in (*_GROUPS, *_WEEKDAYS)), key=len, reverse=True)), re.IGNORECASE
)


def parse_hours(text: str) -> dict[int, list[Hours]]:
    """A week from a phrase: groups of days, each followed by its intervals; intervals without days mean Mon-Fri.
    An end at or before its start belongs to the next day. Raises Invalid("hours", …) for what cannot be read.
    """
    text = re.sub(r"[–—−]", "-", text.lower().replace("ё", "е")).strip()
    week: dict[int, list[Hours]] = {}
    for days, spans in _groups(text):
        for day in days:
            if day in week:
                raise Invalid("hours", "day_twice")
            week[day] = sorted(spans, key=lambda hours: hours.start)
    if not week:
        raise Invalid("hours", "unreadable")
    return week


def _groups(text: str) -> Iterable[tuple[list[int], list[Hours]]]:
    """Each stretch of day names with the intervals that follow it."""
    parts = re.split(rf"((?:(?:по\s+)?(?<!\w)(?:{_DAYS.pattern})\.?(?!\w)[\s,и]*-?\s*(?:and\s+)?)+)", text)
    if parts[0].strip(" ,;:"):
        yield list(range(7 if _AROUND_THE_CLOCK.search(parts[0]) else 5)), _intervals(parts[0])
    for names, rest in zip(parts[1::2], parts[2::2], strict=True):
        yield _days(names), _intervals(rest)


def _days(names: str) -> list[int]:
    days: list[int] = []
    found = list(_DAYS.finditer(names))
    for index, match in enumerate(found):
        group = _GROUPS.get(match.group())
        if group is not None:
            days.extend(group)
            continue
        day = _WEEKDAYS[match.group()]
        joint = names[found[index - 1].end() : match.start()] if index else ""
        if "-" in joint and days:
            last = days[-1]
            days.extend((last + step) % 7 for step in range(1, (day - last) % 7 + 1))
        else:
            days.append(day)
    return list(dict.fromkeys(days))


def _intervals(text: str) -> list[Hours]:
    if _AROUND_THE_CLOCK.fullmatch(text.strip(" ,;:.")):
        return [Hours(0, DAY)]
    spans = [_hours(match) for match in _INTERVAL.finditer(text)]
    rest = re.sub(r"[\s,;:и.]|and", "", _INTERVAL.sub("", text))
    if not spans or rest:
        raise Invalid("hours", "unreadable")
    return spans


def _hours(match: re.Match[str]) -> Hours:
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    if start >= DAY:
        raise Invalid("hours", "range")
    return Hours(start, end if end > start else end + DAY)


def _minute(hour: str, minute: str | None) -> int:
    total = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or total > DAY:
        raise Invalid("hours", "range")
    return total


_LENGTH = re.compile(
    r"^(?:(?P<h>\d{1,6}(?:[.,]5)?)\s*(?:час\w*|ч|h|hours?)\.?)?\s*"
    r"(?:(?P<m>\d{1,6})\s*(?:минут\w*|мин|м|m|min|minutes?)?\.?)?$"
)
_COLON = re.compile(r"^(\d{1,2}):([0-5]\d)$")
_WORDS = {"полчаса": 30, "час": 60, "полтора часа": 90, "half an hour": 30, "an hour": 60, "hour": 60}


def parse_duration(text: str) -> int:
    """A length in minutes from a phrase: «45», «1 час 30 минут», «1:30», «полтора часа».

    Raises Invalid("duration", "unreadable").
    """
    text = " ".join(text.lower().replace("ё", "е").split())
    if text in _WORDS:
        return _WORDS[text]
    if colon := _COLON.match(text):
        return int(colon[1]) * 60 + int(colon[2])
    match = _LENGTH.match(text)
    if not text or match is None:
        raise Invalid("duration", "unreadable")
    hours = float((match["h"] or "0").replace(",", "."))
    return int(hours * 60) + int(match["m"] or 0)
