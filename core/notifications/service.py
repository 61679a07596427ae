"""The outbox: saying something to a person within a transaction, and handing out what is due.

Rows are the truth. A trigger wakes the delivery of every replica when a transaction that wrote some commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import new_id
from core.notifications.models import Delivery, Notification

LEASE = timedelta(seconds=60)
"""How long one who took a row has it alone; a process that died gives it back by then."""
MOST_ATTEMPTS = 12
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to say. `key` names it for good: the same key is said once. `due` None means now."""

    recipient_id: UUID
    kind: str
    key: str
    meeting_id: UUID | None = None
    due: datetime | None = None
    useful_until: datetime | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


async def tell(session: AsyncSession, messages: Sequence[Message], *, now: datetime) -> None:
    """Write the messages into the outbox; they are sent once the transaction is committed and they are due."""
    if not messages:
        return
    rows = [
        {
            "id": new_id(),
            "recipient_id": message.recipient_id,
            "meeting_id": message.meeting_id,
            "kind": message.kind,
            "arguments": message.arguments,
            "dedup_key": message.key,
            "due_at": message.due or now,
            "useful_until": message.useful_until,
            "state": Delivery.PENDING,
            "attempts": 0,
            "next_attempt_at": message.due or now,
            "created_at": now,
        }
        for message in messages
    ]
    await session.execute(insert(Notification).values(rows).on_conflict_do_nothing())


async def withdraw(session: AsyncSession, meeting_id: UUID, kinds: Sequence[str]) -> None:
    """Take back what was to be said of a meeting and was not said yet."""
    await session.execute(
        delete(Notification).where(
            Notification.meeting_id == meeting_id,
            Notification.kind.in_(kinds),
            Notification.state == Delivery.PENDING,
        )
    )


async def take_due(session: AsyncSession, *, now: datetime, most: int) -> Sequence[Notification]:
    """Take up to `most` due rows for sending, most urgent first.

    SKIP LOCKED shares them among replicas; moving `next_attempt_at` past the lease hides them from the others until
    the sender reports or is dead. The materialized part is evaluated once, so the limit holds.
    """
    due = (
        select(Notification.id)
        .where(Notification.state == Delivery.PENDING, Notification.next_attempt_at <= now)
        .order_by(Notification.next_attempt_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    taken = await session.scalars(
        update(Notification)
        .where(Notification.id.in_(select(due.c.id)))
        .values(attempts=Notification.attempts + 1, next_attempt_at=now + LEASE)
        .returning(Notification)
    )
    return sorted(taken, key=lambda notification: (notification.due_at, notification.id))


async def next_due(session: AsyncSession) -> datetime | None:
    """When the earliest waiting row wants to be sent."""
    query = (
        select(Notification.next_attempt_at)
        .where(Notification.state == Delivery.PENDING)
        .order_by(Notification.next_attempt_at)
        .limit(1)
    )
    return await session.scalar(query)


async def mark_sent(session: AsyncSession, notification_id: UUID, *, channel: str, now: datetime) -> None:
    """It reached the person through the channel."""
    await _finish(session, notification_id, state=Delivery.SENT, channel=channel, sent_at=now)


async def mark_skipped(session: AsyncSession, notification_id: UUID, *, reason: str) -> None:
    """It is of no use any more and was not sent."""
    await _finish(session, notification_id, state=Delivery.SKIPPED, error=reason)


async def mark_failed(session: AsyncSession, notification_id: UUID, *, reason: str) -> None:
    """It can never be sent."""
    await _finish(session, notification_id, state=Delivery.FAILED, error=reason)


async def _finish(session: AsyncSession, notification_id: UUID, **values: Any) -> None:
    await session.execute(
        update(Notification)
        .where(Notification.id == notification_id, Notification.state == Delivery.PENDING)
        .values(**values)
    )


async def put_off(
    session: AsyncSession, notification: Notification, *, now: datetime, reason: str, jitter: float
) -> None:
    """Try again later: the pause doubles with every attempt, `jitter` in 0..1 spreads it by up to a half.

    After the last attempt it has failed.
    """
    if notification.attempts >= MOST_ATTEMPTS:
        await mark_failed(session, notification.id, reason=reason)
        return
    pause = min(FIRST_RETRY * 2 ** (notification.attempts - 1), LONGEST_RETRY) * (1 + jitter / 2)
    await session.execute(
        update(Notification)
        .where(Notification.id == notification.id)
        .values(next_attempt_at=now + pause, error=reason)
    )
