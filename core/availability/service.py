"""A person's hours and rules: reading them whole, changing them safely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.availability.models import DateOverride, Settings, WeeklyHours
from core.availability.slots import Hours
from core.errors import Invalid

DURATIONS = range(5, 24 * 60 + 1)
"""Lengths of a meeting that can be chosen, in minutes."""
INTERVALS_A_DAY = 10

Week = Mapping[int, Sequence[Hours]]


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When a person can be met: weekly hours by weekday and the exceptions by date, on the clock of `zone`."""

    weekly: Week
    overrides: Mapping[date, Sequence[Hours]]
    zone: ZoneInfo


async def settings_of(session: AsyncSession, user_id: UUID) -> Settings:
    """The person's settings; those who never set any get the defaults, kept from now on."""
    settings = await session.get(Settings, user_id)
    if settings is None:
        await session.execute(insert(Settings).values(user_id=user_id).on_conflict_do_nothing())
        settings = await session.get_one(Settings, user_id)
    return settings


async def is_host(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the person ever said when they can be met."""
    query = select(WeeklyHours.id).where(WeeklyHours.user_id == user_id).limit(1)
    return (await session.execute(query)).first() is not None


async def working_time(
    session: AsyncSession, user_id: UUID, zone: ZoneInfo, window: tuple[datetime, datetime]
) -> WorkingTime:
    """Hours of the person as they bear on the window of instants (with a day's margin for zones and midnights)."""
    margin = timedelta(days=2)
    first, last = (window[0] - margin).date(), (window[1] + margin).date()
    overrides = await session.execute(
        select(DateOverride.day, DateOverride.intervals).where(
            DateOverride.user_id == user_id, DateOverride.day.between(first, last)
        )
    )
    return WorkingTime(
        weekly=await weekly_hours(session, user_id),
        overrides={day: [Hours(start, end) for start, end in intervals] for day, intervals in overrides},
        zone=zone,
    )


async def weekly_hours(session: AsyncSession, user_id: UUID) -> dict[int, list[Hours]]:
    """The person's week: intervals by weekday, in order."""
    rows = await session.execute(
        select(WeeklyHours.weekday, WeeklyHours.start_minute, WeeklyHours.end_minute)
        .where(WeeklyHours.user_id == user_id)
        .order_by(WeeklyHours.weekday, WeeklyHours.start_minute)
    )
    week: dict[int, list[Hours]] = {}
    for weekday, start, end in rows:
        week.setdefault(weekday, []).append(Hours(start, end))
    return week


async def set_weekly_hours(session: AsyncSession, user_id: UUID, week: Week) -> None:
    """Replace the person's week. Raises Invalid for intervals that overlap or lie outside the day."""
    for weekday, intervals in week.items():
        if weekday not in range(7):
            raise Invalid("weekday", "range")
        check_intervals(intervals)
    await settings_of(session, user_id)  # makes the row there is to lock: two weeks set at once must not both be kept
    await session.execute(select(Settings.user_id).where(Settings.user_id == user_id).with_for_update())
    await session.execute(delete(WeeklyHours).where(WeeklyHours.user_id == user_id))
    session.add_all(
        WeeklyHours(user_id=user_id, weekday=weekday, start_minute=hours.start, end_minute=hours.end)
        for weekday, intervals in week.items()
        for hours in intervals
    )
    await session.flush()


async def set_override(session: AsyncSession, user_id: UUID, day: date, intervals: Sequence[Hours]) -> None:
    """Other hours for one date; none of them is a day off. Raises Invalid as for the week."""
    check_intervals(intervals)
    values = [[hours.start, hours.end] for hours in intervals]
    await session.execute(
        insert(DateOverride)
        .values(user_id=user_id, day=day, intervals=values)
        .on_conflict_do_update(index_elements=["user_id", "day"], set_={"intervals": values})
    )


async def clear_override(session: AsyncSession, user_id: UUID, day: date) -> None:
    """The date follows the week again."""
    await session.execute(delete(DateOverride).where(DateOverride.user_id == user_id, DateOverride.day == day))


async def count_overrides(session: AsyncSession, user_id: UUID, since: date) -> int:
    """How many dates from `since` on have hours of their own."""
    query = select(func.count()).where(DateOverride.user_id == user_id, DateOverride.day >= since)
    return await session.scalar(query) or 0


def check_intervals(intervals: Sequence[Hours]) -> None:
    """Raise Invalid unless the intervals of one day are sane, apart from each other and not too many."""
    if len(intervals) > INTERVALS_A_DAY:
        raise Invalid("hours", "too_many")
    for hours in intervals:
        if not (0 <= hours.start < 1440 and hours.start < hours.end <= hours.start + 1440):
            raise Invalid("hours", "range")
    ordered = sorted(intervals, key=lambda hours: hours.start)
    for earlier, later in pairwise(ordered):
        if later.start < earlier.end:
            raise Invalid("hours", "overlap")


def check_duration(minutes: int) -> int:
    """The length itself, or Invalid when no meeting can be that long."""
    if minutes not in DURATIONS:
        raise Invalid("duration", "range", least=DURATIONS[0], most=DURATIONS[-1])
    return minutes
