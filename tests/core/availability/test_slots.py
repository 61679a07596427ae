"""The rules of openings, one after another, in a zone whose clock stands still (Moscow, +03:00)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.availability.slots import Busy, Hours, Rules, openings

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in (23, 24, 25, 26))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at(day: date, clock: str) -> datetime:
    """That wall time in Moscow; "24:00" and later count on from the day's midnight."""
    hour, minute = clock.split(":")
    midnight = datetime(day.year, day.month, day.day, tzinfo=MOSCOW).astimezone(UTC)
    return midnight + timedelta(hours=int(hour), minutes=int(minute))


def hours(*intervals: str) -> list[Hours]:
    """`hours("09:00-18:00")`."""

    def minutes(clock: str) -> int:
        hour, minute = clock.split(":")
        return int(hour) * 60 + int(minute)

    return [Hours(*(minutes(edge) for edge in interval.split("-"))) for interval in intervals]


def busy(day: date, *intervals: str) -> list[Busy]:
    return [(at(day, start), at(day, end)) for start, end in (each.split("-") for each in intervals)]


def rules(duration: int = 60, step: int | None = None, **more: Any) -> Rules:
    """Minutes; the step is the duration unless said otherwise."""
    return Rules(duration=duration * MINUTE, step=(step or duration) * MINUTE, **more)


def open_on(
    day: date,
    *,
    weekly: Mapping[int, Sequence[Hours]] | None = None,
    until: date | None = None,
    **more: Any,
) -> list[str]:
    """The openings of a day as "09:00", or of all days to the end of `until` as "24 09:00"."""
    arguments: dict[str, Any] = {
        "weekly": weekly if weekly is not None else dict.fromkeys(range(7), hours("09:00-12:00")),
        "overrides": {},
        "zone": MOSCOW,
        "busy": [],
        "blocked": [],
        "booked": {},
        "rules": rules(),
        "now": at(MONDAY, "00:00") - 7 * DAY,
        "window": (at(day, "00:00"), at(until or day, "24:00")),
    } | more
    form = "%d %H:%M" if until else "%H:%M"
    return [start.astimezone(MOSCOW).strftime(form) for start in openings(**arguments)]


# What comes out


def test_openings_are_aware_utc_datetimes() -> None:
    found = openings(
        weekly={1: hours("09:00-10:00")},
        overrides={},
        zone=MOSCOW,
        busy=[],
        blocked=[],
        booked={},
        rules=rules(30),
        now=at(MONDAY, "00:00"),
        window=(at(MONDAY, "00:00"), at(THURSDAY, "00:00")),
    )
    assert found == [datetime(2026, 11, 24, 6, 0, tzinfo=UTC), datetime(2026, 11, 24, 6, 30, tzinfo=UTC)]
    assert all(start.tzinfo is UTC for start in found)


def test_the_window_includes_its_start_and_excludes_its_end() -> None:
    assert open_on(TUESDAY, window=(at(TUESDAY, "10:00"), at(TUESDAY, "11:00"))) == ["10:00"]


def test_a_window_between_two_starts_holds_none_and_shifts_none() -> None:
    assert open_on(TUESDAY, window=(at(TUESDAY, "09:01"), at(TUESDAY, "10:00"))) == []
    assert open_on(TUESDAY, window=(at(TUESDAY, "09:01"), at(TUESDAY, "10:01"))) == ["10:00"]


def test_a_window_of_one_instant_tells_whether_this_very_start_is_open() -> None:
    instant = timedelta(microseconds=1)
    ten = at(TUESDAY, "10:00")
    assert open_on(TUESDAY, window=(ten, ten + instant)) == ["10:00"]
    assert open_on(TUESDAY, window=(ten + instant, ten + 2 * instant)) == []
    assert open_on(TUESDAY, window=(ten - instant, ten)) == []


def test_a_window_of_no_length_holds_nothing() -> None:
    assert open_on(TUESDAY, window=(at(TUESDAY, "09:00"), at(TUESDAY, "09:00"))) == []
    assert open_on(TUESDAY, window=(at(WEDNESDAY, "09:00"), at(TUESDAY, "09:00"))) == []


# Hours


def test_a_weekday_without_hours_is_a_day_off() -> None:
    weekly = {0: hours("09:00-10:00"), 2: hours("09:00-10:00"), 3: []}
    assert open_on(MONDAY, until=THURSDAY, weekly=weekly) == ["23 09:00", "25 09:00"]


def test_a_break_divides_the_day_and_each_part_counts_from_its_own_start() -> None:
    weekly = {1: hours("09:00-12:00", "13:15-16:00")}
    assert open_on(TUESDAY, weekly=weekly) == ["09:00", "10:00", "11:00", "13:15", "14:15"]


def test_ninety_minutes_on_a_half_hour_step_until_20_end_with_18_30() -> None:
    found = open_on(TUESDAY, weekly={1: hours("17:00-20:00")}, rules=rules(90, step=30))
    assert found == ["17:00", "17:30", "18:00", "18:30"]


@pytest.mark.parametrize(
    ("duration", "step", "expected"),
    [
        (30, 60, ["09:00", "10:00", "11:00"]),
        (60, 20, ["09:00", "09:20", "09:40", "10:00", "10:20", "10:40", "11:00"]),
        (50, 50, ["09:00", "09:50", "10:40"]),
        (180, 30, ["09:00"]),
        (181, 30, []),
    ],
)
def test_step_and_duration_differ(duration: int, step: int, expected: list[str]) -> None:
    assert open_on(TUESDAY, rules=rules(duration, step)) == expected


def test_touching_intervals_are_one_working_time_with_two_grids() -> None:
    weekly = {1: hours("09:00-10:15", "10:15-12:00")}
    assert open_on(TUESDAY, weekly=weekly) == ["09:00", "10:00", "10:15"]


def test_overlapping_intervals_offer_a_shared_start_once() -> None:
    weekly = {1: hours("10:00-12:00", "09:00-11:00")}
    assert open_on(TUESDAY, weekly=weekly, rules=rules(60, 30)) == [
        "09:00",
        "09:30",
        "10:00",
        "10:30",
        "11:00",
    ]


def test_an_interval_inside_another_changes_only_the_grid() -> None:
    weekly = {1: hours("09:00-12:00", "09:45-10:30")}
    assert open_on(TUESDAY, weekly=weekly) == ["09:00", "09:45", "10:00", "11:00"]


def test_hours_past_midnight_reach_into_the_next_day() -> None:
    weekly = {0: hours("22:00-26:00")}
    assert open_on(MONDAY, until=TUESDAY, weekly=weekly) == ["23 22:00", "23 23:00", "24 00:00", "24 01:00"]


def test_a_window_from_midnight_sees_the_tail_of_yesterday() -> None:
    assert open_on(TUESDAY, weekly={0: hours("22:30-26:30")}) == ["00:30", "01:30"]


def test_hours_of_two_days_reach_into_the_day_after() -> None:
    found = open_on(TUESDAY, weekly={0: hours("20:00-48:00")}, rules=rules(240))
    assert found == ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]


def test_whole_days_let_a_meeting_cross_midnight() -> None:
    weekly = {0: hours("00:00-24:00"), 1: hours("00:00-24:00")}
    found = open_on(MONDAY, until=WEDNESDAY, weekly=weekly, rules=rules(120, step=60))
    assert found[0] == "23 00:00"
    assert {"23 23:00", "24 00:00"} <= set(found)
    assert found[-1] == "24 22:00"


def test_whole_days_start_their_grid_anew_at_midnight() -> None:
    found = open_on(MONDAY, until=TUESDAY, weekly=dict.fromkeys(range(7), hours("00:00-24:00")), rules=rules(420))
    assert found == [
        "23 00:00",
        "23 07:00",
        "23 14:00",
        "23 21:00",
        "24 00:00",
        "24 07:00",
        "24 14:00",
        "24 21:00",
    ]


def test_a_tail_past_midnight_joins_the_hours_it_touches() -> None:
    weekly = {0: hours("22:00-26:00"), 1: hours("02:00-04:00")}
    found = open_on(TUESDAY, weekly=weekly, rules=rules(180, step=60))
    assert found == ["00:00", "01:00"]


def test_a_meeting_may_last_for_days() -> None:
    weekly = dict.fromkeys(range(7), hours("00:00-24:00"))
    found = open_on(MONDAY, weekly=weekly, rules=rules(6 * 24 * 60, step=720), overrides={date(2026, 11, 29): []})
    assert found == ["00:00"]


# Overrides


def test_an_override_replaces_the_hours_of_its_date_only() -> None:
    found = open_on(MONDAY, until=WEDNESDAY, overrides={TUESDAY: hours("15:00-16:00")})
    assert [each for each in found if each.startswith("24")] == ["24 15:00"]
    assert [each for each in found if each.startswith("25")] == ["25 09:00", "25 10:00", "25 11:00"]


def test_an_empty_override_is_a_day_off() -> None:
    assert open_on(TUESDAY, overrides={TUESDAY: []}) == []


def test_an_override_opens_a_day_off() -> None:
    assert open_on(TUESDAY, weekly={}, overrides={TUESDAY: hours("09:00-10:00")}) == ["09:00"]


def test_an_override_does_not_cut_yesterdays_tail() -> None:
    assert open_on(TUESDAY, weekly={0: hours("22:00-26:00")}, overrides={TUESDAY: []}) == ["00:00", "01:00"]


def test_an_override_takes_away_the_tail_of_its_own_date() -> None:
    found = open_on(MONDAY, until=TUESDAY, weekly={0: hours("22:00-26:00")}, overrides={MONDAY: []})
    assert found == []


# Busy time, blocked time, buffers


def test_busy_time_closes_what_overlaps_it_and_nothing_that_touches() -> None:
    assert open_on(TUESDAY, busy=busy(TUESDAY, "10:00-11:00")) == ["09:00", "11:00"]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ("09:59-10:01", ["11:00"]),
        ("10:59-11:00", ["09:00", "11:00"]),
        ("08:00-09:01", ["10:00", "11:00"]),
        ("08:00-09:00", ["09:00", "10:00", "11:00"]),
        ("11:59-14:00", ["09:00", "10:00"]),
        ("12:00-14:00", ["09:00", "10:00", "11:00"]),
        ("00:00-24:00", []),
    ],
)
def test_a_minute_of_overlap_is_enough(taken: str, expected: list[str]) -> None:
    assert open_on(TUESDAY, busy=busy(TUESDAY, taken)) == expected
    assert open_on(TUESDAY, blocked=busy(TUESDAY, taken)) == expected


def test_busy_time_to_the_microsecond() -> None:
    instant = timedelta(microseconds=1)
    start, end = at(TUESDAY, "10:00"), at(TUESDAY, "11:00")
    assert open_on(TUESDAY, busy=[(start - instant, end)]) == ["11:00"]
    assert open_on(TUESDAY, busy=[(start, end + instant)]) == ["09:00"]
    assert open_on(TUESDAY, busy=[(start + instant, end - instant)]) == ["09:00", "11:00"]


def test_busy_times_come_in_any_order_and_overlap() -> None:
    taken = busy(TUESDAY, "11:30-11:40", "09:00-09:30", "09:10-09:20", "09:05-10:00", "11:30-11:40")
    assert open_on(TUESDAY, busy=taken, rules=rules(30)) == ["10:00", "10:30", "11:00"]


def test_busy_time_days_long_that_began_before_the_window() -> None:
    assert open_on(TUESDAY, busy=[(at(MONDAY, "00:00") - 30 * DAY, at(TUESDAY, "10:30"))]) == ["11:00"]


def test_the_grid_goes_on_after_busy_time_where_it_was() -> None:
    found = open_on(TUESDAY, busy=busy(TUESDAY, "09:10-09:20"), rules=rules(30))
    assert found == ["09:30", "10:00", "10:30", "11:00", "11:30"]


def test_buffers_keep_their_distance_from_busy_time_on_both_sides() -> None:
    spaced = rules(30, buffer_before=10 * MINUTE, buffer_after=20 * MINUTE, step=10)
    found = open_on(TUESDAY, busy=busy(TUESDAY, "10:30-11:00"), rules=spaced)
    assert found == ["09:00", "09:10", "09:20", "09:30", "09:40", "11:10", "11:20", "11:30"]


def test_buffers_may_stick_out_of_the_hours() -> None:
    spaced = rules(60, buffer_before=HOUR, buffer_after=HOUR)
    assert open_on(TUESDAY, rules=spaced) == ["09:00", "10:00", "11:00"]
    assert open_on(TUESDAY, rules=spaced, busy=busy(TUESDAY, "07:00-08:01", "12:59-14:00")) == ["10:00"]


def test_blocked_time_is_closed_to_the_meeting_but_not_to_its_buffers() -> None:
    spaced = rules(60, buffer_before=30 * MINUTE, buffer_after=30 * MINUTE)
    assert open_on(TUESDAY, rules=spaced, blocked=busy(TUESDAY, "10:00-11:00")) == ["09:00", "11:00"]
    assert open_on(TUESDAY, rules=spaced, busy=busy(TUESDAY, "10:00-11:00")) == []


def test_busy_of_the_host_and_of_the_guest_add_up() -> None:
    found = open_on(TUESDAY, busy=busy(TUESDAY, "09:00-10:00"), blocked=busy(TUESDAY, "11:30-13:00"))
    assert found == ["10:00"]


# Notice and horizon


def test_nothing_opens_in_the_past() -> None:
    assert open_on(TUESDAY, now=at(TUESDAY, "10:01")) == ["11:00"]


def test_notice_is_inclusive() -> None:
    noticed = rules(notice=2 * HOUR)
    assert open_on(TUESDAY, now=at(TUESDAY, "08:00"), rules=noticed) == ["10:00", "11:00"]
    assert open_on(TUESDAY, now=at(TUESDAY, "08:00") + timedelta(microseconds=1), rules=noticed) == ["11:00"]


def test_horizon_is_inclusive() -> None:
    far = rules(horizon=DAY)
    assert open_on(TUESDAY, now=at(MONDAY, "10:00"), rules=far) == ["09:00", "10:00"]
    assert open_on(TUESDAY, now=at(MONDAY, "10:00") - timedelta(microseconds=1), rules=far) == ["09:00"]


def test_the_horizon_is_thirty_days_unless_said_otherwise() -> None:
    assert open_on(TUESDAY, now=at(TUESDAY, "10:00") - 30 * DAY) == ["09:00", "10:00"]


def test_a_meeting_may_end_beyond_horizon_and_window() -> None:
    assert open_on(TUESDAY, rules=rules(horizon=HOUR), now=at(TUESDAY, "10:00")) == ["10:00", "11:00"]
    assert open_on(TUESDAY, window=(at(TUESDAY, "00:00"), at(TUESDAY, "11:01"))) == [
        "09:00",
        "10:00",
        "11:00",
    ]


def test_notice_beyond_the_horizon_leaves_nothing() -> None:
    assert open_on(TUESDAY, now=at(TUESDAY, "09:00"), rules=rules(notice=2 * HOUR, horizon=HOUR)) == []


# Limits


def test_a_full_day_is_closed_and_its_neighbours_are_not() -> None:
    found = open_on(MONDAY, until=WEDNESDAY, rules=rules(180, daily_limit=2), booked={MONDAY: 1, TUESDAY: 2})
    assert found == ["23 09:00", "25 09:00"]


def test_an_overbooked_day_is_closed() -> None:
    assert open_on(TUESDAY, rules=rules(daily_limit=2), booked={TUESDAY: 3}) == []


def test_a_limit_of_none_counts_nothing_and_a_limit_of_zero_closes_all() -> None:
    assert len(open_on(TUESDAY, rules=rules(), booked={TUESDAY: 100})) == 3
    assert open_on(TUESDAY, rules=rules(daily_limit=0)) == []
    assert open_on(TUESDAY, rules=rules(weekly_limit=0)) == []


def test_the_daily_limit_is_of_the_date_the_meeting_starts_on() -> None:
    night = {0: hours("22:00-26:00")}
    limited = rules(120, step=60, daily_limit=1)
    asked: dict[str, Any] = {"until": TUESDAY, "weekly": night, "rules": limited}
    assert open_on(MONDAY, booked={MONDAY: 1}, **asked) == ["24 00:00"]
    assert open_on(MONDAY, booked={TUESDAY: 1}, **asked) == ["23 22:00", "23 23:00"]


def test_a_full_week_is_closed_from_monday_to_sunday() -> None:
    limited = rules(180, weekly_limit=3)
    found = open_on(
        date(2026, 11, 21), until=date(2026, 12, 1), rules=limited, booked={MONDAY: 1, date(2026, 11, 29): 2}
    )
    assert found == ["21 09:00", "22 09:00", "30 09:00", "01 09:00"]


def test_the_week_counts_days_outside_the_window() -> None:
    assert open_on(THURSDAY, rules=rules(weekly_limit=2), booked={MONDAY: 2}) == []
    assert len(open_on(THURSDAY, rules=rules(weekly_limit=2), booked={MONDAY: 1, MONDAY - DAY: 1})) == 3


def test_a_week_across_the_new_year_is_one_week() -> None:
    limited = rules(180, weekly_limit=2)
    found = open_on(
        date(2026, 12, 27),
        until=date(2027, 1, 4),
        rules=limited,
        booked={date(2026, 12, 29): 1, date(2027, 1, 2): 1},
        now=at(date(2026, 12, 20), "00:00"),
    )
    assert found == ["27 09:00", "04 09:00"]


# What is refused

NAIVE = datetime(2026, 11, 24, 9, 0)  # noqa: DTZ001


@pytest.mark.parametrize(
    "wrong",
    [
        {"now": NAIVE},
        {"window": (NAIVE, at(TUESDAY, "12:00"))},
        {"window": (at(TUESDAY, "00:00"), NAIVE)},
        {"busy": [(NAIVE, at(TUESDAY, "12:00"))]},
        {"busy": [(at(TUESDAY, "00:00"), NAIVE)]},
        {"blocked": [(NAIVE, at(TUESDAY, "12:00"))]},
        {"busy": [(at(TUESDAY, "11:00"), at(TUESDAY, "10:00"))]},
        {"blocked": [(at(TUESDAY, "11:00"), at(TUESDAY, "11:00"))]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_naive_and_reversed_times_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"naive|before it ends"):
        open_on(TUESDAY, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": timedelta(0)},
        {"duration": -HOUR},
        {"step": timedelta(0)},
        {"step": -MINUTE},
        {"duration": timedelta(milliseconds=1500)},
        {"step": timedelta(seconds=1, microseconds=1)},
        {"buffer_before": -MINUTE},
        {"buffer_after": -MINUTE},
        {"buffer_after": timedelta(microseconds=1)},
        {"notice": -MINUTE},
        {"horizon": -DAY},
        {"daily_limit": -1},
        {"weekly_limit": -1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_nonsense_rules_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be|whole seconds"):
        Rules(**({"duration": HOUR, "step": HOUR} | wrong))


@pytest.mark.parametrize(("start", "end"), [(-1, 60), (1440, 1500), (600, 600), (600, 540), (0, 2881)])
def test_impossible_hours_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no such hours"):
        Hours(start, end)


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 1440), (1439, 2880), (1320, 1560)])
def test_the_longest_hours_are_hours(start: int, end: int) -> None:
    assert Hours(start, end).end == end
