"""Making the people a test needs: a host with hours and a link, guests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.availability import service as availability
from core.availability.slots import Hours
from core.booking import service as booking
from core.booking.models import MeetingType
from core.booking.service import Offer
from core.database import Database
from core.keys import Keys
from core.meetings.models import Claim, Meeting
from core.notifications.models import Notification
from core.people import service as people
from core.people.models import Channel, User
from core.sharing import service as sharing
from core.sharing import tokens
from core.sharing.models import Allows, ShareLink

Row = TypeVar("Row")

WORKDAYS = {weekday: [Hours(9 * 60, 18 * 60)] for weekday in range(5)}


@dataclass(frozen=True, slots=True)
class Host:
    user: User
    link: ShareLink
    meeting_type: MeetingType

    @property
    def offer(self) -> Offer:
        return Offer(self.user, self.meeting_type, self.meeting_type.durations[0])


async def register(
    session: AsyncSession,
    name: str,
    *,
    now: datetime,
    external_id: str | None = None,
    zone: str = "Europe/Moscow",
    locale: str = "ru",
) -> User:
    return await people.arrive(
        session,
        channel=Channel.MAX,
        external_id=external_id or name,
        name=name,
        username=None,
        locale=locale,
        zone=zone,
        now=now,
    )


async def make_host(
    session: AsyncSession,
    name: str,
    *,
    now: datetime,
    keys: Keys,
    duration: int = 30,
    zone: str = "Europe/Moscow",
    external_id: str | None = None,
) -> Host:
    user = await register(session, name, now=now, zone=zone, external_id=external_id)
    await availability.set_weekly_hours(session, user.id, WORKDAYS)
    meeting_type = await booking.set_usual_type(session, user, duration, now=now)
    link = await sharing.own_link(session, user, key=keys.share, now=now)
    return Host(user, link, meeting_type)


def ids(*users: User) -> set[UUID]:
    return {user.id for user in users}


def november(day: int, clock: str = "00:00") -> datetime:
    """That wall time in Moscow in November 2026, whose 23rd is a Monday, as UTC."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=ZoneInfo("Europe/Moscow")).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Stage:
    """People and what they do with each other, each deed in a transaction of its own, as in life."""

    database: Database
    keys: Keys
    now: datetime

    async def host(self, name: str = "Павел", **more: Any) -> Host:
        async with self.database.session() as session:
            return await make_host(session, name, now=self.now, keys=self.keys, **more)

    async def guest(self, name: str = "Анна", **more: Any) -> User:
        async with self.database.session() as session:
            return await register(session, name, now=self.now, **more)

    async def change(self, thing: Any, **values: Any) -> None:
        """Give a row other values, in the database and in hand."""
        async with self.database.session() as session:
            kept = await session.merge(thing)
            for name, value in values.items():
                setattr(kept, name, value)
                setattr(thing, name, value)

    async def ask(
        self,
        host: Host,
        guest: User,
        start: datetime,
        *,
        duration: int | None = None,
        topic: str = "",
        now: datetime | None = None,
        link: ShareLink | None = None,
    ) -> Meeting:
        """The guest follows the host's link and asks for the time."""
        moment = now or self.now
        token = tokens.derive(self.keys.share, (link or host.link).id)
        async with self.database.session() as session:
            followed = await sharing.follow(session, token, allows=Allows.BOOK, now=moment)
            offer = await booking.offer(session, followed, host.meeting_type.id, duration)
            return await booking.request(
                session, guest, link=followed, offer=offer, start=start, topic=topic, now=moment
            )

    async def do(
        self,
        verb: Callable[..., Awaitable[Meeting]],
        actor: User,
        meeting: Meeting,
        *,
        now: datetime | None = None,
        **more: Any,
    ) -> Meeting:
        """`do(booking.confirm, host.user, meeting)`."""
        async with self.database.session() as session:
            return await verb(session, actor, meeting.id, now=now or self.now, **more)

    async def openings(
        self, host: Host, guest: User | None, window: tuple[datetime, datetime], *, now: datetime | None = None
    ) -> list[datetime]:
        async with self.database.session() as session:
            return await booking.find_openings(session, host.offer, guest, window, now=now or self.now)

    async def all(self, query: Select[Row]) -> Sequence[Row]:
        async with self.database.session() as session:
            return (await session.scalars(query)).all()

    async def claims(self, meeting: Meeting) -> set[int]:
        """The lanes on which the meeting holds its time."""
        return set(await self.all(select(Claim.lane).where(Claim.meeting_id == meeting.id)))

    async def outbox(self, meeting: Meeting) -> Sequence[Notification]:
        """What was written to be said of the meeting, in the order of writing."""
        query = select(Notification).where(Notification.meeting_id == meeting.id)
        return await self.all(query.order_by(Notification.created_at, Notification.due_at, Notification.id))

    async def told(self, meeting: Meeting) -> list[tuple[str, UUID]]:
        """Who is told what of the meeting, reminders aside."""
        return [(row.kind, row.recipient_id) for row in await self.outbox(meeting) if row.kind != booking.REMINDER]
