"""Hours and rules of a person: sane ones are kept whole, others are refused, who never set any has the defaults."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.availability import service as availability
from core.availability.models import Settings, WeeklyHours
from core.availability.service import INTERVALS_A_DAY, Week
from core.availability.slots import Hours
from core.database import Database
from core.errors import Invalid
from core.people.models import User
from tests.people import november, register

MOSCOW = ZoneInfo("Europe/Moscow")
MORNING, AFTERNOON = Hours(9 * 60, 13 * 60), Hours(14 * 60, 18 * 60)
DAY = date(2026, 11, 24)


@pytest.fixture
async def user(database: Database, now: datetime) -> User:
    async with database.session() as session:
        return await register(session, "Павел", now=now)


async def week_of(database: Database, user: User) -> Week:
    async with database.session() as session:
        return await availability.weekly_hours(session, user.id)


async def set_week(database: Database, user: User, week: Week) -> None:
    async with database.session() as session:
        await availability.set_weekly_hours(session, user.id, week)


async def overrides_of(
    database: Database, user: User, first: datetime, last: datetime
) -> dict[date, list[tuple[int, int]]]:
    async with database.session() as session:
        time = await availability.working_time(session, user.id, MOSCOW, (first, last))
    return {day: [(hours.start, hours.end) for hours in intervals] for day, intervals in time.overrides.items()}


async def test_a_new_week_replaces_the_old_one(database: Database, user: User) -> None:
    async with database.session() as session:
        assert not await availability.is_host(session, user.id)
    await set_week(database, user, {0: [MORNING], 6: [MORNING]})
    await set_week(database, user, {0: [AFTERNOON, MORNING], 4: [Hours(22 * 60, 26 * 60)]})
    assert await week_of(database, user) == {0: [MORNING, AFTERNOON], 4: [Hours(22 * 60, 26 * 60)]}
    async with database.session() as session:
        assert await availability.is_host(session, user.id)


TOO_MANY = [Hours(10 * n, 10 * n + 5) for n in range(INTERVALS_A_DAY + 1)]


@pytest.mark.parametrize(
    ("week", "field", "reason"),
    [
        ({7: [MORNING]}, "weekday", "range"),
        ({-1: [MORNING]}, "weekday", "range"),
        ({0: [MORNING, Hours(12 * 60 + 59, 14 * 60)]}, "hours", "overlap"),
        ({0: [AFTERNOON, MORNING, Hours(0, 9 * 60 + 1)]}, "hours", "overlap"),
        ({0: [MORNING, MORNING]}, "hours", "overlap"),
        ({0: [Hours(60, 60 + 1441)]}, "hours", "range"),
        ({0: TOO_MANY}, "hours", "too_many"),
    ],
)
async def test_an_impossible_week_is_refused_and_the_old_one_stays(
    database: Database, user: User, week: Week, field: str, reason: str
) -> None:
    await set_week(database, user, {2: [MORNING]})
    with pytest.raises(Invalid) as refusal:
        await set_week(database, user, {1: [MORNING], **week})
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert await week_of(database, user) == {2: [MORNING]}


@pytest.mark.parametrize(
    "intervals",
    [[MORNING, Hours(13 * 60, 14 * 60), AFTERNOON], [Hours(0, 1440)], [Hours(1439, 1439 + 1440)], TOO_MANY[1:], []],
    ids=["touching", "whole day", "through the next", "as many as can be", "none"],
)
async def test_the_edges_of_what_is_possible(database: Database, user: User, intervals: list[Hours]) -> None:
    await set_week(database, user, {1: intervals})
    assert await week_of(database, user) == ({1: intervals} if intervals else {})


async def test_two_weeks_set_at_once_leave_one_of_them(database: Database, user: User) -> None:
    weeks: list[Week] = [{0: [MORNING]}, {0: [AFTERNOON], 1: [AFTERNOON]}]
    for _ in range(3):
        await asyncio.gather(*(set_week(database, user, week) for week in weeks))
        assert await week_of(database, user) in weeks


async def test_setting_the_week_keeps_settings_changed_in_the_same_breath(database: Database, user: User) -> None:
    async with database.session() as session:
        (await availability.settings_of(session, user.id)).duration = 45
        await availability.set_weekly_hours(session, user.id, {0: [MORNING]})
    async with database.session() as session:
        assert (await availability.settings_of(session, user.id)).duration == 45


async def test_a_week_belongs_to_its_person(database: Database, user: User, now: datetime) -> None:
    async with database.session() as session:
        other = await register(session, "Вера", now=now)
    await set_week(database, user, {0: [MORNING]})
    await set_week(database, other, {1: [MORNING]})
    await set_week(database, other, {})
    assert (await week_of(database, user), await week_of(database, other)) == ({0: [MORNING]}, {})


async def test_who_never_set_any_has_the_defaults(database: Database, user: User) -> None:
    async with database.session() as session:
        found = await availability.settings_of(session, user.id)
        assert (found.duration, found.slot_step, found.notice, found.horizon_days) == (30, None, 120, 30)
        assert (found.buffer_before, found.buffer_after, found.daily_limit, found.weekly_limit) == (0, 0, None, None)
        assert (found.reminder_offsets, found.holidays, found.agenda_hour) == ([1440, 60], False, None)
        found.notice = 15
    async with database.session() as session:
        assert (await availability.settings_of(session, user.id)).notice == 15


async def test_settings_first_read_by_two_at_once_are_one_row(database: Database, user: User) -> None:
    async def read() -> int:
        async with database.session() as session:
            return (await availability.settings_of(session, user.id)).duration

    assert await asyncio.gather(*(read() for _ in range(6))) == [30] * 6
    async with database.session() as session:
        assert len((await session.scalars(select(Settings.user_id))).all()) == 1


async def test_a_date_has_hours_of_its_own_until_it_follows_the_week_again(database: Database, user: User) -> None:
    window = (november(24), november(25))
    async with database.session() as session:
        await availability.set_override(session, user.id, DAY, [])
    assert await overrides_of(database, user, *window) == {DAY: []}
    async with database.session() as session:
        await availability.set_override(session, user.id, DAY, [MORNING, AFTERNOON])
    assert await overrides_of(database, user, *window) == {DAY: [(540, 780), (840, 1080)]}
    async with database.session() as session:
        await availability.clear_override(session, user.id, DAY)
        await availability.clear_override(session, user.id, DAY)
    assert await overrides_of(database, user, *window) == {}


async def test_an_impossible_date_is_refused(database: Database, user: User) -> None:
    async with database.session() as session:
        with pytest.raises(Invalid) as refusal:
            await availability.set_override(session, user.id, DAY, [MORNING, Hours(600, 660)])
    assert refusal.value.reason == "overlap"
    assert await overrides_of(database, user, november(24), november(25)) == {}


async def test_exceptions_are_read_as_far_as_they_bear_on_the_window(database: Database, user: User) -> None:
    days = [DAY + timedelta(days=n) for n in (-30, -1, 0, 1, 30)]
    async with database.session() as session:
        for day in days:
            await availability.set_override(session, user.id, day, [MORNING])
        assert await availability.count_overrides(session, user.id, DAY) == 3
    assert set(await overrides_of(database, user, november(24, "12:00"), november(24, "13:00"))) == set(days[1:4])


@pytest.mark.parametrize(
    ("minutes", "fits"), [(4, False), (5, True), (1440, True), (1441, False), (0, False), (-30, False)]
)
def test_a_meeting_is_five_minutes_to_a_day_long(minutes: int, fits: bool) -> None:
    if fits:
        assert availability.check_duration(minutes) == minutes
    else:
        with pytest.raises(Invalid):
            availability.check_duration(minutes)


async def test_the_database_refuses_impossible_hours_too(database: Database, user: User) -> None:
    with pytest.raises(Exception, match="ck_weekly_hours_interval"):
        async with database.session() as session:
            session.add(WeeklyHours(user_id=user.id, weekday=0, start_minute=600, end_minute=600))
