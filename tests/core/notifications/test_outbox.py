"""The outbox: said once, shared among replicas, given back by the dead, tried again with patience."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from core.database import Database
from core.keys import Keys
from core.meetings.models import Meeting
from core.notifications import service as notifications
from core.notifications.models import Delivery, Notification
from core.notifications.service import FIRST_RETRY, LEASE, LONGEST_RETRY, MOST_ATTEMPTS, Message
from core.people.models import User
from tests.people import Stage, november, register

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
async def reader(database: Database, now: datetime) -> User:
    async with database.session() as session:
        return await register(session, "Анна", now=now)


async def tell(database: Database, reader: User, now: datetime, *keys: str, **more: Any) -> None:
    async with database.session() as session:
        messages = [Message(recipient_id=reader.id, kind="test", key=key, **more) for key in keys]
        await notifications.tell(session, messages, now=now)


async def take(database: Database, now: datetime, most: int = 10) -> list[Notification]:
    async with database.session() as session:
        # The index happens to be in the right order; what is promised must hold for any plan.
        await session.execute(text("SET LOCAL enable_indexscan = off"))
        return list(await notifications.take_due(session, now=now, most=most))


async def rows(database: Database) -> Sequence[Notification]:
    async with database.session() as session:
        return (await session.scalars(select(Notification).order_by(Notification.dedup_key))).all()


def keys_of(taken: Sequence[Notification]) -> list[str]:
    return [notification.dedup_key for notification in taken]


async def test_the_same_thing_is_said_once(database: Database, reader: User, now: datetime) -> None:
    await tell(database, reader, now, "a", "a", arguments={"n": 1})
    await tell(database, reader, now + MINUTE, "a", "b", arguments={"n": 2})
    said = [(row.dedup_key, row.arguments, row.due_at) for row in await rows(database)]
    assert said == [("a", {"n": 1}, now), ("b", {"n": 2}, now + MINUTE)]


async def test_two_saying_the_same_at_once_are_one(database: Database, reader: User, now: datetime) -> None:
    await asyncio.gather(*(tell(database, reader, now, "a") for _ in range(8)))
    assert keys_of(await rows(database)) == ["a"]


async def test_what_was_sent_is_not_said_again(database: Database, reader: User, now: datetime) -> None:
    await tell(database, reader, now, "a")
    taken = await take(database, now)
    async with database.session() as session:
        await notifications.mark_sent(session, taken[0].id, channel="max", now=now)
    await tell(database, reader, now, "a")
    assert await take(database, now + 2 * LEASE) == []
    sent = (await rows(database))[0]
    assert (sent.state, sent.channel, sent.sent_at, sent.attempts) == (Delivery.SENT, "max", now, 1)


async def test_nothing_is_handed_out_before_it_is_due(database: Database, reader: User, now: datetime) -> None:
    await tell(database, reader, now, "later", due=now + MINUTE)
    assert await take(database, now + MINUTE - timedelta(microseconds=1)) == []
    assert keys_of(await take(database, now + MINUTE)) == ["later"]


async def test_the_most_urgent_come_first(database: Database, reader: User, now: datetime) -> None:
    for key, minutes in (("c", 3), ("a", 1), ("d", 4), ("b", 2)):
        await tell(database, reader, now, key, due=now + minutes * MINUTE)
    later = now + 5 * MINUTE
    assert keys_of(await take(database, later, most=3)) == ["a", "b", "c"]
    assert keys_of(await take(database, later, most=3)) == ["d"]


async def test_two_takers_at_once_share_without_waiting(database: Database, reader: User, now: datetime) -> None:
    await tell(database, reader, now, *"abcdef")
    async with database.session() as first, database.session() as second, asyncio.timeout(5):
        ones = keys_of(await notifications.take_due(first, now=now, most=3))
        others = keys_of(await notifications.take_due(second, now=now, most=10))  # while the first is not done
    assert (len(ones), len(others)) == (3, 3)
    assert sorted(ones + others) == list("abcdef")


async def test_a_crowd_of_takers_gives_each_row_to_one(database: Database, reader: User, now: datetime) -> None:
    await tell(database, reader, now, *(f"{n:03}" for n in range(100)))
    hands = await asyncio.gather(*(take(database, now, most=7) for _ in range(20)))
    taken = [key for hand in hands for key in keys_of(hand)]
    assert len(taken) == len(set(taken))
    assert max(map(len, hands)) == 7


async def test_a_taker_who_dies_gives_back_by_the_end_of_the_lease(
    database: Database, reader: User, now: datetime
) -> None:
    await tell(database, reader, now, "a")
    assert (await take(database, now))[0].attempts == 1
    assert await take(database, now + LEASE - SECOND) == []
    assert (await take(database, now + LEASE))[0].attempts == 2


async def test_a_taker_whose_transaction_fails_took_nothing(database: Database, reader: User, now: datetime) -> None:
    await tell(database, reader, now, "a")
    with pytest.raises(ZeroDivisionError):
        async with database.session() as session:
            assert await notifications.take_due(session, now=now, most=1)
            raise ZeroDivisionError
    assert (await take(database, now))[0].attempts == 1


@pytest.mark.parametrize("jitter", [0.0, 1.0])
async def test_the_pause_doubles_up_to_its_cap_and_then_it_has_failed(
    database: Database, reader: User, now: datetime, jitter: float
) -> None:
    await tell(database, reader, now, "a")
    pauses = []
    moment = now
    while taken := await take(database, moment):
        async with database.session() as session:
            await notifications.put_off(session, taken[0], now=moment, reason="max is down", jitter=jitter)
            following = await notifications.next_due(session)
        if following is None:
            break
        pauses.append(following - moment)
        assert await take(database, following - timedelta(microseconds=1)) == []
        moment = following
    spread = 1 + jitter / 2
    doubled = [min(FIRST_RETRY * 2**n, LONGEST_RETRY) * spread for n in range(MOST_ATTEMPTS - 1)]
    assert pauses == doubled
    assert pauses[-1] == LONGEST_RETRY * spread
    failed = (await rows(database))[0]
    assert (failed.state, failed.error, failed.attempts) == (Delivery.FAILED, "max is down", MOST_ATTEMPTS)


@pytest.mark.parametrize(
    ("mark", "state"), [(notifications.mark_skipped, Delivery.SKIPPED), (notifications.mark_failed, Delivery.FAILED)]
)
async def test_what_is_not_sent_says_why_and_is_never_handed_out_again(
    database: Database, reader: User, now: datetime, mark: Any, state: Delivery
) -> None:
    await tell(database, reader, now, "a")
    async with database.session() as session:
        await mark(session, (await rows(database))[0].id, reason="too late")
    assert [(row.state, row.error) for row in await rows(database)] == [(state, "too late")]
    assert await take(database, now + LEASE) == []


async def test_a_slow_sender_does_not_undo_what_another_has_reported(
    database: Database, reader: User, now: datetime
) -> None:
    await tell(database, reader, now, "a")
    slow = (await take(database, now))[0]
    quick = (await take(database, now + LEASE))[0]
    async with database.session() as session:
        await notifications.mark_sent(session, quick.id, channel="max", now=now)
    async with database.session() as session:
        await notifications.mark_failed(session, slow.id, reason="timeout")
        await notifications.put_off(session, slow, now=now, reason="timeout", jitter=0)
    assert [row.state for row in await rows(database)] == [Delivery.SENT]
    assert await take(database, now + 2 * LEASE) == []


async def test_withdrawing_takes_back_what_waits_of_that_meeting_and_kind(
    database: Database, keys: Keys, now: datetime
) -> None:
    stage = Stage(database, keys, now)
    host, guest = await stage.host(), await stage.guest()
    meetings: list[Meeting] = [await stage.ask(host, guest, november(24, f"{hour}:00")) for hour in (10, 12)]
    async with database.session() as session:
        for index, meeting in enumerate(meetings):
            await notifications.tell(
                session,
                [
                    Message(recipient_id=guest.id, kind=kind, key=f"{index}{kind}{n}", meeting_id=meeting.id)
                    for kind in ("reminder", "note")
                    for n in (1, 2)
                ],
                now=now,
            )
    sent = next(row for row in await rows(database) if row.dedup_key == "0reminder1")
    async with database.session() as session:
        await notifications.mark_sent(session, sent.id, channel="max", now=now)
        await notifications.withdraw(session, meetings[0].id, ["reminder", "other"])
    left = [key for key in keys_of(await rows(database)) if not key.startswith("meeting.")]
    assert left == ["0note1", "0note2", "0reminder1", "1note1", "1note2", "1reminder1", "1reminder2"]


async def test_the_next_due_is_the_earliest_that_waits(database: Database, reader: User, now: datetime) -> None:
    async with database.session() as session:
        assert await notifications.next_due(session) is None
    await tell(database, reader, now, "b", due=now + 2 * MINUTE)
    await tell(database, reader, now, "a", due=now + MINUTE)
    async with database.session() as session:
        assert await notifications.next_due(session) == now + MINUTE
    await take(database, now + MINUTE)
    async with database.session() as session:
        assert await notifications.next_due(session) == now + 2 * MINUTE


async def test_delivery_is_woken_by_the_commit_and_not_before(
    database: Database, database_url: str, reader: User, now: datetime
) -> None:
    listener = await asyncpg.connect(
        make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    heard = asyncio.Event()
    await listener.add_listener("okno_outbox", lambda *_: heard.set())
    message = Message(recipient_id=reader.id, kind="test", key="a")
    try:
        with pytest.raises(ZeroDivisionError):
            async with database.session() as session:
                await notifications.tell(session, [message], now=now)
                raise ZeroDivisionError
        await listener.fetchval("SELECT 1")  # whatever was announced by now arrives before this answer
        assert not heard.is_set()
        async with database.session() as session:
            await notifications.tell(session, [message], now=now)
            await listener.fetchval("SELECT 1")
            assert not heard.is_set()
        async with asyncio.timeout(5):
            await heard.wait()
    finally:
        await listener.close()
