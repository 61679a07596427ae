"""Openings around the changes of the clock: what a host's wall shows, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.availability.slots import Hours, Rules, openings

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WHOLE_DAYS = {weekday: [Hours(0, 1440)] for weekday in range(7)}


def hours(*intervals: str) -> list[Hours]:
    def minutes(clock: str) -> int:
        hour, minute = clock.split(":")
        return int(hour) * 60 + int(minute)

    return [Hours(*(minutes(edge) for edge in interval.split("-"))) for interval in intervals]


def shown(zone: str, overrides: Mapping[date, Sequence[Hours]], length: int = 60, **more: Any) -> list[str]:
    """Every opening of these dates, as the host's calendar and clock show it: "27 03:00+04:00"."""
    around = datetime.combine(min(overrides), datetime.min.time(), UTC)
    arguments: dict[str, Any] = {
        "weekly": {},
        "overrides": overrides,
        "zone": ZoneInfo(zone),
        "busy": [],
        "blocked": [],
        "booked": {},
        "rules": Rules(duration=length * MINUTE, step=length * MINUTE),
        "now": around - 7 * DAY,
        "window": (around - 3 * DAY, around + 10 * DAY),
    } | more
    local = [start.astimezone(ZoneInfo(zone)) for start in openings(**arguments)]
    return [f"{start:%d} {start.isoformat(timespec='minutes')[11:]}" for start in local]


@pytest.mark.parametrize(
    ("zone", "day", "interval", "length", "expected"),
    [
        # Moscow, spring 2011: 02:00+03 becomes 03:00+04, and stays so for three winters
        ("Europe/Moscow", "2011-03-27", "01:00-05:00", 60, "27 01:00+03:00, 27 03:00+04:00, 27 04:00+04:00"),
        ("Europe/Moscow", "2011-03-27", "02:00-04:00", 60, "27 03:00+04:00"),
        ("Europe/Moscow", "2011-03-27", "02:30-05:00", 60, "27 03:00+04:00, 27 04:00+04:00"),
        ("Europe/Moscow", "2011-03-27", "02:10-02:50", 10, ""),
        ("Europe/Moscow", "2011-03-27", "02:00-03:00", 10, ""),
        ("Europe/Moscow", "2011-03-27", "01:00-02:30", 30, "27 01:00+03:00, 27 01:30+03:00"),
        ("Europe/Moscow", "2011-03-27", "01:30-04:00", 60, "27 01:30+03:00"),
        ("Europe/Moscow", "2011-03-26", "23:00-27:00", 60, "26 23:00+03:00, 27 00:00+03:00, 27 01:00+03:00"),
        ("Europe/Moscow", "2011-10-30", "01:00-04:00", 60, "30 01:00+04:00, 30 02:00+04:00, 30 03:00+04:00"),
        ("Europe/Moscow", "2012-03-25", "01:00-04:00", 60, "25 01:00+04:00, 25 02:00+04:00, 25 03:00+04:00"),
        # Moscow, autumn 2014: 02:00+04 becomes 01:00+03, for good
        (
            "Europe/Moscow",
            "2014-10-26",
            "00:00-03:00",
            60,
            "26 00:00+04:00, 26 01:00+04:00, 26 01:00+03:00, 26 02:00+03:00",
        ),
        ("Europe/Moscow", "2014-10-26", "01:00-02:00", 60, "26 01:00+04:00, 26 01:00+03:00"),
        ("Europe/Moscow", "2014-10-26", "02:00-03:00", 60, "26 02:00+03:00"),
        (
            "Europe/Moscow",
            "2014-10-26",
            "00:30-01:30",
            30,
            "26 00:30+04:00, 26 01:00+04:00, 26 01:30+04:00, 26 01:00+03:00",
        ),
        ("Europe/Moscow", "2014-10-25", "23:00-26:00", 90, "25 23:00+04:00, 26 00:30+04:00"),
        ("Europe/Moscow", "2015-03-29", "01:00-04:00", 60, "29 01:00+03:00, 29 02:00+03:00, 29 03:00+03:00"),
        # Berlin: 02:00+01 becomes 03:00+02 in March, 03:00+02 becomes 02:00+01 in October
        ("Europe/Berlin", "2026-03-29", "01:00-04:00", 60, "29 01:00+01:00, 29 03:00+02:00"),
        ("Europe/Berlin", "2026-03-29", "02:45-04:00", 30, "29 03:00+02:00, 29 03:30+02:00"),
        (
            "Europe/Berlin",
            "2026-10-25",
            "01:00-04:00",
            60,
            "25 01:00+02:00, 25 02:00+02:00, 25 02:00+01:00, 25 03:00+01:00",
        ),
        ("Europe/Berlin", "2026-10-25", "02:30-03:00", 45, "25 02:30+02:00, 25 02:15+01:00"),
        ("Europe/Berlin", "2026-10-25", "03:00-04:00", 60, "25 03:00+01:00"),
        # New York: 02:00-05 becomes 03:00-04 in March, 02:00-04 becomes 01:00-05 in November
        ("America/New_York", "2026-03-08", "01:00-04:00", 60, "08 01:00-05:00, 08 03:00-04:00"),
        (
            "America/New_York",
            "2026-11-01",
            "00:00-02:00",
            60,
            "01 00:00-04:00, 01 01:00-04:00, 01 01:00-05:00",
        ),
        # Kathmandu: three quarters of an hour; on New Year 1986 the clock went from 00:00 to 00:15
        ("Asia/Kathmandu", "2026-11-24", "09:00-11:00", 60, "24 09:00+05:45, 24 10:00+05:45"),
        ("Asia/Kathmandu", "1986-01-01", "00:00-01:30", 30, "01 00:15+05:45, 01 00:45+05:45"),
        ("Asia/Kathmandu", "1985-12-31", "23:00-24:20", 30, "31 23:00+05:30, 31 23:30+05:30"),
        # Lord Howe: half an hour; 02:00+11 becomes 01:30+10:30 in April, 02:00+10:30 becomes 02:30+11 in October
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:00-02:30",
            30,
            "05 01:00+11:00, 05 01:30+11:00, 05 01:30+10:30, 05 02:00+10:30",
        ),
        ("Australia/Lord_Howe", "2026-04-05", "00:30-02:00", 60, "05 00:30+11:00, 05 01:30+11:00"),
        ("Australia/Lord_Howe", "2026-10-04", "01:00-03:00", 30, "04 01:00+10:30, 04 01:30+10:30, 04 02:30+11:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10-03:30", 30, "04 02:30+11:00, 04 03:00+11:00"),
        # São Paulo changed at midnight itself: forward on 4 November 2018, back on 18 February 2018
        ("America/Sao_Paulo", "2018-11-04", "00:00-03:00", 60, "04 01:00-02:00, 04 02:00-02:00"),
        ("America/Sao_Paulo", "2018-02-17", "22:00-24:00", 60, "17 22:00-02:00, 17 23:00-02:00, 17 23:00-03:00"),
    ],
)
def test_one_interval_on_the_day_of_a_change(zone: str, day: str, interval: str, length: int, expected: str) -> None:
    assert ", ".join(shown(zone, {date.fromisoformat(day): hours(interval)}, length)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "interval", "expected"),
    [
        ("Europe/Berlin", "2026-10-25", "01:00-02:00", ["25 01:00+02:00"]),
        ("Europe/Moscow", "2014-10-25", "23:00-25:00", ["25 23:00+04:00", "26 00:00+04:00"]),
        # Havana repeats the first hour of a date: the day before must not reach into it
        ("America/Havana", "2026-10-31", "22:00-24:00", ["31 22:00-04:00", "31 23:00-04:00"]),
    ],
)
def test_hours_that_end_where_the_repeated_hour_begins_have_no_part_in_it(
    zone: str, day: str, interval: str, expected: list[str]
) -> None:
    assert shown(zone, {date.fromisoformat(day): hours(interval)}) == expected


@pytest.mark.parametrize(
    ("zone", "day", "openings_of_half_an_hour"),
    [
        ("Europe/Moscow", "2011-03-27", 46),
        ("Europe/Moscow", "2014-10-26", 50),
        ("Europe/Berlin", "2026-03-29", 46),
        ("Europe/Berlin", "2026-10-25", 50),
        ("Europe/Berlin", "2026-10-26", 48),
        ("America/New_York", "2026-03-08", 46),
        ("America/New_York", "2026-11-01", 50),
        ("Asia/Kathmandu", "2026-03-29", 48),
        ("Australia/Lord_Howe", "2026-04-05", 49),
        ("Australia/Lord_Howe", "2026-10-04", 47),
        ("America/Havana", "2026-11-01", 50),
        ("Pacific/Apia", "2011-12-29", 48),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_whole_day_is_as_long_as_the_day_is(zone: str, day: str, openings_of_half_an_hour: int) -> None:
    assert len(shown(zone, {date.fromisoformat(day): hours("00:00-24:00")}, 30)) == openings_of_half_an_hour


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Moscow", "2011-03-27"),
        ("Europe/Moscow", "2014-10-26"),
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("America/New_York", "2026-03-08"),
        ("America/New_York", "2026-11-01"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-10-04"),
    ],
)
def test_nine_in_the_morning_stays_nine_before_and_after_a_change(zone: str, day: str) -> None:
    change = date.fromisoformat(day)
    week = {change + shift * DAY: hours("09:00-10:00") for shift in range(-3, 4)}
    assert [found.split()[1][:5] for found in shown(zone, week)] == ["09:00"] * 7


def test_whole_days_are_one_working_time_across_a_change_at_midnight() -> None:
    days = {date(2018, 11, 3): hours("00:00-24:00"), date(2018, 11, 4): hours("00:00-24:00")}
    found = shown("America/Sao_Paulo", days, rules=Rules(duration=2 * HOUR, step=HOUR))
    assert found[22:25] == ["03 22:00-03:00", "03 23:00-03:00", "04 01:00-02:00"]


# Samoa went from 29 December 2011 (-10) to 31 December (+14)


def test_a_skipped_date_has_no_openings_whoever_asks_for_them() -> None:
    skipped = date(2011, 12, 30)
    assert shown("Pacific/Apia", {skipped: hours("09:00-18:00")}) == []
    assert shown("Pacific/Apia", {skipped: hours("22:00-34:00")}) == []
    assert shown("Pacific/Apia", {skipped: []}, weekly=dict.fromkeys(range(7), hours("09:00-10:00"))) == [
        "27 09:00-10:00",
        "28 09:00-10:00",
        "29 09:00-10:00",
        *(f"{day} 09:00+14:00" for day in ("31", "01", "02", "03", "04", "05", "06", "07", "08", "09")),
    ]


def test_an_evening_before_a_skipped_date_ends_at_midnight() -> None:
    found = shown("Pacific/Apia", {date(2011, 12, 29): hours("22:00-26:00")})
    assert found == ["29 22:00-10:00", "29 23:00-10:00"]


def test_a_meeting_may_cross_a_skipped_date() -> None:
    days = {date(2011, 12, 29): hours("22:00-24:00"), date(2011, 12, 31): hours("00:00-02:00")}
    found = shown("Pacific/Apia", days, rules=Rules(duration=2 * HOUR, step=HOUR))
    assert found == ["29 22:00-10:00", "29 23:00-10:00", "31 00:00+14:00"]


# Rules around a change


def test_buffers_are_elapsed_time() -> None:
    berlin = date(2026, 3, 29)
    one_at_night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 01:00+01:00, an hour before the gap
    found = shown(
        "Europe/Berlin",
        {berlin: hours("00:00-06:00")},
        busy=[(one_at_night - HOUR, one_at_night)],
        rules=Rules(duration=HOUR, step=HOUR, buffer_before=HOUR),
    )
    assert found == ["29 03:00+02:00", "29 04:00+02:00", "29 05:00+02:00"]


@pytest.mark.parametrize(
    ("notice", "horizon", "expected"),
    [
        (24 * HOUR, 30 * DAY, ["29 13:00+02:00"]),
        (timedelta(0), 24 * HOUR, ["29 12:00+02:00", "29 13:00+02:00"]),
    ],
)
def test_notice_and_horizon_are_elapsed_time_whatever_the_zone_of_now(
    notice: timedelta, horizon: timedelta, expected: list[str]
) -> None:
    found = shown(
        "Europe/Berlin",
        {date(2026, 3, 29): hours("12:00-14:00")},
        rules=Rules(duration=HOUR, step=HOUR, notice=notice, horizon=horizon),
        now=datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/Berlin")),
    )
    assert found == expected


def test_busy_time_in_the_second_of_two_equal_hours_leaves_the_first_one_open() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 0, tzinfo=berlin)
    second = first.replace(fold=1)
    night = {date(2026, 10, 25): hours("02:00-03:00")}
    assert shown("Europe/Berlin", night, busy=[(second, second.replace(minute=30))]) == ["25 02:00+02:00"]
    assert shown("Europe/Berlin", night, busy=[(first, second)]) == ["25 02:00+01:00"]


def test_the_daily_limit_closes_both_of_two_equal_hours() -> None:
    night = {date(2026, 10, 24): hours("23:00-24:00"), date(2026, 10, 25): hours("02:00-03:00")}
    limited = Rules(duration=HOUR, step=HOUR, daily_limit=1)
    assert shown("Europe/Berlin", night, rules=limited, booked={date(2026, 10, 25): 1}) == ["24 23:00+02:00"]


def test_the_daily_limit_goes_by_the_shown_date_where_the_clock_goes_back_over_midnight() -> None:
    # St. John's, 2010: one minute past midnight of the 7th it became 23:01 of the 6th again
    saturday, sunday = date(2010, 11, 6), date(2010, 11, 7)
    night = {saturday: hours("23:00-24:00"), sunday: hours("00:00-01:00")}
    limited = Rules(duration=20 * MINUTE, step=20 * MINUTE, daily_limit=1)

    def found(full: date) -> list[str]:
        return shown("America/St_Johns", night, rules=limited, booked={full: 1})

    # Sunday's interval begins at the first midnight, while the evening is not over: both are one working time.
    assert found(saturday) == [
        "07 00:00-02:30",
        "07 00:00-03:30",
        "07 00:20-03:30",
        "07 00:40-03:30",
    ]
    assert {each[:2] for each in found(sunday)} == {"06"}


def test_starts_are_the_same_instants_in_every_zone_of_the_guest() -> None:
    host = {date(2026, 10, 25): hours("00:00-06:00")}
    window = (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC))
    expected = shown("Europe/Berlin", host, window=window)
    assert len(expected) == 4
    for guest in ("America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Europe/Berlin"):
        asked = tuple(edge.astimezone(ZoneInfo(guest)) for edge in window)
        assert shown("Europe/Berlin", host, window=asked) == expected


@pytest.mark.parametrize("now", [datetime(1975, 6, 1, tzinfo=UTC), datetime(2075, 6, 1, tzinfo=UTC)])
def test_years_long_ago_and_far_ahead(now: datetime) -> None:
    day = now.date() + DAY
    found = shown("Europe/Moscow", {day: hours("09:00-10:00")}, now=now)
    assert found == ["02 09:00+03:00"]


def test_whole_days_are_open_at_every_instant_of_a_year() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "America/St_Johns", "Asia/Gaza"):
        found = openings(
            weekly=WHOLE_DAYS,
            overrides={},
            zone=ZoneInfo(zone),
            busy=[],
            blocked=[],
            booked={},
            rules=Rules(duration=HOUR, step=HOUR / 2, horizon=365 * DAY),
            now=now,
            window=(now, now + 365 * DAY),
        )
        assert len(found) == 365 * 48, zone
