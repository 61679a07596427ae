"""Arriving: one person for one identity, whatever door, however many at once; profiles and reachability."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.database import Database, new_id
from core.errors import Invalid, NotFound
from core.people import service as people
from core.people.models import Channel, Identity, User
from core.people.service import NAME_LENGTH

HOUR = timedelta(hours=1)


async def arrive(database: Database, now: datetime, **more: Any) -> User:
    usual: dict[str, Any] = {
        "channel": Channel.MAX,
        "external_id": "7",
        "name": "Анна Петрова",
        "username": "anna",
        "locale": "ru",
        "zone": "Asia/Yekaterinburg",
    }
    async with database.session() as session:
        return await people.arrive(session, **(usual | more), now=now)


async def identity(database: Database) -> Identity:
    async with database.session() as session:
        return (await session.scalars(select(Identity))).one()


async def test_at_first_sight_a_person_is_registered(database: Database, now: datetime) -> None:
    user = await arrive(database, now)
    assert (user.name, user.locale, user.zone, user.created_at) == ("Анна Петрова", "ru", "Asia/Yekaterinburg", now)
    assert user.zone_info.key == user.zone
    known = await identity(database)
    assert (known.user_id, known.channel, known.external_id, known.username) == (user.id, Channel.MAX, "7", "anna")
    async with database.session() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
        assert (entry.action, entry.actor_id, entry.subject_id) == ("register", user.id, user.id)


async def test_ten_first_arrivals_at_once_are_one_person(database: Database, now: datetime) -> None:
    arrived = await asyncio.gather(*(arrive(database, now) for _ in range(10)))
    assert len({user.id for user in arrived}) == 1
    async with database.session() as session:
        for table in (User, Identity, AuditEntry):
            assert await session.scalar(select(func.count()).select_from(table)) == 1


async def test_each_identity_is_a_person_with_a_lane_of_their_own(database: Database, now: datetime) -> None:
    same_number_elsewhere = {"channel": Channel.TELEGRAM}
    users = [await arrive(database, now, **more) for more in ({}, same_number_elsewhere, {"external_id": "8"})]
    assert len({user.id for user in users}) == len({user.lane for user in users}) == 3


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Анна", "Анна"),
        ("  Анна \n\t Петрова ", "Анна Петрова"),
        ("", "—"),
        (" \n ", "—"),
        ("я" * (NAME_LENGTH + 1), "я" * NAME_LENGTH),
    ],
)
async def test_a_name_is_made_to_fit(database: Database, now: datetime, given: str, kept: str) -> None:
    assert (await arrive(database, now, name=given)).name == kept


async def test_who_comes_back_is_the_same_can_be_written_to_and_goes_by_the_new_name(
    database: Database, now: datetime
) -> None:
    user = await arrive(database, now)
    async with database.session() as session:
        await people.mark_blocked(session, Channel.MAX, "7", now)
        await people.mark_blocked(session, Channel.MAX, "7", now + HOUR)
    assert (await identity(database)).blocked_at == now

    back = await arrive(
        database, now + HOUR, name=" Анна  Иванова", username="anna_i", locale="en", zone="Europe/Riga"
    )
    assert back.id == user.id
    known = await identity(database)
    assert (known.blocked_at, known.username) == (None, "anna_i")
    async with database.session() as session:
        kept = await people.get(session, user.id)
        # Language and zone are guesses at first sight; later they are the person's own to change.
        assert (kept.name, kept.locale, kept.zone) == ("Анна Иванова", "ru", "Asia/Yekaterinburg")


async def test_a_nameless_return_keeps_the_name(database: Database, now: datetime) -> None:
    await arrive(database, now)
    assert (await arrive(database, now, name=" ")).name == "Анна Петрова"


async def test_blocking_one_person_blocks_nobody_else(database: Database, now: datetime) -> None:
    await arrive(database, now)
    async with database.session() as session:
        await people.mark_blocked(session, Channel.TELEGRAM, "7", now)
        await people.mark_blocked(session, Channel.MAX, "8", now)
    assert (await identity(database)).blocked_at is None


async def test_nobody_is_found_who_is_not_there(database: Database, now: datetime) -> None:
    user = await arrive(database, now)
    async with database.session() as session:
        assert await people.by_identity(session, Channel.MAX, "8") is None
        assert set(await people.get_many(session, [user.id, new_id()])) == {user.id}
        with pytest.raises(NotFound):
            await people.get(session, new_id())
        (await people.get(session, user.id)).deleted_at = now
        with pytest.raises(NotFound):
            await people.get(session, user.id)


@pytest.mark.parametrize("zone", ["", "Moscow", "UTC+3", "../etc/passwd", "Europe", "/etc/localtime", "A\x00B"])
def test_a_zone_nobody_knows_is_refused(zone: str) -> None:
    user = User(name="Анна", zone="Europe/Moscow")
    with pytest.raises(Invalid) as refusal:
        people.set_zone(user, zone)
    assert (refusal.value.field, user.zone) == ("zone", "Europe/Moscow")


def test_zone_and_language_are_set() -> None:
    user = User(name="Анна", zone="Europe/Moscow", locale="ru")
    people.set_zone(user, "Asia/Yekaterinburg")
    people.set_locale(user, "en")
    assert (user.zone, user.locale) == ("Asia/Yekaterinburg", "en")
    with pytest.raises(Invalid):
        people.set_locale(user, "de")
