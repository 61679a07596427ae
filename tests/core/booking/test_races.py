"""Many at once, each on a connection of their own: nobody is ever booked twice, and a refusal is a help."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from core.booking import service as booking
from core.database import Database
from core.errors import SlotTaken, WrongState
from core.keys import Keys
from core.meetings.models import Claim, Meeting
from core.meetings.states import LIVE
from core.people.models import User
from tests.people import Stage, november, register

CROWD = 50
REQUESTS = 200
OVERLAPS = """
SELECT count(*) FROM claim one JOIN claim other
ON one.lane = other.lane AND one.meeting_id < other.meeting_id AND one.during && other.during
"""


@pytest.fixture
async def crowded(database: Database, database_url: str, keys: Keys, now: datetime) -> AsyncIterator[Stage]:
    """The emptied database through a pool that has a connection for each of fifty people."""
    wide = Database(database_url, pool_size=CROWD)
    yield Stage(wide, keys, now)
    await wide.close()


async def crowd(stage: Stage, size: int) -> list[User]:
    async with stage.database.session() as session:
        return [await register(session, f"Гость {n}", now=stage.now) for n in range(size)]


async def test_fifty_guests_for_one_slot_are_one_meeting_and_polite_refusals(crowded: Stage) -> None:
    host, guests = await crowded.host(), await crowd(crowded, CROWD)
    wanted = november(24, "10:00")
    together = asyncio.Barrier(CROWD)

    async def tap(guest: User) -> Meeting | SlotTaken:
        async with crowded.database.session() as session:  # each has their connection before anybody taps
            await session.connection()
            await together.wait()
            link = await session.merge(host.link, load=False)
            try:
                return await booking.request(
                    session, guest, link=link, offer=host.offer, start=wanted, now=crowded.now
                )
            except SlotTaken as refusal:
                return refusal

    outcomes = await asyncio.gather(*(tap(guest) for guest in guests))
    meetings = [outcome for outcome in outcomes if isinstance(outcome, Meeting)]
    refusals = [(guest, outcome) for guest, outcome in zip(guests, outcomes, strict=True) if outcome not in meetings]
    assert (len(meetings), len(refusals)) == (1, CROWD - 1)
    assert await crowded.all(select(Meeting.id)) == [meetings[0].id]
    assert len(await crowded.claims(meetings[0])) == 2
    assert len(await crowded.told(meetings[0])) == 1

    week = (november(23), november(30))
    for guest, refusal in refusals:
        assert isinstance(refusal, SlotTaken)
        assert len(refusal.alternatives) == booking.ALTERNATIVES
        assert wanted not in refusal.alternatives
        assert set(refusal.alternatives) <= set(await crowded.openings(host, guest, week))


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_hundred_random_requests_never_overlap(crowded: Stage, seed: int) -> None:
    """Other lengths, buffers, people booking each other, and cancellations in between."""
    dice = random.Random(seed)
    host, other = await crowded.host("Павел"), await crowded.host("Вера")
    for each in (host, other):
        await crowded.change(
            each.meeting_type, durations=[15, 30, 45, 90], slot_step=15, buffer_after=dice.choice([0, 10])
        )
    guests = [*await crowd(crowded, 20), other.user]
    doors = asyncio.Semaphore(CROWD)

    async def ask_and_perhaps_cancel(n: int) -> Meeting | None:
        guest = dice.choice(guests)
        target = other if guest is not other.user and n % 5 == 0 else host
        start = november(24, "9:00") + timedelta(days=dice.randrange(2), minutes=15 * dice.randrange(36))
        duration, cancels = dice.choice([15, 30, 45, 90]), dice.random() < 0.3
        async with doors:
            try:
                meeting = await crowded.ask(target, guest, start, duration=duration)
                if cancels:
                    await crowded.do(booking.cancel, guest, meeting)
            except (SlotTaken, WrongState):  # WrongState: a second tap of the same guest, called off twice
                return None
        return meeting

    meetings = [each for each in await asyncio.gather(*map(ask_and_perhaps_cancel, range(REQUESTS))) if each]
    assert REQUESTS > len(meetings) > 20
    async with crowded.database.session() as session:
        assert await session.scalar(text(OVERLAPS)) == 0
        live = set(await session.scalars(select(Meeting.id).where(Meeting.state.in_(LIVE))))
        claims = list(await session.scalars(select(Claim.meeting_id)))
    assert live
    assert sorted(claims) == sorted([*live, *live])


async def test_the_check_for_overlaps_can_fail(crowded: Stage) -> None:
    """The same SQL over claims that do overlap, written where the constraint does not look."""
    async with crowded.database.session() as session:
        await session.execute(text("CREATE TEMPORARY TABLE claim (lane bigint, meeting_id int, during tstzrange)"))
        await session.execute(
            text(
                "INSERT INTO claim VALUES (1, 1, '[2026-11-24 10:00, 2026-11-24 11:00)'),"
                " (1, 2, '[2026-11-24 10:59, 2026-11-24 12:00)'), (2, 3, '[2026-11-24 10:00, 2026-11-24 12:00)')"
            )
        )
        assert await session.scalar(text(OVERLAPS)) == 1
        await session.execute(text("DROP TABLE pg_temp.claim"))
