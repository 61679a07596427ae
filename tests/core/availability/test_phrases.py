"""Hours and lengths as people type them: understood, or refused with a reason that has a sentence; nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.availability.phrases import parse_duration, parse_hours
from core.availability.service import check_duration, check_intervals
from core.availability.slots import Hours
from core.errors import Invalid
from core.locales.catalogue import LANGUAGES, load
from core.locales.reader import Reader

Week = Mapping[int, Sequence[Hours]]

WORKDAYS, WEEKEND, EVERY_DAY = range(5), range(5, 7), range(7)
AROUND_THE_CLOCK = {day: [Hours(0, 1440)] for day in EVERY_DAY}


def hours(text: str) -> Hours:
    """«9:00-18:00» as minutes; an end at or before its start is on the next day."""
    start, end = (int(clock.split(":")[0]) * 60 + int(clock.split(":")[1]) for clock in text.split("-"))
    return Hours(start, end if end > start else end + 1440)


def week(days: Sequence[int], *intervals: str) -> Week:
    return {day: [hours(interval) for interval in intervals] for day in days}


NINE_TO_SIX = "9:00-18:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Days and one interval
        ("пн–пт 9–18", week(WORKDAYS, NINE_TO_SIX)),
        ("пн-пт 9-18", week(WORKDAYS, NINE_TO_SIX)),
        ("пн — пт 9 − 18", week(WORKDAYS, NINE_TO_SIX)),
        ("ПН–ПТ: 09:00–18:00", week(WORKDAYS, NINE_TO_SIX)),
        ("Пн.–Пт. 9.00-18.00", week(WORKDAYS, NINE_TO_SIX)),
        ("понедельник - пятница 9:00 - 18:00", week(WORKDAYS, NINE_TO_SIX)),
        ("пн-пт с 9 до 18", week(WORKDAYS, NINE_TO_SIX)),
        ("mon–fri 9–18", week(WORKDAYS, NINE_TO_SIX)),
        ("Mon-Fri from 9 to 18", week(WORKDAYS, NINE_TO_SIX)),
        ("mo-fr 9:00-18:00", week(WORKDAYS, NINE_TO_SIX)),
        ("monday - friday: 9-18", week(WORKDAYS, NINE_TO_SIX)),
        # Groups of days by one word
        ("будни 9-18", week(WORKDAYS, NINE_TO_SIX)),
        ("по будням с 9 до 18", week(WORKDAYS, NINE_TO_SIX)),
        ("weekdays 9-18", week(WORKDAYS, NINE_TO_SIX)),
        ("выходные 10-16", week(WEEKEND, "10:00-16:00")),
        ("по выходным 10-16", week(WEEKEND, "10:00-16:00")),
        ("weekends 10-16", week(WEEKEND, "10:00-16:00")),
        ("каждый день 9-21", week(EVERY_DAY, "9:00-21:00")),
        ("ежедневно с 9 до 21", week(EVERY_DAY, "9:00-21:00")),
        ("every day 9-21", week(EVERY_DAY, "9:00-21:00")),
        ("daily 9-21", week(EVERY_DAY, "9:00-21:00")),
        # No days at all: the working ones
        ("9-18", week(WORKDAYS, NINE_TO_SIX)),
        ("с 9 до 18", week(WORKDAYS, NINE_TO_SIX)),
        ("9:30–13, 14–17:45", week(WORKDAYS, "9:30-13:00", "14:00-17:45")),
        # Single days
        ("пн, ср, пт 9-12", week([0, 2, 4], "9:00-12:00")),
        ("пн и ср 9-12", week([0, 2], "9:00-12:00")),
        ("вт ср чт 9-12", week([1, 2, 3], "9:00-12:00")),
        ("среду 9-12", week([2], "9:00-12:00")),
        ("tue, thu 9-12", week([1, 3], "9:00-12:00")),
        ("sat and sun 9-12", week(WEEKEND, "9:00-12:00")),
        ("пн–ср, пт 9-12", week([0, 1, 2, 4], "9:00-12:00")),
        ("сб–пн 9-12", week([5, 6, 0], "9:00-12:00")),
        ("пн, пн 9-12", week([0], "9:00-12:00")),
        # Several intervals, several groups
        (
            "пн–пт 9–13 и 14–18, сб 10–14",
            {**week(WORKDAYS, "9:00-13:00", "14:00-18:00"), **week([5], "10:00-14:00")},
        ),
        (
            "mon–fri 9–13 and 14–18, sat 10–14",
            {**week(WORKDAYS, "9:00-13:00", "14:00-18:00"), **week([5], "10:00-14:00")},
        ),
        ("пн-чт 9-18; пт 9-17", {**week(range(4), NINE_TO_SIX), **week([4], "9:00-17:00")}),
        ("пн 9-18\nср 10-12", {**week([0], NINE_TO_SIX), **week([2], "10:00-12:00")}),
        ("вт 14-18, 9-13", week([1], "9:00-13:00", "14:00-18:00")),
        # Through the night, and whole days
        ("пт 22–2", week([4], "22:00-2:00")),
        ("пн 9-24", week([0], "9:00-24:00")),
        ("пн 0-24", {0: [Hours(0, 1440)]}),
        ("круглосуточно", AROUND_THE_CLOCK),
        ("24/7", AROUND_THE_CLOCK),
        ("around the clock", AROUND_THE_CLOCK),
        ("сб: круглосуточно", {5: [Hours(0, 1440)]}),
        ("пн-пт 9-18, сб круглосуточно.", {**week(WORKDAYS, NINE_TO_SIX), 5: [Hours(0, 1440)]}),
    ],
)
def test_hours_are_understood(text: str, expected: Week) -> None:
    found = parse_hours(text)
    assert found == expected
    for intervals in found.values():
        check_intervals(intervals)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "unreadable"),
        (" \n", "unreadable"),
        ("привет", "unreadable"),
        ("когда захочу", "unreadable"),
        ("пн", "unreadable"),
        ("пн-пт", "unreadable"),
        ("пн 9", "unreadable"),
        ("9-18-20", "unreadable"),
        ("пн 9 18", "unreadable"),
        ("пн 9-18 кроме обеда", "unreadable"),
        ("пн–пт 9–18, обед 13–14", "unreadable"),
        ("пн, вт выходной", "unreadable"),
        ("понедельникпятница 9-18", "unreadable"),
        ("вы работаете круглосуточно?", "unreadable"),
        ("пн не круглосуточно, 9-18", "unreadable"),
        ("mon-fri 9am-5pm", "unreadable"),
        ("пн 25-26", "range"),
        ("пн 24-25", "range"),
        ("пн 24-8", "range"),
        ("пн 9:75-10", "range"),
        ("пн 9-99", "range"),
        ("пн 9-18 пн 10-12", "day_twice"),
        ("пн-пт 9-18, ср 10-12", "day_twice"),
        ("пн 9-12, 11-13", "overlap"),
        ("пн 22-3, 23-1", "overlap"),
        ("пн " + ", ".join(f"{hour}-{hour + 1}" for hour in range(11)), "too_many"),
    ],
)
def test_hours_that_do_not_fit_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        for intervals in parse_hours(text).values():
            check_intervals(intervals)
    assert (refused.value.field, refused.value.reason) == ("hours", reason)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45", 45),
        ("45 минут", 45),
        ("45 мин.", 45),
        ("45м", 45),
        ("1 минута", 1),
        ("полчаса", 30),
        ("час", 60),
        ("Час", 60),
        ("1 час", 60),
        ("2 часа", 120),
        ("5 часов", 300),
        ("полтора часа", 90),
        ("1,5 часа", 90),
        ("1.5 ч", 90),
        ("0.5 часа", 30),
        ("1 час 30 минут", 90),
        ("1 час 30", 90),
        ("1ч30м", 90),
        ("1 ч. 15 мин.", 75),
        ("1:30", 90),
        ("0:45", 45),
        ("  2   часа  5   минут ", 125),
        ("90 min", 90),
        ("45 minutes", 45),
        ("1 hour", 60),
        ("an hour", 60),
        ("half an hour", 30),
        ("2 hours 10 minutes", 130),
        ("1h30", 90),
        ("1 h 30 min", 90),
        ("24 часа", 1440),
    ],
)
def test_lengths_are_understood(text: str, minutes: int) -> None:
    assert parse_duration(text) == minutes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "долго",
        "минут",
        "ч",
        "-5",
        "~30 минут",
        "30-40 минут",
        "1:99",
        "1:60",
        "1:5",
        "1.3 часа",
        ".5 часа",
        "45 секунд",
        "1 день",
        "9" * 4000,
        "9" * 400 + " часов",
        "9" * 5000 + "." + "5 часа",
        "²",
    ],
    ids=lambda text: text[:12],
)
def test_lengths_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_duration(text)
    assert (refused.value.field, refused.value.reason) == ("duration", "unreadable")


@pytest.mark.parametrize("text", ["0", "0 минут", "4", "24 часа 1 минута", "25 часов", "99:00", "999999 ч 999999 м"])
def test_lengths_that_no_meeting_has_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_duration(parse_duration(text))
    assert (refused.value.field, refused.value.reason) == ("duration", "range")


# Whatever is typed

PIECES = """
    пн вт ср чт пт сб вс пн–пт понедельник воскресенье будни выходным каждый день по и с до круглосуточно 24/7
    mon tue fri sun weekdays every day and from to all day час часа ч минут мин м h hour min полчаса полтора half an
    9 18 24 25 0 9:30 18.45 10:75 1.5 1,5 99999999 - – — , ; : . / ё Ъ ² ٣ \0
"""
garbled = st.lists(st.sampled_from(PIECES.split()), max_size=14).flatmap(
    lambda pieces: st.sampled_from(["", " ", ", "]).map(lambda joint: joint.join(pieces))
)
anything = st.text(max_size=60) | garbled


@given(text=anything)
@example("İ пн 9-18")
@example("пн" * 2000)
@example("9-18 " * 800)
def test_whatever_is_typed_as_hours_is_a_sane_week_or_refused_with_a_sentence(text: str) -> None:
    try:
        found = parse_hours(text)
        for intervals in found.values():
            check_intervals(intervals)
    except Invalid as refused:
        assert refused.field == "hours"
        for language in LANGUAGES:
            assert load(language).text(f"invalid.hours.{refused.reason}")
        return
    assert found and set(found) <= set(EVERY_DAY)
    for intervals in found.values():
        assert intervals and list(intervals) == sorted(intervals, key=lambda one: one.start)


@given(text=anything)
def test_whatever_is_typed_as_a_length_is_one_or_refused_with_a_sentence(text: str) -> None:
    try:
        minutes = check_duration(parse_duration(text))
    except Invalid as refused:
        assert refused.field == "duration"
        for language in LANGUAGES:
            assert load(language).text(f"invalid.duration.{refused.reason}")
        return
    assert 5 <= minutes <= 1440


# What we show can be typed back


@st.composite
def sane_hours(draw: st.DrawFn) -> list[Hours]:
    """Up to four intervals of one day, apart from each other; the last may reach into the next day."""
    if draw(st.booleans()) and draw(st.booleans()):
        return [Hours(0, 1440)]
    marks = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=8)))
    found = [Hours(start, end) for start, end in zip(marks[::2], marks[1::2], strict=False)]
    if draw(st.booleans()):
        night = Hours(found[-1].start, 1440 + draw(st.integers(0, found[-1].start - 1))) if found[-1].start else None
        found[-1:] = [night or found[-1]]
    return found


@given(
    days=st.sets(st.sampled_from(EVERY_DAY), min_size=1),
    intervals=sane_hours(),
    language=st.sampled_from(LANGUAGES),
)
def test_a_line_of_the_settings_can_be_typed_back(days: set[int], intervals: list[Hours], language: str) -> None:
    reader = Reader(language, ZoneInfo("Europe/Moscow"), datetime(2026, 11, 23, tzinfo=UTC))
    shown = ", ".join(reader.hours(one.start, one.end) for one in intervals)
    line = reader.say("settings.hours_line", days=reader.weekdays(days), hours=shown)
    assert parse_hours(str(line)) == dict.fromkeys(sorted(days), intervals)


@given(minutes=st.integers(5, 1439), language=st.sampled_from(LANGUAGES))
def test_a_length_that_we_show_can_be_typed_back(minutes: int, language: str) -> None:
    reader = Reader(language, ZoneInfo("Europe/Moscow"), datetime(2026, 11, 23, tzinfo=UTC))
    assert parse_duration(reader.duration(timedelta(minutes=minutes))) == minutes
