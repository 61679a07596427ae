"""Keeping updates until they are handled, and dialogues until they are finished."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from core.conversations.models import Dialogue, MeetingCard, ReceivedUpdate, UpdateMarker

KEEP_UPDATES = timedelta(days=3)
"""Longer than a messenger repeats an update (MAX: 24 hours by polling, 8 by webhook)."""


async def marker(session: AsyncSession, channel: str) -> int | None:
    """Up to where the channel's stream was received, or None before the first time."""
    return await session.scalar(select(UpdateMarker.marker).where(UpdateMarker.channel == channel))


async def accept(
    session: AsyncSession,
    channel: str,
    updates: Sequence[tuple[str, str, Mapping[str, Any]]],
    *,
    now: datetime,
    marker: int | None = None,
) -> set[str]:
    """Keep updates given as (key, person, payload) and the marker behind them; repeats change nothing.

    Returns the people who have something new waiting.
    """
    people: set[str] = set()
    if updates:
        rows = [
            {"channel": channel, "key": key, "person": person, "payload": _storable(payload), "received_at": now}
            for key, person, payload in updates
        ]
        statement = insert(ReceivedUpdate).on_conflict_do_nothing().returning(ReceivedUpdate.person)
        people = set((await session.scalars(statement, rows)).all())
    if marker is not None:
        await session.execute(
            insert(UpdateMarker)
            .values(channel=channel, marker=marker)
            .on_conflict_do_update(index_elements=["channel"], set_={"marker": marker})
        )
    return people


def _storable(value: Any) -> Any:
    """The JSON value without NUL and halves of surrogate pairs, which jsonb refuses: one such text from one person
    must not stop everybody's updates."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
    if isinstance(value, Mapping):
        return {_storable(key): _storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    return value


async def people_waiting(session: AsyncSession, channel: str, *, before: datetime) -> Sequence[str]:
    """Who has unhandled updates received before that instant: left behind by a process that died."""
    query = (
        select(ReceivedUpdate.person)
        .where(
            ReceivedUpdate.channel == channel,
            ReceivedUpdate.handled_at.is_(None),
            ReceivedUpdate.received_at < before,
        )
        .distinct()
    )
    return (await session.scalars(query)).all()


@asynccontextmanager
async def lane(engine: AsyncEngine, channel: str, person: str) -> AsyncIterator[AsyncConnection]:
    """A connection on which the person stays locked from one transaction to the next: so the answer to an update is
    shown before another replica handles the one after it. Waits until nobody else holds the person."""
    key = {"channel": channel, "person": person}
    async with engine.connect() as connection:
        try:
            await connection.execute(text("SELECT pg_advisory_lock(hashtext(:channel), hashtext(:person))"), key)
            await connection.commit()
            yield connection
            await connection.execute(text("SELECT pg_advisory_unlock(hashtext(:channel), hashtext(:person))"), key)
            await connection.commit()
        except BaseException:
            await connection.invalidate()  # or the pool would keep the lock with it
            raise


async def next_update(session: AsyncSession, channel: str, person: str) -> ReceivedUpdate | None:
    """The person's oldest unhandled update, with the person locked until the end of the transaction.

    The lock is what keeps one person's updates in order and handled once when replicas work side by side; it is an
    advisory one because there may be no row yet to lock. On the connection of the person's `lane` it is had at once.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:channel), hashtext(:person))"),
        {"channel": channel, "person": person},
    )
    query = (
        select(ReceivedUpdate)
        .where(
            ReceivedUpdate.channel == channel,
            ReceivedUpdate.person == person,
            ReceivedUpdate.handled_at.is_(None),
        )
        .order_by(ReceivedUpdate.id)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def dialogue(session: AsyncSession, channel: str, person: str) -> Dialogue:
    """Where the conversation stands; a new one stands at the beginning."""
    found = await session.get(Dialogue, (channel, person))
    if found is None:
        await session.execute(
            insert(Dialogue).values(channel=channel, person=person, data={}, step="").on_conflict_do_nothing()
        )
        found = await session.get_one(Dialogue, (channel, person))
    return found


async def forget_old_updates(session: AsyncSession, *, now: datetime) -> int:
    """Delete handled updates that no messenger will repeat any more; returns how many."""
    gone = await session.execute(
        delete(ReceivedUpdate)
        .where(ReceivedUpdate.received_at < now - KEEP_UPDATES, ReceivedUpdate.handled_at.is_not(None))
        .returning(ReceivedUpdate.id)
    )
    return len(gone.all())


async def card(session: AsyncSession, meeting_id: UUID, user_id: UUID, channel: str) -> str | None:
    """The message that shows the meeting to the person there now."""
    return await session.scalar(
        select(MeetingCard.message_id).where(
            MeetingCard.meeting_id == meeting_id,
            MeetingCard.user_id == user_id,
            MeetingCard.channel == channel,
        )
    )


async def forget_cards(session: AsyncSession, user_id: UUID, channel: str, message_id: str) -> None:
    """The message shows the person something else now: no change of a meeting is to replace it."""
    await session.execute(
        delete(MeetingCard).where(
            MeetingCard.user_id == user_id, MeetingCard.channel == channel, MeetingCard.message_id == message_id
        )
    )


async def keep_card(session: AsyncSession, meeting_id: UUID, user_id: UUID, channel: str, message_id: str) -> None:
    """From now on this message shows the meeting to the person."""
    await session.execute(
        insert(MeetingCard)
        .values(meeting_id=meeting_id, user_id=user_id, channel=channel, message_id=message_id)
        .on_conflict_do_update(index_elements=["meeting_id", "user_id", "channel"], set_={"message_id": message_id})
    )
