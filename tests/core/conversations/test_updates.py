"""Updates of a messenger: kept before they are acknowledged, handled once, one person's in order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.conversations import service as conversations
from core.conversations.models import ReceivedUpdate
from core.conversations.service import KEEP_UPDATES
from core.database import Database

SECOND = timedelta(seconds=1)


async def accept(
    database: Database, now: datetime, *updates: tuple[str, str, Mapping[str, Any]], channel: str = "max", **more: Any
) -> set[str]:
    async with database.session() as session:
        return await conversations.accept(session, channel, updates, now=now, **more)


async def handle_all(database: Database, person: str, now: datetime) -> list[Any]:
    """What the person's updates said, each handled in a transaction of its own."""
    said: list[Any] = []
    while True:
        async with database.session() as session:
            update = await conversations.next_update(session, "max", person)
            if update is None:
                return said
            said.append(update.payload["said"])
            update.handled_at = now


async def test_an_update_delivered_twice_is_handled_once(database: Database, now: datetime) -> None:
    update = ("m1", "anna", {"said": "да"})
    assert await accept(database, now, update, update) == {"anna"}
    assert await accept(database, now, update) == set()
    assert await handle_all(database, "anna", now) == ["да"]
    assert await accept(database, now, update) == set()
    assert await handle_all(database, "anna", now) == []


async def test_two_replicas_receiving_the_same_update_keep_one(database: Database, now: datetime) -> None:
    update = ("m1", "anna", {"said": "да"})
    news = await asyncio.gather(*(accept(database, now, update) for _ in range(8)))
    assert sum(map(len, news)) == 1
    assert await handle_all(database, "anna", now) == ["да"]


async def test_channels_do_not_share_keys_or_people(database: Database, now: datetime) -> None:
    await accept(database, now, ("1", "7", {"said": "max"}))
    assert await accept(database, now, ("1", "7", {"said": "telegram"}), channel="telegram") == {"7"}
    assert await handle_all(database, "7", now) == ["max"]


async def test_the_marker_moves_with_the_updates_or_not_at_all(database: Database, now: datetime) -> None:
    async def marker() -> int | None:
        async with database.session() as session:
            return await conversations.marker(session, "max")

    assert await marker() is None
    await accept(database, now, ("m1", "anna", {"said": "да"}), marker=41)
    await accept(database, now, marker=2**40)
    await accept(database, now, channel="telegram", marker=5)
    assert await marker() == 2**40
    with pytest.raises(ZeroDivisionError):
        async with database.session() as session:
            await conversations.accept(session, "max", [("m2", "anna", {})], now=now, marker=2**41)
            raise ZeroDivisionError
    assert await marker() == 2**40
    assert await handle_all(database, "anna", now) == ["да"]


async def test_one_persons_updates_come_in_order_whatever_their_keys(database: Database, now: datetime) -> None:
    await accept(
        database, now, ("z", "anna", {"said": 1}), ("b", "oleg", {"said": "не ей"}), ("a", "anna", {"said": 2})
    )
    await accept(database, now - SECOND, ("m", "anna", {"said": 3}))
    assert await handle_all(database, "anna", now) == [1, 2, 3]


async def test_two_connections_handle_one_persons_updates_one_after_another(database: Database, now: datetime) -> None:
    await accept(database, now, ("a", "anna", {"said": 1}), ("b", "anna", {"said": 2}))
    async with database.session() as first:
        update = await conversations.next_update(first, "max", "anna")
        second = asyncio.create_task(handle_all(database, "anna", now))
        done, _ = await asyncio.wait([second], timeout=0.3)
        assert not done  # it waits for the first to finish
        assert update is not None
        update.handled_at = now
    async with asyncio.timeout(5):
        assert await second == [2]


async def test_another_persons_updates_do_not_wait(database: Database, now: datetime) -> None:
    await accept(database, now, ("a", "anna", {"said": 1}), ("b", "oleg", {"said": 2}))
    async with database.session() as first, asyncio.timeout(5):
        await conversations.next_update(first, "max", "anna")
        assert await handle_all(database, "oleg", now) == [2]


async def test_an_update_whose_handling_failed_is_there_again(database: Database, now: datetime) -> None:
    await accept(database, now, ("a", "anna", {"said": 1}))
    with pytest.raises(ZeroDivisionError):
        async with database.session() as session:
            update = await conversations.next_update(session, "max", "anna")
            assert update is not None
            update.handled_at = now
            raise ZeroDivisionError
    assert await handle_all(database, "anna", now) == [1]


async def test_every_update_of_a_crowd_is_handled_once(database: Database, now: datetime) -> None:
    await accept(database, now, *((f"{n}", f"person {n % 5}", {"said": n}) for n in range(50)))
    workers = [handle_all(database, f"person {n % 5}", now) for n in range(10)]  # two for each person
    said = await asyncio.gather(*workers)
    for n in range(5):
        assert sorted(said[n] + said[n + 5]) == list(range(n, 50, 5))
        assert said[n] == sorted(said[n])


async def test_who_was_left_behind_is_found(database: Database, now: datetime) -> None:
    async def waiting(before: datetime) -> list[str]:
        async with database.session() as session:
            return sorted(await conversations.people_waiting(session, "max", before=before))

    await accept(database, now, ("a", "anna", {"said": 1}), ("b", "oleg", {"said": 1}), ("c", "anna", {"said": 2}))
    await accept(database, now, ("d", "vera", {"said": 1}), channel="telegram")
    await handle_all(database, "oleg", now)
    assert await waiting(now) == []
    assert await waiting(now + SECOND) == ["anna"]


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        ("a\x00b", "ab"),
        ("half \ud83d", "half "),
        ("\udc00", ""),
        ("backslash \\u0000", "backslash \\u0000"),
        ("whole 😀", "whole 😀"),
    ],
)
async def test_text_the_database_cannot_hold_does_not_stop_the_stream(
    database: Database, now: datetime, received: str, sent: str
) -> None:
    payload = {"said": {"text": received, "list": [received, 1, None], received: True}}
    await accept(database, now, ("a", "anna", payload), marker=1)
    assert await handle_all(database, "anna", now) == [{"text": sent, "list": [sent, 1, None], sent: True}]


async def test_old_handled_updates_are_forgotten_and_waiting_ones_are_not(database: Database, now: datetime) -> None:
    old, young = now - KEEP_UPDATES - SECOND, now - KEEP_UPDATES
    await accept(database, old, ("old", "anna", {"said": 1}))
    await accept(database, young, ("young", "anna", {"said": 2}))
    await handle_all(database, "anna", now)
    await accept(database, old, ("waiting", "oleg", {"said": 3}))
    async with database.session() as session:
        assert await conversations.forget_old_updates(session, now=now) == 1
    async with database.session() as session:
        assert sorted(await session.scalars(select(ReceivedUpdate.key))) == ["waiting", "young"]


async def test_a_dialogue_stands_where_it_was_left(database: Database) -> None:
    async with database.session() as session:
        begun = await conversations.dialogue(session, "max", "anna")
        assert (begun.step, begun.data) == ("", {})
        begun.step, begun.data = "booking.topic", {"start": "2026-11-24"}
    async with database.session() as session:
        found = await conversations.dialogue(session, "max", "anna")
        assert (found.step, found.data) == ("booking.topic", {"start": "2026-11-24"})
        assert (await conversations.dialogue(session, "telegram", "anna")).step == ""


async def test_a_dialogue_begun_by_two_at_once_is_one(database: Database) -> None:
    async def begin() -> str:
        async with database.session() as session:
            return (await conversations.dialogue(session, "max", "anna")).person

    assert await asyncio.gather(*(begin() for _ in range(6))) == ["anna"] * 6
