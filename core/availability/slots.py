"""When a host can be met: from hours, busy time and rules to the starts that are open.

Pure: no database, no clock of its own, no messenger. The page that shows times and the booking that takes one
both ask this function, so they cannot disagree.

Inside, an instant is a whole number of seconds since the Unix epoch, and a range is half-open: [from, until).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

Busy = tuple[datetime, datetime]  # aware, start < end, half-open: a meeting may begin where busy time ends

_Range = tuple[int, int]
_Stretch = tuple[int, int, int]  # from and until (instants), and the UTC offset in seconds that holds between them

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_ZERO = timedelta(0)
_SECOND = timedelta(seconds=1)
_MINUTE = 60
_DAY = 86_400
# How far around the asked time hours can matter: an interval lasts up to two days, a zone may jump by one.
_REACH = 5 * _DAY


@dataclass(frozen=True, slots=True)
class Hours:
    """One working interval of one day, on the host's wall clock, in minutes after that day's midnight.

    `start` is 0..1439. `end` is later than `start` and at most 2880; past 1440 it means the next day, so
    22:00–02:00 is 1320..1560 and a whole day is 0..1440. Raises ValueError otherwise.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < 1440 and self.start < self.end <= 2880):
            raise ValueError(f"no such hours: {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host asks of a meeting; all times are elapsed time.

    `duration` of the meeting and `step` between two starts; `buffer_before` and `buffer_after` stay free of
    the host's other business; a start is at least `notice` and at most `horizon` from now, both inclusive.
    `daily_limit` and `weekly_limit` are the most meetings of one host-local date and of one ISO week (None:
    any number, 0: none at all). Duration, step and buffers are whole seconds.
    Raises ValueError for what cannot be meant.
    """

    duration: timedelta
    step: timedelta
    buffer_before: timedelta = _ZERO
    buffer_after: timedelta = _ZERO
    notice: timedelta = _ZERO
    horizon: timedelta = timedelta(days=30)
    daily_limit: int | None = None
    weekly_limit: int | None = None

    def __post_init__(self) -> None:
        if min(self.duration, self.step) <= _ZERO:
            raise ValueError("duration and step must be longer than nothing")
        if min(self.buffer_before, self.buffer_after, self.notice, self.horizon) < _ZERO:
            raise ValueError("buffers, notice and horizon cannot be negative")
        if any(span % _SECOND for span in (self.duration, self.step, self.buffer_before, self.buffer_after)):
            raise ValueError("duration, step and buffers are whole seconds")
        if any(limit is not None and limit < 0 for limit in (self.daily_limit, self.weekly_limit)):
            raise ValueError("a limit cannot be negative")


def openings(
    *,
    weekly: Mapping[int, Sequence[Hours]],
    overrides: Mapping[date, Sequence[Hours]],
    zone: ZoneInfo,
    busy: Sequence[Busy],
    blocked: Sequence[Busy],
    booked: Mapping[date, int],
    rules: Rules,
    now: datetime,
    window: Busy,
) -> list[datetime]:
    """The starts at which a meeting can be had, as aware UTC datetimes, sorted and unique.

    Arguments
    - `weekly`: hours by weekday, 0 is Monday; a missing weekday is a day off.
    - `overrides`: hours of single dates, which replace those of their weekday; an empty sequence is a day
      off. Like `weekly` they hold the intervals that START on that date: an interval that runs past midnight
      belongs to the day it started on, and an override of the next day does not cut its tail.
    - `zone`: the host's, whose wall clock the hours mean.
    - `busy`: the host's busy time; the meeting together with its buffers must not overlap it.
    - `blocked`: time closed to the bare meeting (the guest's busy time, the buffers of the host's other
      meetings). Both may come in any order and overlap.
    - `booked`: how many meetings the host has already, by host-local date of their start. For `weekly_limit`
      it must cover whole ISO weeks, Monday to Sunday, also where the window cuts one.
    - `window`: the starts asked for, window[0] <= start < window[1].

    Clock changes
    An interval lasts from the first moment at which the host's clock shows its start or later until the last
    one at which it shows less than its end. So an interval that begins inside a spring gap begins at the
    gap's end, and a repeated autumn hour counts twice; hours that end just where the repetition begins have
    no part in it. A date that the zone skipped (Samoa, 30 December 2011) has no hours.

    Starts
    Each interval offers its own start and then every `step` of elapsed time. The whole duration must fit
    into working time; intervals that touch or overlap are one working time, so with 24-hour days a meeting
    may cross midnight. A narrower window gives exactly those starts of the wider one that lie within it.

    Raises ValueError for a naive datetime and for busy time that does not start before it ends.
    """
    duration, step = rules.duration // _SECOND, rules.step // _SECOND
    before, after = rules.buffer_before // _SECOND, rules.buffer_after // _SECOND
    closed = [
        *_closed_starts(_instants(busy), duration, before, after),
        *_closed_starts(_instants(blocked), duration),
    ]
    earliest = max(_ceil(_since_epoch(window[0])), _ceil(_since_epoch(now) + rules.notice))
    latest = min(_ceil(_since_epoch(window[1])), (_since_epoch(now) + rules.horizon) // _SECOND + 1)
    if earliest >= latest:
        return []

    clock = _wall_clock(zone, earliest - _REACH, latest + duration + _REACH)
    days = list(_days(zone, earliest - _REACH, latest + duration + _DAY))
    working = list(_working_time(weekly, overrides, clock, days))
    # Time off is taken time to the meeting itself, so "the whole duration fits" needs no rule of its own.
    time_off = _gaps(working, earliest, latest + duration)
    closed += _closed_starts(time_off, duration)
    closed += _full_days(booked, rules, clock, days)
    free = _gaps(closed, earliest, latest)

    starts: set[int] = set()
    for first, until in working:
        starts.update(_on_grid(first, until, step, free))
    return [datetime.fromtimestamp(start, UTC) for start in sorted(starts)]


def _since_epoch(moment: datetime) -> timedelta:
    try:
        return moment - _EPOCH
    except TypeError:
        raise ValueError("a naive datetime has no place among instants") from None


def _ceil(span: timedelta) -> int:
    return -(-span // _SECOND)


def _instants(times: Iterable[Busy]) -> list[_Range]:
    """Busy times as ranges, rounded outwards: meetings are in whole seconds, so this loses nothing."""
    ranges = [(_since_epoch(start) // _SECOND, _ceil(_since_epoch(end))) for start, end in times]
    if any(start >= end for start, end in ranges):
        raise ValueError("busy time must start before it ends")
    return ranges


def _closed_starts(taken: Iterable[_Range], duration: int, before: int = 0, after: int = 0) -> Iterator[_Range]:
    """For each taken range, the starts whose meeting (with its buffers) would overlap it."""
    # Ending, buffer included, just where the taken time starts is no overlap.
    lead = duration + after - 1
    for start, end in taken:
        yield start - lead, end + before


def _gaps(ranges: Iterable[_Range], since: int, until: int) -> list[_Range]:
    """What the ranges, in any order and overlapping, leave free of [since, until); in order."""
    gaps = []
    for start, end in sorted(ranges):
        if start >= until:
            break
        if start > since:
            gaps.append((since, start))
        if end > since:
            since = end
    if since < until:
        gaps.append((since, until))
    return gaps


def _wall_clock(zone: ZoneInfo, since: int, until: int) -> list[_Stretch]:
    """[since, until) cut where the zone's offset changes.

    Asking once a day is enough: in the whole time zone database no offset has lasted less than six days.
    """

    def offset_at(instant: int) -> int:
        offset = datetime.fromtimestamp(instant, zone).utcoffset()
        return (offset or _ZERO) // _SECOND

    stretches = []
    begun, offset = since, offset_at(since)
    at = since
    while at < until:
        ahead = min(at + _DAY, until)
        if offset_at(ahead) == offset:
            at = ahead
            continue
        at = at + bisect_right(range(at, ahead + 1), False, key=lambda t: offset_at(t) != offset)
        stretches.append((begun, at, offset))
        begun, offset = at, offset_at(at)
    stretches.append((begun, until, offset))
    return stretches


def _showing(clock: Iterable[_Stretch], first: int, end: int) -> list[_Range]:
    """When the clock shows a time in [first, end), which is given in seconds as if it were UTC.

    Nothing inside a spring gap, two ranges for a repeated autumn hour; in order.
    """
    ranges = []
    for since, until, offset in clock:
        start, stop = max(since, first - offset), min(until, end - offset)
        if start < stop:
            ranges.append((start, stop))
    return ranges


def _days(zone: ZoneInfo, since: int, until: int) -> Iterator[date]:
    """The host-local dates from one instant to another."""
    first, last = (datetime.fromtimestamp(instant, zone).toordinal() for instant in (since, until))
    return map(date.fromordinal, range(first, last + 1))


def _midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH_DAY) * _DAY


def _working_time(
    weekly: Mapping[int, Sequence[Hours]],
    overrides: Mapping[date, Sequence[Hours]],
    clock: Sequence[_Stretch],
    days: Iterable[date],
) -> Iterator[_Range]:
    """The intervals of these days as instants, not merged: each has a grid of starts of its own."""
    for day in days:
        midnight = _midnight(day)
        skipped = not _showing(clock, midnight, midnight + _DAY)
        if skipped:
            continue
        for hours in overrides.get(day, weekly.get(day.weekday(), ())):
            shown = _showing(clock, midnight + hours.start * _MINUTE, midnight + hours.end * _MINUTE)
            if shown:
                yield shown[0][0], shown[-1][1]


def _full_days(
    booked: Mapping[date, int], rules: Rules, clock: Sequence[_Stretch], days: Iterable[date]
) -> Iterator[_Range]:
    """The days on which the host's daily or weekly limit is reached."""
    if rules.daily_limit is None and rules.weekly_limit is None:
        return
    by_week: Counter[tuple[int, int]] = Counter()
    for day, count in booked.items():
        by_week[day.isocalendar()[:2]] += count
    for day in days:
        full_day = rules.daily_limit is not None and booked.get(day, 0) >= rules.daily_limit
        full_week = rules.weekly_limit is not None and by_week[day.isocalendar()[:2]] >= rules.weekly_limit
        if full_day or full_week:
            yield from _showing(clock, _midnight(day), _midnight(day) + _DAY)


def _on_grid(first: int, until: int, step: int, free: Sequence[_Range]) -> Iterator[int]:
    """The instants first, first + step, … before `until` that lie in a free range."""
    for index in range(bisect_right(free, first, key=itemgetter(1)), len(free)):
        free_from, free_until = free[index]
        if free_from >= until:
            break
        steps = max(0, -(-(free_from - first) // step))
        yield from range(first + steps * step, min(until, free_until), step)
