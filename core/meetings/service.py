"""Holding time for a meeting, moving it through its life, letting it go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import service as audit
from core.errors import NotFound, SlotTaken
from core.meetings.models import Attendee, AttendeeRole, Claim, Meeting
from core.meetings.states import HELD, LIVE, State, require_transition

OVERLAP = "ex_claim_lane_during"


async def lock_lanes(session: AsyncSession, lanes: Iterable[int]) -> None:
    """Wait until nobody else changes what these lanes hold, until the end of the transaction.

    Advisory locks, because the rule spans rows that do not exist yet; always in the order of the lanes, so that two
    people booking each other cannot wait in a circle. The exclusion constraint stands behind them.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(lane) FROM unnest(CAST(:lanes AS bigint[])) AS lane"),
        {"lanes": sorted(set(lanes))},
    )


async def hold(session: AsyncSession, meeting: Meeting, lanes: Collection[int]) -> None:
    """Keep a new meeting and claim its time on every lane. Raises SlotTaken when one of them is not free."""
    during = Range(meeting.starts_at, meeting.ends_at, bounds="[)")
    try:
        async with session.begin_nested():
            session.add(meeting)
            await session.flush()
            await session.execute(
                insert(Claim).values([{"lane": lane, "meeting_id": meeting.id, "during": during} for lane in lanes])
            )
    except IntegrityError as error:
        if OVERLAP in str(error.orig):
            raise SlotTaken from error
        raise


async def release(session: AsyncSession, meeting_id: UUID) -> None:
    """Give back all the time the meeting held."""
    await session.execute(delete(Claim).where(Claim.meeting_id == meeting_id))


async def transit(
    session: AsyncSession,
    meeting: Meeting,
    wanted: State,
    *,
    actor_id: UUID | None,
    now: datetime,
    **details: Any,
) -> None:
    """Move a locked meeting to another state, release its time if it ends there, and write who did it.

    Raises WrongState for a transition there is not.
    """
    require_transition(meeting.state, wanted)
    audit.record(
        session,
        action=wanted.value,
        subject="meeting",
        subject_id=meeting.id,
        actor_id=actor_id,
        now=now,
        before=meeting.state.value,
        **details,
    )
    meeting.state = wanted
    meeting.updated_at = now
    if wanted not in LIVE:
        await release(session, meeting.id)


async def seen_by(session: AsyncSession, meeting_id: UUID, user_id: UUID, *, lock: bool = False) -> Meeting:
    """A meeting the person takes part in; `lock` keeps others from changing it until the transaction ends.

    Raises NotFound for a meeting of others, which to this person does not exist.
    """
    query = select(Meeting).where(Meeting.id == meeting_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    meeting = (await session.scalars(query)).one_or_none()
    if meeting is None or all(attendee.user_id != user_id for attendee in meeting.attendees):
        raise NotFound(what="meeting")
    return meeting


async def schedule(
    session: AsyncSession, user_id: UUID, window: tuple[datetime, datetime], states: Collection[State] = LIVE
) -> Sequence[Meeting]:
    """The person's meetings and blocks that touch the window, in order."""
    query = (
        select(Meeting)
        .join(Attendee)
        .where(
            Attendee.user_id == user_id,
            Meeting.state.in_(states),
            Meeting.starts_at < window[1],
            Meeting.ends_at > window[0],
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return (await session.scalars(query)).all()


async def hosted_starts(session: AsyncSession, user_id: UUID, window: tuple[datetime, datetime]) -> Sequence[datetime]:
    """Starts of the meetings with others that the person hosts in the window, for limits: those held already count."""
    query = (
        select(Meeting.starts_at)
        .join(Attendee)
        .where(
            Attendee.user_id == user_id,
            Attendee.role == AttendeeRole.HOST,
            Meeting.state.in_(HELD),
            Meeting.starts_at >= window[0],
            Meeting.starts_at < window[1],
            Meeting.attendees.any(Attendee.role == AttendeeRole.GUEST),
        )
    )
    return (await session.scalars(query)).all()
