"""The rows of one booking, written by hand over asyncpg: the least that any booking has to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg  # type: ignore[import-untyped, unused-ignore]

from core.database import new_id

MEETING = """
INSERT INTO meeting (id, state, starts_at, ends_at, title, topic, place_kind, place, capacity, sequence, created_at,
                     updated_at)
VALUES ($1, 'pending', $2, $3, '', '', 'video', '', 1, 0, $4, $4)
"""
ATTENDEE = """
INSERT INTO attendee (id, meeting_id, user_id, role, name, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
CLAIM = "INSERT INTO claim (lane, meeting_id, during) VALUES ($1, $2, $3)"
BOOKING = """
INSERT INTO booking (meeting_id, meeting_type_id, share_link_id, buffer_before, buffer_after, expires_at, answers)
VALUES ($1, $2, $3, 0, 0, $4, '[]')
"""
NOTIFICATION = """
INSERT INTO notification (id, recipient_id, meeting_id, kind, arguments, dedup_key, due_at, state, attempts,
                          next_attempt_at, created_at)
VALUES ($1, $2, $3, 'meeting.requested', '{}', $4, $5, 'pending', 0, $5, $5)
"""
AUDIT = """
INSERT INTO audit_entry (at, actor_id, action, subject, subject_id, details)
VALUES ($1, $2, 'request', 'meeting', $3, '{}')
"""
LINK = "UPDATE share_link SET uses = uses + 1 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two who meet."""

    user_id: UUID
    lane: int
    name: str


@dataclass(frozen=True, slots=True)
class BareBooking:
    """Everything the rows say."""

    host: Side
    guest: Side
    meeting_type_id: UUID
    link_id: UUID
    start: datetime
    length: timedelta
    now: datetime


async def insert_booking(connection: asyncpg.Connection, booked: BareBooking) -> None:
    """One transaction with the very rows of a request that waits for its host."""
    meeting, end, now = new_id(), booked.start + booked.length, booked.now
    host, guest = booked.host, booked.guest
    during = asyncpg.Range(booked.start, end, upper_inc=False)
    async with connection.transaction():
        await connection.execute(LINK, booked.link_id)
        await connection.execute(MEETING, meeting, booked.start, end, now)
        await connection.execute(ATTENDEE, new_id(), meeting, host.user_id, "host", host.name, "pending", now)
        await connection.execute(ATTENDEE, new_id(), meeting, guest.user_id, "guest", guest.name, "accepted", now)
        await connection.execute(CLAIM, host.lane, meeting, during)
        await connection.execute(CLAIM, guest.lane, meeting, during)
        expires = now + timedelta(days=1)
        await connection.execute(BOOKING, meeting, booked.meeting_type_id, booked.link_id, expires)
        key = f"meeting.requested:{meeting}:0:{host.user_id}"
        await connection.execute(NOTIFICATION, new_id(), host.user_id, meeting, key, now)
        await connection.execute(AUDIT, now, guest.user_id, meeting)
