"""What holds of openings whatever is asked, and a second, slow way to find them that must agree.

The slow way looks at every single minute: what the host's clock shows then, and whether the rules allow it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.availability.slots import Busy, Hours, Rules, openings

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
T = TypeVar("T")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Where and when the clock changes, and two places where it does not.
CHANGES = [
    ("Europe/Moscow", date(2011, 3, 27)),
    ("Europe/Moscow", date(2014, 10, 26)),
    ("Europe/Moscow", date(2026, 11, 24)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
]
GUEST_ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"]


@dataclass(frozen=True)
class Question:
    """All that `openings` is asked, in whole minutes."""

    weekly: dict[int, list[Hours]]
    overrides: dict[date, list[Hours]]
    zone: ZoneInfo
    busy: list[Busy]
    blocked: list[Busy]
    booked: dict[date, int]
    rules: Rules
    now: datetime
    window: Busy

    def answer(self) -> list[datetime]:
        return openings(**vars(self))


# Questions


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    """Mostly round times, as people choose them, and sometimes any minute."""
    grain = draw(st.sampled_from([60, 30, 15, 1]))
    start = draw(st.integers(0, 1439 // grain)) * grain
    length = draw(st.integers(1, min(1440, 2880 - start) // grain)) * grain
    return Hours(start, start + length)


DAYS_HOURS = st.sampled_from([[Hours(0, 1440)], [Hours(540, 1080)], [Hours(1260, 1680)]]) | st.lists(
    some_hours(), max_size=3
)


def seldom(usual: T, unusual: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Mostly `usual`: were every rule drawn at random, hardly a question would have an answer."""
    return st.integers(0, 3).flatmap(lambda dice: unusual if dice == 3 else st.just(usual))


@st.composite
def some_busy(draw: st.DrawFn, around: datetime) -> Busy:
    start = around + draw(st.integers(-4 * 1440, 4 * 1440)) * MINUTE
    return start, start + draw(seldom(45, st.integers(1, 1500))) * MINUTE


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Questions about a few days around a change of the clock."""
    zone, change = draw(st.sampled_from(CHANGES))
    around = datetime(change.year, change.month, change.day, tzinfo=UTC)
    dates = [change + shift * DAY for shift in range(-5, 6)]
    window_start = around + draw(st.integers(-2 * 1440, 1440)) * MINUTE
    return Question(
        weekly=draw(st.fixed_dictionaries({}, optional=dict.fromkeys(range(7), DAYS_HOURS))),
        overrides=draw(st.dictionaries(st.sampled_from(dates), DAYS_HOURS, max_size=3)),
        zone=ZoneInfo(zone),
        busy=draw(st.lists(some_busy(around), max_size=5)),
        blocked=draw(st.lists(some_busy(around), max_size=3)),
        booked=draw(st.dictionaries(st.sampled_from(dates), st.integers(0, 3), max_size=4)),
        rules=Rules(
            duration=draw(st.sampled_from([15, 30, 60, 90, 300, 1500]) | st.integers(1, 200)) * MINUTE,
            step=draw(st.sampled_from([15, 30, 60]) | st.integers(7, 500)) * MINUTE,
            buffer_before=draw(seldom(0, st.integers(0, 120))) * MINUTE,
            buffer_after=draw(seldom(0, st.integers(0, 120))) * MINUTE,
            notice=draw(seldom(0, st.integers(0, 2880))) * MINUTE,
            horizon=draw(seldom(43_200, st.integers(0, 7200))) * MINUTE,
            daily_limit=draw(seldom(None, st.integers(0, 4))),
            weekly_limit=draw(seldom(None, st.integers(0, 10))),
        ),
        now=around + draw(st.integers(-4 * 1440, 0)) * MINUTE,
        window=(window_start, window_start + draw(seldom(2 * 1440, st.integers(0, 3 * 1440))) * MINUTE),
    )


# The slow way


@lru_cache(maxsize=64)
def clock_of(zone: ZoneInfo, first_day: int, days: int) -> tuple[list[int], dict[int, int]]:
    """The minutes of these days since the epoch, and what the zone's clock shows at each, counted alike."""
    minutes = list(range(first_day * 1440, (first_day + days) * 1440))
    naive_epoch = EPOCH.replace(tzinfo=None)
    shown = {
        minute: (datetime.fromtimestamp(minute * 60, zone).replace(tzinfo=None) - naive_epoch) // MINUTE
        for minute in minutes
    }
    return minutes, shown


def minute_of(moment: datetime) -> int:
    return (moment - EPOCH) // MINUTE


def minutes_of(times: Sequence[Busy]) -> set[int]:
    return {minute for start, end in times for minute in range(minute_of(start), minute_of(end))}


def slowly(question: Question) -> list[datetime]:
    """The openings, found by looking at every minute around the window."""
    rules = question.rules
    first_day, last_day = minute_of(question.window[0]) // 1440 - 5, minute_of(question.window[1]) // 1440 + 6
    minutes, shown = clock_of(question.zone, first_day, last_day - first_day)

    working: set[int] = set()
    candidates: set[int] = set()
    for day_number in sorted({reading // 1440 for reading in shown.values()}):
        day = date(1970, 1, 1) + day_number * DAY
        todays = question.overrides[day] if day in question.overrides else question.weekly.get(day.weekday(), [])
        for hours in todays:
            start, end = day_number * 1440 + hours.start, day_number * 1440 + hours.end
            inside = [minute for minute in minutes if start <= shown[minute] < end]
            if inside:
                interval = range(inside[0], inside[-1] + 1)
                working.update(interval)
                candidates.update(interval[:: rules.step // MINUTE])

    busy, blocked = minutes_of(question.busy), minutes_of(question.blocked)

    def allowed(minute: int) -> bool:
        start = EPOCH + minute * MINUTE
        end = start + rules.duration
        meeting = minutes_of([(start, end)])
        day = start.astimezone(question.zone).date()
        week = [day + (shift - day.weekday()) * DAY for shift in range(7)]
        return (
            question.window[0] <= start < question.window[1]
            and question.now + rules.notice <= start <= question.now + rules.horizon
            and meeting <= working
            and not meeting & blocked
            and not minutes_of([(start - rules.buffer_before, end + rules.buffer_after)]) & busy
            and (rules.daily_limit is None or question.booked.get(day, 0) < rules.daily_limit)
            and (rules.weekly_limit is None or sum(question.booked.get(each, 0) for each in week) < rules.weekly_limit)
        )

    window = range(minute_of(question.window[0]), minute_of(question.window[1]))
    return [EPOCH + minute * MINUTE for minute in sorted(candidates) if minute in window and allowed(minute)]


@pytest.mark.slow  # every minute of two weeks is looked at, for each question
@settings(max_examples=200, deadline=None)
@given(questions())
def test_the_slow_way_finds_the_same(question: Question) -> None:
    assert question.answer() == slowly(question)


def test_the_slow_way_finds_something_to_compare() -> None:
    """Were the questions all unanswerable, the comparison above would say nothing."""
    answered = 0

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(questions())
    def count(question: Question) -> None:
        nonlocal answered
        answered += bool(question.answer())

    count()
    assert answered >= 25


# What always holds


@settings(max_examples=200, deadline=None)
@given(questions())
def test_sorted_unique_utc_and_within_all_bounds(question: Question) -> None:
    found = question.answer()
    assert all(earlier < later for earlier, later in pairwise(found))
    for start in found:
        assert start.tzinfo is UTC
        assert question.window[0] <= start < question.window[1]
        assert question.now + question.rules.notice <= start <= question.now + question.rules.horizon


@settings(max_examples=200, deadline=None)
@given(questions())
def test_never_over_busy_time_nor_within_its_buffers(question: Question) -> None:
    rules = question.rules
    for start in question.answer():
        end = start + rules.duration
        for taken_from, taken_until in question.busy:
            assert end + rules.buffer_after <= taken_from or start - rules.buffer_before >= taken_until
        for taken_from, taken_until in question.blocked:
            assert end <= taken_from or start >= taken_until


@settings(max_examples=300, deadline=None)
@given(questions(), st.integers(0, 3 * 1440), st.integers(0, 3 * 1440))
def test_a_narrower_window_gives_exactly_its_part(question: Question, first: int, second: int) -> None:
    start = question.window[0]
    narrow = (start + min(first, second) * MINUTE, min(start + max(first, second) * MINUTE, question.window[1]))
    expected = [each for each in question.answer() if narrow[0] <= each < narrow[1]]
    assert replace(question, window=narrow).answer() == expected


@settings(max_examples=200, deadline=None)
@given(questions(), st.sampled_from(GUEST_ZONES))
def test_the_zone_in_which_instants_are_written_does_not_matter(question: Question, name: str) -> None:
    zone = ZoneInfo(name)

    def written(times: Busy) -> Busy:
        return times[0].astimezone(zone), times[1].astimezone(zone)

    elsewhere = replace(
        question,
        busy=[written(times) for times in question.busy],
        blocked=[written(times) for times in question.blocked],
        now=question.now.astimezone(zone),
        window=written(question.window),
    )
    assert elsewhere.answer() == question.answer()


@settings(max_examples=100, deadline=None)
@given(questions(), st.data())
def test_the_order_of_busy_times_and_intervals_does_not_matter(question: Question, data: st.DataObject) -> None:
    mixed = replace(
        question,
        busy=data.draw(st.permutations(question.busy)),
        blocked=data.draw(st.permutations(question.blocked)),
        weekly={day: data.draw(st.permutations(each)) for day, each in question.weekly.items()},
    )
    assert mixed.answer() == question.answer()


HARDER: dict[str, Callable[[Rules], dict[str, Any]]] = {
    "longer": lambda rules: {"duration": rules.duration + 10 * MINUTE},
    "wider buffers": lambda rules: {
        "buffer_before": rules.buffer_before + MINUTE,
        "buffer_after": rules.buffer_after + MINUTE,
    },
    "more notice": lambda rules: {"notice": rules.notice + 60 * MINUTE},
    "nearer horizon": lambda rules: {"horizon": rules.horizon / 2},
    "fewer a week": lambda rules: {"weekly_limit": 1 if rules.weekly_limit is None else rules.weekly_limit // 2},
    "twice the step": lambda rules: {"step": rules.step * 2},
}


@pytest.mark.parametrize("change", HARDER.values(), ids=HARDER)
@settings(max_examples=60, deadline=None)
@given(questions())
def test_a_harder_rule_never_opens_anything(change: Callable[[Rules], dict[str, Any]], question: Question) -> None:
    harder = replace(question, rules=replace(question.rules, **change(question.rules)))
    assert set(harder.answer()) <= set(question.answer())


@settings(max_examples=100, deadline=None)
@given(questions())
def test_taking_an_opening_closes_it_and_opens_nothing(question: Question) -> None:
    found = question.answer()
    for start in found[:1]:
        taken = replace(question, busy=[*question.busy, (start, start + question.rules.duration)])
        assert set(taken.answer()) <= set(found) - {start}
