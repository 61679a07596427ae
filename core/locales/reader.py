"""How one person reads: their language, their zone, and the present instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date as Date
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from babel.units import format_unit
from markupsafe import Markup

from core.clock import aware
from core.locales.catalogue import DEFAULT_LANGUAGE, LANGUAGES, load
from core.locales.zones import city_of, offset_name, offset_of

# Languages of the CIS and of Russia's peoples: their speakers rather read Russian than English.
# fmt: off
READ_IN_RUSSIAN = frozenset({
    "az", "ba", "be", "bua", "ce", "chm", "cv", "hy", "kbd", "kk", "krc", "ky", "lez", "mdf", "mhr", "mo", "myv", "os",
    "sah", "tg", "tk", "tt", "tyv", "udm", "uk", "uz", "xal",
})
# fmt: on

# Patterns of CLDR (https://unicode.org/reports/tr35/tr35-dates.html#Date_Field_Symbol_Table). Both languages put
# the day before the month, so that a date never reads as another one.
_DAY = "EEE, d MMMM"
_DAY_AND_YEAR = "EEE, d MMMM y"
_DAY_OF_MONTH = "d MMMM"
_SHORT_DAY = "EEE, d MMM"
_SHORT_DAY_AND_YEAR = "d MMM y"
_MONTH = "LLLL y"

_MINUTES_OF_DAY = 24 * 60


def language_of(tag: str | None) -> str:
    """The language we speak to somebody whose device says `tag` (BCP 47: "ru-RU", "uk"); without one, the default."""
    if not tag:
        return DEFAULT_LANGUAGE
    language = tag.replace("_", "-").split("-")[0].lower()
    if language in LANGUAGES:
        return language
    return "ru" if language in READ_IN_RUSSIAN else "en"


def capital(text: str) -> str:
    """The text with its first letter large, to open a sentence or a button with it."""
    return text[:1].upper() + text[1:]


class Reader:
    """Says things to one person. All moments are aware; they are shown by the clocks of the reader's zone."""

    __slots__ = ("_catalogue", "locale", "now", "zone")

    def __init__(self, locale: str | None, zone: ZoneInfo, now: datetime) -> None:
        self.locale = language_of(locale)
        self.zone = zone
        self.now = aware(now)
        self._catalogue = load(self.locale)

    def in_zone(self, zone: ZoneInfo) -> Reader:
        """The same reader, looking at another zone's clocks."""
        return Reader(self.locale, zone, self.now)

    # Texts

    def say(self, msgid: str, /, **arguments: object) -> Markup:
        """A message: the template's own tags are kept, the arguments escaped unless they are Markup themselves.

        Raises KeyError for a message or an argument that is missing.
        """
        return Markup(self._catalogue.text(msgid)).format(**arguments)  # noqa: S704 - the catalogue is ours

    def count(self, msgid: str, n: int, /, **arguments: object) -> Markup:
        """A message in the plural form of `n`, which the template knows as {n}; else as `say`."""
        return Markup(self._catalogue.plural(msgid, n)).format(n=n, **arguments)  # noqa: S704 - the catalogue is ours

    def label(self, msgid: str, /, **arguments: object) -> str:
        """A plain text, for a button: no tags, nothing escaped. Raises KeyError as `say` does."""
        return self._catalogue.text(msgid).format(**arguments)

    # Days

    def day(self, moment: datetime) -> str:
        """«сегодня», «завтра», «вчера», else «вт, 24 ноября», with the year when it is not this one."""
        return self.date(self._local(moment).date())

    def date(self, day: Date) -> str:
        """As `day`, for a date of the reader's calendar."""
        return self._near(day) or self._dated(day, _DAY, _DAY_AND_YEAR)

    def day_short(self, day: Date) -> str:
        """A date for a button: «Завтра», «Пт» within the week, then «Пт, 4 дек.», in another year «4 дек. 2027»."""
        if 2 <= (day - self.today).days < 7:
            return capital(self.weekday_short(day.weekday()))
        return capital(self._near(day) or self._dated(day, _SHORT_DAY, _SHORT_DAY_AND_YEAR))

    def month(self, day: Date) -> str:
        """The month of a calendar page: «ноябрь 2026»."""
        return format_date(day, _MONTH, locale=self.locale)

    def weekday(self, number: int) -> str:
        """«понедельник» for 0, as `date.weekday` counts."""
        return str(get_day_names("wide", "stand-alone", locale=self.locale)[number])

    def weekday_short(self, number: int) -> str:
        """«пн» for 0."""
        return str(get_day_names("abbreviated", "format", locale=self.locale)[number])

    def weekdays(self, numbers: Iterable[int]) -> str:
        """Several days of the week (0 is Monday): «пн–пт», «пн, ср, сб», «каждый день»; empty for none."""
        days = sorted(set(numbers))
        if len(days) == 7:
            return self.label("when.every_day")
        return ", ".join(self._run(first, last) for first, last in _runs(days))

    @property
    def today(self) -> Date:
        """The date on the reader's calendar now."""
        return self._local(self.now).date()

    # Times

    def time(self, moment: datetime) -> str:
        """«9:30», «15:00»."""
        return _clock(self._local(moment))

    def moment(self, moment: datetime) -> str:
        """«сегодня в 15:00», «завтра в 9:30», «вт, 24 ноября, 15:00»."""
        near = self._near(self._local(moment).date())
        if near:
            return self.label("when.day_at_time", day=near, time=self.time(moment))
        return f"{self.day(moment)}, {self.time(moment)}"

    def moment_short(self, moment: datetime) -> str:
        """A start for a button, at most 20 characters: «Завтра 11:00», «Пт 14:00», «Пт, 4 дек., 14:00»."""
        day = self.day_short(self._local(moment).date())
        return f"{day}, {self.time(moment)}" if " " in day else f"{day} {self.time(moment)}"

    def span(self, start: datetime, end: datetime) -> str:
        """«завтра, 25 ноября, 11:00–11:30», «вт, 24 ноября, 15:00–15:30»; both days when midnight is crossed."""
        return self._span(start, end, self._named)

    def span_short(self, start: datetime, end: datetime) -> str:
        """As `span`, but near days without their date: «завтра, 11:00–11:30»."""
        return self._span(start, end, self.date)

    def times(self, start: datetime, end: datetime) -> str:
        """The clock times alone: «11:00–11:30»."""
        return f"{self.time(start)}–{self.time(end)}"

    def hours(self, start_minute: int, end_minute: int) -> str:
        """Hours of a day, in minutes from its midnight, the end perhaps past 1440: «9:00–18:00», «22:00–2:00»;
        «круглосуточно» for the whole day."""
        if end_minute - start_minute >= _MINUTES_OF_DAY:
            return self.label("when.around_the_clock")
        return f"{_minute(start_minute)}–{_minute(end_minute)}"

    def duration(self, length: timedelta) -> str:
        """«30 минут», «1 час 30 минут», «2 дня»; seconds are dropped. Raises ValueError for a negative length."""
        total = length // timedelta(minutes=1)
        if total < 0:
            raise ValueError("a duration cannot be negative")
        days, rest = divmod(total, _MINUTES_OF_DAY)
        hours, minutes = divmod(rest, 60)
        parts = ((days, "duration-day"), (hours, "duration-hour"), (minutes, "duration-minute"))
        named = [format_unit(n, unit, locale=self.locale) for n, unit in parts if n]
        return " ".join(named) or format_unit(0, "duration-minute", locale=self.locale)

    # Zones

    def city(self, zone: ZoneInfo) -> str:
        """The city that stands for a zone: «Екатеринбург»; for a zone of no place its offset: «UTC−5»."""
        return city_of(zone.key or "", self.locale) or self.offset(zone)

    def offset(self, zone: ZoneInfo) -> str:
        """The zone's present distance from UTC: «UTC+3»."""
        return offset_name(offset_of(zone, self.now))

    def zone_name(self, zone: ZoneInfo) -> str:
        """A zone in words that need no case: «Москва, UTC+3»."""
        city, offset = self.city(zone), self.offset(zone)
        return offset if city == offset else f"{city}, {offset}"

    def shares_clock(self, zone: ZoneInfo, moment: datetime) -> bool:
        """Whether the other zone's clocks show the same at that moment, so that nobody need name a zone."""
        return offset_of(zone, aware(moment)) == offset_of(self.zone, moment)

    def other_zone_time(self, moment: datetime, zone: ZoneInfo) -> str:
        """What the other zone's clocks show: «9:00», and «ср, 1:00» where it is another day than the reader's."""
        there = aware(moment).astimezone(zone)
        if there.date() == self._local(moment).date():
            return _clock(there)
        return f"{self.weekday_short(there.weekday())}, {_clock(there)}"

    def _local(self, moment: datetime) -> datetime:
        return aware(moment).astimezone(self.zone)

    def _near(self, day: Date) -> str | None:
        match (day - self.today).days:
            case -1:
                return self.label("when.yesterday")
            case 0:
                return self.label("when.today")
            case 1:
                return self.label("when.tomorrow")
            case _:
                return None

    def _dated(self, day: Date, this_year: str, other_year: str) -> str:
        return format_date(day, this_year if day.year == self.today.year else other_year, locale=self.locale)

    def _named(self, day: Date) -> str:
        """A near day has its date beside its word: a message is read again days after it came."""
        near = self._near(day)
        return f"{near}, {format_date(day, _DAY_OF_MONTH, locale=self.locale)}" if near else self.date(day)

    def _span(self, start: datetime, end: datetime, name: Callable[[Date], str]) -> str:
        first, last = self._local(start).date(), self._last_day(start, end)
        if first == last:
            return f"{name(first)}, {self.times(start, end)}"
        return f"{name(first)}, {self.time(start)} – {name(last)}, {self.time(end)}"

    def _last_day(self, start: datetime, end: datetime) -> Date:
        """The day on which it ends; one that ends at midnight belongs wholly to the day before."""
        first, last = self._local(start), self._local(end)
        ends_at_midnight = last.date() == first.date() + timedelta(days=1) and not (last.hour or last.minute)
        return first.date() if ends_at_midnight else last.date()

    def _run(self, first: int, last: int) -> str:
        if first == last:
            return self.weekday_short(first)
        joint = "–" if last - first > 1 else ", "
        return f"{self.weekday_short(first)}{joint}{self.weekday_short(last)}"


def _clock(local: datetime) -> str:
    return f"{local.hour}:{local.minute:02}"


def _minute(minute: int) -> str:
    hour, rest = divmod(minute % _MINUTES_OF_DAY, 60)
    return f"{hour}:{rest:02}"


def _runs(days: list[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers put together: [0, 1, 2, 5] becomes [(0, 2), (5, 5)]."""
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
